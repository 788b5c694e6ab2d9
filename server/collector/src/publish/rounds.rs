//! The rounds: newest head, tiles, witnesses, checkpoint.

use super::state::Publication;
use super::witness::Witness;
use super::{PublishError, PublishSettings};
use crate::net;
use crate::store::{Store, StoreError};
use domicile_certs::files;
use domicile_ledger::tiles::Tiles;
use domicile_ledger::witness::{Checkpoint, KeyUse, Policy, VerifierKey};
use domicile_ledger::{EMPTY_ROOT, Head, Leaves, LogKeys, STATEMENTS};
use domicile_proto::sign::SigningKey;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinSet, block_in_place};
use tokio::time::Instant;

/// Publishes one log.
pub(crate) struct Publisher {
    store: Store,
    tiles: Tiles,
    log: VerifierKey,
    policy: Policy,
    witnesses: Vec<Witness>,
    every: Duration,
    unwitnessed_after: Duration,
    publication: Arc<Publication>,
    /// Since when there has been a head that is not published as it should be.
    waiting: Option<Instant>,
}

impl Publisher {
    /// Opens the tiles, and asks every witness whether it has seen more than is here. One that does not
    /// answer is asked again in the rounds.
    ///
    /// # Errors
    /// [`PublishError::Contradicted`] when one has, as a [`StartError`].
    pub(crate) async fn open(
        store: Store,
        settings: &PublishSettings,
        key: &SigningKey,
        publication: Arc<Publication>,
    ) -> Result<Self, StartError> {
        let keys = store.log_keys(key)?;
        let (policy, urls) = settings.witnesses()?;
        let log = VerifierKey {
            name: store.origin(),
            usage: KeyUse::Log,
            public: key.public().0,
        };
        let tiles = store.open_tiles()?;
        if let Some(published) = tiles.published()
            && let Ok(checkpoint) = keys.open(published.note.as_bytes())
        {
            let is_witnessed = policy.judge(&checkpoint).is_enough();
            publication.set_published(checkpoint, is_witnessed);
        }
        let keys = policy.witnesses().iter().cloned();
        let wait = settings.witness_timeout;
        let witnesses = keys
            .zip(urls)
            .map(|(key, url)| Witness::new(key, url, wait))
            .collect();
        let mut publisher = Self {
            store,
            tiles,
            log,
            policy,
            witnesses,
            every: settings.every,
            unwitnessed_after: settings.unwitnessed_after,
            publication,
            waiting: None,
        };
        let empty = || Head::sign(key.ring(), &publisher.log.name, 0, EMPTY_ROOT);
        let head = publisher.store.head();
        let head = head.map_or_else(empty, |head| Head::clone(&head));
        publisher.ask(&head).await;
        match publisher.contradiction() {
            Some(error) => Err(error.into()),
            None => Ok(publisher),
        }
    }

    /// Puts the statements about the log's keys beside the tiles, for everybody.
    ///
    /// # Errors
    /// [`StoreError::Files`].
    pub(crate) fn show(&self, keys: &LogKeys) -> Result<(), StoreError> {
        let path = self.store.tiles_folder().join(STATEMENTS);
        let written = files::replace(&path, keys.page().as_bytes(), files::SECRET);
        written.map_err(|error| StoreError::Files(std::io::Error::other(error)))
    }

    /// Runs until `stop` turns true, with one more round then. What goes wrong is reported and tried
    /// again; only a witness that contradicts this log before it ever agreed with it closes the store.
    pub(crate) async fn run(mut self, stop: watch::Receiver<bool>) {
        let mut stopped = pin!(net::stopped(stop));
        let mut last_problem = None;
        loop {
            let stopping = tokio::select! {
                () = tokio::time::sleep(self.every) => false,
                () = &mut stopped => true,
            };
            let problem = self.round().await.err().map(|error| error.to_string());
            if let Some(problem) = &problem
                && last_problem.as_ref() != Some(problem)
            {
                tracing::error!(problem, "the log cannot be published");
            }
            last_problem = problem;
            if let Some(error) = self.contradiction() {
                self.store.close(error.to_string());
                return;
            }
            if stopping {
                return;
            }
        }
    }

    /// One round. Errors are of the tiles' files.
    async fn round(&mut self) -> Result<(), StoreError> {
        let Some(head) = self.store.head() else {
            return Ok(());
        };
        if self.is_done(&head) {
            return Ok(());
        }
        if self.tiles.size() < head.size {
            block_in_place(|| self.extend(&head))?;
        }
        let checkpoint = self.ask(&head).await;
        let is_witnessed = self.policy.judge(&checkpoint).is_enough();
        let since = *self.waiting.get_or_insert_with(Instant::now);
        let has_waited = since.elapsed() >= self.unwitnessed_after;
        if !is_witnessed && !has_waited && self.policy.needed() > 0 {
            return Ok(());
        }
        let published = self.tiles.published().map(|one| one.note.as_str());
        if published != Some(checkpoint.note()) {
            block_in_place(|| self.tiles.publish(&head, checkpoint.note().to_owned()))?;
            self.publication.set_published(checkpoint, is_witnessed);
        }
        if is_witnessed || self.policy.needed() == 0 {
            self.waiting = None;
        } else {
            let size = head.size;
            tracing::warn!(size, "published without enough witnesses");
        }
        Ok(())
    }

    /// Whether this very head is out as it should be, and no witness is due.
    fn is_done(&self, head: &Head) -> bool {
        let out = match self.policy.needed() {
            0 => self.publication.published(),
            _ => self.publication.witnessed(),
        };
        out.is_some_and(|out| out.head().size == head.size && out.head().root == head.root)
            && !self.witnesses.iter().any(Witness::is_due)
    }

    fn extend(&mut self, head: &Head) -> Result<(), StoreError> {
        let leaves: Leaves = self.store.leaves(self.tiles.size(), head.size)?;
        Ok(self.tiles.extend(leaves, head, &mut |done, total| {
            tracing::debug!(done, total, "writing tiles");
        })?)
    }

    /// Asks every witness about a head, all at once; gives the checkpoint with what they signed, now or
    /// before.
    async fn ask(&mut self, head: &Head) -> Checkpoint {
        let plain = Checkpoint::of(head, &self.log);
        let mut asking = JoinSet::new();
        for (place, mut witness) in self.witnesses.drain(..).enumerate() {
            let (store, plain, every) = (self.store.clone(), plain.clone(), self.every);
            asking.spawn(async move {
                let cosignature = witness.cosignature(&store, &plain, every).await;
                (place, witness, cosignature)
            });
        }
        let mut answers = asking.join_all().await;
        answers.sort_by_key(|(place, ..)| *place);
        let mut cosignatures = Vec::new();
        for (_, witness, cosignature) in answers {
            self.witnesses.push(witness);
            cosignatures.extend(cosignature);
        }
        if let Some(before) = self.publication.published()
            && before.head() == head
        {
            let mut kept = before.cosignatures(self.policy.witnesses());
            kept.retain(|old| cosignatures.iter().all(|new| new.name != old.name));
            cosignatures.extend(kept);
        }
        let standings = self.witnesses.iter().map(Witness::standing).collect();
        self.publication.set_witnesses(standings);
        plain.with(&cosignatures, &self.log)
    }

    fn contradiction(&self) -> Option<PublishError> {
        self.witnesses.iter().find_map(|witness| {
            let problem = witness.contradiction()?.to_owned();
            Some(PublishError::Contradicted {
                witness: witness.name().to_owned(),
                problem,
            })
        })
    }
}

/// Why publishing does not begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
