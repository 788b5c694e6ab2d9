//! Flags: what is seen of a fleet that a person may have to look at, and how sure it is.
//!
//! A flag accuses nobody by itself. Each has a meaning, premises, what it proves and does not, the
//! innocent causes, and a [`Ground`] that bounds its severity by type: statistics, silence and a
//! host's word alone are never severe. `FLAGS.md` beside this crate lists them all.
//!
//! Start reading at [`Flags::handle`], then the table behind [`Code::entry`].

mod code;
mod document;
mod engine;
mod event;
mod flag;
mod gate;
mod ground;
mod need;
mod record;
mod table;
mod tally;

pub use code::{Class, Code, Common, Entry};
pub use document::document;
pub use engine::Flags;
pub use event::{
    Anomaly, Belief, Confirmation, Event, HostFacts, LicenceFacts, Liveness, Name, Plausibility,
    Sessions, Verdicts,
};
pub use flag::{Cause, Change, Flag, Group, RecordId, Subject, Why};
pub use ground::{AtMostLow, AtMostMedium, Ground, Severity, together};
pub use need::{DAY, HOUR, Need};
pub use record::record;
