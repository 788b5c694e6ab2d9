//! With at most *f* lying votes no physics value is ever false: whatever their anchors sign, and
//! wherever they stand, the truth stays possible. One that lengthens takes certainty away and
//! adds none.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_geo::{
    Observation, Region, Territories, Tier, UnitVec, VoteId, convert::unit_from_degrees, locate,
};
use proptest::prelude::*;

/// Metres per nanosecond at two thirds of the speed of light: what honest signals keep to, so that
/// the premises of all tiers hold.
const M_PER_NS: f64 = 0.199_861_639;

/// An anchor, before anybody lies.
#[derive(Debug, Clone)]
struct Anchor {
    place: UnitVec,
    vote: u16,
    /// How much longer than the shortest its round trip is.
    detour: f64,
    /// What it says instead when its vote lies.
    lie: Lie,
}

#[derive(Debug, Clone)]
enum Lie {
    /// This round trip, ns.
    Says(u64),
    /// The true round trip from another place than surveyed.
    Moved(UnitVec),
    /// Its stopwatch shows this share of the time.
    Rate(f64),
    /// Nothing.
    Silent,
}

fn place() -> impl Strategy<Value = UnitVec> {
    // Even on the sphere.
    (-1.0f64..1.0, -180.0f64..180.0)
        .prop_map(|(z, lon)| unit_from_degrees(z.asin().to_degrees(), lon).unwrap())
}

/// A place near another one, up to some hundred kilometres off.
fn near(at: UnitVec, dy: f64, dx: f64) -> UnitVec {
    let (lat, lon) = domicile_geo::convert::degrees(&at);
    let lon = (lon + dx + 540.0) % 360.0 - 180.0;
    unit_from_degrees((lat + dy).clamp(-89.9, 89.9), lon).unwrap()
}

fn anchors(host: UnitVec) -> impl Strategy<Value = Vec<Anchor>> {
    let lie = prop_oneof![
        3 => prop_oneof![1u64..1_000_000, 1u64..400_000_000].prop_map(Lie::Says),
        2 => place().prop_map(Lie::Moved),
        2 => (0.001f64..3.0).prop_map(Lie::Rate),
        1 => Just(Lie::Silent),
    ];
    let where_ = prop_oneof![
        1 => place(),
        2 => (-6.0f64..6.0, -6.0f64..6.0).prop_map(move |(dy, dx)| near(host, dy, dx)),
    ];
    let one = (where_, 0u16..6, prop_oneof![1.0f64..1.05, 1.0f64..4.0], lie);
    let one = one.prop_map(|(place, vote, detour, lie)| Anchor {
        place,
        vote,
        detour,
        lie,
    });
    proptest::collection::vec(one, 3..24)
}

fn scene() -> impl Strategy<Value = (UnitVec, Vec<Anchor>)> {
    place()
        .prop_filter("at sea", |host| !truth(host).is_empty())
        .prop_flat_map(|host| (Just(host), anchors(host)))
}

fn truth(host: &UnitVec) -> Vec<u8> {
    let territories = Territories::builtin();
    let codes = territories
        .contains(host)
        .codes(territories)
        .collect::<Vec<_>>();
    codes
        .iter()
        .map(|code| territories.index_of(*code).unwrap())
        .collect()
}

/// The shortest honest round trip, ns, rounded up, with the sphere's distance as the ground's.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn shortest_ns(a: &UnitVec, b: &UnitVec) -> f64 {
    let (a, b) = (a.components(), b.components());
    let chord: f64 = a
        .iter()
        .zip(b)
        .map(|(x, y)| (x - y) * (x - y))
        .sum::<f64>()
        .sqrt();
    let arc = 2.0 * (chord / 2.0).clamp(0.0, 1.0).asin();
    2.0 * arc * domicile_geo::EARTH_RADIUS_M / M_PER_NS
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn observation(anchor: &Anchor, number: u16, host: &UnitVec, lies: bool) -> Option<Observation> {
    let honest_ns = |from: &UnitVec| (shortest_ns(from, host) * anchor.detour).ceil() + 1.0;
    let rtt_ns = match (lies, &anchor.lie) {
        (false, _) => honest_ns(&anchor.place) as u64,
        (true, Lie::Says(rtt_ns)) => *rtt_ns,
        (true, Lie::Moved(elsewhere)) => honest_ns(elsewhere) as u64,
        (true, Lie::Rate(rate)) => (honest_ns(&anchor.place) * rate) as u64,
        (true, Lie::Silent) => return None,
    };
    Some(Observation {
        vote: VoteId(anchor.vote),
        anchor: number,
        position: anchor.place,
        survey_error_m: 0,
        clock_error_ppm: 0,
        rtt_ns,
    })
}

fn observe(anchors: &[Anchor], host: &UnitVec, liars: &[u16]) -> Vec<Observation> {
    let numbered = (0..).zip(anchors);
    numbered
        .filter_map(|(n, anchor)| observation(anchor, n, host, liars.contains(&anchor.vote)))
        .collect()
}

fn region(observations: &[Observation], tier: Tier, f: u8) -> Region {
    locate(observations, tier, f, Territories::builtin()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// `permitted-excluded`, `denied-excluded` and `confined` all say that some territory is not
    /// possible; none of them is false while the true one is.
    #[test]
    fn the_true_territory_is_never_excluded(
        (host, anchors) in scene(),
        f in 1u8..=2,
        liars in proptest::collection::vec(0u16..6, 2),
    ) {
        let liars = &liars[..usize::from(f)];
        let observations = observe(&anchors, &host, liars);
        for tier in Tier::ALL {
            let possible = region(&observations, tier, f).possible();
            for territory in truth(&host) {
                prop_assert!(possible.contains(territory), "tier {tier}, f {f}, liars {liars:?}");
            }
        }
    }

    /// A vote whose anchors lengthen, or say nothing, makes nothing impossible that was possible:
    /// it can turn a value into `insufficient`, never into another claim.
    #[test]
    fn one_that_lengthens_only_weakens(
        (host, anchors) in scene(),
        f in 0u8..=2,
        liar in 0u16..6,
        longer in 1.0f64..5.0,
    ) {
        let honest = observe(&anchors, &host, &[]);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let lengthened: Vec<Observation> = honest
            .iter()
            .map(|o| match o.vote {
                VoteId(vote) if vote == liar => Observation {
                    rtt_ns: (o.rtt_ns as f64 * longer).ceil() as u64,
                    ..*o
                },
                _ => *o,
            })
            .collect();
        let silent: Vec<Observation> =
            honest.iter().filter(|o| o.vote != VoteId(liar)).copied().collect();
        for tier in Tier::ALL {
            let before = region(&honest, tier, f).possible();
            for after in [region(&lengthened, tier, f), region(&silent, tier, f)] {
                prop_assert!(before.is_subset(&after.possible()), "tier {tier}, f {f}");
            }
        }
    }
}
