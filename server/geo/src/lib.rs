//! Where can the responder be? Round-trip times in, the feasible region out: rigorous,
//! pure (no I/O, no clock, no randomness) and the same to the bit on every machine.
//!
//! An anchor that measured a round trip of *t* knows that the responder is within
//! *v·t/2* of it, if no signal is faster than *v*: its *cap*. Anchors of one trust domain
//! are one *vote*, which excludes what any of its caps leaves out. With at most *f* lying
//! votes the truth is on land that at most *f* votes exclude. Delay can be added, so a
//! large cap proves nothing; it cannot be removed, so a small one does.
//!
//! The verdict path uses + − × ÷ √ only; [`convert`] and [`build`] are for tools.
//! All distances are on the sphere of [`EARTH_RADIUS_M`] with geodetic latitude as the
//! sphere's; caps are enlarged by [`ELLIPSOID_FACTOR`] for that.
//!
//! # Where to start reading
//! [`locate`] in `region.rs` is the entry; `solver.rs` is the search, `cap.rs` turns an
//! observation into a cap, `cell.rs` is the grid, `territories.rs` and `codec.rs` the land.
//! `certificate.rs` writes an exclusion down so that another program can check it without a
//! search. `data/README.md` says where the land comes from.
//!
//! ```
//! use domicile_geo::{Observation, Territories, Tier, VoteId, convert, locate};
//!
//! let territories = Territories::builtin();
//! let observation = Observation {
//!     vote: VoteId(0),
//!     anchor: 0,
//!     position: convert::unit_from_degrees(50.1109, 8.6821)?, // Frankfurt
//!     survey_error_m: 100,
//!     clock_error_ppm: 100,
//!     rtt_ns: 400_000,
//! };
//! let region = locate(&[observation], Tier::C, 0, territories)?;
//! let possible: Vec<String> =
//!     region.possible().codes(territories).map(|code| code.to_string()).collect();
//! assert_eq!(possible, ["DE"]);
//! # Ok::<(), domicile_geo::GeoError>(())
//! ```

pub mod belief;
mod bits;
pub mod build;
mod cap;
mod cell;
mod certificate;
pub mod cities;
mod codec;
mod consistent;
pub mod convert;
mod cover;
mod error;
pub mod mesh;
mod pack;
mod packed;
pub mod plan;
mod region;
mod relevant;
mod solver;
mod sphere;
mod territories;
mod territory;
mod tree;

pub use cap::{CapView, Observation, SpeedPpm, Tier, VoteId, cap_radius_m, reach_m};
pub use cell::{CellId, LEAF_LEVEL};
pub use certificate::{Certificate, ExcludedCell, certify};
pub use consistent::consistent_without;
pub use cover::{Cell, separation_m};
pub use error::GeoError;
pub use region::{MAX_OBSERVATIONS, Region, locate};
pub use sphere::{EARTH_RADIUS_M, ELLIPSOID_FACTOR, UnitVec, arc_below, chord_above};
pub use territories::Territories;
pub use territory::{TerritoryCode, TerritoryMask};
