//! The result for people.

use super::forge::ForgeReport;
use super::report::{BaselineReport, Belief, ClassReport, Quantiles, Report};
use super::score::NEAR_MS;
use super::trial::LeftOut;
use crate::measured::Votes;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use domicile_geo::Tier;
use std::collections::BTreeMap;

impl Report {
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
        let slow = &self.tiers[Tier::TwoThirds.label()];
        lines.push(format!(
            "at {} no method could refute more than {}; of the set's territories {}",
            Tier::TwoThirds,
            share(slow.false_claims - slow.irrefutable, slow.false_claims),
            share(
                slow.set_false_claims - slow.set_irrefutable,
                slow.set_false_claims
            )
        ));
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
        lines.extend(self.forge.iter().flat_map(ForgeReport::lines));
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
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.1}"));
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
