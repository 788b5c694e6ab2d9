//! `domiciled show`: the exact bytes that would be sent, and what each field reveals.
//!
//! With reports waiting in the spool it shows the oldest, which is the next to be sent, byte for
//! byte. Otherwise it builds one out of this machine's real inventory, without what a GPU would
//! sign (no GPU is asked for a sample), in which every value that
//! only a session can give is zero and marked so. Nothing is sent either way.

mod coarse;
mod devices;
mod fields;
mod ranging;
mod tpm;

use crate::config::Config;
use crate::device::frame::Reading;
use crate::error::Error;
use crate::evidence::{self, Findings};
use crate::host::Host;
use crate::spool;
use crate::state::chain::Place;
use crate::state::{StateDir, enrolment};
use domicile_certs::{Identity, keys};
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::ranging::SessionNonce;
use domicile_proto::sign::SigningKey;
use domicile_proto::wire::{self, Freshness};
use serde_json::{Value, json};
use std::fmt::Write as _;

pub use fields::{Field, Values, other_messages, report_fields};

/// Where the shown bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The oldest report of the spool: these bytes are sent next.
    Spooled {
        /// Its place in the spool.
        ordinal: u64,
        /// How many wait.
        of: usize,
    },
    /// A sample: what only a session gives is zero.
    Sample,
}

/// A report, as bytes and as fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Where it comes from.
    pub source: Source,
    /// The encoded `Signed`.
    pub bytes: Vec<u8>,
    /// Each field.
    pub fields: Vec<Field>,
}

/// The oldest report that waits to be sent, if one does. Reads files only.
///
/// # Errors
/// [`Error`] when state or spool cannot be read.
pub fn waiting(config: &Config) -> Result<Option<Shown>, Error> {
    let state = StateDir::new(&config.state_dir);
    state.check_readable()?;
    let waiting = spool::look(&state.spool())?;
    let oldest = waiting
        .keys()
        .find_map(|&ordinal| Some((ordinal, spool::look_at(&state.spool(), ordinal)?)));
    let Some((ordinal, bytes)) = oldest else {
        return Ok(None);
    };
    let signed: wire::Signed = codec::decode(&bytes, MAX_TO_COLLECTOR)?;
    let report: wire::Evidence = codec::decode(&signed.payload, MAX_TO_COLLECTOR)?;
    Ok(Some(Shown {
        source: Source::Spooled {
            ordinal,
            of: waiting.len(),
        },
        fields: report_fields(&report, &signed.signature, Values::Real),
        bytes,
    }))
}

/// A report as this agent would build it now, with this inventory.
///
/// # Errors
/// [`Error`] when the state cannot be read.
pub fn sample(config: &Config, host: &Host, inventory: wire::Inventory) -> Result<Shown, Error> {
    let identity = identity(&StateDir::new(&config.state_dir))?;
    let now_ms = host.clock.unix_ms();
    Ok(sample_of(&identity, inventory, now_ms, config.coarse))
}

/// The agent's identity, or one of an all-zero key when there is none yet.
fn identity(state: &StateDir) -> Result<Identity, Error> {
    let failed = enrolment::EnrolmentError::from;
    if enrolment::recorded(state)?.is_some() {
        return Ok(Identity::load(&state.key(), &state.certificate()).map_err(failed)?);
    }
    let key = match state.key().exists() {
        true => keys::load(&state.key()).map_err(enrolment::EnrolmentError::from)?,
        false => SigningKey::from_seed(&[0; 32]),
    };
    Ok(Identity {
        key: key.into(),
        chain: vec![],
    })
}

fn sample_of(identity: &Identity, inventory: wire::Inventory, now_ms: u64, coarse: bool) -> Shown {
    let place = Place {
        ordinal: 0,
        boot_epoch: [0; 16],
        sequence: 0,
        previous: None,
        refused: 0,
    };
    let findings = Findings {
        freshness: Freshness::Challenged,
        nonce: SessionNonce::read(&[0; 60]).expect("60 bytes are a nonce"),
        directory_version: 0,
        ranged: vec![],
        dropped: vec![],
        devices: Ok(Reading {
            inventory,
            reports: vec![],
            tpm: None,
        }),
        host_time_ms: match coarse {
            true => crate::time::whole_minute(now_ms),
            false => now_ms,
        },
    };
    let mut report = evidence::build(identity, &place, findings);
    if identity.chain.is_empty() {
        report.certificate_hash = vec![0; 32];
    }
    let bytes = codec::encode(&wire::Signed {
        payload: codec::encode(&report),
        // Not signed: a signature over a report that was never made must not exist.
        signature: vec![0; 64],
    });
    Shown {
        source: Source::Sample,
        fields: report_fields(&report, &[0; 64], Values::Sample { coarse }),
        bytes,
    }
}

impl Shown {
    /// As JSON or as lines for people.
    pub fn text(&self, json: bool) -> String {
        match json {
            true => format!("{:#}\n", self.json()),
            false => self.lines(),
        }
    }

    fn json(&self) -> Value {
        let (source, note) = match self.source {
            Source::Spooled { .. } => ("spooled", self.headline()),
            Source::Sample => ("sample", self.headline()),
        };
        json!({
            "source": source,
            "note": note,
            "bytes": self.bytes.len(),
            "hex": data_encoding::HEXLOWER.encode(&self.bytes),
            "fields": self.fields.iter().map(Field::json).collect::<Vec<_>>(),
            "other_messages": other_messages().iter().map(|(when, fields)| json!({
                "when": when,
                "fields": fields.iter().map(Field::json).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "network": NETWORK,
        })
    }

    fn headline(&self) -> String {
        match self.source {
            Source::Spooled { ordinal, of } => format!(
                "Report {ordinal}, the oldest of {of} that wait. Exactly these bytes are sent next."
            ),
            Source::Sample => "A sample: nothing waits to be sent. Values marked (session) come from a session and are zero here.".into(),
        }
    }

    fn lines(&self) -> String {
        let mut out = format!(
            "{}\n\nBytes ({}), signed report:\n",
            self.headline(),
            self.bytes.len()
        );
        for row in self.bytes.chunks(32) {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "  {}", data_encoding::HEXLOWER.encode(row));
        }
        out.push_str("\nFields:\n");
        for field in &self.fields {
            field.write(&mut out);
        }
        out.push_str("\nOther messages that this agent can send:\n");
        for (when, fields) in other_messages() {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "- {when}");
            for field in fields {
                field.write(&mut out);
            }
        }
        let _ = writeln!(out, "\n{NETWORK}");
        out
    }
}

/// What sending itself tells.
const NETWORK: &str = "Every server that is contacted sees the address it is contacted from; anchors and collectors do not write it to disk.";

#[cfg(test)]
mod tests;
