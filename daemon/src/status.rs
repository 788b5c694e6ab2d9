//! What this agent is, has and last did, from its files alone.

use crate::config::Config;
use crate::device::attest::interlock;
use crate::directory;
use crate::error::Error;
use crate::net::way::Way;
use crate::spool;
use crate::state::record::DevicesRecord;
use crate::state::{StateDir, enrolment, heads, record};
use crate::zone;
use domicile_certs::{pem, x509};
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The status.
#[derive(Debug, Clone, PartialEq)]
pub struct Status(Value);

/// Reads the status. `now_ms` is the host's clock.
///
/// # Errors
/// [`Error`] when a file cannot be read.
pub fn status(config: &Config, now_ms: u64) -> Result<Status, Error> {
    let state = StateDir::new(&config.state_dir);
    state.check_readable()?;
    let enrolled = enrolment::recorded(&state)?;
    let this_machine = enrolled.as_ref().map(|enrolment| {
        enrolment::machine_id_hash(&config.machine_id_file)
            .is_ok_and(|hash| hash == enrolment.machine_id_hash)
    });
    let certificate = match &enrolled {
        None => Value::Null,
        Some(_) => certificate(&state, now_ms),
    };
    let directory = match directory::trust(config, &state)
        .and_then(|trust| directory::installed(&state, &trust))
    {
        Ok(directory) => json!({
            "version": directory.version,
            "anchors": directory.anchors.len(),
            "expires_ms": directory.expires_ms,
            "problem": null,
        }),
        Err(error) => json!({ "problem": error.to_string() }),
    };
    let waiting = spool::look(&state.spool())?;
    let [damaged, refused] = spool::look_aside(&state.spool())?;
    let session = record::session(&state)?;
    Ok(Status(json!({
        "enrolled": enrolled.is_some(),
        "metro": enrolled.as_ref().map(|enrolment| &enrolment.metro),
        "coarse": coarse(config, &state),
        "this_machine": this_machine,
        "certificate": certificate,
        "directory": directory,
        "spool": {
            "reports": waiting.len(),
            "bytes": waiting.values().sum::<u64>(),
            "limit_bytes": config.spool_bytes,
            "damaged": damaged,
            "refused": refused,
        },
        "confinement": record::confinement(&state)?,
        "last_receipt": record::receipt(&state)?,
        "last_session": &session,
        "tier": session.as_ref().and_then(|session| session.devices.as_ref()).map(DevicesRecord::tier),
        "attestation": attestation(config),
        "newest_log_head": heads::newest(&state)?,
        "log_conflicts": heads::conflicts(&state)?.len(),
    })))
}

/// What the device process has noted, where this user may read it.
fn attestation(config: &Config) -> Value {
    match interlock::look(&config.device_state_dir()) {
        Ok(record) => json!({
            "in_cc_mode": config.attest_in_cc_mode && record.armed,
            "last_ms": record.last_ms,
            "unfinished": record.unfinished,
            "problem": null,
        }),
        Err(error) => json!({ "problem": error.to_string() }),
    }
}

/// The zone in coarse mode; null in exact mode.
fn coarse(config: &Config, state: &StateDir) -> Value {
    if !config.coarse {
        return Value::Null;
    }
    match zone::installed(state) {
        Ok(zone) => json!({ "zone": zone.name, "votes": zone.votes, "problem": null }),
        Err(error) => json!({ "problem": error.to_string() }),
    }
}

fn certificate(state: &StateDir, now_ms: u64) -> Value {
    let fields = pem::load(&state.certificate())
        .map_err(|error| error.to_string())
        .and_then(|chain| match chain.first() {
            Some(leaf) => x509::Fields::read(leaf).map_err(|error| error.to_string()),
            None => Err("empty".into()),
        });
    match fields {
        Ok(fields) => json!({
            "key": fields.key.to_string(),
            "not_after_ms": fields.not_after_ms,
            "expired_by_host_clock": fields.not_after_ms < now_ms,
            "renewal_due": enrolment::renewal_is_due(state, now_ms),
            "problem": null,
        }),
        Err(problem) => json!({ "problem": problem }),
    }
}

impl Status {
    /// As JSON or as lines for people.
    pub fn text(&self, json: bool) -> String {
        match json {
            true => format!("{:#}\n", self.0),
            false => self.lines(),
        }
    }

    /// The values.
    pub fn value(&self) -> &Value {
        &self.0
    }

    fn lines(&self) -> String {
        let v = &self.0;
        let mut out = String::new();
        let mut line = |name: &str, value: String| {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{name:<16}{value}");
        };
        match (&v["enrolled"], &v["this_machine"]) {
            (Value::Bool(true), Value::Bool(true)) => {
                line("enrolled", format!("yes, metro {}", text(&v["metro"])));
            }
            (Value::Bool(true), _) => line(
                "enrolled",
                "on another machine: the machine id differs, nothing will be sent".into(),
            ),
            _ => line("enrolled", "no: nothing is measured or sent".into()),
        }
        if let Value::Object(certificate) = &v["certificate"] {
            line(
                "certificate",
                match &certificate["problem"] {
                    Value::Null => format!(
                        "until {}{}",
                        time(&certificate["not_after_ms"]),
                        match certificate["renewal_due"] {
                            Value::Bool(true) => ", renewed at the next session",
                            _ => "",
                        }
                    ),
                    problem => text(problem),
                },
            );
        }
        line(
            "directory",
            match &v["directory"]["problem"] {
                Value::Null => format!(
                    "version {}, {} anchors, served until {}",
                    v["directory"]["version"],
                    v["directory"]["anchors"],
                    time(&v["directory"]["expires_ms"])
                ),
                problem => text(problem),
            },
        );
        if let Value::Object(coarse) = &v["coarse"] {
            line(
                "coarse",
                match &coarse["problem"] {
                    Value::Null => format!(
                        "zone {}; reports show no round trips, and at most {} anchors",
                        text(&coarse["zone"]),
                        coarse["votes"]
                    ),
                    problem => text(problem),
                },
            );
        }
        let spool = &v["spool"];
        line(
            "spool",
            format!(
                "{} reports wait, {} of {} bytes; {} damaged, {} refused",
                spool["reports"],
                spool["bytes"],
                spool["limit_bytes"],
                spool["damaged"],
                spool["refused"]
            ),
        );
        if let Value::Object(noted) = &v["confinement"] {
            let layers = noted["confinement"]["layers"]
                .as_array()
                .into_iter()
                .flatten();
            let missing: Vec<String> = layers
                .filter(|layer| layer["up"] != json!(true))
                .map(|layer| text(&layer["name"]))
                .collect();
            line(
                "confinement",
                match missing.is_empty() {
                    true => format!("all layers, process {}", noted["pid"]),
                    false => format!("NOT CONFINED by {}", missing.join(", ")),
                },
            );
        }
        line("tier", tier(v));
        match &v["attestation"] {
            Value::Object(noted) if noted["problem"] != Value::Null => {
                line("attestation", text(&noted["problem"]));
            }
            Value::Object(noted) if noted["unfinished"] != Value::Null => line(
                "ATTESTATION",
                format!(
                    "stopped: {} did not sign at {}; no GPU is asked again until `domiciled arm`",
                    text(&noted["unfinished"]),
                    time(&noted["last_ms"])
                ),
            ),
            _ => {}
        }
        match &v["last_receipt"] {
            Value::Null => line("last receipt", "none".into()),
            receipt => line(
                "last receipt",
                format!(
                    "{} for {} at log index {}",
                    time(&receipt["received_ms"]),
                    text(&receipt["evidence_hash"]),
                    receipt["index"]
                ),
            ),
        }
        match &v["newest_log_head"] {
            Value::Null => line("log head", "none shown".into()),
            head => line(
                "log head",
                format!("size {}, root {}", head["size"], text(&head["root"])),
            ),
        }
        if v["log_conflicts"] != json!(0) {
            line(
                "LOG CONFLICT",
                format!(
                    "{} heads contradict each other: send log-conflicts.json to an auditor",
                    v["log_conflicts"]
                ),
            );
        }
        if let Value::Object(session) = &v["last_session"] {
            line(
                "last session",
                format!(
                    "{} ({})",
                    time(&session["at_ms"]),
                    text(&session["freshness"])
                ),
            );
            if let Value::Object(collector) = &session["collector"] {
                let result = match &collector["problem"] {
                    Value::Null => way(&collector["way"]),
                    why => text(why),
                };
                line("", format!("{:<20} {result}", text(&collector["name"])));
            }
            for anchor in session["anchors"].as_array().into_iter().flatten() {
                let result = match &anchor["dropped"] {
                    Value::Null => format!(
                        "{} (by the agent {}), {}{}",
                        milliseconds(&anchor["anchor_min_rtt_ns"]),
                        milliseconds(&anchor["agent_min_rtt_ns"]),
                        way(&anchor["way"]),
                        match &anchor["limit_ns"] {
                            Value::Null => String::new(),
                            limit => format!("; told: at most {}", milliseconds(limit)),
                        }
                    ),
                    why => text(why),
                };
                line("", format!("{:<20} {result}", text(&anchor["name"])));
            }
        }
        out
    }
}

/// The strongest key that signs, and why none that is stronger.
fn tier(v: &Value) -> String {
    let devices = &v["last_session"]["devices"];
    match v["tier"].as_str() {
        Some("gpu") => format!("gpu: {} devices signed the last session", devices["signed"]),
        Some(tier) => format!(
            "{tier}: the agent's key file; no GPU signed (reading {}, {} accelerators)",
            text(&devices["reading"]),
            devices["accelerators"]
        ),
        None => "not known before the first session".into(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("?").to_owned()
}

fn way(value: &Value) -> String {
    Way::deserialize(value).map_or_else(|_| "?".into(), |way| way.to_string())
}

fn milliseconds(value: &Value) -> String {
    match value.as_u64() {
        Some(ns) => format!("{}.{:03} ms", ns / 1_000_000, ns / 1_000 % 1_000),
        None => "none".into(),
    }
}

fn time(value: &Value) -> String {
    value
        .as_u64()
        .map_or_else(|| "?".into(), crate::time::rfc3339)
}
