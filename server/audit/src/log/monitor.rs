//! One look at a log: does it continue what was seen before, is it what everybody else was shown, did
//! witnesses sign it, lately?

use super::file::LogFile;
use super::gossip::Seen;
use super::memory::{Memory, MemoryError, Waiting, note_of};
use super::source::{Source, SourceError};
use domicile_ledger::tiles::{Question, TileSet};
use domicile_ledger::witness::{Checkpoint, Witnessed};
use domicile_ledger::{Head, verify_inclusion};
use std::time::Duration;

/// A head that the log signed must be under its published checkpoint after this: the promise is a
/// minute, and a clock may be off by another.
const PATIENCE_S: u64 = 120;

/// What a finding says of the log, in the order of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// Enough witnesses signed, but not lately.
    Stale,
    /// Too few witnesses signed.
    Unwitnessed,
    /// Its tiles or its checkpoint are not what they must be.
    Invalid,
    /// It shows less than it has signed.
    Rollback,
    /// What it shows does not continue what it showed here before.
    Fork,
    /// It has shown somebody else another history.
    SplitView,
}

impl FindingKind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Unwitnessed => "unwitnessed",
            Self::Invalid => "invalid",
            Self::Rollback => "rollback",
            Self::Fork => "fork",
            Self::SplitView => "split-view",
        }
    }
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// In words.
    pub text: String,
    /// Two heads that the log signed and that cannot both be of one history, as notes; empty where the
    /// finding is not of that sort.
    pub evidence: String,
}

/// What a look saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The published checkpoint.
    pub checkpoint: Checkpoint,
    /// Who signed it.
    pub witnessed: Witnessed,
    /// Heads of others that were found in this history.
    pub agreed: usize,
    /// Heads of others that are newer than the checkpoint, and may be for a while.
    pub waiting: usize,
    /// What is wrong, gravest first.
    pub findings: Vec<Finding>,
    /// What could not be asked: not the log's fault.
    pub notes: Vec<String>,
}

/// Why there was no look.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The log cannot be reached, or answers with something else.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The monitor's own folder.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// A monitor of one log.
#[derive(Debug)]
pub struct Monitor {
    /// Which log, and what is asked of it.
    pub log: LogFile,
    /// Where it is published.
    pub source: Source,
    /// Witnesses that are asked what they saw.
    pub witnesses: Vec<Source>,
    /// Heads that others were shown.
    pub gossip: Vec<Seen>,
    /// What was seen before.
    pub memory: Memory,
    /// A source that shows less than before is asked once more after this: caches may lag.
    pub settle: Duration,
}

impl Monitor {
    /// Looks once, at a time in seconds since 1970. What continues the checkpoint remembered is
    /// remembered instead; what contradicts it never is.
    ///
    /// # Errors
    /// [`LookError`] when there is nothing to look at.
    pub async fn look(&mut self, now_s: u64) -> Result<Look, LookError> {
        self.memory.recall(&mut self.log.keys)?;
        self.source.learn(&mut self.log.keys).await?;
        let held = self.memory.head(&self.log.keys)?;
        let checkpoint = self.checkpoint(held.as_ref()).await?;
        let mut notes = Vec::new();
        let mut heard = self.gossip.clone();
        heard.extend(self.ask_witnesses(&mut notes).await);
        let waiting = self.memory.waiting(&self.log.keys)?;
        let mut look = Look {
            witnessed: self.log.policy.judge(&checkpoint),
            checkpoint,
            agreed: 0,
            waiting: 0,
            findings: Vec::new(),
            notes,
        };
        self.against_memory(held.as_ref(), &mut look);
        self.against_tiles(held.as_ref(), &heard, &waiting, now_s, &mut look)
            .await?;
        self.against_policy(now_s, &mut look);
        look.findings.sort_by_key(|one| std::cmp::Reverse(one.kind));
        self.remember(held.as_ref(), &mut look)?;
        Ok(look)
    }

    /// The published checkpoint; asked for again if it is behind what was seen.
    async fn checkpoint(&mut self, held: Option<&Checkpoint>) -> Result<Checkpoint, SourceError> {
        let first = self.source.checkpoint(&self.log.keys).await?;
        if held.is_none_or(|held| first.head().size >= held.head().size) {
            return Ok(first);
        }
        tokio::time::sleep(self.settle).await;
        self.source.checkpoint(&self.log.keys).await
    }

    async fn ask_witnesses(&mut self, notes: &mut Vec<String>) -> Vec<Seen> {
        let mut seen = Vec::new();
        for witness in &mut self.witnesses {
            let by = format!("witness {}", witness.url());
            match witness.witnessed(&self.log.keys).await {
                Ok(Some(checkpoint)) => seen.push(Seen {
                    head: checkpoint.head().clone(),
                    by,
                }),
                Ok(None) => notes.push(format!("{by} has seen nothing of this log")),
                Err(error) => notes.push(format!("{by} cannot be asked: {error}")),
            }
        }
        seen
    }

    fn against_memory(&self, held: Option<&Checkpoint>, look: &mut Look) {
        let Some(held) = held.map(Checkpoint::head) else {
            return;
        };
        let now = look.checkpoint.head();
        if now.size < held.size {
            let text = format!(
                "{} records are shown where {} were shown before",
                now.size, held.size
            );
            let evidence = self.pair(held, now);
            look.findings.push(Finding {
                kind: FindingKind::Rollback,
                text,
                evidence,
            });
        }
    }

    /// Whatever the log signed before must be the beginning of what it shows now.
    async fn against_tiles(
        &mut self,
        held: Option<&Checkpoint>,
        heard: &[Seen],
        waiting: &[Waiting],
        now_s: u64,
        look: &mut Look,
    ) -> Result<(), LookError> {
        let now = look.checkpoint.head().clone();
        let others = heard.iter().map(|seen| (seen, now_s, None));
        let kept = waiting
            .iter()
            .map(|one| (&one.seen, one.since_s, Some(one)));
        let all: Vec<_> = others.chain(kept).collect();
        let heads = held.map(Checkpoint::head).into_iter();
        let heads = heads.chain(all.iter().map(|(seen, ..)| &seen.head));
        let questions: Vec<Question> = heads
            .filter(|head| head.size <= now.size)
            .map(|head| Question::Root(head.size))
            .chain(self.stated(now.size))
            .collect();
        let set = match self.source.tiles(&questions, now.size).await {
            Ok(set) => set,
            Err(error @ SourceError::Tile { .. }) => {
                look.invalid(error.to_string());
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.against_statements(&set, look);
        if let Some(held) = held.map(Checkpoint::head)
            && held.size <= now.size
        {
            let text = "what is shown does not continue what was shown before";
            self.compare(&set, held, FindingKind::Fork, text, look);
        }
        for (seen, since_s, kept) in all {
            if seen.head.size > now.size {
                self.wait_for(seen, since_s, now_s, look)?;
                continue;
            }
            let text = format!("{} was shown another history", seen.by);
            if self.compare(&set, &seen.head, FindingKind::SplitView, &text, look) {
                look.agreed += 1;
                if let Some(kept) = kept {
                    self.memory.settle(kept);
                }
            }
        }
        Ok(())
    }

    /// What is asked of a tree of this size for the statements about the log's keys.
    fn stated(&self, size: u64) -> impl Iterator<Item = Question> {
        let records = self.log.keys.records().iter();
        let indices = records.map(|record| record.statement.index);
        let covered = indices.filter(move |index| *index < size);
        covered.flat_map(|index| [Question::Inclusion(index), Question::Root(index)])
    }

    /// Every statement about the log's keys must be the record of the log that it says it is.
    fn against_statements(&self, set: &TileSet, look: &mut Look) {
        let now = look.checkpoint.head().clone();
        for record in self.log.keys.records() {
            let said = &record.statement;
            if said.index >= now.size {
                continue;
            }
            let tree = set.tree(now.size, &now.root);
            let found =
                tree.and_then(|tree| Some((tree.root(said.index)?, tree.inclusion(said.index)?)));
            let is_there = found.is_some_and(|(root, path)| {
                let (leaf, index) = (record.leaf().hash(), said.index);
                root == said.root
                    && verify_inclusion(&leaf, index, &path, now.size, &now.root).is_ok()
            });
            if !is_there {
                look.invalid(format!(
                    "the {} of its key, shown as record {}, is not that record of the log",
                    said.step, said.index
                ));
            } else if said.previous.is_some() {
                look.notes.push(format!(
                    "record {} replaced the log's key: {} signs since",
                    said.index, said.key
                ));
            }
        }
    }

    /// Whether an earlier head is of the tree shown now; if not, that is a finding.
    fn compare(
        &self,
        set: &TileSet,
        earlier: &Head,
        kind: FindingKind,
        text: &str,
        look: &mut Look,
    ) -> bool {
        let now = look.checkpoint.head().clone();
        // Two heads of one size need no tiles.
        let root = match earlier.size == now.size {
            true => Some(now.root),
            false => set
                .tree(now.size, &now.root)
                .and_then(|tree| tree.root(earlier.size)),
        };
        match root {
            Some(root) if root == earlier.root => true,
            Some(_) => {
                let text = format!("{text}: {} records with another root", earlier.size);
                let evidence = self.pair(earlier, &now);
                look.findings.push(Finding {
                    kind,
                    text,
                    evidence,
                });
                false
            }
            None => {
                look.invalid("the tiles are not those of the published checkpoint".to_owned());
                false
            }
        }
    }

    /// A head beyond what is shown: it may be a moment ahead, and it may be withheld from here.
    fn wait_for(
        &self,
        seen: &Seen,
        since_s: u64,
        now_s: u64,
        look: &mut Look,
    ) -> Result<(), MemoryError> {
        if now_s.saturating_sub(since_s) > PATIENCE_S {
            let now = look.checkpoint.head();
            let text = format!(
                "{} was shown {} records, here {} are shown {} s later",
                seen.by,
                seen.head.size,
                now.size,
                now_s - since_s
            );
            let evidence = self.pair(&seen.head, now);
            look.findings.push(Finding {
                kind: FindingKind::Rollback,
                text,
                evidence,
            });
            return Ok(());
        }
        look.waiting += 1;
        if !self.memory.wait(seen, now_s, &self.log.keys)? {
            let text = "too many heads wait already: this one is not remembered";
            look.notes.push(text.to_owned());
        }
        Ok(())
    }

    fn against_policy(&self, now_s: u64, look: &mut Look) {
        let witnessed = &look.witnessed;
        if !witnessed.is_enough() {
            let text = format!(
                "{} of the {} witnesses needed have signed{}",
                witnessed.by.len(),
                witnessed.needed,
                if witnessed.needed == 0 {
                    ": `log.toml` names none"
                } else {
                    ""
                }
            );
            look.add(FindingKind::Unwitnessed, text);
            return;
        }
        let age_s = now_s.saturating_sub(witnessed.time_s().unwrap_or(0));
        if age_s > self.log.stale_after.as_secs() {
            let text = format!("enough witnesses last signed {age_s} s ago");
            look.add(FindingKind::Stale, text);
        }
    }

    /// Remembers the checkpoint unless something speaks against the log, and keeps what does.
    fn remember(&self, held: Option<&Checkpoint>, look: &mut Look) -> Result<(), MemoryError> {
        for finding in &mut look.findings {
            if finding.evidence.is_empty() {
                continue;
            }
            let hash = domicile_proto::sign::sha256(finding.evidence.as_bytes());
            let name = format!("{}-{}", finding.kind.name(), hash.short());
            let path = self.memory.keep(&name, &finding.evidence)?;
            finding.text = format!("{} (kept in {})", finding.text, path.display());
        }
        let speaks_against = |one: &Finding| one.kind >= FindingKind::Invalid;
        if !look.findings.iter().any(speaks_against) {
            self.memory.set_keys(&self.log.keys)?;
        }
        let is_news = held.is_none_or(|held| held.note() != look.checkpoint.note());
        if is_news && !look.findings.iter().any(speaks_against) {
            self.memory.set_head(&look.checkpoint)?;
        }
        Ok(())
    }

    /// Two heads as the log signed them.
    fn pair(&self, one: &Head, other: &Head) -> String {
        let keys = &self.log.keys;
        format!("{}\n{}", note_of(one, keys), note_of(other, keys))
    }
}

impl Look {
    /// The gravest thing found.
    pub fn gravest(&self) -> Option<FindingKind> {
        self.findings.iter().map(|one| one.kind).max()
    }

    fn add(&mut self, kind: FindingKind, text: String) {
        let evidence = String::new();
        self.findings.push(Finding {
            kind,
            text,
            evidence,
        });
    }

    fn invalid(&mut self, text: String) {
        let is_same = |one: &Finding| one.kind == FindingKind::Invalid && one.text == text;
        if !self.findings.iter().any(is_same) {
            self.add(FindingKind::Invalid, text);
        }
    }
}
