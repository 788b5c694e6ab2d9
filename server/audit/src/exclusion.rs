//! Checks a certificate of exclusion: that more than *f* votes exclude every point of some
//! territories. There is no search here: the certificate says where to stop and what excludes.
//!
//! Checked at once are soundness and form. Sound: the listed cells hold all land of the territories,
//! and caps of *f* + 1 different votes miss all of each cell. Of that form: these are the cells
//! and the caps of the rule in [`domicile_geo::Certificate`]'s module, so that there is one certificate per
//! question and one that was changed in any number is refused.
//!
//! Shared with the solver that is checked are the territory data ([`Territories::within`]), the
//! grid of cells ([`CellId::corners`], [`CellId::children`]) and what an observation means
//! ([`reach_m`], [`chord_above`]). Not shared are its discs, its tests of a cap against a cell, its order
//! of caps, the dropping of caps that decide nothing, and its search.

use domicile_geo::{
    CellId, Certificate, EARTH_RADIUS_M, LEAF_LEVEL, Observation, Territories, TerritoryMask, Tier,
    VoteId, chord_above, reach_m,
};
use std::collections::BTreeSet;

/// What a certificate is held against: nothing of it is taken from the certificate.
#[derive(Debug, Clone, Copy)]
pub struct ExclusionQuestion<'a> {
    /// The signed minima that were certified, in the same order.
    pub observations: &'a [Observation],
    /// The fastest signal assumed.
    pub tier: Tier,
    /// *f*, the votes that may lie.
    pub lying_votes: u8,
    /// The territories that are said to be excluded, all of them together.
    pub excluded: TerritoryMask,
    /// The territory data.
    pub territories: &'a Territories,
}

/// Why a certificate does not answer the question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExclusionError {
    /// Other territory data, another tier, *f* or list of territories.
    #[error("it answers another question: {0} differs")]
    Question(&'static str),
    /// No certificate has this cell there: it is left out, elsewhere, too large or too small.
    #[error("cell {0:?} holds land to be excluded and is not listed where it should be")]
    Cell(CellId),
    /// The observations named with a cell are not those that exclude it, which come second.
    #[error("cell {0:?} is excluded by other observations than those named: {1:?}")]
    Witnesses(CellId, Vec<u16>),
    /// Land that *f* + 1 votes do not exclude.
    #[error("cell {0:?} holds land that is not excluded")]
    NotExcluded(CellId),
    /// Cells after the last one needed.
    #[error("it lists more cells than hold land of these territories")]
    Surplus,
}

/// Checks a certificate against a question. Looks at no more than five cells for each one listed.
///
/// # Errors
/// [`ExclusionError`] naming the first thing that does not hold.
pub fn check_exclusion(
    certificate: &Certificate,
    question: &ExclusionQuestion<'_>,
) -> Result<(), ExclusionError> {
    let territories = question.territories;
    let (tier, lying) = (question.tier, question.lying_votes);
    if (certificate.tier, certificate.lying_votes) != (tier, lying) {
        return Err(ExclusionError::Question("the tier or the lying votes"));
    }
    let codes = question.excluded.codes(territories);
    let asks = !question.excluded.is_empty() && codes.eq(certificate.excluded.iter().copied());
    if !asks || certificate.territories_hash != territories.hash() {
        return Err(ExclusionError::Question("the territories"));
    }
    let caps = caps(question.observations, tier);
    let mut listed = certificate.cells.iter().peekable();
    // Parents before children, children in their order; the last is next.
    let mut cells: Vec<CellId> = CellId::roots().collect();
    cells.reverse();
    while let Some(cell) = cells.pop() {
        if territories.within(cell).is_disjoint(&question.excluded) {
            continue;
        }
        let found = excluding(&caps, cell, lying);
        match (listed.next_if(|next| next.cell == cell), found) {
            (Some(next), Some(found)) if next.by == found => {}
            (Some(_), Some(found)) => return Err(ExclusionError::Witnesses(cell, found)),
            (None, Some(_)) => return Err(ExclusionError::Cell(cell)),
            (Some(_), None) => return Err(ExclusionError::NotExcluded(cell)),
            (None, None) => match cell.children() {
                Some(children) if listed.peek().is_some() => cells.extend(children.iter().rev()),
                Some(_) => return Err(ExclusionError::Cell(cell)),
                None => return Err(ExclusionError::NotExcluded(cell)),
            },
        }
    }
    match listed.next() {
        None => Ok(()),
        Some(_) => Err(ExclusionError::Surplus),
    }
}

/// A circle on the unit sphere: middle, radius as a straight line through the ball, and the cosine
/// and sine of the radius as an angle.
struct Circle {
    center: [f64; 3],
    chord: f64,
    cos: f64,
    sin: f64,
}

impl Circle {
    /// cos a = 1 − c²/2 and sin a = c √(1 − c²/4) for a chord c.
    fn new(center: [f64; 3], chord: f64) -> Self {
        let half = chord * chord / 2.0;
        let (cos, sin) = (1.0 - half, chord * (1.0 - half / 2.0).max(0.0).sqrt());
        Self {
            center,
            chord,
            cos,
            sin,
        }
    }

    /// The circle of a cell: middle the mean of its corners, radius the longest chord to a corner,
    /// above the leaves the longest of a leaf more, and 1e-12 for rounding.
    fn around(cell: CellId) -> Self {
        let corners = cell.corners().map(|corner| corner.components());
        let sum = |k: usize| corners[0][k] + corners[1][k] + corners[2][k] + corners[3][k];
        let center = unit([sum(0), sum(1), sum(2)]);
        let square = |corner: &[f64; 3]| {
            let d = [0, 1, 2].map(|k| center[k] - corner[k]);
            dot(&d, &d)
        };
        let reach = corners.iter().map(square).fold(0.0, f64::max).sqrt();
        let overhang = if cell.level() == LEAF_LEVEL {
            0.0
        } else {
            8e-5
        };
        Self::new(center, reach + overhang + 1e-12)
    }

    /// Whether the circles are apart: the angle between the middles is more than both radii, and
    /// these are together less than half a turn. 1e-14 is more than all roundings.
    fn misses(&self, other: &Self) -> bool {
        let (cos, sin) = (self.cos * other.cos, self.sin * other.sin);
        dot(&self.center, &other.center) < cos - sin - 1e-14
            && self.sin * other.cos + self.cos * other.sin > 0.0
    }
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn unit([x, y, z]: [f64; 3]) -> [f64; 3] {
    let scale = 1.0 / (x * x + y * y + z * z).sqrt();
    [x * scale, y * scale, z * scale]
}

/// The caps that do not hold every point, each with its vote and its place, smallest first; of equals the
/// lower vote, then the earlier in the list.
fn caps(observations: &[Observation], tier: Tier) -> Vec<(Circle, VoteId, u16)> {
    let cap = |(observation, place): (&Observation, u16)| {
        let arc = reach_m(observation, tier.speed()) / EARTH_RADIUS_M;
        let circle = Circle::new(
            unit(observation.position.components()),
            chord_above(arc * (1.0 + 4e-16))?,
        );
        Some((circle, observation.vote, place))
    };
    let mut caps: Vec<_> = observations.iter().zip(0u16..).filter_map(cap).collect();
    caps.sort_by(|a, b| {
        a.0.chord
            .total_cmp(&b.0.chord)
            .then((a.1, a.2).cmp(&(b.1, b.2)))
    });
    caps
}

/// The places of the first *f* + 1 caps of different votes that miss all of a cell.
fn excluding(caps: &[(Circle, VoteId, u16)], cell: CellId, lying: u8) -> Option<Vec<u16>> {
    let (circle, mut votes) = (Circle::around(cell), BTreeSet::new());
    let missing = caps.iter().filter(|(cap, _, _)| cap.misses(&circle));
    let first_of_vote = missing.filter(|(_, vote, _)| votes.insert(*vote));
    let needed = usize::from(lying) + 1;
    let by: Vec<u16> = first_of_vote
        .take(needed)
        .map(|(_, _, place)| *place)
        .collect();
    (by.len() == needed).then_some(by)
}
