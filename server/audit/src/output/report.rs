//! One verdict for people, and the report of a bundle.

use super::{bare, device, plain, time, trimmed};
use crate::bundle::{BundleReport, Outcome};
use domicile_appraise::text::name_of;
use domicile_proto::types::Key;
use domicile_proto::wire::{self, Binding, Tier, VerdictValue};
use serde_json::{Value, json};

/// The checks of a bundle, what they prove, and what they do not.
pub fn report(report: &BundleReport) -> String {
    let mut table = bare();
    for result in &report.checks {
        let (state, seen) = match &result.outcome {
            Outcome::Passed(seen) => ("ok", seen.as_str()),
            Outcome::Failed(why) => ("FAILED", why.as_str()),
            Outcome::NotReached => ("-", "not reached"),
        };
        let proves = match result.outcome {
            Outcome::Passed(_) => result.check.proves(),
            Outcome::Failed(_) | Outcome::NotReached => "",
        };
        table.add_row([state, result.check.name(), proves, &plain(seen)]);
    }
    let mut lines = vec![trimmed(&table), String::new()];
    match (&report.verdict, report.is_verified()) {
        (Some(verdict), true) => {
            lines.extend(summary(verdict));
            if let Some(witnessed) = &report.witnessed {
                for one in &witnessed.by {
                    lines.push(format!(
                        "The log's head is signed by witness {}.",
                        plain(&one.name)
                    ));
                }
            }
            lines.push("Verified. Not proven:".into());
            lines.extend(report.not_proven().iter().map(|line| format!("  - {line}")));
        }
        _ => lines.push("NOT VERIFIED: nothing in this bundle may be relied on.".into()),
    }
    lines.join("\n")
}

fn summary(verdict: &wire::Verdict) -> Vec<String> {
    let required = verdict
        .tiers
        .iter()
        .find(|tier| tier.tier == verdict.required_tier);
    let possible = required.map_or(&[][..], |tier| &tier.possible);
    let listed = match possible.len() {
        0 => "none".to_owned(),
        1..=24 => possible.join(" "),
        many => format!("{many} territories"),
    };
    let host = Key::read("agent_key", &verdict.agent_key);
    let mut lines = vec![
        format!(
            "host       {}",
            host.map(|key| key.to_string()).unwrap_or_default()
        ),
        format!(
            "verdict    {} at {} for licence {}",
            name_of::<VerdictValue>(verdict.value),
            name_of::<Tier>(verdict.required_tier),
            plain(&verdict.licence)
        ),
        format!(
            "measured   {} to {}",
            time(verdict.measured_from_ms),
            time(verdict.measured_until_ms)
        ),
        format!("expires    {}", time(verdict.expires_ms)),
        format!("possible   {listed}"),
        format!(
            "decided by {}",
            required
                .map(|tier| plain(&tier.deciding_votes.join(", ")))
                .unwrap_or_default()
        ),
    ];
    lines.extend(device::binding(verdict));
    lines.push(String::new());
    lines
}

/// The same as JSON.
pub fn report_json(report: &BundleReport) -> Value {
    let checks: Vec<Value> = report
        .checks
        .iter()
        .map(|result| {
            let (state, detail) = match &result.outcome {
                Outcome::Passed(seen) => ("passed", seen.as_str()),
                Outcome::Failed(why) => ("failed", why.as_str()),
                Outcome::NotReached => ("not-reached", ""),
            };
            json!({
                "check": result.check.name(),
                "state": state,
                "detail": detail,
                "proves": result.check.proves(),
            })
        })
        .collect();
    let verdict = report.verdict.as_ref().map(|verdict| {
        json!({
            "value": name_of::<VerdictValue>(verdict.value),
            "tier": name_of::<Tier>(verdict.required_tier),
            "licence": verdict.licence,
            "host": data_encoding::HEXLOWER.encode(&verdict.agent_key),
            "id": data_encoding::HEXLOWER.encode(&verdict.evidence_hash),
            "measured_from": time(verdict.measured_from_ms),
            "measured_until": time(verdict.measured_until_ms),
            "expires": time(verdict.expires_ms),
            "binding": name_of::<Binding>(verdict.binding),
            "devices": verdict.devices.iter().map(device::result_json).collect::<Vec<_>>(),
            "tpm": verdict.tpm.as_ref().map(device::tpm_json),
        })
    });
    let verified = report.is_verified();
    json!({
        "verified": verified,
        "checks": checks,
        "verdict": verdict.filter(|_| verified),
        "witnessed_by": report.witnessed.as_ref().map(|witnessed| {
            witnessed.by.iter().map(|one| one.name.as_str()).collect::<Vec<_>>()
        }),
        "not_proven": report.not_proven(),
    })
}

/// One attestation as the collector describes it: fields a line each, lists of records as tables.
pub fn detail(value: &Value) -> String {
    let mut lines = Vec::new();
    let mut tables = Vec::new();
    if let Value::Object(fields) = value {
        for (name, field) in fields {
            match field {
                Value::Array(rows) if rows.iter().any(Value::is_object) => {
                    tables.push(format!("\n{}\n{}", plain(name), rows_table(rows)));
                }
                Value::Object(inner) => {
                    for (key, value) in inner {
                        lines.push(line(&format!("{name}.{key}"), value));
                    }
                }
                other => lines.push(line(name, other)),
            }
        }
    }
    lines.extend(tables);
    lines.join("\n")
}

fn line(name: &str, value: &Value) -> String {
    format!("{:<22} {}", plain(name), cell(value))
        .trim_end()
        .to_owned()
}

fn rows_table(rows: &[Value]) -> String {
    let mut names: Vec<&String> = Vec::new();
    for name in rows
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|row| row.keys())
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut table = bare();
    table.set_header(names.iter().map(|name| plain(name)));
    for row in rows {
        table.add_row(names.iter().map(|name| cell(&row[name.as_str()])));
    }
    trimmed(&table)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => plain(text),
        Value::Array(items) if items.is_empty() => "-".into(),
        Value::Array(items) if items.len() > 24 => format!("{} entries", items.len()),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => plain(&other.to_string()),
    }
}
