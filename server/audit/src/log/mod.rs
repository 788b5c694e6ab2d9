//! The log from outside, without a login: its published checkpoints and tiles, what witnesses and the
//! fleet saw of it, proofs that stand alone.
//!
//! | module | what |
//! |---|---|
//! | `file` | `log.toml`: the log's key, its witnesses, how old a checkpoint may be |
//! | `source` | checkpoints and tiles, over HTTP or in a folder |
//! | `gossip` | heads that agents carried and anchors kept |
//! | `memory` | what a monitor remembers |
//! | `receipt` | what a receipt promises, held against the published log |
//! | `rest` | the files of a log at rest, every byte |
//! | `monitor` | one look at the log, and what is found |
//!
//! Start reading at [`Monitor::look`].

mod file;
mod gossip;
mod memory;
mod monitor;
mod receipt;
mod rest;
mod source;

pub use file::{LogFile, LogFileError};
pub use gossip::{GossipError, Seen, read_gossip};
pub use memory::{Memory, MemoryError};
pub use monitor::{Finding, FindingKind, Look, LookError, Monitor};
pub use receipt::{Broken, Kept, Promise, PromiseError};
pub use rest::{Rest, RestError, verify_rest};
pub use source::{Place, Source, SourceError};
