//! `replay`: bundles and the trust file, no network.

use super::policy::{TrustFile, policy_of};
use super::{CommandError, Exit, device, progress};
use crate::cli::ReplayArgs;
use crate::output::{Format, Listing, REPLAYED, plain, time};
use crate::replay::{self, Against, Replayed, Said};
use domicile_appraise::policy::{self, Policy};
use domicile_certs::{Trust, files};
use domicile_geo::Territories;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Instant;

pub(super) fn run(
    args: &ReplayArgs,
    trust_file: TrustFile<'_>,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let trust = Trust::load(&trust_file()?)?;
    let vouchers = device::vouchers(&args.vouchers)?;
    let policy = other_policy(args, trust_file)?;
    let paths = replay::bundles(&args.bundles)?;
    let against = Against {
        trust: &trust,
        vouchers: &vouchers,
        policy: policy.as_ref(),
    };
    let bar = progress::bar(paths.len(), "bundles");
    let threads = available_parallelism().map_or(1, usize::from);
    let begun = Instant::now();
    let results = replay::replay(&paths, against, threads, || bar.inc(1));
    bar.finish_and_clear();
    write(&results, policy.as_ref(), format, out)?;
    if format == Format::Table {
        let rate = results.len() as f64 / begun.elapsed().as_secs_f64();
        writeln!(out, "{rate:.0} bundles a second on {threads} threads")?;
    }
    let failed = results.is_empty() || results.iter().any(|result| result.outcome.is_err());
    Ok(if failed { Exit::Invalid } else { Exit::Ok })
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
        write!(out, "{}", summary(results, policy))?;
    }
    Ok(())
}

fn is_remarkable(result: &Replayed) -> bool {
    result
        .outcome
        .as_ref()
        .map_or(true, |same| same.is_changed())
}

fn row(result: &Replayed) -> Value {
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

fn summary(results: &[Replayed], policy: Option<&Policy>) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut changes: BTreeMap<(Said, Said), u64> = BTreeMap::new();
    let mut failed = 0;
    for result in results {
        match &result.outcome {
            Err(_) => failed += 1,
            Ok(same) => {
                *counts.entry(same.said.value).or_default() += 1;
                if let Some(under) = same.under.filter(|_| same.is_changed()) {
                    *changes.entry((same.said, under)).or_default() += 1;
                }
            }
        }
    }
    let said: Vec<String> = counts
        .iter()
        .map(|(value, n)| format!("{value} {n}"))
        .collect();
    let mut text = format!(
        "{} bundles: {} replayed to the same bytes ({}), {failed} FAILED\n",
        results.len(),
        results.len() as u64 - failed,
        said.join(", ")
    );
    if let Some(policy) = policy {
        let changed: u64 = changes.values().sum();
        text += &format!(
            "under policy version {} (SHA-256 {}): {changed} change\n",
            policy.version, policy.hash
        );
        for ((was, is), n) in changes {
            text += &format!(
                "  {} at {} -> {} at {}: {n}\n",
                was.value, was.tier, is.value, is.tier
            );
        }
    }
    text
}
