//! Policy packs and shadow mode: what is going to count is in the log, and tried, before it counts.
//!
//! `policy-packs` names the vendor's signed packs. Each is logged when it is first seen (kind `policy-pack`),
//! so that nobody can say later that another text was meant. No verdict rests on a pack: verdicts rest on
//! `policy`, which `domicile-audit policy build` makes of packs and registry.
//!
//! `shadow-policy` names the policy file that is to come. It is logged in the same way, and from then on each report
//! that is judged is judged under it as well. What it would have said is counted beside what was said
//! (`GET /v1/policy/shadow`) and stands in no verdict. The counts are of this run of the program; `domicile-audit
//! replay --range … --policy FILE` makes them again from the evidence, whole.
//!
//! `policy-packs.json` in the data folder notes what was logged. Without it everything is logged once more.
//!
//! Start reading at [`Shadow::log`].

use crate::api::time_text;
use crate::config::Config;
use crate::store::{Store, StoreError};
use domicile_appraise::policy::{self, Policy, PolicyError};
use domicile_appraise::text::name_of;
use domicile_certs::files::{self, FileError, Stamp};
use domicile_geo::Territories;
use domicile_ledger::Kind;
use domicile_policy::pack::{self, Pack};
use domicile_proto::codec;
use domicile_proto::sign::sha256;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{PolicyPackRecord, Verdict, VerdictValue};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Packs at most.
const MAX_PACKS: usize = 256;
/// Largest note, bytes.
const MAX_NOTE: usize = 64 * 1024;
const NOTE: &str = "policy-packs.json";

/// A pack or the shadow policy was refused.
#[derive(Debug, thiserror::Error)]
pub enum ShadowError {
    /// A file, or the note.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not a pack, or not signed by the vendor.
    #[error("{}: {problem}", path.display())]
    Pack {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Not a policy.
    #[error("{}: {source}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PolicyError,
    },
    /// It could not be logged, so it does not run.
    #[error("policy packs cannot be logged: {0}")]
    Store(#[from] StoreError),
}

/// What runs in shadow, and what came of it.
#[derive(Debug)]
pub struct Shadow {
    packs: Vec<PathBuf>,
    policy: Option<PathBuf>,
    note: PathBuf,
    key: Key,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The files as they were when they were last looked at.
    seen: Option<Vec<Option<Stamp>>>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    policy: Arc<Policy>,
    since_ms: u64,
    counts: BTreeMap<Pair, Count>,
}

/// A licence, what was said, what the shadow policy says.
type Pair = (String, &'static str, &'static str);

#[derive(Debug)]
struct Count {
    attestations: u64,
    newest: Digest,
}

/// What stands in the note.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Noted {
    /// SHA-256 of each signed pack that was logged, hexadecimal.
    packs: BTreeSet<String>,
    /// Of the shadow policy that was logged last; absent once it ended.
    shadow_policy: Option<String>,
}

/// How the shadow policy stands to the one in force.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// The shadow policy's version; absent while none runs.
    pub policy_version: Option<u64>,
    /// SHA-256 of its file.
    pub policy: Option<String>,
    /// Since when it is counted, RFC 3339.
    pub since: Option<String>,
    /// Counts, by licence.
    pub items: Vec<Row>,
}

/// So many verdicts.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The licence.
    pub licence: String,
    /// What was said.
    pub value: &'static str,
    /// What the shadow policy says.
    pub shadow_value: &'static str,
    /// How many.
    pub attestations: u64,
    /// The last of them.
    pub newest: String,
}

impl Shadow {
    /// With the files that a configuration names: read and checked, nothing logged and none running.
    ///
    /// # Errors
    /// [`ShadowError`] naming the file.
    pub fn read(config: &Config, directory_key: Key) -> Result<Self, ShadowError> {
        let shadow = Self {
            packs: config.policy_packs.clone(),
            policy: config.shadow_policy.clone(),
            note: config.data_dir.join(NOTE),
            key: directory_key,
            state: Mutex::default(),
        };
        for path in shadow.packs.iter().take(MAX_PACKS) {
            shadow.pack(path)?;
        }
        shadow.policy.as_deref().map(read).transpose()?;
        Ok(shadow)
    }

    /// Reads the files, if they changed, and logs what is new of them; then the shadow policy runs.
    ///
    /// # Errors
    /// [`ShadowError`]: what ran before goes on.
    pub async fn log(&self, store: &Store, now_ms: u64) -> Result<(), ShadowError> {
        let paths = self.packs.iter().chain(&self.policy);
        let seen: Vec<Option<Stamp>> = paths.map(|path| Stamp::of(path)).collect();
        if seen.is_empty() && !self.note.exists() {
            return Ok(());
        }
        // Each changed file is answered once, a refused one too.
        if self.state().seen.replace(seen.clone()) == Some(seen) {
            return Ok(());
        }
        let mut noted: Noted = match self.note.exists() {
            true => serde_json::from_slice(&files::read(&self.note, MAX_NOTE)?).unwrap_or_default(),
            false => Noted::default(),
        };
        let before = (noted.packs.len(), noted.shadow_policy.clone());
        let mut records = Vec::new();
        for path in self.packs.iter().take(MAX_PACKS) {
            let bytes = self.pack(path)?;
            if noted.packs.insert(sha256(&bytes).to_string()) {
                records.push(PolicyPackRecord {
                    pack: bytes,
                    shadow_policy: Vec::new(),
                });
            }
        }
        let policy = self.policy.as_deref().map(read).transpose()?;
        let hash = policy.as_ref().map(|(policy, _)| policy.hash.to_string());
        if noted.shadow_policy != hash {
            records.push(PolicyPackRecord {
                pack: Vec::new(),
                shadow_policy: policy
                    .as_ref()
                    .map(|(_, bytes)| bytes.clone())
                    .unwrap_or_default(),
            });
            noted.shadow_policy = hash;
        }
        let records: Vec<_> = records
            .iter()
            .map(|record| (Kind::PolicyPack, codec::encode(record)))
            .collect();
        if !records.is_empty()
            && let Err(error) = store.commit(records).await
        {
            // To be tried again.
            self.state().seen = None;
            return Err(error.into());
        }
        if before != (noted.packs.len(), noted.shadow_policy.clone()) {
            let note = serde_json::to_vec_pretty(&noted).expect("text keys only");
            files::replace(&self.note, &note, files::PUBLIC)?;
        }
        self.run(policy.map(|(policy, _)| policy), now_ms);
        Ok(())
    }

    /// The same policy goes on with its counts.
    fn run(&self, policy: Option<Policy>, now_ms: u64) {
        let mut state = self.state();
        let same = |running: &Running| {
            policy
                .as_ref()
                .is_some_and(|new| new.hash == running.policy.hash)
        };
        if state.running.as_ref().is_some_and(same) {
            return;
        }
        state.running = policy.map(|policy| Running {
            policy: Arc::new(policy),
            since_ms: now_ms,
            counts: BTreeMap::new(),
        });
    }

    /// A pack's signed bytes, once the vendor's key and the pack's own form hold.
    fn pack(&self, path: &Path) -> Result<Vec<u8>, ShadowError> {
        let bytes = files::read(path, pack::MAX_BYTES + 1024)?;
        let wrong = |problem: String| ShadowError::Pack {
            path: path.to_owned(),
            problem,
        };
        let toml = pack::open(&bytes, &self.key).map_err(|error| wrong(error.to_string()))?;
        Pack::read(&toml).map_err(|error| wrong(error.to_string()))?;
        Ok(bytes)
    }

    /// The policy that runs in shadow.
    pub fn policy(&self) -> Option<Arc<Policy>> {
        let state = self.state();
        state
            .running
            .as_ref()
            .map(|running| Arc::clone(&running.policy))
    }

    /// Counts what was said and what `policy` says of the same report.
    pub fn count(&self, policy: &Policy, said: &Verdict, shadow: &Verdict, id: &Digest) {
        let mut state = self.state();
        // Another may have come in between.
        let running = state.running.as_mut();
        let Some(running) = running.filter(|running| running.policy.hash == policy.hash) else {
            return;
        };
        let pair = (
            said.licence.clone(),
            name_of::<VerdictValue>(said.value),
            name_of::<VerdictValue>(shadow.value),
        );
        let count = running.counts.entry(pair).or_insert(Count {
            attestations: 0,
            newest: *id,
        });
        count.attestations += 1;
        count.newest = *id;
    }

    /// What came of it so far.
    pub fn compared(&self) -> Compared {
        let state = self.state();
        let running = state.running.as_ref();
        let counts = running.iter().flat_map(|running| &running.counts);
        Compared {
            policy_version: running.map(|running| running.policy.version),
            policy: running.map(|running| running.policy.hash.to_string()),
            since: running.map(|running| time_text(running.since_ms)),
            items: counts
                .map(|((licence, value, shadow_value), count)| Row {
                    licence: licence.clone(),
                    value,
                    shadow_value,
                    attestations: count.attestations,
                    newest: count.newest.to_string(),
                })
                .collect(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> Result<(Policy, Vec<u8>), ShadowError> {
    let bytes = files::read(path, policy::MAX_BYTES)?;
    let read = Policy::parse(&bytes, Territories::builtin());
    let policy = read.map_err(|source| ShadowError::Policy {
        path: path.to_owned(),
        source,
    })?;
    Ok((policy, bytes))
}
