//! The sled trees of the index and how their keys are made. Time-first keys, and one tree for each
//! day of what grows with time, so that old days can be dropped whole.
//!
//! | tree | key | value |
//! |---|---|---|
//! | `meta` | `mark` | [`MarkRow`] |
//! | `meta` | `alive` | when the collector was last up, ms (not in the log) |
//! | `hosts` | host key | [`HostRow`] |
//! | `seen` | host key | last contact, ms (not in the log: see [`Index::touch`]) |
//! | `evidence` | evidence hash | [`EvidenceRow`] |
//! | `by-host` | host ‖ time ‖ evidence hash | - |
//! | `day/D` | time ‖ evidence hash | - |
//! | `nonces/D` | nonce of 60 bytes, D the day of its issue | evidence hash |
//! | `nonces/fresh` | host ‖ nonce of 32 bytes | evidence hash |
//! | `sequences` | host ‖ boot epoch ‖ sequence | evidence hash |
//! | `successors` | host ‖ previous evidence hash | evidence hash |
//! | `tokens` | token id | [`TokenRow`] |
//! | `incidents` | trust domains | [`IncidentRow`] |
//! | `forks` | received ‖ log index | [`ForkRow`] |
//! | `fork-ids` | hash of the first ‖ hash of the second bytes | - |
//! | `chains` | leaf certificate hash | log index |
//! | `device-chains` | hash of a device's chain | log index |
//! | `serials` | host ‖ serial of a certificate it was given | - |
//! | `directories` | version | [`DocumentRow`] |
//! | `policies` | log index | [`DocumentRow`] |
//! | `records` | host (of mesh: anchor) ‖ log index | [`RecordRow`](super::rows::RecordRow) |
//! | `rosters` | start of the period, ms ‖ page (4 bytes) | [`RosterRow`](super::rows::RosterRow) |
//! | `mesh/D` | measurer ‖ responder ‖ directory version, D the day of receipt | [`MeshRow`](super::rows::MeshRow) |
//! | `anchor-incidents` | anchor key ‖ kind | [`AnchorIncidentRow`](super::rows::AnchorIncidentRow) |
//! | `sightings` | evidence hash | the devices of a report that has no verdict yet |
//! | `devices` | name as text | [`Track`](domicile_fleet::Track) |
//! | `device-aliases` | alias as text | [`AliasRow`](super::rows::AliasRow) |
//! | `host-devices` | host key | [`HostDevices`](domicile_fleet::HostDevices) |
//! | `device-findings` | time ‖ evidence hash ‖ kind ‖ number | [`FindingRow`](super::rows::FindingRow) |
//! | `unlogged-findings` | key in `device-findings` | - |
//! | `erasures` | log index | [`ErasureRow`](super::rows::ErasureRow) |
//! | `erased` | hash of an erased evidence | log index of the erasure |
//! | `log-keys` | log index | - |
//! | `holds` | log index | [`HoldRow`](super::rows::HoldRow) |
//! | `access` | log index | [`DocumentRow`](super::rows::DocumentRow) of a version of the access file |
//! | `queries` | log index of an `audit-read` | - |
//! | `writes` | hash of user and idempotency key | log index of the write that acted last under it |
//! | `flags` | log index of the record that raised it | [`FlagRow`](super::desk_rows::FlagRow) |
//! | `open-flags` | code ‖ 0 ‖ subject | key in `flags` |
//! | `flags-of-hosts` | host key ‖ key in `flags` | - |
//! | `flag-changes` | log index of a flag record | log index of its cause ‖ number (4 bytes) |
//! | `registries` | log index | [`RegistryRow`](super::desk_rows::RegistryRow) |
//! | `declarations` | host key ‖ log index | [`DeclarationRow`](super::desk_rows::DeclarationRow) |
//! | `outages` | log index | [`OutageRow`](super::desk_rows::OutageRow) |
//! | `cases` | number of a case ‖ log index | - |
//! | `told` | log index of a record that alerts are made from | its kind ‖ id of the flag or the case |

use super::rows::{EvidenceRow, HostRow, MarkRow};
use domicile_proto::challenge::{NONCE_BYTES, Nonce};
use domicile_proto::types::{Digest, Key};
use prost::Message;
use sled::{Db, Tree};
use std::path::Path;

/// Changed whenever keys or rows change: an index of another layout is rebuilt.
pub(crate) const LAYOUT: u32 = 8;

const DAY_MS: u64 = 24 * 3600 * 1000;
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
const NONCE_PREFIX: &str = "nonces/";
const DAY_PREFIX: &str = "day/";
const MESH_PREFIX: &str = "mesh/";
const FRESH: &str = "nonces/fresh";

/// Something is wrong with the index: it is rebuilt from the log at the next start.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// sled says so.
    #[error("the index cannot be used: {0}")]
    Sled(#[from] sled::Error),
    /// A row is not what was written.
    #[error("the index row `{0}` is damaged")]
    Row(&'static str),
    /// A record of the log does not have the form that this collector writes.
    #[error("record {index} of the log is not a valid {kind}: {problem}")]
    Record {
        /// Its place.
        index: u64,
        /// What it should be.
        kind: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// The open trees.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    db: Db,
    pub(super) meta: Tree,
    pub(super) hosts: Tree,
    pub(super) seen: Tree,
    pub(super) evidence: Tree,
    pub(super) by_host: Tree,
    pub(super) fresh: Tree,
    pub(super) sequences: Tree,
    pub(super) successors: Tree,
    pub(super) tokens: Tree,
    pub(super) incidents: Tree,
    pub(super) forks: Tree,
    pub(super) fork_ids: Tree,
    pub(super) chains: Tree,
    pub(super) device_chains: Tree,
    pub(super) serials: Tree,
    pub(super) directories: Tree,
    pub(super) policies: Tree,
    pub(super) records: Tree,
    pub(super) rosters: Tree,
    pub(super) anchor_incidents: Tree,
    pub(super) sightings: Tree,
    pub(super) devices: Tree,
    pub(super) device_aliases: Tree,
    pub(super) host_devices: Tree,
    pub(super) device_findings: Tree,
    pub(super) unlogged_findings: Tree,
    pub(super) erasures: Tree,
    pub(super) erased: Tree,
    pub(super) holds: Tree,
    pub(super) log_keys: Tree,
    pub(super) access: Tree,
    pub(super) queries: Tree,
    pub(super) writes: Tree,
    pub(super) flags: Tree,
    pub(super) open_flags: Tree,
    pub(super) flags_of_hosts: Tree,
    pub(super) flag_changes: Tree,
    pub(super) registries: Tree,
    pub(super) declarations: Tree,
    pub(super) outages: Tree,
    pub(super) cases: Tree,
    pub(super) told: Tree,
}

impl Index {
    /// Opens the trees in `path`.
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        let db = sled::Config::new()
            .path(path)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(Some(1000))
            .open()?;
        Ok(Self {
            meta: db.open_tree("meta")?,
            hosts: db.open_tree("hosts")?,
            seen: db.open_tree("seen")?,
            evidence: db.open_tree("evidence")?,
            by_host: db.open_tree("by-host")?,
            fresh: db.open_tree(FRESH)?,
            sequences: db.open_tree("sequences")?,
            successors: db.open_tree("successors")?,
            tokens: db.open_tree("tokens")?,
            incidents: db.open_tree("incidents")?,
            forks: db.open_tree("forks")?,
            fork_ids: db.open_tree("fork-ids")?,
            chains: db.open_tree("chains")?,
            device_chains: db.open_tree("device-chains")?,
            serials: db.open_tree("serials")?,
            directories: db.open_tree("directories")?,
            policies: db.open_tree("policies")?,
            records: db.open_tree("records")?,
            rosters: db.open_tree("rosters")?,
            anchor_incidents: db.open_tree("anchor-incidents")?,
            sightings: db.open_tree("sightings")?,
            devices: db.open_tree("devices")?,
            device_aliases: db.open_tree("device-aliases")?,
            host_devices: db.open_tree("host-devices")?,
            device_findings: db.open_tree("device-findings")?,
            unlogged_findings: db.open_tree("unlogged-findings")?,
            erasures: db.open_tree("erasures")?,
            erased: db.open_tree("erased")?,
            holds: db.open_tree("holds")?,
            log_keys: db.open_tree("log-keys")?,
            access: db.open_tree("access")?,
            queries: db.open_tree("queries")?,
            writes: db.open_tree("writes")?,
            flags: db.open_tree("flags")?,
            open_flags: db.open_tree("open-flags")?,
            flags_of_hosts: db.open_tree("flags-of-hosts")?,
            flag_changes: db.open_tree("flag-changes")?,
            registries: db.open_tree("registries")?,
            declarations: db.open_tree("declarations")?,
            outages: db.open_tree("outages")?,
            cases: db.open_tree("cases")?,
            told: db.open_tree("told")?,
            db,
        })
    }

    /// How far it reaches; `None` for a new one.
    pub(super) fn mark(&self) -> Result<Option<MarkRow>, IndexError> {
        row(&self.meta, b"mark", "mark")
    }

    pub(super) fn save_mark(&self, mark: &MarkRow) -> Result<(), IndexError> {
        put(&self.meta, b"mark", mark)
    }

    /// Hands everything to the operating system.
    pub(super) fn flush(&self) -> Result<(), IndexError> {
        self.db.flush()?;
        Ok(())
    }

    /// The tree of the day in which evidence with this time is listed.
    pub(super) fn day(&self, at_ms: u64) -> Result<Tree, IndexError> {
        Ok(self
            .db
            .open_tree(format!("{DAY_PREFIX}{}", at_ms / DAY_MS))?)
    }

    /// Days that have a tree of listed evidence, ascending.
    pub(super) fn days(&self) -> Vec<u64> {
        self.numbered(DAY_PREFIX)
    }

    /// The tree of the mesh readings received on a day.
    pub(super) fn mesh(&self, at_ms: u64) -> Result<Tree, IndexError> {
        let day = at_ms / DAY_MS;
        Ok(self.db.open_tree(format!("{MESH_PREFIX}{day}"))?)
    }

    /// The trees of the mesh readings received on the days from `from_ms` to `until_ms`, both
    /// included.
    pub(super) fn mesh_days(&self, from_ms: u64, until_ms: u64) -> Result<Vec<Tree>, IndexError> {
        let days = self.numbered(MESH_PREFIX);
        let wanted = days.into_iter();
        let wanted = wanted.filter(|day| (from_ms / DAY_MS..=until_ms / DAY_MS).contains(day));
        wanted
            .map(|day| Ok(self.db.open_tree(format!("{MESH_PREFIX}{day}"))?))
            .collect()
    }

    /// Drops the mesh readings of whole days before that of `before_ms`.
    pub(super) fn drop_mesh(&self, before_ms: u64) -> Result<(), IndexError> {
        for day in self.numbered(MESH_PREFIX) {
            if day < before_ms / DAY_MS {
                self.db.drop_tree(format!("{MESH_PREFIX}{day}"))?;
            }
        }
        Ok(())
    }

    fn numbered(&self, prefix: &str) -> Vec<u64> {
        let mut days: Vec<u64> = self
            .db
            .tree_names()
            .iter()
            .filter_map(|name| {
                std::str::from_utf8(name)
                    .ok()?
                    .strip_prefix(prefix)?
                    .parse()
                    .ok()
            })
            .collect();
        days.sort_unstable();
        days
    }

    /// Tree and key under which a nonce of `host` is kept.
    pub(super) fn nonce_place(
        &self,
        host: &Key,
        nonce: &[u8],
    ) -> Result<(Tree, Vec<u8>), IndexError> {
        if nonce.len() == NONCE_BYTES
            && let Ok(read) = Nonce::read(nonce)
        {
            let day = read.issued_ms() / DAY_MS;
            let tree = self.db.open_tree(format!("{NONCE_PREFIX}{day}"))?;
            return Ok((tree, nonce.to_vec()));
        }
        Ok((self.fresh.clone(), [&host.0, nonce].concat()))
    }

    /// Drops the nonces of whole days that ended before `before_ms`. Gives the number of days.
    pub(super) fn drop_nonces(&self, before_ms: u64) -> Result<usize, IndexError> {
        let mut dropped = 0;
        for day in self.numbered(NONCE_PREFIX) {
            if day.saturating_add(1).saturating_mul(DAY_MS) <= before_ms {
                self.db.drop_tree(format!("{NONCE_PREFIX}{day}"))?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    /// Notes a contact. It is in the index alone: after a rebuild the last contact is the last that
    /// the log shows (evidence, enrolment, or a liveness report that was logged).
    pub(super) fn touch(&self, host: &Key, at_ms: u64) -> Result<(), IndexError> {
        self.seen.insert(host.0, &at_ms.to_be_bytes())?;
        Ok(())
    }

    pub(super) fn seen_ms(&self, host: &Key) -> Result<u64, IndexError> {
        self.seen.get(host.0)?.map_or(Ok(0), |value| number(&value))
    }

    pub(super) fn host(&self, host: &Key) -> Result<Option<HostRow>, IndexError> {
        row(&self.hosts, &host.0, "hosts")
    }

    pub(super) fn evidence(&self, id: &Digest) -> Result<Option<EvidenceRow>, IndexError> {
        row(&self.evidence, &id.0, "evidence")
    }
}

/// Reads a row.
pub(super) fn row<M: Message + Default>(
    tree: &Tree,
    key: &[u8],
    name: &'static str,
) -> Result<Option<M>, IndexError> {
    tree.get(key)?
        .map(|value| decode_row(&value, name))
        .transpose()
}

/// Decodes a row.
pub(super) fn decode_row<M: Message + Default>(
    value: &[u8],
    name: &'static str,
) -> Result<M, IndexError> {
    M::decode(value).map_err(|_| IndexError::Row(name))
}

/// Writes a row.
pub(super) fn put<M: Message>(tree: &Tree, key: &[u8], row: &M) -> Result<(), IndexError> {
    tree.insert(key, row.encode_to_vec())?;
    Ok(())
}

/// A number kept as eight big-endian bytes.
pub(super) fn number(bytes: &[u8]) -> Result<u64, IndexError> {
    let bytes: [u8; 8] = bytes.try_into().map_err(|_| IndexError::Row("number"))?;
    Ok(u64::from_be_bytes(bytes))
}

/// A hash kept as its 32 bytes.
pub(super) fn digest(bytes: &[u8]) -> Result<Digest, IndexError> {
    Digest::read("hash", bytes).map_err(|_| IndexError::Row("hash"))
}
