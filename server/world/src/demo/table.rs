//! What the demo prints.

use super::outcome::{Findings, Outcome};
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Cell, Color, ContentArrangement, Table};
use std::fmt::Write as _;

/// The table of hosts and what the anchors' incidents say, for people.
pub(super) fn text(findings: &Findings, order: &[&str], colour: bool) -> String {
    let mut table = Table::new();
    table
        .load_preset(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header([
            "host",
            "really in",
            "declares",
            "verdict",
            "deciding votes",
            "what it means",
        ]);
    if !colour {
        table.force_no_tty();
    }
    if table.width().is_none() {
        table.set_width(140);
    }
    for name in order {
        if let Some(outcome) = findings.hosts.get(name) {
            table.add_row(row(name, outcome, colour));
        }
    }
    let mut text = format!("{table}\n\n");
    let incident = &findings.incident;
    for (domains, count) in &incident.trust_domains {
        let verdicts = if *count == 1 { "verdict" } else { "verdicts" };
        writeln!(
            text,
            "Incident of the anchors: {domains} contradicts the other votes in {count} {verdicts}; no host is accused by it."
        )
        .expect("writing to a String cannot fail");
    }
    text
}

fn row(name: &str, outcome: &Outcome, colour: bool) -> Vec<Cell> {
    let verdict = if outcome.ok {
        outcome.verdict.clone()
    } else {
        format!("{}\n(expected {})", outcome.verdict, outcome.expected)
    };
    let mut cell = Cell::new(verdict);
    if colour {
        cell = cell.fg(match outcome.verdict.as_str() {
            _ if !outcome.ok => Color::Magenta,
            "confined" | "denied-excluded" => Color::Green,
            "insufficient" | "silent" => Color::Yellow,
            _ => Color::Red,
        });
    }
    let votes = if outcome.deciding_votes.is_empty() {
        format!("none of {} anchors", outcome.anchors_counted)
    } else {
        format!(
            "{} (of {} anchors)",
            outcome.deciding_votes.join(", "),
            outcome.anchors_counted
        )
    };
    vec![
        Cell::new(name),
        Cell::new(outcome.really_in),
        Cell::new(outcome.declared),
        cell,
        Cell::new(votes),
        Cell::new(outcome.meaning),
    ]
}
