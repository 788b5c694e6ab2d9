//! The identity ledger: which device was seen with which host key over time, and what does not
//! fit.
//!
//! Pure and sans-IO: a [`Sighting`] (what one accepted report says of its devices) and a [`Memory`]
//! go in, the memory's changes and [`Finding`]s come out. Nothing here reads a clock; every time is
//! a session's, by the anchors that measured it, so that sightings may arrive in any order.
//!
//! A finding is an indicator about a device, a key or a licence. It is no value of a verdict, and
//! each kind says what it proves, what it does not, and which innocent causes it has
//! ([`Kind::proves`], [`Kind::does_not_prove`], [`Kind::innocent`]). What a device's own key signed
//! ([`Basis::Signed`]) proves more than what a host claims. A finding is as strong as the weakest
//! sighting that it needs, and keeps the basis on which it was first given.
//!
//! Start reading at [`observe`].

mod count;
mod finding;
mod memory;
mod name;
mod observe;
mod report;
mod sighting;
mod track;

pub use count::{Counted, Counting, Quantity};
pub use finding::{Basis, Finding, Kind};
pub use memory::{HostDevices, MapMemory, Memory};
pub use name::{Alias, DeviceName, NameError};
pub use observe::observe;
pub use report::{devices_of, sighting_of};
pub use sighting::{Board, Seen, Sighting};
pub use track::{MAX_STAYS, PciIds, SWAP_MS, Span, Stay, TURNS_MS, Track};
