//! A zone file: how long a round trip to each anchor may be for a host of a licence zone to show
//! that it is there, and nothing finer.
//!
//! The vendor's planner makes it (`domicile-collector plan --limits-out FILE`), operators of agents
//! in coarse mode install it (`domiciled zone install FILE`). It is the same for every host of the
//! zone. No signature: any limit is sound, and the operator reads what is installed. A limit that is
//! too long shows nothing, one that is too short shows more than the zone.

use domicile_proto::codec;
use domicile_proto::directory::{Anchor, MAX_ANCHORS};
use domicile_proto::ranging::ROUND_DEADLINE_MAX_NS;
use domicile_proto::types::Key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest zone file, bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The version that this program reads and writes.
const VERSION: u32 = 1;

/// Most votes that a report may show.
const MAX_VOTES: u8 = 64;

/// A checked zone file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// What people call it.
    pub name: String,
    /// The tier at which the limits exclude what is denied, as in verdicts: `c`, `0.69c` or `2/3c`.
    pub tier: String,
    /// Codes of the territories that each anchor's limit excludes; at most 300.
    pub excludes: Vec<String>,
    /// Votes (trust domains) that a report shows, if so many limits are met.
    pub votes: u8,
    limits: BTreeMap<Key, Limit>,
}

/// The limit of one anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The version of the anchor's surveyed position that it was computed for.
    pub position_version: u32,
    /// The longest round trip, ns; 1 to [`ROUND_DEADLINE_MAX_NS`].
    pub limit_ns: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    version: u32,
    name: String,
    tier: String,
    excludes: Vec<String>,
    votes: u8,
    anchor: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Row {
    key: String,
    position_version: u32,
    limit_ns: u64,
}

impl Zone {
    /// A zone without limits yet.
    ///
    /// # Errors
    /// What is wrong with a value.
    pub fn new(name: &str, tier: &str, excludes: Vec<String>, votes: u8) -> Result<Self, String> {
        let name = codec::name("name", name).map_err(|error| error.to_string())?;
        let tier = codec::name("tier", tier).map_err(|error| error.to_string())?;
        if excludes.is_empty() || excludes.len() > 300 {
            return Err("`excludes` names no territory, or more than 300".into());
        }
        for code in &excludes {
            codec::territory("excludes", code).map_err(|error| error.to_string())?;
        }
        if !(1..=MAX_VOTES).contains(&votes) {
            return Err(format!("`votes` is {votes}; 1 to {MAX_VOTES} are allowed"));
        }
        Ok(Self {
            name,
            tier,
            excludes,
            votes,
            limits: BTreeMap::new(),
        })
    }

    /// Adds an anchor's limit.
    ///
    /// # Errors
    /// A limit out of range, or a second one for the same anchor.
    pub fn insert(&mut self, key: Key, limit: Limit) -> Result<(), String> {
        if !(1..=ROUND_DEADLINE_MAX_NS).contains(&limit.limit_ns) {
            return Err(format!(
                "anchor {key}: `limit-ns` is {}; 1 to {ROUND_DEADLINE_MAX_NS} are allowed",
                limit.limit_ns
            ));
        }
        if self.limits.len() == MAX_ANCHORS {
            return Err(format!("more than {MAX_ANCHORS} anchors"));
        }
        match self.limits.insert(key, limit) {
            None => Ok(()),
            Some(_) => Err(format!("anchor {key} stands there twice")),
        }
    }

    /// The limit of an anchor as the directory has it now, ns. None for an anchor that the zone does
    /// not use, or whose position has been surveyed again since.
    pub fn limit_ns(&self, anchor: &Anchor) -> Option<u64> {
        let limit = self.limits.get(&anchor.key)?;
        (limit.position_version == anchor.position.version).then_some(limit.limit_ns)
    }

    /// Every limit, by key.
    pub fn limits(&self) -> impl ExactSizeIterator<Item = (&Key, &Limit)> {
        self.limits.iter()
    }

    /// Reads the bytes of a zone file.
    ///
    /// # Errors
    /// What is wrong, in one line: an unknown or missing key, a value out of range, no anchor.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err(format!("longer than {MAX_BYTES} bytes"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map_or(0, |at| text[..at.start].lines().count());
            format!("line {line}: {}", error.message().replace('\n', ", "))
        })?;
        if file.version != VERSION {
            return Err(format!(
                "version {} where {VERSION} is expected",
                file.version
            ));
        }
        let mut zone = Self::new(&file.name, &file.tier, file.excludes, file.votes)?;
        for row in file.anchor {
            let key: Key = row.key.parse().map_err(|error| format!("`key`: {error}"))?;
            let limit = Limit {
                position_version: row.position_version,
                limit_ns: row.limit_ns,
            };
            zone.insert(key, limit)?;
        }
        match zone.limits.is_empty() {
            true => Err("no anchor has a limit".into()),
            false => Ok(zone),
        }
    }

    /// The text of the file.
    pub fn to_toml(&self) -> String {
        let file = File {
            version: VERSION,
            name: self.name.clone(),
            tier: self.tier.clone(),
            excludes: self.excludes.clone(),
            votes: self.votes,
            anchor: self
                .limits
                .iter()
                .map(|(key, limit)| Row {
                    key: key.to_string(),
                    position_version: limit.position_version,
                    limit_ns: limit.limit_ns,
                })
                .collect(),
        };
        let body = toml::to_string(&file).expect("strings and small numbers always fit TOML");
        format!(
            "# Zone limits for agents in coarse mode: domiciled zone install FILE, then `coarse = true`.\n\
             # A round trip within an anchor's limit excludes these territories by that anchor alone.\n{body}"
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn zone() -> Zone {
        let mut zone = Zone::new("acme-eu", "0.69c", vec!["CN".into(), "RU".into()], 3).unwrap();
        for number in 1..4 {
            let limit = Limit {
                position_version: 7,
                limit_ns: 1_000_000 * u64::from(number),
            };
            zone.insert(Key([number; 32]), limit).unwrap();
        }
        zone
    }

    #[test]
    fn what_is_written_is_read() {
        let text = zone().to_toml();
        assert_eq!(Zone::parse(text.as_bytes()).unwrap(), zone());
    }

    #[test]
    fn every_wrong_value_is_named() {
        let good = zone().to_toml();
        for (from, to, named) in [
            ("version = 1", "version = 2", "version 2"),
            ("votes = 3", "votes = 0", "votes"),
            ("votes = 3", "votes = 65", "votes"),
            ("acme-eu", "acme\\u0007", "name"),
            ("\"CN\"", "\"CHN\"", "excludes"),
            ("limit-ns = 1000000", "limit-ns = 0", "limit-ns"),
            ("limit-ns = 1000000", "limit-ns = 10000000001", "limit-ns"),
            ("0101", "0x01", "key"),
            ("votes = 3", "votes = 3\nurl = \"x\"", "url"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good, "{from}");
            let error = Zone::parse(bad.as_bytes()).unwrap_err();
            assert!(error.contains(named), "{to}: {error}");
        }
        let twice = good.replace(&"03".repeat(32), &"02".repeat(32));
        assert!(Zone::parse(twice.as_bytes()).unwrap_err().contains("twice"));
        let none = good.split("[[anchor]]").next().unwrap().to_owned() + "anchor = []\n";
        assert!(
            Zone::parse(none.as_bytes())
                .unwrap_err()
                .contains("no anchor")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_in_one_line(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0..600usize, byte: u8,
        ) {
            let mut near = zone().to_toml().into_bytes();
            let place = at % near.len();
            near[place] = byte;
            for bytes in [bytes, near] {
                if let Err(error) = Zone::parse(&bytes) {
                    prop_assert!(!error.contains('\n'), "{}", error);
                }
            }
        }
    }
}
