//! What the demo prints.

use super::outcome::{Findings, Outcome};
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{Cell, Color, ContentArrangement, Table};
use std::fmt::Write as _;

/// The table of hosts and what the anchors' incidents say, for people.
pub(super) fn text(findings: &Findings, order: &[&str], colour: bool) -> String {
    let mut table = Table::new();
    table
        .load_preset(UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header([
            "host",
            "really in",
            "declares",
            "verdict",
            "deciding anchors",
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
    let deciding = outcome.attestation.deciding_anchors();
    let deciding = if deciding.is_empty() {
        format!("none of {}", outcome.anchors_counted)
    } else {
        let each: Vec<String> = deciding
            .iter()
            .map(|(name, rtt)| anchor(name, *rtt))
            .collect();
        each.join(", ")
    };
    vec![
        Cell::new(name),
        Cell::new(outcome.really_in),
        Cell::new(outcome.declared),
        cell,
        Cell::new(deciding),
        Cell::new(outcome.meaning),
    ]
}

/// `sin-a 0.6 ms`.
fn anchor(name: &str, rtt_ns: u64) -> String {
    let microseconds = u32::try_from(rtt_ns / 1_000).unwrap_or(u32::MAX);
    format!("{name} {:.1} ms", f64::from(microseconds) / 1_000.0)
}
