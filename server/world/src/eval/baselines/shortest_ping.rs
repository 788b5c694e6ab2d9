//! The host is where the anchor with the shortest round trip to it is (GeoPing's simplest form;
//! Padmanabhan and Subramanian, SIGCOMM 2001).

use crate::eval::estimate::Estimate;
use crate::eval::nearest_land::territory_at;
use crate::eval::trial::{Host, Trial};
use domicile_geo::Territories;

/// The anchor's place; of equal round trips the first anchor's.
pub(super) fn estimate(trial: &Trial, host: &Host, territories: &Territories) -> Option<Estimate> {
    let nearest = host.observations.iter().min_by_key(|o| o.rtt_ns)?;
    let point = trial.anchors()[usize::from(nearest.anchor)].point;
    Some(Estimate {
        point,
        territory: territory_at(point, territories),
        probability: None,
    })
}
