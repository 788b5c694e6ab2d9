//! Cases: what people decide about flags. The log is the truth: a case is what its records make of
//! it, replayed at the start and kept in memory.
//!
//! A step is checked against the case ([`Pending`]), logged, and only then part of it, under a lock of
//! its own for each case: of two people who saw the same version one is told to read again. What may
//! be done by whom stands in [`domicile_diversion::cases`].
//!
//! Start reading at [`Docket::step`].

mod docket;
mod flags;
mod html;
pub mod pack;

pub use docket::{CaseError, Docket, Held, Pending};
pub use flags::linked;
