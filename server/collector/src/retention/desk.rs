//! The store of a collector that does not run, opened by a named person with a reason.

use super::{MAX_REASON, MAX_USER, RetentionError, check_text};
use crate::checked::Checked;
use crate::clock::Clock;
use crate::runtime::RunError;
use crate::store::{Erased, HoldRow, HostRow, Store, StoreOwner, StoreSettings};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use domicile_proto::wire::{ErasureRecord, HoldScope};
use std::sync::Arc;

/// Who does something, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    user: String,
    reason: String,
}

impl By {
    /// A named person with a reason.
    ///
    /// # Errors
    /// [`RetentionError::Text`] if either is empty, too long or has control characters.
    pub fn new(user: &str, reason: &str) -> Result<Self, RetentionError> {
        check_text("user", user, MAX_USER)?;
        check_text("reason", reason, MAX_REASON)?;
        Ok(Self {
            user: user.to_owned(),
            reason: reason.to_owned(),
        })
    }

    /// The person.
    pub fn user(&self) -> String {
        self.user.clone()
    }

    /// The reason.
    pub fn reason(&self) -> String {
        self.reason.clone()
    }
}

/// The opened store. While it is open, no collector runs on it: the log has one writer.
pub struct Desk {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    owner: StoreOwner,
    settings: StoreSettings,
    key: Arc<SigningKey>,
    erased: bool,
}

impl Desk {
    /// Opens the store of this configuration. `progress` gets a step's name, units done and to do.
    ///
    /// # Errors
    /// [`RunError::Store`], also while a collector runs on it.
    pub fn open(
        checked: Checked,
        clock: Clock,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<Self, RunError> {
        let settings = checked.settings(false);
        let key = Arc::new(checked.log_key);
        let (store, owner, _) = Store::open(&settings, Arc::clone(&key), clock.clone(), progress)?;
        // An erasure gives space back: the last of the space is for it.
        store.set_min_free(1);
        Ok(Self {
            store,
            clock,
            owner,
            settings,
            key,
            erased: false,
        })
    }

    /// Logs an erasure and carries it out.
    ///
    /// # Errors
    /// [`RetentionError::Store`].
    pub async fn erase(
        &mut self,
        erasure: &ErasureRecord,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<Erased, RetentionError> {
        self.erased = true;
        let mut progress = |done, total| progress("erasing", done, total);
        Ok(self.store.erase(erasure, &mut progress).await?)
    }

    /// Closes the store; after an erasure makes the index anew.
    ///
    /// # Errors
    /// [`RunError::Store`]; the next opening makes good what is left.
    pub fn close(self, progress: &mut dyn FnMut(&'static str, u64, u64)) -> Result<(), RunError> {
        if !self.erased {
            drop(self.store);
            return Ok(self.owner.close()?);
        }
        self.store.end_erasing();
        drop(self.store);
        self.owner.close()?;
        let (store, owner, _) = Store::open(&self.settings, self.key, self.clock, progress)?;
        drop(store);
        Ok(owner.close()?)
    }

    /// The hold that stands on this host.
    ///
    /// # Errors
    /// [`RetentionError::Store`].
    pub fn hold_on(
        &self,
        key: &Key,
        host: &HostRow,
    ) -> Result<Option<(u64, HoldRow)>, RetentionError> {
        let holds = self.store.holds()?;
        Ok(holds.into_iter().find(|(_, hold)| hold.holds(key, host)))
    }
}

/// What a hold holds, for people.
pub fn held_text(hold: &HoldRow) -> String {
    let scope = match hold.scope() {
        HoldScope::Host => "host",
        HoldScope::Customer => "customer",
        HoldScope::Licence => "licence",
        HoldScope::Unspecified => "nothing known",
    };
    format!("{scope} {}", hold.held)
}
