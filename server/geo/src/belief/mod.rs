//! Where is a host likely to be? Statistics beside the rigorous answer: **forgeable and never
//! gating**. A host that delays its answers can look as if it were almost anywhere, so no
//! verdict uses this module (a test looks); it is for maps, and for people who look into a
//! case. It may use the platform's exponential and logarithm.
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
