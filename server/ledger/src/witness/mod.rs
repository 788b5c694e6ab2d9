//! What witnesses and those who ask them exchange: verifier keys, cosignatures
//! (<https://c2sp.org/tlog-cosignature>), the request of `tlog-witness`
//! (<https://c2sp.org/tlog-witness>), and the rule "N of these witnesses".

mod cosignature;
mod key;
mod policy;
mod request;

pub use cosignature::{Checkpoint, Cosignature, cosign};
pub use key::{KeyError, KeyUse, VerifierKey};
pub use policy::{Policy, PolicyError, Witnessed};
pub use request::{AddCheckpoint, MAX_REQUEST, RequestError, SIZE_TYPE};

pub(crate) use request::decimal;
