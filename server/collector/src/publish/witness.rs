//! Asking one witness: `add-checkpoint` of C2SP `tlog-witness`, as a client.

use super::state::WitnessStanding;
use crate::store::{Store, StoreError};
use domicile_http::client::{Answer, Client, Url};
use domicile_ledger::witness::{AddCheckpoint, Checkpoint, Cosignature, SIZE_TYPE, VerifierKey};
use std::time::Duration;
use tokio::time::Instant;

/// Longest answer that is read, bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// A cosignature of the same head is asked for again after this: its time says that the log is alive.
const REFRESH: Duration = Duration::from_secs(300);

/// A witness that does not sign is asked again after a round, then after twice as long, up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Why a witness did not sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// It cannot be reached, or its answer is none of the protocol's.
    Away(String),
    /// It has cosigned what this log does not contain.
    Contradicts(String),
}

impl Problem {
    fn text(&self) -> &str {
        match self {
            Self::Away(text) | Self::Contradicts(text) => text,
        }
    }
}

/// A witness, and what is known of it.
#[derive(Debug)]
pub(super) struct Witness {
    key: VerifierKey,
    client: Client,
    /// Size of the last checkpoint it cosigned, once known.
    size: Option<u64>,
    last: Option<(Checkpoint, Cosignature, Instant)>,
    problem: Option<Problem>,
    failures: u32,
    not_before: Option<Instant>,
    /// Whether it has agreed with this log since the start.
    agreed: bool,
}

impl Witness {
    pub(super) fn new(key: VerifierKey, url: Url, wait: Duration) -> Self {
        Self {
            key,
            client: Client::new(url, wait),
            size: None,
            last: None,
            problem: None,
            failures: 0,
            not_before: None,
            agreed: false,
        }
    }

    pub(super) fn standing(&self) -> WitnessStanding {
        WitnessStanding {
            name: self.key.name.clone(),
            size: self.size,
            problem: self.problem.as_ref().map(|one| one.text().to_owned()),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.key.name
    }

    /// What it says against this log, if it has never agreed with it since the start. After it has,
    /// only signatures count: a witness's bare word cannot stop a collector.
    pub(super) fn contradiction(&self) -> Option<&str> {
        match &self.problem {
            Some(Problem::Contradicts(text)) if !self.agreed => Some(text),
            _ => None,
        }
    }

    /// Whether it should be asked although there is nothing new: it has not agreed since the start, or
    /// not for long.
    pub(super) fn is_due(&self) -> bool {
        let signed = self.last.as_ref().map(|(.., when)| *when);
        signed.is_none_or(|when| when.elapsed() >= REFRESH)
    }

    /// Its cosignature of this checkpoint, asked for unless it is at hand or it is too early to ask.
    pub(super) async fn cosignature(
        &mut self,
        store: &Store,
        checkpoint: &Checkpoint,
        every: Duration,
    ) -> Option<Cosignature> {
        if let Some((signed, cosignature, _)) = &self.last
            && signed.head() == checkpoint.head()
            && !self.is_due()
        {
            return Some(cosignature.clone());
        }
        if self.not_before.is_some_and(|when| Instant::now() < when) {
            return None;
        }
        match self.ask(store, checkpoint).await {
            Ok(cosignature) => {
                if self.problem.take().is_some() {
                    tracing::info!(witness = self.key.name, "the witness signs again");
                }
                (self.failures, self.not_before, self.agreed) = (0, None, true);
                self.size = Some(checkpoint.head().size);
                let signed = (checkpoint.clone(), cosignature.clone(), Instant::now());
                self.last = Some(signed);
                Some(cosignature)
            }
            Err(problem) => {
                if self.problem.as_ref() != Some(&problem) {
                    let (witness, problem) = (&self.key.name, problem.text());
                    tracing::warn!(witness, problem, "a witness does not sign");
                }
                self.problem = Some(problem);
                let pause = every.saturating_mul(1 << self.failures.min(10));
                self.not_before = Some(Instant::now() + pause.min(LONGEST_PAUSE));
                self.failures = self.failures.saturating_add(1);
                None
            }
        }
    }

    async fn ask(
        &mut self,
        store: &Store,
        checkpoint: &Checkpoint,
    ) -> Result<Cosignature, Problem> {
        let size = checkpoint.head().size;
        // Once to learn its size, once with the proof from there, once more if it signed meanwhile.
        for _ in 0..3 {
            let old = self.size.unwrap_or(0);
            if old > size {
                return Err(Problem::Contradicts(format!(
                    "it has cosigned {old} records, this log holds {size}"
                )));
            }
            let proof = match old {
                0 => Vec::new(),
                old => store
                    .consistency(old, size)
                    .map_err(|error| failed(&error))?,
            };
            let note = checkpoint.note().to_owned();
            let body = AddCheckpoint { old, proof, note }.render();
            let answer = self.client.post("add-checkpoint", body, MAX_ANSWER).await;
            let answer = answer.map_err(|error| Problem::Away(error.to_string()))?;
            match answer.status {
                200 => return self.read(checkpoint, &answer),
                409 => match old_size(&answer) {
                    Some(told) if told != old => self.size = Some(told),
                    _ => {
                        return Err(Problem::Contradicts(format!(
                            "it has cosigned another root of {size} records"
                        )));
                    }
                },
                422 => {
                    return Err(Problem::Contradicts(format!(
                        "the {old} records that it cosigned are not the first of this log"
                    )));
                }
                status => return Err(Problem::Away(format!("it answers {status}"))),
            }
        }
        Err(Problem::Away("its size changes with every question".into()))
    }

    fn read(&self, checkpoint: &Checkpoint, answer: &Answer) -> Result<Cosignature, Problem> {
        let lines = String::from_utf8_lossy(&answer.body);
        let found = checkpoint.answered(&lines, std::slice::from_ref(&self.key));
        let unsigned = || Problem::Away("its answer is not signed by its key".into());
        found.into_iter().next().ok_or_else(unsigned)
    }
}

fn old_size(answer: &Answer) -> Option<u64> {
    let text = std::str::from_utf8(&answer.body).ok()?.strip_suffix('\n')?;
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (answer.content_type == SIZE_TYPE && is_digits)
        .then(|| text.parse().ok())
        .flatten()
}

fn failed(error: &StoreError) -> Problem {
    Problem::Away(format!("no proof can be made: {error}"))
}
