//! Flags and cases for people.

use domicile_audit::output::{Column, Format, Listing, detail};
use serde_json::Value;
use std::io::{self, Write};

const fn shown(title: &'static str, field: &'static str) -> Column {
    Column {
        title,
        field,
        in_table: true,
    }
}

const fn csv_only(field: &'static str) -> Column {
    Column {
        title: "",
        field,
        in_table: false,
    }
}

/// `flags list`.
pub const FLAGS: &[Column] = &[
    shown("FLAG", "id"),
    shown("CODE", "code"),
    shown("CLASS", "class"),
    shown("SEVERITY", "severity"),
    shown("ABOUT", "subject"),
    shown("RAISED", "raised"),
    shown("STATE", "state"),
    csv_only("ground"),
    csv_only("cleared"),
];

/// `case list`.
pub const CASES: &[Column] = &[
    shown("CASE", "case"),
    shown("OPERATOR", "operator"),
    shown("STATE", "state"),
    shown("VERSION", "version"),
    shown("OPENED", "opened"),
    shown("BY", "opened_by"),
    shown("CHANGED", "changed"),
    shown("DUE", "due"),
    shown("OVERDUE", "overdue"),
    csv_only("proposal.target"),
    csv_only("contest.by"),
];

/// Writes a page of a listing.
///
/// # Errors
/// When it cannot be written.
pub fn listing(
    out: &mut impl Write,
    format: Format,
    columns: &[Column],
    rows: Vec<Value>,
    next: Option<&str>,
) -> io::Result<()> {
    let mut listing = Listing::new(&mut *out, format, columns);
    listing.rows(rows)?;
    listing.end(next)
}

/// Writes one answer.
///
/// # Errors
/// When it cannot be written.
pub fn one(
    out: &mut impl Write,
    format: Format,
    columns: &[Column],
    value: Value,
) -> io::Result<()> {
    match format {
        Format::Table => writeln!(out, "{}", detail(&value)),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &value)?;
            writeln!(out)
        }
        Format::Ndjson | Format::Csv => listing(out, format, columns, vec![value], None),
    }
}
