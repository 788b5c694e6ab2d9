//! The access file in force. A version is in the log before anybody is let in by it.

use super::caller::{Caller, Denied};
use super::token::Token;
use super::users::{self, Users};
use crate::store::{Store, StoreError};
use domicile_certs::files::{self, FileError, Stamp};
use domicile_certs::tls::Peer;
use domicile_ledger::Kind;
use domicile_proto::sign::sha256;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// An access file was refused.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// It could not be read.
    #[error("access file: {0}")]
    File(#[from] FileError),
    /// It does not say what it must.
    #[error("access file {}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// It could not be logged, so it is not in force.
    #[error("the access file cannot be logged: {0}")]
    Store(#[from] StoreError),
}

/// Who may use the API now.
#[derive(Debug, Default)]
pub struct Access {
    path: Option<PathBuf>,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    /// `None` without a file.
    users: Option<Arc<Users>>,
    seen: Option<Stamp>,
}

impl Access {
    /// Reads the file, if one is configured.
    ///
    /// # Errors
    /// [`AccessError`].
    pub fn load(path: Option<&Path>) -> Result<Self, AccessError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        // The stamp first: a change while it is read is seen as one.
        let seen = Stamp::of(path);
        let state = State {
            users: Some(Arc::new(read(path)?)),
            seen,
        };
        Ok(Self {
            path: Some(path.to_owned()),
            state: RwLock::new(state),
        })
    }

    /// Whether clients may come without a certificate: with an access file they may have a token.
    pub fn has_file(&self) -> bool {
        self.path.is_some()
    }

    /// Everybody who is listed; `None` without a file.
    pub fn users(&self) -> Option<Arc<Users>> {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .users
            .clone()
    }

    /// Who a request comes from.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn identify(
        &self,
        peer: Option<&Peer>,
        token: Option<&Token>,
        now_ms: u64,
    ) -> Result<Caller, Denied> {
        Caller::identify(self.users().as_deref(), peer, token, now_ms)
    }

    /// Logs what is in force, unless it was the last to be logged.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn log(&self, store: &Store) -> Result<(), AccessError> {
        let users = self.users();
        let first = store.access()?.is_none();
        match users {
            // Never was there a file: that goes without saying.
            None if first => Ok(()),
            users => log(store, &users.as_deref().cloned().unwrap_or_default()).await,
        }
    }

    /// Reads the file again if it changed; gives whether it did. The new version is logged, then in
    /// force. Each changed file is answered once.
    ///
    /// # Errors
    /// [`AccessError`]: the old version stays in force.
    pub async fn reload_if_changed(&self, store: &Store) -> Result<bool, AccessError> {
        let Some(path) = &self.path else {
            return Ok(false);
        };
        let seen = Stamp::of(path);
        {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            if state.seen == seen {
                return Ok(false);
            }
            state.seen = seen;
        }
        let users = read(path)?;
        if let Err(error) = log(store, &users).await {
            // To be tried again.
            self.state
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .seen = None;
            return Err(error);
        }
        self.state
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .users = Some(Arc::new(users));
        Ok(true)
    }
}

fn read(path: &Path) -> Result<Users, AccessError> {
    let content = |problem: String| AccessError::Content {
        path: path.to_owned(),
        problem,
    };
    let bytes = files::read(path, users::MAX_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| content("not UTF-8 text".into()))?;
    Users::parse(text).map_err(content)
}

async fn log(store: &Store, users: &Users) -> Result<(), AccessError> {
    let record = users.record();
    if store
        .access()?
        .is_some_and(|row| row.hash == sha256(&record).to_vec())
    {
        return Ok(());
    }
    store.commit(vec![(Kind::Access, record)]).await?;
    Ok(())
}
