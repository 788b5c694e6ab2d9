//! The result as JSON and as a table.

use super::EvalArguments;
use super::baselines::Baseline;
use super::estimate::{Accuracy, Bin};
use super::score::{Class, NEAR_MS, Score};
use super::trial::{Host, LeftOut, Trial};
use crate::measured::{Doubt, Votes};
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use domicile_geo::Tier;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything, in the shape of the JSON.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    hosts: usize,
    anchors: usize,
    votes: Votes,
    lying_votes: u8,
    survey_error_m: u32,
    /// Hosts that count for CN and for RU.
    cn_hosts: usize,
    ru_hosts: usize,
    tiers: BTreeMap<&'static str, TierReport>,
    by_nearest_rtt_ms: Vec<ClassReport>,
    asia_pacific: ClassReport,
    doubtful: Vec<Doubtful>,
    left_out: Vec<LeftOut>,
    belief: Belief,
    /// Only where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    baselines: Option<BTreeMap<&'static str, BaselineReport>>,
    solve_us: Quantiles,
    speedup_over_scan: Option<f64>,
}

#[derive(Debug, Serialize)]
struct TierReport {
    true_excluded: Vec<String>,
    false_claims: usize,
    refuted: usize,
    set_false_claims: usize,
    set_refuted: usize,
    cn_excluded: usize,
    ru_excluded: usize,
}

/// Hosts that count for CN, by how near the nearest anchor was.
#[derive(Debug, Serialize)]
struct ClassReport {
    from: f64,
    to: f64,
    hosts: usize,
    cn_excluded: BTreeMap<&'static str, usize>,
}

/// A host whose place the set doubts, and the tiers at which its declared territory is
/// excluded.
#[derive(Debug, Serialize)]
struct Doubtful {
    id: String,
    name: String,
    kind: &'static str,
    declared: String,
    excluded: Vec<&'static str>,
}

/// How good the belief is; all `null` where it was not asked for.
#[derive(Debug, Default, Serialize)]
struct Belief {
    median_km: Option<f64>,
    p90_km: Option<f64>,
    top1_share: Option<f64>,
    ece: Option<f64>,
    reliability: Vec<Bin>,
}

/// How good a method of others is.
#[derive(Debug, Serialize)]
struct BaselineReport {
    median_km: Option<f64>,
    p90_km: Option<f64>,
    top1_share: Option<f64>,
    /// The rest is `null` for methods that answer with a point: ids of hosts no land of whose
    /// territory was in the region, …
    true_excluded: Option<Vec<String>>,
    /// … how many hosts' places were not in it, …
    place_outside: Option<usize>,
    /// … and how many hosts' regions were empty.
    empty_regions: Option<usize>,
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
}

#[derive(Debug, Serialize)]
struct Quantiles {
    median: f64,
    p99: f64,
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
                cn_excluded: count.cn_excluded,
                ru_excluded: count.ru_excluded,
            };
            (tier.label(), report)
        };
        let doubtful = trial.doubtful.iter().zip(&score.doubtful);
        Self {
            hosts: trial.hosts.len(),
            anchors: trial.anchor_count(),
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
            solve_us: Quantiles {
                median: quantile_us(&score.solves, 50),
                p99: quantile_us(&score.solves, 99),
            },
            speedup_over_scan: extras.speedup.map(f64::round),
        }
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let (hosts, anchors, lying) = (self.hosts, self.anchors, self.lying_votes);
        let votes = match self.votes {
            Votes::Node => "node",
            Votes::Provider => "provider",
        };
        let mut lines = vec![format!(
            "{hosts} hosts, {anchors} anchors, one vote for each {votes}, {lying} may lie, \
             coordinates within {} m",
            self.survey_error_m
        )];
        lines.push(self.tier_table().to_string());
        for tier in Tier::ALL {
            let ids = &self.tiers[tier.label()].true_excluded;
            if !ids.is_empty() {
                let ids = ids.join(" ");
                lines.push(format!("true territory excluded at {tier}: {ids}"));
            }
        }
        lines.push(self.class_table().to_string());
        for one in &self.doubtful {
            let (id, name, kind, declared) = (&one.id, &one.name, one.kind, &one.declared);
            let answer = match one.excluded[..] {
                [] => "possible at every tier".to_owned(),
                _ => format!("excluded at {}", one.excluded.join(", ")),
            };
            lines.push(format!(
                "{kind} {id} {name}, declared in {declared}: {answer}"
            ));
        }
        for LeftOut { id, why } in &self.left_out {
            lines.push(format!("left out as a host: {id}: {why}"));
        }
        let Quantiles { median, p99 } = self.solve_us;
        lines.push(format!("solve: median {median} µs, p99 {p99} µs"));
        if let Some(times) = self.speedup_over_scan {
            lines.push(format!(
                "a solve is {times} times faster than testing every cell"
            ));
        }
        lines.push(self.belief.line());
        if let Some(baselines) = &self.baselines {
            lines.push(self.estimate_table(baselines).to_string());
        }
        lines.join("\n")
    }

    fn tier_table(&self) -> Table {
        let mut table = plain();
        table.set_header([
            "tier",
            "true territories excluded",
            "false claims refuted",
            "of the set's territories",
            "CN excluded",
            "RU excluded",
        ]);
        for tier in Tier::ALL {
            let count = &self.tiers[tier.label()];
            table.add_row([
                tier.label().to_owned(),
                count.true_excluded.len().to_string(),
                share(count.refuted, count.false_claims),
                share(count.set_refuted, count.set_false_claims),
                share(count.cn_excluded, self.cn_hosts),
                share(count.ru_excluded, self.ru_hosts),
            ]);
        }
        table
    }

    /// Belief and baselines side by side.
    fn estimate_table(&self, baselines: &BTreeMap<&str, BaselineReport>) -> Table {
        let mut table = plain();
        table.set_header([
            "estimate",
            "median error, km",
            "p90, km",
            "most likely territory right",
            "true territory excluded",
            "true place outside",
            "no region",
        ]);
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.0}"));
        let percent =
            |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{:.1} %", 100.0 * v));
        let count = |value: Option<usize>| value.map_or("-".to_owned(), |v| v.to_string());
        let belief = &self.belief;
        if belief.top1_share.is_some() {
            table.add_row([
                "belief".to_owned(),
                number(belief.median_km),
                number(belief.p90_km),
                percent(belief.top1_share),
                count(None),
                count(None),
                count(None),
            ]);
        }
        for (name, one) in baselines {
            table.add_row([
                (*name).to_owned(),
                number(one.median_km),
                number(one.p90_km),
                percent(one.top1_share),
                count(one.true_excluded.as_ref().map(Vec::len)),
                count(one.place_outside),
                count(one.empty_regions),
            ]);
        }
        table
    }

    fn class_table(&self) -> Table {
        let mut table = plain();
        let tiers = Tier::ALL.map(|tier| format!("CN excluded, {tier}"));
        let head = ["nearest anchor".to_owned(), "hosts".to_owned()];
        table.set_header(head.into_iter().chain(tiers));
        let mut add = |name: String, class: &ClassReport| {
            let counts = Tier::ALL.map(|tier| share(class.cn_excluded[tier.label()], class.hosts));
            let head = [name, class.hosts.to_string()];
            table.add_row(head.into_iter().chain(counts));
        };
        for class in &self.by_nearest_rtt_ms {
            add(format!("{} to {} ms", class.from, class.to), class);
        }
        let near = format!("Asia, Pacific: to {NEAR_MS} ms");
        add(near, &self.asia_pacific);
        table
    }
}

impl Belief {
    fn line(&self) -> String {
        let Self {
            median_km: Some(median),
            p90_km: Some(p90),
            top1_share: Some(top1),
            ece: Some(ece),
            ..
        } = self
        else {
            return "belief: not measured".to_owned();
        };
        let percent = 100.0 * top1;
        format!(
            "belief: median error {median} km, p90 {p90} km, most likely territory right \
             {percent:.1} %, calibration error {ece}"
        )
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

fn plain() -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).force_no_tty();
    table
}

#[allow(clippy::cast_precision_loss)] // counts far below 2^52
fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    let percent = 100.0 * part as f64 / whole as f64;
    format!("{part} of {whole} ({percent:.2} %)")
}

/// A percentile of rising times (0 when there is none), microseconds to two decimals.
fn quantile_us(rising: &[Duration], percent: usize) -> f64 {
    let place = (rising.len() * percent / 100).min(rising.len().saturating_sub(1));
    let time = rising.get(place).copied().unwrap_or_default();
    (time.as_secs_f64() * 1e8).round() / 100.0
}
