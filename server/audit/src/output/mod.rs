//! Answers as tables for people, and JSON, NDJSON and CSV for programs.
//!
//! JSON and NDJSON hand on what the collector said, field by field. Tables and CSV show the columns of
//! a listing, without control characters: nothing that a server says moves the terminal's cursor.

mod columns;
mod device;
mod report;
mod time;

pub use columns::{
    ATTESTATIONS, CATALOGUE, CERTIFICATES, CHANGED, CHANGED_EACH, CHANGES, CHECKS, CLAIMS,
    COSE_RECEIPTS, Column, DAYS, DEVICE_FINDINGS, DEVICES, DIFFERENCES, ERASURES, EXAMPLES, FORKS,
    HOLDS, HOSTS, INCIDENTS, LICENCES, MESH, MESH_PAIRS, NOTES, PROBLEMS, QUERIES, REPLAYED, RULES,
    STAMPS, STAYS,
};
pub use device::{device_reports, device_reports_json};
pub use report::{detail, report, report_json};
pub use time::{instant, time};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;
use std::io::{self, Write};

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One document.
    Json,
    /// One row a line.
    Ndjson,
    /// A line of names, then one row a line.
    Csv,
}

/// Text without control characters: they become `?`.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

/// Writes a listing page by page. NDJSON and CSV go out as they come.
pub struct Listing<'a, W: Write> {
    out: W,
    format: Format,
    columns: &'a [Column],
    kept: Vec<Value>,
    begun: bool,
}

impl<'a, W: Write> Listing<'a, W> {
    /// A listing with these columns.
    pub fn new(out: W, format: Format, columns: &'a [Column]) -> Self {
        Self {
            out,
            format,
            columns,
            kept: Vec::new(),
            begun: false,
        }
    }

    /// Takes the rows of a page.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn rows(&mut self, rows: Vec<Value>) -> io::Result<()> {
        match self.format {
            Format::Table | Format::Json => {
                self.kept.extend(rows);
                Ok(())
            }
            Format::Ndjson => rows.iter().try_for_each(|row| {
                serde_json::to_writer(&mut self.out, row)?;
                self.out.write_all(b"\n")
            }),
            Format::Csv => self.csv(&rows),
        }
    }

    fn csv(&mut self, rows: &[Value]) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(&mut self.out);
        if !self.begun {
            writer.write_record(self.columns.iter().map(|column| column.field))?;
            self.begun = true;
        }
        for row in rows {
            writer.write_record(self.columns.iter().map(|column| column.exact(row)))?;
        }
        writer.flush()
    }

    /// Writes what was kept. `next` is the cursor of the page after the last one shown.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(mut self, next: Option<&str>) -> io::Result<()> {
        match self.format {
            Format::Table => {
                writeln!(self.out, "{}", table(self.columns, &self.kept))?;
            }
            Format::Json => {
                let document = serde_json::json!({ "items": self.kept, "next": next });
                serde_json::to_writer_pretty(&mut self.out, &document)?;
                self.out.write_all(b"\n")?;
            }
            Format::Csv if !self.begun => self.csv(&[])?,
            Format::Ndjson | Format::Csv => {}
        }
        self.out.flush()
    }
}

/// The rows as a table; without rows, a line that says so.
pub fn table(columns: &[Column], rows: &[Value]) -> String {
    if rows.is_empty() {
        return "nothing found".into();
    }
    let mut table = bare();
    table.set_header(
        columns
            .iter()
            .filter(|c| c.in_table)
            .map(|column| column.title),
    );
    for row in rows {
        let shown = columns.iter().filter(|c| c.in_table);
        table.add_row(shown.map(|column| column.short(row)));
    }
    trimmed(&table)
}

fn bare() -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table
}

/// Without the blanks at the ends of lines.
fn trimmed(table: &Table) -> String {
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}
