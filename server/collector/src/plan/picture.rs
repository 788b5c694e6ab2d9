//! The plan as a map.

use super::input::{Anchors, Named};
use super::outcome::{MetroOutcome, Outcome};
use domicile_geo::convert::degrees;
use domicile_geo::plan::{Plan, Standing};
use domicile_geo::{TerritoryMask, UnitVec};
use domicile_map::{PlanMap, PlanMark, PlanMetro, Point};

pub(super) fn svg(
    outcome: &Outcome,
    plan: &Plan<'_>,
    anchors: &Anchors,
    metros: &[Named],
    candidates: &[Named],
) -> String {
    let tier = plan.tier.label();
    let drawn = outcome
        .metros
        .iter()
        .zip(metros)
        .map(|(metro, named)| PlanMetro {
            point: point(&named.position),
            standing: standing(metro, tier),
            note: note(metro, tier),
        });
    let sites = plan.sites.iter().zip(&anchors.names).zip(&outcome.anchors);
    let next = outcome.next.iter().map(|step| PlanMark {
        point: point(&candidates[step.candidate].position),
        note: format!(
            "{} ({}): {} more here exclude {} pairs",
            step.place, step.territory, step.anchors, step.pairs
        ),
    });
    let map = PlanMap {
        title: format!(
            "What {} anchors of {} votes can confirm at {tier}, {} lying",
            plan.sites.len(),
            outcome.premises.votes,
            plan.lying_votes
        ),
        subtitle: format!(
            "Metros whose honest hosts can be told from denied territories; paths assumed at {:.3} c and {} ms",
            f64::from(plan.path.speed.0) / 1e6,
            outcome.premises.path_fixed_ms
        ),
        permitted: plan.goal.permitted.unwrap_or(TerritoryMask::EMPTY),
        denied: plan.goal.denied,
        metros: drawn.collect(),
        anchors: sites
            .map(|((site, (name, vote)), role)| PlanMark {
                point: point(&site.position),
                note: format!("{name} ({vote}): decides {} pairs", role.pairs),
            })
            .collect(),
        next: next.collect(),
    };
    map.svg(plan.territories)
}

fn standing(metro: &MetroOutcome, tier: &str) -> Standing {
    metro.tiers[tier].standing
}

fn note(metro: &MetroOutcome, tier: &str) -> String {
    let plan = &metro.tiers[tier];
    let head = format!(
        "{} ({}): {}",
        metro.name,
        metro.territory,
        plan.standing.label()
    );
    let limit = plan
        .budget
        .as_ref()
        .and_then(|budget| budget.limits.first());
    match limit {
        Some(limit) => format!("{head}; up to {:.2} ms to {}", limit.rtt_ms, limit.anchor),
        None => head,
    }
}

fn point(position: &UnitVec) -> Point {
    let (latitude, longitude) = degrees(position);
    Point::new(latitude, longitude)
}
