//! The result in the shape of the JSON.

use super::EvalArguments;
use super::baselines::Baseline;
use super::estimate::{Accuracy, Bin};
use super::forge::ForgeReport;
use super::pick::Pick;
use super::score::{Class, Score};
use super::trial::{Host, LeftOut, Trial};
use crate::measured::{Doubt, Votes};
use domicile_geo::Tier;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything, in the shape of the JSON.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) hosts: usize,
    pub(super) anchors: usize,
    /// By which rule anchors were taken; the same for all when all were.
    pub(super) pick: Pick,
    pub(super) votes: Votes,
    pub(super) lying_votes: u8,
    pub(super) survey_error_m: u32,
    /// Hosts that count for CN and for RU.
    pub(super) cn_hosts: usize,
    pub(super) ru_hosts: usize,
    pub(super) tiers: BTreeMap<&'static str, TierReport>,
    pub(super) by_nearest_rtt_ms: Vec<ClassReport>,
    pub(super) asia_pacific: ClassReport,
    pub(super) doubtful: Vec<Doubtful>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) belief: Belief,
    /// Only where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) baselines: Option<BTreeMap<&'static str, BaselineReport>>,
    /// Only where forgeries were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) forge: Option<ForgeReport>,
    pub(super) solve_us: Quantiles,
    pub(super) speedup_over_scan: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct TierReport {
    pub(super) true_excluded: Vec<String>,
    pub(super) false_claims: usize,
    pub(super) refuted: usize,
    pub(super) set_false_claims: usize,
    pub(super) set_refuted: usize,
    /// Of either, claims that no sound method refutes from these round trips.
    pub(super) irrefutable: usize,
    pub(super) set_irrefutable: usize,
    pub(super) cn_excluded: usize,
    pub(super) ru_excluded: usize,
}

/// Hosts that count for CN, by how near the nearest anchor was.
#[derive(Debug, Serialize)]
pub(super) struct ClassReport {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) hosts: usize,
    pub(super) cn_excluded: BTreeMap<&'static str, usize>,
}

/// A host whose place the set doubts, and the tiers at which its declared territory is
/// excluded.
#[derive(Debug, Serialize)]
pub(super) struct Doubtful {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) declared: String,
    pub(super) excluded: Vec<&'static str>,
}

/// How good the belief is; all `null` where it was not asked for.
#[derive(Debug, Default, Serialize)]
pub(super) struct Belief {
    pub(super) median_km: Option<f64>,
    pub(super) p90_km: Option<f64>,
    pub(super) top1_share: Option<f64>,
    pub(super) ece: Option<f64>,
    pub(super) reliability: Vec<Bin>,
}

/// How good a method of others is.
#[derive(Debug, Serialize)]
pub(super) struct BaselineReport {
    pub(super) median_km: Option<f64>,
    pub(super) p90_km: Option<f64>,
    pub(super) top1_share: Option<f64>,
    /// The rest is `null` for methods that answer with a point: ids of hosts no land of whose
    /// territory was in the region, …
    pub(super) true_excluded: Option<Vec<String>>,
    /// … how many hosts' places were not in it, …
    pub(super) place_outside: Option<usize>,
    /// … and how many hosts' regions were empty.
    pub(super) empty_regions: Option<usize>,
}

/// What is measured beside the counts.
#[derive(Debug, Default)]
pub(super) struct Extras {
    /// A scan's time over a solve's.
    pub(super) speedup: Option<f64>,
    /// How good the belief is.
    pub(super) belief: Option<Accuracy>,
    /// Methods of others, if they were asked for.
    pub(super) baselines: Option<Vec<Baseline>>,
    /// The forgeries, if they were asked for.
    pub(super) forge: Option<ForgeReport>,
}

#[derive(Debug, Serialize)]
pub(super) struct Quantiles {
    pub(super) median: f64,
    pub(super) p99: f64,
}

impl Report {
    pub(super) fn new(
        trial: &Trial,
        score: &Score,
        extras: &Extras,
        arguments: &EvalArguments,
    ) -> Self {
        let tier = |(tier, count): (Tier, &super::score::Count)| {
            let report = TierReport {
                true_excluded: count.true_excluded.clone(),
                false_claims: count.all.made,
                refuted: count.all.refuted,
                set_false_claims: count.set.made,
                set_refuted: count.set.refuted,
                irrefutable: count.all.irrefutable,
                set_irrefutable: count.set.irrefutable,
                cn_excluded: count.cn_excluded,
                ru_excluded: count.ru_excluded,
            };
            (tier.label(), report)
        };
        let doubtful = trial.doubtful.iter().zip(&score.doubtful);
        Self {
            hosts: trial.hosts.len(),
            anchors: trial.anchor_count(),
            pick: arguments.pick,
            votes: arguments.votes,
            lying_votes: arguments.lying_votes,
            survey_error_m: arguments.survey_error_m,
            cn_hosts: score.cn_hosts,
            ru_hosts: score.ru_hosts,
            tiers: Tier::ALL.into_iter().zip(&score.tiers).map(tier).collect(),
            by_nearest_rtt_ms: score.classes.iter().map(class).collect(),
            asia_pacific: class(&score.asia_pacific),
            doubtful: doubtful
                .map(|(host, excluded)| doubt(trial, host, excluded))
                .collect(),
            left_out: trial.left_out.clone(),
            belief: extras.belief.as_ref().map(belief).unwrap_or_default(),
            baselines: extras.baselines.as_ref().map(|all| baselines(all)),
            forge: extras.forge.clone(),
            solve_us: Quantiles {
                median: quantile_us(&score.solves, 50),
                p99: quantile_us(&score.solves, 99),
            },
            speedup_over_scan: extras.speedup.map(f64::round),
        }
    }
}

fn belief(accuracy: &Accuracy) -> Belief {
    Belief {
        median_km: accuracy.median_km().map(|km| rounded(km, 1)),
        p90_km: accuracy.p90_km().map(|km| rounded(km, 1)),
        top1_share: accuracy.top1_share.map(|share| rounded(share, 4)),
        ece: accuracy.calibration_error().map(|error| rounded(error, 4)),
        reliability: accuracy.bins.clone(),
    }
}

fn baselines(all: &[Baseline]) -> BTreeMap<&'static str, BaselineReport> {
    let report = |one: &Baseline| BaselineReport {
        median_km: one.accuracy.median_km().map(|km| rounded(km, 1)),
        p90_km: one.accuracy.p90_km().map(|km| rounded(km, 1)),
        top1_share: one.accuracy.top1_share.map(|share| rounded(share, 4)),
        true_excluded: one.regions.as_ref().map(|r| r.true_excluded.clone()),
        place_outside: one.regions.as_ref().map(|r| r.place_outside),
        empty_regions: one.regions.as_ref().map(|r| r.empty),
    };
    all.iter().map(|one| (one.name, report(one))).collect()
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    (value * scale).round() / scale
}

fn class(class: &Class) -> ClassReport {
    let labels = Tier::ALL.map(Tier::label);
    ClassReport {
        from: class.from_ms,
        to: class.to_ms,
        hosts: class.hosts,
        cn_excluded: labels.into_iter().zip(class.cn_excluded).collect(),
    }
}

fn doubt(trial: &Trial, host: &Host, excluded: &[bool]) -> Doubtful {
    let node = trial.node(host);
    let tiers = Tier::ALL.into_iter().zip(excluded);
    Doubtful {
        id: node.id.clone(),
        name: node.name.clone(),
        kind: match node.doubt {
            Some(Doubt::Suspect) => "suspect",
            _ => "bad_truth",
        },
        declared: node.territory.clone(),
        excluded: tiers
            .filter_map(|(tier, excluded)| excluded.then_some(tier.label()))
            .collect(),
    }
}

/// A percentile of rising times (0 when there is none), microseconds to two decimals.
fn quantile_us(rising: &[Duration], percent: usize) -> f64 {
    let place = (rising.len() * percent / 100).min(rising.len().saturating_sub(1));
    let time = rising.get(place).copied().unwrap_or_default();
    (time.as_secs_f64() * 1e8).round() / 100.0
}
