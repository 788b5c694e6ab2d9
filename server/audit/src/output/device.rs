//! Device reports for people and as JSON.

use super::{bare, plain, trimmed};
use crate::device_report::Results;
use domicile_appraise::text::name_of;
use domicile_appraise::verify::tpm_checks;
use domicile_proto::wire::{
    self, Binding, DeviceKind, DeviceOutcome, DeviceResult, EkStanding, TpmOutcome, TpmResult,
};
use domicile_spdm::check::{Check, Outcome};
use domicile_spdm::verify::Verification;
use serde_json::{Value, json};

/// Each report with its results, then the board.
pub fn device_reports(results: &Results) -> String {
    let mut lines = Vec::new();
    for (name, found) in &results.reports {
        lines.extend(one(name, found));
    }
    lines.extend(board(results));
    lines.push(match results.hold() {
        true => "Verified: each report was signed by its device's own key, for the nonce where one was given.".into(),
        false => "NOT VERIFIED: at least one check of a report failed, or its signature cannot be checked.".into(),
    });
    lines.push(
        "Not proven: where the devices stand, and what is `unknown` or `absent` above.".into(),
    );
    lines.join("\n")
}

fn one(name: &str, found: &Verification) -> Vec<String> {
    let mut lines = vec![plain(name)];
    let stated = &found.stated;
    let device = found
        .device
        .map_or("unknown device".into(), |device| device.to_string());
    let text = |text: &Option<String>| text.as_deref().map_or("-".into(), plain);
    lines.push(match &found.form {
        Ok(()) => format!(
            "{device}, driver {}, firmware {}, {} measurements, SPDM {}",
            text(&stated.driver),
            text(&stated.firmware),
            stated.measurements,
            stated.version.unwrap_or("-"),
        ),
        Err(error) => format!("not a report: {error}"),
    });
    let mut table = bare();
    for (check, finding) in Check::ALL.iter().zip(&found.findings) {
        let outcome = match finding.outcome {
            Outcome::Failed => "FAILED",
            other => other.name(),
        };
        table.add_row([outcome, check.name(), &plain(&finding.detail)]);
    }
    lines.push(trimmed(&table));
    lines.push(String::new());
    lines
}

fn board(results: &Results) -> Vec<String> {
    if results.reports.len() < 2 {
        return Vec::new();
    }
    let board = &results.board;
    let mut lines = vec![match board.is_whole() {
        true => format!(
            "board: {} reports, every device that one of them names is here",
            results.reports.len()
        ),
        false => "board: not whole".into(),
    }];
    for (device, by) in &board.missing {
        lines.push(format!(
            "  missing  {device}, named by {} devices",
            by.len()
        ));
    }
    for (from, to) in &board.one_sided {
        lines.push(format!(
            "  one-sided  {from} names {to}, which does not name it"
        ));
    }
    lines.push(String::new());
    lines
}

/// The same as JSON.
pub fn device_reports_json(results: &Results) -> Value {
    let reports: Vec<Value> = results
        .reports
        .iter()
        .map(|(name, found)| report(name, found))
        .collect();
    let missing: Vec<Value> = results
        .board
        .missing
        .iter()
        .map(|(device, by)| {
            json!({
                "kind": device.kind.name(),
                "pdi": device.pdi.to_string(),
                "named_by": by.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    let one_sided: Vec<Value> = results
        .board
        .one_sided
        .iter()
        .map(|(from, to)| json!({ "names": from.to_string(), "named": to.to_string() }))
        .collect();
    json!({
        "verified": results.hold(),
        "reports": reports,
        "board": { "missing": missing, "one_sided": one_sided },
    })
}

fn report(name: &str, found: &Verification) -> Value {
    let checks: Vec<Value> = Check::ALL
        .iter()
        .zip(&found.findings)
        .map(|(check, finding)| {
            json!({
                "check": check.name(),
                "outcome": finding.outcome.name(),
                "detail": finding.detail,
            })
        })
        .collect();
    let stated = &found.stated;
    let hex = |bytes: [u8; 32]| data_encoding::HEXLOWER.encode(&bytes);
    json!({
        "name": name,
        "verified": found.holds(),
        "kind": found.device.map(|device| device.kind.name()),
        "pdi": found.device.map(|device| device.pdi.to_string()),
        "leaf_key_hash": found.leaf_key_hash.map(hex),
        "problem": found.form.as_ref().err().map(ToString::to_string),
        "stated": {
            "spdm": stated.version,
            "driver": stated.driver,
            "firmware": stated.firmware,
            "measurements": stated.measurements,
            "protected_pcie": stated.protected_pcie,
            "mode": stated.mode,
            "peers": stated.peers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        },
        "checks": checks,
    })
}

/// What the session is bound to, then a line for each device and for the TPM.
pub(super) fn binding(verdict: &wire::Verdict) -> Vec<String> {
    let detail = match Binding::try_from(verdict.binding) {
        Ok(Binding::Gpu) => format!(
            ", signed within {:.1} s after the measurement",
            std::time::Duration::from_millis(verdict.device_window_ms).as_secs_f64()
        ),
        Ok(Binding::Software) => ": the agent's key file, bound to no device".into(),
        _ => String::new(),
    };
    let name = name_of::<Binding>(verdict.binding);
    let mut lines = vec![format!("binding    {name}{detail}")];
    lines.extend(verdict.tpm.iter().flat_map(tpm));
    for device in &verdict.devices {
        let failed: Vec<&str> = checks(device)
            .filter(|(_, outcome)| *outcome == DeviceOutcome::Failed as i32)
            .map(|(name, _)| name)
            .collect();
        let failed = match failed.as_slice() {
            [] => String::new(),
            failed => format!(", failed: {}", failed.join(" ")),
        };
        lines.push(format!(
            "device     {} {}, binding {}{failed}",
            name_of::<DeviceKind>(device.kind),
            match device.pdi.as_slice() {
                [] => "of unknown identity".to_owned(),
                pdi => data_encoding::HEXLOWER.encode(pdi),
            },
            name_of::<Binding>(device.binding),
        ));
    }
    for pdi in &verdict.missing_devices {
        let pdi = data_encoding::HEXLOWER.encode(pdi);
        lines.push(format!("missing    {pdi}, which other devices name"));
    }
    lines
}

/// A TPM's quote: each check, then its own account if that is signed.
fn tpm(result: &TpmResult) -> Vec<String> {
    let checks = tpm_checks(result).map(|(name, outcome)| {
        let outcome = match outcome {
            DeviceOutcome::Failed => "FAILED",
            other => name_of::<DeviceOutcome>(other.into()),
        };
        format!("{name} {outcome}")
    });
    let mut lines = vec![format!(
        "tpm        {}: {}",
        name_of::<TpmOutcome>(result.outcome),
        checks.join(", ")
    )];
    if is_signed(result) {
        lines.push(format!(
            "tpm says   {} starts and {} resumptions, {:.0} s of power since it was cleared{}; firmware {:016x}",
            result.reset_count,
            result.restart_count,
            std::time::Duration::from_millis(result.clock_ms).as_secs_f64(),
            match result.clock_safe {
                true => "",
                false => " (clock not safe)",
            },
            result.firmware_version,
        ));
    }
    lines
}

fn is_signed(result: &TpmResult) -> bool {
    [TpmOutcome::Holds, TpmOutcome::OtherNonce].contains(&result.outcome())
}

/// A TPM's quote in a verdict as JSON.
pub(super) fn tpm_json(result: &TpmResult) -> Value {
    let checks: serde_json::Map<String, Value> = tpm_checks(result)
        .into_iter()
        .map(|(name, outcome)| {
            let outcome = name_of::<DeviceOutcome>(outcome.into());
            (name.into(), outcome.into())
        })
        .collect();
    let account = is_signed(result).then(|| {
        json!({
            "clock_ms": result.clock_ms,
            "reset_count": result.reset_count,
            "restart_count": result.restart_count,
            "clock_safe": result.clock_safe,
            "firmware_version": format!("{:016x}", result.firmware_version),
        })
    });
    json!({
        "outcome": name_of::<TpmOutcome>(result.outcome),
        "endorsement": (result.ek != 0).then(|| name_of::<EkStanding>(result.ek)),
        "checks": checks,
        "account": account,
    })
}

/// One device of a verdict as JSON.
pub(super) fn result_json(device: &DeviceResult) -> Value {
    let some = |bytes: &Vec<u8>| (!bytes.is_empty()).then(|| data_encoding::HEXLOWER.encode(bytes));
    let checks: serde_json::Map<String, Value> = checks(device)
        .map(|(name, outcome)| (name.into(), name_of::<DeviceOutcome>(outcome).into()))
        .collect();
    json!({
        "kind": name_of::<DeviceKind>(device.kind),
        "pdi": some(&device.pdi),
        "binding": name_of::<Binding>(device.binding),
        "driver": device.driver,
        "firmware": device.firmware_version,
        "checks": checks,
    })
}

fn checks(device: &DeviceResult) -> impl Iterator<Item = (&'static str, i32)> {
    let outcomes = [
        device.signature,
        device.chain,
        device.nonce,
        device.identity,
        device.firmware,
        device.inventory,
        device.reference,
        device.revocation,
        device.debug_off,
    ];
    Check::ALL.into_iter().map(Check::name).zip(outcomes)
}
