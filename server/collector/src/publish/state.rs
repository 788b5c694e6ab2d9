//! What is published, and the words for it.

use domicile_ledger::Head;
use domicile_ledger::witness::Checkpoint;
use serde::Serialize;
use std::sync::{Arc, PoisonError, RwLock};

/// How a record stands with the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = LogStanding)]
pub enum Standing {
    /// Durable and acknowledged; no published checkpoint covers it yet.
    Pending,
    /// Under a published checkpoint that enough witnesses signed.
    Published,
    /// Under a published checkpoint, and under none that enough witnesses signed.
    Unwitnessed,
}

/// How a witness stands with this log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WitnessStanding {
    /// Its name.
    pub name: String,
    /// Size of the last checkpoint that it is known to have cosigned.
    pub size: Option<u64>,
    /// What is wrong with it now; `None` if it signs.
    pub problem: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct Now {
    published: Option<Arc<Checkpoint>>,
    witnessed: Option<Arc<Checkpoint>>,
    witnesses: Vec<WitnessStanding>,
}

/// What is published now. Readers never wait for a round.
#[derive(Debug, Default)]
pub struct Publication(RwLock<Now>);

impl Publication {
    /// The published checkpoint.
    pub fn published(&self) -> Option<Arc<Checkpoint>> {
        self.read(|now| now.published.clone())
    }

    /// The newest published checkpoint that enough witnesses signed, since this collector started or
    /// left by the one before it.
    pub fn witnessed(&self) -> Option<Arc<Checkpoint>> {
        self.read(|now| now.witnessed.clone())
    }

    /// The witnesses, in the order of the configuration.
    pub fn witnesses(&self) -> Vec<WitnessStanding> {
        self.read(|now| now.witnesses.clone())
    }

    /// How a record stands.
    pub fn of(&self, index: u64) -> Standing {
        let covers = |checkpoint: &Option<Arc<Checkpoint>>| {
            let head: Option<&Head> = checkpoint.as_ref().map(|one| one.head());
            head.is_some_and(|head| index < head.size)
        };
        self.read(
            |now| match (covers(&now.witnessed), covers(&now.published)) {
                (true, _) => Standing::Published,
                (false, true) => Standing::Unwitnessed,
                (false, false) => Standing::Pending,
            },
        )
    }

    pub(super) fn set_published(&self, checkpoint: Checkpoint, is_witnessed: bool) {
        let checkpoint = Arc::new(checkpoint);
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if is_witnessed {
            now.witnessed = Some(Arc::clone(&checkpoint));
        }
        now.published = Some(checkpoint);
    }

    pub(super) fn set_witnesses(&self, witnesses: Vec<WitnessStanding>) {
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        now.witnesses = witnesses;
    }

    fn read<T>(&self, with: impl FnOnce(&Now) -> T) -> T {
        with(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
