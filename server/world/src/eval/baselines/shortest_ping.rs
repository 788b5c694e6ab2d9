//! The host is where the anchor with the shortest round trip to it is (the simplest form of
//! GeoPing; Padmanabhan, Subramanian: *An investigation of geographic mapping techniques for
//! Internet hosts*, SIGCOMM 2001).

use super::Answer;
use super::mesh::Mesh;
use crate::eval::trial::{Host, Trial};
use domicile_geo::Territories;

/// Locates one host; of equal round trips the first anchor's counts.
pub(super) fn locate(trial: &Trial, _: &Mesh, host: &Host, territories: &Territories) -> Answer {
    let nearest = host.observations.iter().min_by_key(|o| o.rtt_ns);
    nearest.map_or_else(Answer::default, |nearest| {
        let point = trial.anchors()[usize::from(nearest.anchor)].point;
        Answer::of_point(point, territories)
    })
}
