//! What the fleet's simulation says: JSON, and tables for people.

use super::kind::Kind;
use comfy_table::{Table, presets};
use domicile_diversion::flags::{Code, Ground, Severity};
use serde::Serialize;
use std::collections::BTreeMap;

/// Statistical flags allowed in a thousand host-years.
const STATISTICAL_A_THOUSAND: f64 = 1.0;

/// Flags of one code.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(super) struct Count {
    /// What it says is so.
    #[serde(rename = "true")]
    pub(super) of_diverted: u64,
    /// Nothing was diverted.
    #[serde(rename = "false")]
    pub(super) of_honest: u64,
}

/// Diversions of one kind.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Detection {
    pub(super) cases: u64,
    pub(super) detected: u64,
    pub(super) median_days: Option<f64>,
    /// The first flag of each detected case.
    pub(super) first_flags: BTreeMap<&'static str, u64>,
    /// How it shows, or why it cannot.
    pub(super) why: &'static str,
}

/// Everything.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) host_years: f64,
    pub(super) flags: BTreeMap<&'static str, Count>,
    /// What befell the honest hosts before their flags.
    pub(super) causes: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    pub(super) detection: BTreeMap<&'static str, Detection>,
    /// The kinds of which not one case was seen.
    pub(super) undetected: Vec<&'static str>,
}

impl Report {
    /// The bars that are not met, in words.
    pub(super) fn missed(&self) -> Vec<String> {
        let of_honest = |wanted: fn(Ground) -> bool| -> u64 {
            let flags = self.flags.iter().filter(|(name, _)| {
                Code::of_name(name).is_some_and(|code| wanted(code.entry().ground))
            });
            flags.map(|(_, count)| count.of_honest).sum()
        };
        let physics = of_honest(|ground| matches!(ground, Ground::Physics(_)));
        let statistics = of_honest(Ground::is_statistical);
        let severe =
            of_honest(|ground| ground.is_statistical() && ground.severity() >= Severity::High);
        let mut missed = Vec::new();
        if physics > 0 {
            missed.push(format!("{physics} flags by physics on honest hosts"));
        }
        #[allow(clippy::cast_precision_loss)] // a rate
        let rate = statistics as f64 * 1_000.0 / self.host_years.max(1.0);
        if rate > STATISTICAL_A_THOUSAND {
            missed.push(format!("{rate:.2} statistical flags in 1,000 host-years"));
        }
        if severe > 0 {
            missed.push(format!("{severe} statistical flags of high severity"));
        }
        missed
    }

    /// The causes of a flag, the most frequent first.
    fn befell(&self, name: &str) -> String {
        let mut causes: Vec<_> = self.causes.get(name).into_iter().flatten().collect();
        causes.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let texts = causes
            .iter()
            .map(|(cause, count)| format!("{cause} {count}"));
        texts.collect::<Vec<_>>().join(", ")
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut flags = Table::new();
        flags.load_preset(presets::UTF8_FULL_CONDENSED);
        flags.set_header([
            "flag",
            "ground",
            "true",
            "false",
            "false in 1,000 host-years",
            "what befell the host before",
        ]);
        for (name, count) in &self.flags {
            let ground = Code::of_name(name).map_or("", |code| code.entry().ground.name());
            #[allow(clippy::cast_precision_loss)] // a rate
            let rate = count.of_honest as f64 * 1_000.0 / self.host_years.max(1.0);
            flags.add_row([
                (*name).to_owned(),
                ground.to_owned(),
                count.of_diverted.to_string(),
                count.of_honest.to_string(),
                format!("{rate:.3}"),
                self.befell(name),
            ]);
        }
        let mut detection = Table::new();
        detection.load_preset(presets::UTF8_FULL_CONDENSED);
        detection.set_header([
            "kind",
            "cases",
            "detected",
            "median days",
            "how, or why not",
        ]);
        for kind in Kind::ALL {
            let Some(found) = self.detection.get(kind.name()) else {
                continue;
            };
            detection.add_row([
                kind.name().to_owned(),
                found.cases.to_string(),
                found.detected.to_string(),
                found
                    .median_days
                    .map_or("–".to_owned(), |days| format!("{days:.1}")),
                found.why.to_owned(),
            ]);
        }
        let mut text = format!(
            "{:.0} honest host-years\n{flags}\n{detection}\n",
            self.host_years
        );
        if !self.undetected.is_empty() {
            text.push_str(&format!("never seen: {}\n", self.undetected.join(", ")));
        }
        text
    }
}
