//! The plan for people.

use super::limits::ZoneOutcome;
use super::outcome::{AnchorOutcome, MetroOutcome, Outcome, Premises, TierOutcome};
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use domicile_geo::Tier;
use domicile_geo::plan::Standing;
use std::fmt::Write as _;

const STANDINGS: [(Standing, &str); 5] = [
    (
        Standing::Confined,
        "nothing outside of the permitted territories remains",
    ),
    (Standing::DeniedExcluded, "nothing denied remains"),
    (
        Standing::WithinBudget,
        "only with round trips within the budget, shorter than assumed",
    ),
    (Standing::NeedsAnchors, "not with these anchors"),
    (
        Standing::Inseparable,
        "with no anchors: denied land is too near",
    ),
];

/// More codes than this are counted.
const MAX_CODES: usize = 12;

pub(super) fn text(outcome: &Outcome, left_out: usize) -> String {
    let mut text = String::new();
    let mut put = |part: String| {
        writeln!(text, "{part}").expect("writing to a String cannot fail");
    };
    put(premises(&outcome.premises, outcome.anchors.len()));
    put(format!(
        "\nMetros by what can be said of an honest host there\n{}",
        summary(outcome)
    ));
    if left_out > 0 {
        put(format!(
            "{left_out} metros in territories that are denied or not permitted are left out"
        ));
    }
    put(format!(
        "\nRTT budget: the round trip to the nearest anchor with which everything denied is excluded, \
         ms; the next nearest votes may have as much more than the shortest possible one\n{}",
        metros(outcome)
    ));
    let pairs = inseparable(outcome);
    if !pairs.is_empty() {
        put(format!(
            "\nCannot be separated at {}, even by anchors in the metro with round trips of {} ms\n{}",
            outcome.premises.tier,
            outcome.premises.best_rtt_ms,
            pairs.join("\n")
        ));
    }
    put(format!(
        "\nAnchors by what hangs on them at {}\n{}",
        outcome.premises.tier,
        anchors(outcome)
    ));
    if let Some(zone) = &outcome.zone {
        put(format!("\n{}", zone_text(zone)));
    }
    if !outcome.next.is_empty() {
        put(format!(
            "\nWhere further anchors exclude most, each with those above it\n{}",
            next(outcome)
        ));
    }
    text
}

fn premises(premises: &Premises, anchors: usize) -> String {
    let permitted = match &premises.permitted {
        Some(codes) => format!("permitted: {}; ", some(codes)),
        None => String::new(),
    };
    format!(
        "{anchors} anchors of {} votes, {} may lie; verdicts at {}\n{permitted}denied: {}\n\
         assumed of honest paths: {:.3} c along the great circle and {} ms; planning only, no verdict assumes it",
        premises.votes,
        premises.lying_votes,
        premises.tier,
        some(&premises.denied),
        f64::from(premises.path_speed_ppm) / 1e6,
        premises.path_fixed_ms,
    )
}

fn summary(outcome: &Outcome) -> Table {
    let mut table = plain();
    let tiers = Tier::ALL.map(Tier::label);
    let head = ["".to_owned()].into_iter().chain(tiers.map(str::to_owned));
    table.set_header(head.chain(["meaning".to_owned()]));
    for (standing, meaning) in STANDINGS {
        let count = |tier| {
            let metros = outcome.metros.iter();
            let same = metros.filter(|metro| metro.tiers[tier].standing == standing);
            same.count().to_string()
        };
        let head = [standing.label().to_owned()]
            .into_iter()
            .chain(tiers.map(count));
        table.add_row(head.chain([meaning.to_owned()]));
    }
    table
}

fn metros(outcome: &Outcome) -> Table {
    let mut table = plain();
    let tier = outcome.premises.tier;
    let budgets = Tier::ALL.map(|tier| format!("budget {tier}"));
    let head = ["metro", "", &format!("at {tier}")].map(str::to_owned);
    let tail = ["nearest anchor", "nearest denied", "remaining"].map(str::to_owned);
    table.set_header(head.into_iter().chain(budgets).chain(tail));
    for metro in &outcome.metros {
        let plan = &metro.tiers[tier];
        let budgets = Tier::ALL.map(|tier| budget(&metro.tiers[tier.label()]));
        let head = [
            metro.name.clone(),
            metro.territory.clone(),
            plan.standing.label().to_owned(),
        ];
        let tail = [
            nearest_anchor(metro),
            nearest_denied(metro),
            some(&plan.remaining),
        ];
        table.add_row(head.into_iter().chain(budgets).chain(tail));
    }
    table
}

/// The limit of the nearest anchor.
fn budget(plan: &TierOutcome) -> String {
    let budget = plan
        .budget
        .as_ref()
        .and_then(|budget| budget.limits.first());
    budget.map_or_else(|| "none".to_owned(), |limit| format!("{:.2}", limit.rtt_ms))
}

fn nearest_anchor(metro: &MetroOutcome) -> String {
    let budgets = metro.tiers.values().filter_map(|plan| plan.budget.as_ref());
    let nearest = budgets.flat_map(|budget| budget.limits.first()).next();
    nearest
        .map(|limit| limit.anchor.clone())
        .unwrap_or_default()
}

fn nearest_denied(metro: &MetroOutcome) -> String {
    let denied = metro.nearest_denied.as_ref();
    denied
        .map(|denied| format!("{} {} km", denied.territory, denied.km))
        .unwrap_or_default()
}

fn inseparable(outcome: &Outcome) -> Vec<String> {
    let metros = outcome.metros.iter().filter_map(|metro| {
        let codes = &metro.tiers[outcome.premises.tier].inseparable;
        let from = some(codes);
        (!codes.is_empty()).then(|| format!("  {} ({}) from {from}", metro.name, metro.territory))
    });
    metros.collect()
}

fn anchors(outcome: &Outcome) -> Table {
    let mut table = plain();
    let tier = outcome.premises.tier;
    let alone = format!("alone up to, ms at {tier}");
    table.set_header(["anchor", "vote", "pairs", "metros", &alone, "for example"]);
    let mut falling: Vec<&AnchorOutcome> = outcome.anchors.iter().collect();
    falling.sort_by_key(|anchor| std::cmp::Reverse(anchor.pairs));
    for anchor in falling {
        let alone =
            anchor.alone_ms[tier].map_or_else(|| "never".to_owned(), |ms| format!("{ms:.2}"));
        let largest = anchor
            .decides
            .iter()
            .max_by_key(|one| one.territories.len());
        let example = largest.map(|one| format!("{}: {}", one.metro, some(&one.territories)));
        table.add_row([
            anchor.name.clone(),
            anchor.vote.clone(),
            anchor.pairs.to_string(),
            anchor.decides.len().to_string(),
            alone,
            example.unwrap_or_default(),
        ]);
    }
    table
}

fn zone_text(zone: &ZoneOutcome) -> String {
    let mut table = plain();
    let near = format!("of the {} nearest votes", zone.near_votes);
    table.set_header([
        "metro",
        "",
        "coarse sessions confirm",
        &near,
        "of all votes",
    ]);
    for metro in &zone.metros {
        table.add_row([
            metro.name.clone(),
            metro.territory.clone(),
            metro.confirmed.label().to_owned(),
            metro.near.to_string(),
            metro.all.to_string(),
        ]);
    }
    format!(
        "Zone limits for coarse sessions: {} of {} anchors exclude everything denied by themselves; {} votes within\n\
         their limits confirm a host, its report shows up to {}. Votes within their limits on honest paths:\n{table}",
        zone.limits.len(),
        zone.anchors,
        zone.needed_votes,
        zone.shown_votes
    )
}

fn next(outcome: &Outcome) -> Table {
    let mut table = plain();
    table.set_header([
        "place",
        "",
        "anchors",
        "pairs more",
        "weight",
        "metros confirmed",
    ]);
    for step in &outcome.next {
        table.add_row([
            step.place.clone(),
            step.territory.clone(),
            step.anchors.to_string(),
            step.pairs.to_string(),
            format!("{:.0}", step.weight),
            some(&step.confirmed),
        ]);
    }
    table
}

/// The first of a list, and how many there are if it is long.
fn some(list: &[String]) -> String {
    if list.len() <= MAX_CODES {
        return list.join(" ");
    }
    format!(
        "{} and {} more",
        list[..MAX_CODES].join(" "),
        list.len() - MAX_CODES
    )
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    table
}
