//! The log as everybody may see it: tiles and checkpoint as static files, cosigned by witnesses.
//!
//! Beside the path of a report, never in it: a record is durable and acknowledged first, and
//! published afterwards. A round takes the newest durable head, writes the tiles below it, asks the
//! witnesses, and publishes the checkpoint if enough of them signed. If they do not for
//! `unwitnessed-after`, it is published all the same and called what it is.
//!
//! | module | what |
//! |---|---|
//! | `settings` | the table `[publish]` of the configuration |
//! | `state` | what is published, and the words for it |
//! | `witness` | asking one witness |
//! | `rounds` | the rounds |
//! | `serve` | the files over plain HTTP |
//! | `stamp` | time stamps on checkpoints |
//!
//! Entry bundles are public like the hashes: a leaf is a kind, a time and a salted commitment. They
//! say how many records of which kind there were when, and nothing of any host. Salts and payloads
//! stay behind the auditors' login.

mod rounds;
mod serve;
mod settings;
mod stamp;
mod state;
mod witness;

pub use settings::{PublishSettings, StampSettings, WitnessSettings};
pub use stamp::FOLDER as STAMPS_FOLDER;
pub use state::{Publication, Standing, WitnessStanding};

pub(crate) use rounds::{Publisher, StartError};
pub(crate) use serve::{bind, run};
pub(crate) use stamp::Stamper;

use domicile_http::client::BadUrl;
use domicile_ledger::witness::{KeyError, PolicyError};
use std::net::SocketAddr;

/// The log cannot be published as it should be.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A witness's key.
    #[error("`publish.witness`: {0}")]
    Key(#[from] KeyError),
    /// A witness's address.
    #[error("`publish.witness`: {0}")]
    Url(#[from] BadUrl),
    /// The rule.
    #[error("`publish.needed`: {0}")]
    Policy(#[from] PolicyError),
    /// The tiles' address cannot be bound.
    #[error("cannot listen on {address} (TCP): {source}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The authority of time stamps.
    #[error("`publish.timestamp`: {0}")]
    Stamp(String),
    /// A witness has cosigned another history than the one on this disk.
    #[error(
        "witness {witness}: {problem}; this log is older than what was published, or another: \
         restore the data directory as it last was; nothing may be appended to this one"
    )]
    Contradicted {
        /// Its name.
        witness: String,
        /// What it says.
        problem: String,
    },
}
