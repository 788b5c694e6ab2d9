//! The plan with the names of its anchors and metros, in the shape of the JSON.

use super::input::{Anchors, Named};
use super::limits::ZoneOutcome;
use domicile_geo::convert::degrees;
use domicile_geo::plan::{Budget, MetroPlan, Plan, Role, Standing, Step};
use domicile_geo::{Territories, TerritoryMask, Tier};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that a plan says.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub(super) premises: Premises,
    pub(super) anchors: Vec<AnchorOutcome>,
    pub(super) metros: Vec<MetroOutcome>,
    pub(super) next: Vec<NextOutcome>,
    /// With `--limits-out` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) zone: Option<ZoneOutcome>,
}

/// What the plan supposes.
#[derive(Debug, Serialize)]
pub(super) struct Premises {
    pub(super) territories: String,
    pub(super) permitted: Option<Vec<String>>,
    pub(super) denied: Vec<String>,
    pub(super) lying_votes: u8,
    pub(super) votes: usize,
    pub(super) tier: &'static str,
    pub(super) path_speed_ppm: u32,
    pub(super) path_fixed_ms: f64,
    pub(super) best_rtt_ms: f64,
}

/// One anchor.
#[derive(Debug, Serialize)]
pub(super) struct AnchorOutcome {
    pub(super) name: String,
    pub(super) vote: String,
    /// By tier: up to which round trip its cap alone excludes everything denied.
    pub(super) alone_ms: BTreeMap<&'static str, Option<f64>>,
    /// Pairs of metro and denied territory that hang on it.
    pub(super) pairs: u64,
    pub(super) decides: Vec<Decides>,
}

#[derive(Debug, Serialize)]
pub(super) struct Decides {
    pub(super) metro: String,
    pub(super) territories: Vec<String>,
}

/// One metro.
#[derive(Debug, Serialize)]
pub(super) struct MetroOutcome {
    pub(super) name: String,
    pub(super) territory: String,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) nearest_denied: Option<NearestDenied>,
    pub(super) tiers: BTreeMap<&'static str, TierOutcome>,
}

#[derive(Debug, Serialize)]
pub(super) struct NearestDenied {
    pub(super) territory: String,
    pub(super) km: f64,
}

/// One metro at one tier.
#[derive(Debug, Serialize)]
pub(super) struct TierOutcome {
    #[serde(serialize_with = "label")]
    pub(super) standing: Standing,
    pub(super) remaining: Vec<String>,
    pub(super) inseparable: Vec<String>,
    pub(super) budget: Option<BudgetOutcome>,
}

#[derive(Debug, Serialize)]
pub(super) struct BudgetOutcome {
    pub(super) excess_ms: f64,
    /// The nearest anchor first.
    pub(super) limits: Vec<LimitOutcome>,
    pub(super) first_lost: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct LimitOutcome {
    pub(super) anchor: String,
    pub(super) rtt_ms: f64,
}

/// Anchors to be added.
#[derive(Debug, Serialize)]
pub(super) struct NextOutcome {
    pub(super) place: String,
    pub(super) territory: String,
    pub(super) anchors: u8,
    pub(super) pairs: u64,
    pub(super) weight: f64,
    pub(super) confirmed: Vec<String>,
    /// Number of the candidate, for the map.
    #[serde(skip)]
    pub(super) candidate: usize,
}

impl Outcome {
    /// Makes the plan; what takes long says so.
    pub(super) fn of(
        plan: &Plan<'_>,
        anchors: &Anchors,
        metros: &[Named],
        candidates: &[Named],
        next: usize,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Self {
        let names = Names {
            anchors,
            metros,
            territories: plan.territories,
        };
        let total = metros.len() as u64;
        let metro = |(number, (named, metro)): (u64, (&Named, _))| {
            let answer = names.metro(named, &plan.metro(metro));
            progress("metros", number + 1, total);
            answer
        };
        let judged = (0..).zip(metros.iter().zip(&plan.metros)).map(metro);
        let judged = judged.collect();
        let roles = plan.roles(&mut |done| progress("anchors", done as u64, total));
        let places: Vec<_> = candidates.iter().map(Named::candidate).collect();
        let steps = plan.next(&places, next, &mut |done| {
            progress("next anchors", done as u64, next as u64);
        });
        Self {
            premises: names.premises(plan),
            anchors: roles
                .iter()
                .enumerate()
                .map(|(number, role)| names.anchor(number, role))
                .collect(),
            metros: judged,
            zone: None,
            next: steps
                .iter()
                .map(|step| names.next(step, candidates))
                .collect(),
        }
    }
}

/// What numbers are called.
struct Names<'a> {
    anchors: &'a Anchors,
    metros: &'a [Named],
    territories: &'a Territories,
}

impl Names<'_> {
    fn codes(&self, mask: &TerritoryMask) -> Vec<String> {
        mask.codes(self.territories)
            .map(|code| code.to_string())
            .collect()
    }

    fn code(&self, index: u8) -> String {
        let code = self.territories.code(index);
        code.map(|code| code.to_string()).unwrap_or_default()
    }

    fn premises(&self, plan: &Plan<'_>) -> Premises {
        let mut votes: Vec<_> = plan.sites.iter().map(|site| site.vote).collect();
        votes.sort_unstable();
        votes.dedup();
        Premises {
            territories: plan.territories.version().to_owned(),
            permitted: plan.goal.permitted.map(|permitted| self.codes(&permitted)),
            denied: self.codes(&plan.goal.denied),
            lying_votes: plan.lying_votes,
            votes: votes.len(),
            tier: plan.tier.label(),
            path_speed_ppm: plan.path.speed.0,
            path_fixed_ms: milliseconds(plan.path.fixed_ns),
            best_rtt_ms: milliseconds(plan.best_rtt_ns),
        }
    }

    fn anchor(&self, number: usize, role: &Role) -> AnchorOutcome {
        let (name, vote) = self.anchors.names[number].clone();
        let alone = role.alone_ns.map(|ns| ns.map(milliseconds));
        let decides = |(metro, lost): &(usize, TerritoryMask)| Decides {
            metro: self.metros[*metro].name.clone(),
            territories: self.codes(lost),
        };
        AnchorOutcome {
            name,
            vote,
            alone_ms: Tier::ALL.map(Tier::label).into_iter().zip(alone).collect(),
            pairs: role.pairs(),
            decides: role.decides.iter().map(decides).collect(),
        }
    }

    fn metro(&self, named: &Named, plan: &MetroPlan) -> MetroOutcome {
        let (latitude, longitude) = degrees(&named.position);
        let tier = |(tier, plan): (Tier, &domicile_geo::plan::TierPlan)| {
            let outcome = TierOutcome {
                standing: plan.standing,
                remaining: self.codes(&plan.remaining),
                inseparable: self.codes(&plan.inseparable),
                budget: plan.budget.as_ref().map(|budget| self.budget(budget)),
            };
            (tier.label(), outcome)
        };
        MetroOutcome {
            name: named.name.clone(),
            territory: self.code(named.territory),
            latitude: (latitude * 1e4).round() / 1e4,
            longitude: (longitude * 1e4).round() / 1e4,
            nearest_denied: plan
                .nearest_denied
                .map(|(territory, metres)| NearestDenied {
                    territory: self.code(territory),
                    km: (metres / 1000.0).round(),
                }),
            tiers: Tier::ALL.into_iter().zip(&plan.tiers).map(tier).collect(),
        }
    }

    fn budget(&self, budget: &Budget) -> BudgetOutcome {
        let limit = |(anchor, rtt_ns): &(usize, u64)| LimitOutcome {
            anchor: self.anchors.names[*anchor].0.clone(),
            rtt_ms: milliseconds(*rtt_ns),
        };
        BudgetOutcome {
            excess_ms: milliseconds(budget.excess_ns),
            limits: budget.limits.iter().map(limit).collect(),
            first_lost: self.codes(&budget.first_lost),
        }
    }

    fn next(&self, step: &Step, candidates: &[Named]) -> NextOutcome {
        let place = &candidates[step.candidate];
        let confirmed = step.confirmed.iter();
        NextOutcome {
            place: place.name.clone(),
            territory: self.code(place.territory),
            anchors: step.anchors,
            pairs: step.pairs,
            weight: step.weight,
            confirmed: confirmed
                .map(|metro| self.metros[*metro].name.clone())
                .collect(),
            candidate: step.candidate,
        }
    }
}

// The signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn label<S: serde::Serializer>(standing: &Standing, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(standing.label())
}

/// To a microsecond, rounded down: a limit that is met is met exactly.
#[allow(clippy::cast_precision_loss)] // far below 2^52
pub(super) fn milliseconds(nanoseconds: u64) -> f64 {
    (nanoseconds / 1000) as f64 / 1000.0
}
