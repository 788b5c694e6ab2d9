//! `replay`: bundles and the trust file, no network.

use super::policy::{TrustFile, policy_of};
use super::{CommandError, Exit, device, progress};
use crate::bundle::Vouchers;
use crate::cli::ReplayArgs;
use crate::output::{Format, Listing, REPLAYED, plain, time};
use crate::replay::{self, Against, Replayed};
use domicile_appraise::policy::{self, Policy};
use domicile_certs::{Trust, files};
use domicile_geo::Territories;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Instant;

/// What bundles are held against, as the arguments say.
pub(super) struct Basis {
    pub(super) trust: Trust,
    pub(super) vouchers: Vouchers,
    pub(super) policy: Option<Policy>,
}

impl Basis {
    pub(super) fn of(args: &ReplayArgs, trust_file: TrustFile<'_>) -> Result<Self, CommandError> {
        Ok(Self {
            trust: Trust::load(&trust_file()?)?,
            vouchers: device::vouchers(&args.vouchers)?,
            policy: other_policy(args, trust_file)?,
        })
    }

    pub(super) fn against(&self) -> Against<'_> {
        Against {
            trust: &self.trust,
            vouchers: &self.vouchers,
            policy: self.policy.as_ref(),
        }
    }
}

/// Threads that replay.
pub(super) fn threads() -> usize {
    available_parallelism().map_or(1, usize::from)
}

pub(super) fn run(
    args: &ReplayArgs,
    trust_file: TrustFile<'_>,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let basis = Basis::of(args, trust_file)?;
    let paths = replay::bundles(&args.bundles)?;
    let bar = progress::bar(paths.len(), "bundles");
    let threads = threads();
    let begun = Instant::now();
    let results = replay::replay(&paths, basis.against(), threads, || bar.inc(1));
    bar.finish_and_clear();
    let mut tally = Tally::default();
    tally.add(&results);
    write(&results, &tally, basis.policy.as_ref(), format, out)?;
    if format == Format::Table {
        let rate = results.len() as f64 / begun.elapsed().as_secs_f64();
        writeln!(out, "{rate:.0} bundles a second on {threads} threads")?;
    }
    Ok(tally.exit())
}

/// The policy of the options besides the bundles' own.
fn other_policy(args: &ReplayArgs, trust: TrustFile<'_>) -> Result<Option<Policy>, CommandError> {
    let parse = |bytes: &[u8], place: &Path| {
        Policy::parse(bytes, Territories::builtin()).map_err(|error| CommandError::Policy {
            place: place.display().to_string(),
            problem: error.to_string(),
        })
    };
    if let Some(path) = &args.policy {
        return parse(&files::read(path, policy::MAX_BYTES)?, path).map(Some);
    }
    let Some(registry) = &args.registry else {
        return match args.days.as_of.or(args.days.known_on) {
            None => Ok(None),
            Some(day) => Err(CommandError::Policy {
                place: format!("--as-of {day}"),
                problem: "needs --registry: the policy of a day is made from packs and licences"
                    .into(),
            }),
        };
    };
    let toml = policy_of(&args.packs, registry, &args.days, trust)?;
    parse(toml.as_bytes(), registry).map(Some)
}

fn write(
    results: &[Replayed],
    tally: &Tally,
    policy: Option<&Policy>,
    format: Format,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    // People see what is not as it was; programs see everything.
    let rows: Vec<Value> = results
        .iter()
        .filter(|result| format != Format::Table || is_remarkable(result))
        .map(row)
        .collect();
    if format != Format::Table || !rows.is_empty() {
        let mut listing = Listing::new(&mut *out, format, REPLAYED);
        listing.rows(rows)?;
        listing.end(None)?;
    }
    if format == Format::Table {
        write!(out, "{}", tally.summary(policy))?;
    }
    Ok(())
}

fn is_remarkable(result: &Replayed) -> bool {
    result
        .outcome
        .as_ref()
        .map_or(true, |same| same.is_changed())
}

pub(super) fn row(result: &Replayed) -> Value {
    let bundle = result.path.display().to_string();
    match &result.outcome {
        Err(problem) => json!({"bundle": bundle, "replay": "FAILED", "problem": plain(problem)}),
        Ok(same) => json!({
            "bundle": bundle,
            "id": same.id.to_string(),
            "host": same.host.to_string(),
            "licence": same.licence,
            "measured": time(same.measured_ms),
            "replay": "same",
            "value": same.said.value,
            "tier": same.said.tier,
            "under": same.under.map(|said| said.value),
            "under_tier": same.under.map(|said| said.tier),
        }),
    }
}

/// What came of many.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tally {
    pub(super) bundles: u64,
    failed: u64,
    /// By the value that was said.
    said: BTreeMap<String, u64>,
    /// By what was said and what another policy says.
    changes: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn add(&mut self, results: &[Replayed]) {
        for result in results {
            self.bundles += 1;
            let Ok(same) = &result.outcome else {
                self.failed += 1;
                continue;
            };
            *self.said.entry(same.said.value.to_owned()).or_default() += 1;
            if let Some(is) = same.under.filter(|_| same.is_changed()) {
                let was = same.said;
                let change = format!(
                    "{} at {} -> {} at {}",
                    was.value, was.tier, is.value, is.tier
                );
                *self.changes.entry(change).or_default() += 1;
            }
        }
    }

    /// Nothing replayed is no success.
    pub(super) fn exit(&self) -> Exit {
        match self.bundles == 0 || self.failed > 0 {
            true => Exit::Invalid,
            false => Exit::Ok,
        }
    }

    pub(super) fn summary(&self, policy: Option<&Policy>) -> String {
        let said: Vec<String> = self
            .said
            .iter()
            .map(|(value, n)| format!("{value} {n}"))
            .collect();
        let mut text = format!(
            "{} bundles: {} replayed to the same bytes ({}), {} FAILED\n",
            self.bundles,
            self.bundles - self.failed,
            said.join(", "),
            self.failed
        );
        if let Some(policy) = policy {
            let changed: u64 = self.changes.values().sum();
            text += &format!(
                "under policy version {} (SHA-256 {}): {changed} change\n",
                policy.version, policy.hash
            );
            for (change, n) in &self.changes {
                text += &format!("  {change}: {n}\n");
            }
        }
        text
    }
}
