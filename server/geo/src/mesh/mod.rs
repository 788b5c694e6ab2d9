//! The anchors' mesh: what anchors measured of each other. Their places are surveyed, so
//! these round trips calibrate the belief and show an anchor that is not what it says.

use crate::cap::VoteId;
use crate::sphere::UnitVec;

/// An anchor as the signed directory describes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    /// Its trust domain.
    pub vote: VoteId,
    /// Its surveyed position.
    pub position: UnitVec,
    /// How far it may be from `position`, in metres on the ground.
    pub survey_error_m: u32,
    /// How far its stopwatch may run slow, in millionths.
    pub clock_error_ppm: u32,
}

/// The smallest round trip of one session between two anchors, by the measurer's stopwatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeshSample {
    /// Place in the list of sites of the anchor whose stopwatch it is.
    pub measurer: u16,
    /// Place in the list of sites of the anchor that answered.
    pub responder: u16,
    /// Nanoseconds.
    pub rtt_ns: u64,
}
