//! An inspector's challenge: the file that keeps its nonce, and what a host's code says beside the record.
//!
//! Everything here is pure; `commands/challenge.rs` reads the files and asks the collector. What the nonce
//! and the code are: [`domicile_proto::inspection`].
//!
//! Start reading at [`Compared::of`].

use crate::bundle::parts;
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::inspection::{Nonce, Short, Statement, bus_digest, names_digest};
use domicile_proto::sign::sha256;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{Evidence, Inventory, LoggedEntry};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Largest file of a challenge, bytes.
pub const MAX_BYTES: usize = 4 * 1024;

/// What an inspector takes along and brings back. Nobody signs it: it is the inspector's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// What is read to the host.
    pub nonce: Nonce,
    /// The one host that it is for, if it was made for one.
    pub host: Option<Key>,
    /// When it was made.
    pub made: Timestamp,
    /// Until when an answer counts, by the inspector's clock.
    pub until: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    nonce: String,
    host: Option<String>,
    made: String,
    until: String,
}

impl Challenge {
    /// As its file holds it.
    pub fn to_toml(&self) -> String {
        let file = File {
            nonce: self.nonce.to_string(),
            host: self.host.map(|host| host.to_string()),
            made: self.made.to_string(),
            until: self.until.to_string(),
        };
        toml::to_string(&file).expect("four values are TOML")
    }

    /// Reads its file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let host = file.host.map(|host| host.parse()).transpose();
        let time = |text: &str| text.parse().map_err(|error: jiff::Error| error.to_string());
        Ok(Self {
            nonce: file.nonce.parse().map_err(|error| format!("{error}"))?,
            host: host.map_err(|error: codec::CodecError| error.to_string())?,
            made: time(&file.made)?,
            until: time(&file.until)?,
        })
    }

    /// Why an answer that was given at a time does not count.
    pub fn refuses(&self, at: Timestamp) -> Option<String> {
        let (made, until) = (self.made, self.until);
        match at {
            at if at < made => Some(format!("it was made at {made}, after {at}")),
            at if at >= until => Some(format!("it ended at {until}; this is {at}")),
            _ => None,
        }
    }
}

/// A report of a host, as the log holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Hash of the Signed evidence.
    pub evidence: Digest,
    /// Its place in the log.
    pub index: u64,
    /// When the collector had it, Unix ms.
    pub received_ms: u64,
    /// What it says of the devices.
    pub inventory: Inventory,
}

/// Whose report a record is, and what is in it. Only the caller knows whether the record was verified.
///
/// # Errors
/// When it is none.
pub fn report(entry: &LoggedEntry) -> Result<(Key, Report), String> {
    let (record, signed) = parts::evidence(entry)?;
    let evidence: Evidence = codec::decode(&signed.payload, MAX_TO_COLLECTOR)
        .map_err(|error| format!("record {}: {error}", entry.index))?;
    let key = Key::read("agent_key", &evidence.agent_key).map_err(|error| error.to_string())?;
    Ok((
        key,
        Report {
            evidence: sha256(&record.evidence),
            index: entry.index,
            received_ms: record.received_ms,
            inventory: evidence.inventory.unwrap_or_default(),
        },
    ))
}

/// How what was said at the host stands to what is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Match {
    /// The same.
    Same,
    /// Something else.
    Differs,
    /// On record, and the host did not say it.
    NotSaid,
    /// The record has nothing to compare with.
    NotOnRecord,
}

/// Which report the host named as its newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The newest of those on record here.
    Newest,
    /// None of those on record here: one that had not arrived, or lies outside of what was given.
    Unknown,
    /// One behind which the same key made others, or none at all though there are some: they were made with
    /// another state of that key.
    Older,
}

/// A code beside the record of the host whose key made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What the host said.
    pub said: Statement,
    /// The newest report of those given.
    pub record: Report,
    /// How many accelerators, of which kinds.
    pub kinds: Match,
    /// Their UUIDs, serial numbers, PDIs.
    pub names: Match,
    /// Its newest report.
    pub newest: Place,
}

impl Compared {
    /// Compares with reports of that host; none when there are none.
    pub fn of(said: Statement, mut reports: Vec<Report>) -> Option<Self> {
        reports.sort_by_key(|report| report.index);
        let at = said.newest.and_then(|short| {
            reports
                .iter()
                .rposition(|one| Short::of(&one.evidence) == short)
        });
        let record = reports.last()?.clone();
        let newest = match (at, said.newest) {
            (Some(at), _) if at + 1 == reports.len() => Place::Newest,
            (Some(_), _) | (None, None) => Place::Older,
            (None, Some(_)) => Place::Unknown,
        };
        let inventory = &record.inventory;
        let same_kinds = usize::from(said.devices) == inventory.devices.len()
            && said.bus == Short::of(&bus_digest(inventory));
        let names = names_digest(inventory).as_ref().map(Short::of);
        Some(Self {
            kinds: match same_kinds {
                true => Match::Same,
                false => Match::Differs,
            },
            names: match (said.names, names) {
                (Some(said), Some(known)) if said == known => Match::Same,
                (Some(_), Some(_)) => Match::Differs,
                (None, Some(_)) => Match::NotSaid,
                (_, None) => Match::NotOnRecord,
            },
            newest,
            said,
            record,
        })
    }

    /// Whether nothing speaks against the host that answered being the one on record.
    pub fn fits(&self) -> bool {
        self.kinds == Match::Same
            && matches!(self.names, Match::Same | Match::NotOnRecord)
            && self.newest != Place::Older
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_proto::inspection::NONCE;
    use domicile_proto::wire::{Device, DeviceDetails};

    fn inventory(serials: &[&str]) -> Inventory {
        let device = |serial: &&str| Device {
            vendor_id: 0x10de,
            device_id: 0x2335,
            details: Some(DeviceDetails {
                serial: (*serial).into(),
                ..DeviceDetails::default()
            }),
            ..Device::default()
        };
        Inventory {
            devices: serials.iter().map(device).collect(),
            ..Inventory::default()
        }
    }

    fn reports() -> Vec<Report> {
        let report = |index: u64, serials: &[&str]| Report {
            evidence: sha256(&index.to_be_bytes()),
            index,
            received_ms: index,
            inventory: inventory(serials),
        };
        // The newest need not come last.
        vec![report(9, &["a", "b"]), report(4, &["a"])]
    }

    fn compared(serials: &[&str], newest: Option<u64>) -> Compared {
        let newest = newest.map(|index| sha256(&index.to_be_bytes()));
        let said = Statement::of(&inventory(serials), newest.as_ref());
        Compared::of(said, reports()).unwrap()
    }

    #[test]
    fn the_box_of_the_record_fits_and_no_other() {
        let table = [
            (compared(&["a", "b"], Some(9)), true),
            (compared(&["b", "a"], Some(9)), true),
            (compared(&["a", "b"], Some(10)), true),
            (compared(&["a", "c"], Some(9)), false),
            (compared(&["a"], Some(9)), false),
            (compared(&["", ""], Some(9)), false),
            (compared(&["a", "b"], Some(4)), false),
            (compared(&["a", "b"], None), false),
        ];
        for (place, (compared, fits)) in table.into_iter().enumerate() {
            assert_eq!(compared.fits(), fits, "{place}: {compared:?}");
            assert_eq!(compared.record.index, 9);
        }
        assert_eq!(Compared::of(compared(&[], None).said, vec![]), None);
    }

    #[test]
    fn what_the_record_does_not_know_is_not_held_against_a_host() {
        let said = Statement::of(&inventory(&["a"]), None);
        let mut known = reports().remove(1);
        known.inventory = inventory(&[""]);
        known.evidence = Digest([1; 32]);
        let compared = Compared::of(said, vec![known]).unwrap();
        assert_eq!(compared.names, Match::NotOnRecord);
    }

    #[test]
    fn a_challenges_file_is_read_as_it_was_written_and_bound_in_time() {
        let made: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let until = "2026-01-01T02:00:00Z".parse().unwrap();
        for host in [None, Some(Key([7; 32]))] {
            let challenge = Challenge {
                nonce: Nonce([3; NONCE]),
                host,
                made,
                until,
            };
            let read = Challenge::from_toml(&challenge.to_toml()).unwrap();
            assert_eq!(read, challenge);
            for (at, counts) in [
                ("2025-12-31T23:59:59Z", false),
                ("2026-01-01T00:00:00Z", true),
                ("2026-01-01T01:59:59Z", true),
                ("2026-01-01T02:00:00Z", false),
            ] {
                let refused = challenge.refuses(at.parse().unwrap());
                assert_eq!(refused.is_none(), counts, "{at}");
            }
        }
        assert!(Challenge::from_toml("nonce = \"0000\"").is_err());
        let unknown = "more = 1\nnonce = \"\"\nmade = \"2026-01-01T00:00:00Z\"\nuntil = \"2026-01-01T00:00:00Z\"";
        assert!(Challenge::from_toml(unknown).is_err());
    }
}
