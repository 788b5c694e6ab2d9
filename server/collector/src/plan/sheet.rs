//! The metros as CSV, one line for each metro and tier.

use super::outcome::{MetroOutcome, Outcome, TierOutcome};
use anyhow::Context as _;
use domicile_geo::Tier;

const HEADER: [&str; 13] = [
    "metro",
    "territory",
    "latitude",
    "longitude",
    "tier",
    "standing",
    "budget_excess_ms",
    "nearest_anchor",
    "nearest_anchor_limit_ms",
    "first_lost",
    "remaining",
    "inseparable",
    "nearest_denied_km",
];

pub(super) fn text(outcome: &Outcome) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for metro in &outcome.metros {
        for tier in Tier::ALL.map(Tier::label) {
            writer.write_record(line(metro, tier, &metro.tiers[tier]))?;
        }
    }
    let bytes = writer.into_inner().context("CSV in memory")?;
    String::from_utf8(bytes).context("CSV of texts")
}

fn line(metro: &MetroOutcome, tier: &str, plan: &TierOutcome) -> [String; 13] {
    let budget = plan.budget.as_ref();
    let nearest = budget.and_then(|budget| budget.limits.first());
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    [
        cell(&metro.name),
        metro.territory.clone(),
        metro.latitude.to_string(),
        metro.longitude.to_string(),
        tier.to_owned(),
        plan.standing.label().to_owned(),
        number(budget.map(|budget| budget.excess_ms)),
        nearest.map(|limit| cell(&limit.anchor)).unwrap_or_default(),
        number(nearest.map(|limit| limit.rtt_ms)),
        budget
            .map(|budget| budget.first_lost.join(" "))
            .unwrap_or_default(),
        plan.remaining.join(" "),
        plan.inseparable.join(" "),
        number(metro.nearest_denied.as_ref().map(|denied| denied.km)),
    ]
}

/// Text from outside: a spreadsheet must not take it for a formula.
fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
