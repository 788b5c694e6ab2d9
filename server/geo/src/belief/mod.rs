//! Where is a host likely to be? Statistics beside the rigorous answer: **forgeable and never
//! gating**. A host that delays its answers can look as if it were almost anywhere, so no
//! verdict uses this module (`tests/purity.rs` looks); it is for maps, and for people who look
//! into a case. Pure and without I/O; since it may use the platform's exponential and
//! logarithm, its last bits may differ between machines.
//!
//! # The model
//! 1. **Places**: the cities of [`Cities`](crate::cities::Cities), and the anchors' sites.
//!    Before measuring, a territory's share of hosts is as the square root of its people,
//!    within it a city's as its people; one host in ten is at an anchor's site (`places.rs`).
//! 2. **Physics**: places that light in fibre (2/3 c, with the margins of the verdict path and
//!    20 km for the extent of a city) does not reach within every round trip drop out. If none
//!    is left, those stay that are missed by the least (`heard.rs`).
//! 3. **Curve**: *e*, the round trip beyond light in fibre, grows with the distance; ln(*e* +
//!    0.5 ms) has a middle and a scatter that are smooth functions of it, learnt from the mesh
//!    against outliers (`curve.rs`, `shape.rs`). Its tail is heavy above and ends at physics
//!    below.
//! 4. **Field**: what a round trip has beyond the middle, in units of the scatter, belongs
//!    partly to the anchor (its effect, shrunk) and partly to the surroundings of the place: a
//!    host sees an anchor much as the anchors near the host see it. It is interpolated between
//!    the sites (kriging, two lengths: 300 and 3,000 km), which also says how unexplained a
//!    place is (`field.rs`). Comparing a host with fingerprints of the sites is the case of a
//!    place at a site.
//! 5. **Likelihood**: the residuals of the 32 shortest round trips together are distributed by
//!    Student's t (10 degrees of freedom), with a scale by distance and by how unexplained the
//!    place is, and a covariance that falls with the distance of the anchors: near anchors err
//!    alike (`model.rs`).
//! 6. **How sure**: the likelihood's exponent (temperature), and for four grades how often the
//!    most likely territory is right, are learnt by making each anchor in turn a host of the
//!    others (`calibrate.rs`, `grades.rs`). The probabilities of territories are raised to a
//!    power, so that the largest is that of its grade; places follow their territory.
//! 7. **One answer**: the place with the least expected error, an error of *d* counting
//!    *d* / (*d* + 300 km) (`outcome.rs`).
//!
//! The numbers named here are constants; all others are learnt from the mesh, with defaults
//! that count as much as a few pairs (so an empty mesh gives the defaults, see
//! [`Calibration`]).
//!
//! # Premises
//! The host answers as soon as it can; it is in or near a listed city or at an anchor's site;
//! what the anchors see of each other is what they would see of hosts beside them. The first is
//! what makes a belief forgeable, the last what makes it no better than its mesh: hosts on
//! home or mobile lines are slower than anchors in datacenters.
//!
//! Start reading at [`Model::believe`].

mod calibrate;
mod curve;
mod field;
mod grades;
mod heard;
mod matrix;
mod mesh;
mod model;
mod outcome;
mod places;
mod shape;

pub use model::{Calibration, Model};
pub use outcome::{Belief, Ellipse, LikelyPlace};

#[cfg(test)]
mod tests;
