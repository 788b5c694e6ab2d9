//! Findings about anchors in worlds whose truth is known.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_geo::mesh::{Certainty, Examined, Finding, Kind, Mesh, MeshSample, Site, examine};
use domicile_geo::{Territories, Tier, UnitVec, VoteId, convert::unit_from_degrees};
use proptest::prelude::*;

/// Twelve cities.
const CITIES: [(f64, f64); 12] = [
    (1.30, 103.83),   // Singapore
    (35.68, 139.69),  // Tokyo
    (19.10, 72.88),   // Mumbai
    (-33.87, 151.05), // Sydney
    (50.11, 8.68),    // Frankfurt
    (51.51, -0.13),   // London
    (-26.20, 28.05),  // Johannesburg
    (39.04, -77.49),  // Ashburn
    (-23.55, -46.63), // São Paulo
    (61.20, -149.85), // Anchorage
    (47.50, 19.04),   // Budapest
    (41.88, -87.63),  // Chicago
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    #[allow(clippy::cast_precision_loss)]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn place(city: usize) -> UnitVec {
    let (lat, lon) = CITIES[city];
    unit_from_degrees(lat, lon).unwrap()
}

fn arc_m(a: &UnitVec, b: &UnitVec) -> f64 {
    let (a, b) = (a.components(), b.components());
    let dot: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    dot.clamp(-1.0, 1.0).acos() * 6_371_008.8
}

/// Anchors, one in each city and one vote for each, and where they really are.
struct World {
    sites: Vec<Site>,
    truth: Vec<UnitVec>,
    /// What a stopwatch makes of a true round trip, ms.
    reads: Box<dyn Fn(usize, usize, f64) -> f64>,
    seed: u64,
}

impl World {
    fn new(reads: impl Fn(usize, usize, f64) -> f64 + 'static) -> Self {
        let site = |city: usize| Site {
            vote: VoteId(u16::try_from(city).unwrap()),
            position: place(city),
            survey_error_m: 100,
            clock_error_ppm: 100,
        };
        let sites: Vec<Site> = (0..CITIES.len()).map(site).collect();
        Self {
            truth: sites.iter().map(|site| site.position).collect(),
            sites,
            reads: Box::new(reads),
            seed: 5,
        }
    }

    fn honest() -> Self {
        Self::new(|_, _, ms| ms)
    }

    /// Paths of 1.2 to 2.2 times the way at 2/3 c, and up to 50 us of noise at each end.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn samples(&self) -> Vec<MeshSample> {
        let mut random = Random(self.seed);
        let mut samples = Vec::new();
        for a in 0..self.sites.len() {
            for b in 0..a {
                let way_ms = arc_m(&self.truth[a], &self.truth[b]) / 199_861.0 * 2.0;
                let path_ms = way_ms * (1.2 + random.share()) + 0.2;
                for (measurer, responder) in [(a, b), (b, a)] {
                    let ms = (self.reads)(measurer, responder, path_ms + 0.05 * random.share());
                    samples.push(MeshSample {
                        measurer: u16::try_from(measurer).unwrap(),
                        responder: u16::try_from(responder).unwrap(),
                        rtt_ns: (ms * 1e6) as u64,
                    });
                }
            }
        }
        samples
    }

    fn examined(&self, earlier: &[MeshSample], f: u8) -> Examined {
        let mesh = Mesh {
            sites: &self.sites,
            samples: &self.samples(),
            earlier,
            lying_votes: f,
        };
        examine(&mesh, Territories::builtin()).unwrap()
    }

    fn only(&self, earlier: &[MeshSample]) -> Finding {
        let mut findings = self.examined(earlier, 1).findings;
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings.remove(0)
    }
}

fn code(mask: &domicile_geo::TerritoryMask) -> Vec<String> {
    let codes = mask.codes(Territories::builtin());
    codes.map(|code| code.to_string()).collect()
}

#[test]
fn an_honest_mesh_has_no_findings() {
    for seed in 0..200 {
        let world = World {
            seed,
            ..World::honest()
        };
        for f in 0..3 {
            let examined = world.examined(&world.samples(), f);
            assert_eq!(examined.findings, [], "seed {seed}");
            assert!(examined.exact);
        }
    }
}

#[test]
fn a_stopwatch_that_takes_off_a_constant_is_a_short_liar() {
    // 20 ms off: impossible for some partners, and shorter than all others say.
    let world = World::new(|who, _, ms| if who == 4 { (ms - 20.0).max(0.3) } else { ms });
    let found = world.only(&[]);
    assert_eq!((found.site, found.kind), (4, Kind::ShortLiar));
    assert!(
        matches!(found.certainty, Certainty::Certain(_)),
        "{found:?}"
    );
    assert!(found.conflicts.iter().all(|c| c.sample.measurer == 4));
    assert!(found.bias.unwrap().offset_ns < -15e6);
    // 5 ms off: possible everywhere, but no partner agrees.
    let world = World::new(|who, _, ms| if who == 3 { ms - 5.0 } else { ms });
    let found = world.only(&[]);
    assert_eq!((found.site, found.kind), (3, Kind::ShortLiar));
    assert_eq!(found.certainty, Certainty::Statistical);
}

#[test]
fn one_that_halves_is_a_short_liar_and_one_that_adds_a_long_one() {
    let world = World::new(|who, _, ms| if who == 4 { ms / 2.0 } else { ms });
    assert_eq!(world.only(&[]).kind, Kind::ShortLiar);
    let world = World::new(|who, _, ms| if who == 7 { ms + 12.0 } else { ms });
    let found = world.only(&[]);
    assert_eq!((found.site, found.kind), (7, Kind::LongLiar));
    assert_eq!(found.certainty, Certainty::Statistical);
    assert!((found.bias.unwrap().offset_ns - 12e6).abs() < 1e6);
}

#[test]
fn a_stopwatch_two_percent_wrong_is_a_bad_one_either_way() {
    for rate in [0.98, 1.02] {
        let world = World::new(move |who, _, ms| if who == 9 { ms * rate } else { ms });
        let found = world.only(&[]);
        assert_eq!((found.site, found.kind), (9, Kind::BadStopwatch));
        assert!(
            (found.bias.unwrap().rate - (rate - 1.0)).abs() < 0.002,
            "{found:?}"
        );
    }
}

#[test]
fn one_that_answers_with_one_number_is_unrelated() {
    let world = World::new(|who, _, ms| if who == 1 { 150.0 + ms / 1000.0 } else { ms });
    let found = world.only(&[]);
    assert_eq!((found.site, found.kind), (1, Kind::Unrelated));
}

#[test]
fn an_anchor_that_stands_elsewhere_is_found_there() {
    // Surveyed in São Paulo, stands in Frankfurt.
    let mut world = World::honest();
    world.truth[8] = place(4);
    let found = world.only(&[]);
    assert_eq!((found.site, found.kind), (8, Kind::Misplaced));
    assert!(
        matches!(found.certainty, Certainty::Certain(_)),
        "{found:?}"
    );
    let now = found.whereabouts.unwrap();
    assert_eq!(now.nearest, 4);
    assert!(now.within_m < 100_000.0, "{now:?}");
    assert!(
        now.away_m > 5_000_000.0 && now.away_m < 9_900_000.0,
        "{now:?}"
    );
    // Frankfurt's own vote may be the liar: the others say where it can be.
    assert!(code(&now.possible).contains(&"DE".to_owned()));
    assert!(!code(&now.possible).contains(&"BR".to_owned()));
}

#[test]
fn earlier_measurements_tell_a_move_from_a_wrong_survey() {
    let honest = World::honest().samples();
    let mut world = World::honest();
    world.truth[8] = place(5);
    assert_eq!(world.only(&honest).kind, Kind::Moved);
    let same = world.samples();
    assert_eq!(world.only(&same).kind, Kind::MisSurveyed);
    assert_eq!(world.only(&[]).kind, Kind::Misplaced);
    // Both together do not say since when.
    let mixed = [honest, same].concat();
    let mesh = Mesh {
        sites: &world.sites,
        samples: &mixed,
        earlier: &[],
        lying_votes: 1,
    };
    let found = examine(&mesh, Territories::builtin()).unwrap().findings;
    assert_eq!((found.len(), found[0].kind), (1, Kind::Misplaced));
}

#[test]
fn a_slow_line_and_an_anchor_that_answers_late_are_no_findings() {
    let world = World::new(|a, b, ms| if a == 6 || b == 6 { ms + 40.0 } else { ms });
    assert_eq!(world.examined(&[], 1).findings, []);
}

/// A conflict of one pair alone is either's.
#[test]
fn what_one_pair_says_is_ambiguous() {
    let world = World::new(|a, b, ms| {
        if (a.min(b), a.max(b)) == (4, 8) {
            20.0
        } else {
            ms
        }
    });
    let examined = world.examined(&[], 1);
    let named: Vec<_> = examined
        .findings
        .iter()
        .map(|found| (found.site, found.instead.clone()))
        .collect();
    assert_eq!(named, [(4, vec![8]), (8, vec![4])]);
    let ambiguous = |found: &Finding| matches!(found.certainty, Certainty::Ambiguous(Tier::C));
    assert!(examined.findings.iter().all(ambiguous));
    assert_eq!(examined.conflicts.len(), 2);
}

/// A vote that lies with many anchors is one vote: it makes nobody certainly false.
#[test]
fn many_anchors_of_one_vote_accuse_as_one() {
    let mut world = World::new(|a, b, ms| {
        // Singapore, Tokyo, Mumbai and Sydney say São Paulo is near; it is made to look the same
        // from its end, as an accomplice's or a relay's doing would.
        if (a == 8 && b < 4) || (b == 8 && a < 4) {
            8.0
        } else {
            ms
        }
    });
    for site in &mut world.sites[..4] {
        site.vote = VoteId(0);
    }
    let examined = world.examined(&[], 1);
    assert!(examined.findings.iter().any(|found| found.site == 8));
    for found in &examined.findings {
        assert!(
            matches!(found.certainty, Certainty::Ambiguous(_)),
            "{found:?}"
        );
    }
    // From four votes it is certain: with one liar, three of them are right.
    for (vote, site) in (0..).zip(&mut world.sites) {
        site.vote = VoteId(vote);
    }
    let found = world.only(&[]);
    assert_eq!(found.site, 8);
    assert!(
        matches!(found.certainty, Certainty::Certain(_)),
        "{found:?}"
    );
}

#[test]
fn garbage_has_an_answer() {
    let world = World::honest();
    let sample = |measurer, responder, rtt_ns| MeshSample {
        measurer,
        responder,
        rtt_ns,
    };
    for samples in [
        vec![],
        vec![sample(0, 0, 5)],
        vec![sample(99, 0, 5), sample(0, 99, 5)],
        vec![sample(0, 1, 0), sample(1, 0, u64::MAX)],
    ] {
        let mesh = Mesh {
            sites: &world.sites,
            samples: &samples,
            earlier: &samples,
            lying_votes: 1,
        };
        assert_eq!(examine(&mesh, Territories::builtin()).unwrap().findings, []);
    }
    let many = vec![world.sites[0]; domicile_geo::mesh::MAX_SITES + 1];
    let mesh = Mesh {
        sites: &many,
        samples: &[],
        earlier: &[],
        lying_votes: 1,
    };
    assert!(examine(&mesh, Territories::builtin()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// With at most f lying votes, an honest anchor is never certainly false, whatever they say.
    #[test]
    fn nobody_honest_is_certain(
        seed: u64,
        f in 1u8..3,
        liars in proptest::collection::vec(0usize..12, 1..3),
        lies in proptest::collection::vec(0.001f64..3.0, 24),
    ) {
        let liars: Vec<usize> = liars.into_iter().take(usize::from(f)).collect();
        let (bad, factors) = (liars.clone(), lies);
        let mut world = World::new(move |a, b, ms| {
            if bad.contains(&a) {
                ms * factors[(a + b) % factors.len()]
            } else if bad.contains(&b) {
                // A liar answers as late as it likes, or stands elsewhere.
                ms * factors[(a + 5 * b) % factors.len()].max(1.0)
            } else {
                ms
            }
        });
        world.seed = seed;
        for (place, liar) in liars.iter().enumerate() {
            world.truth[*liar] = world.truth[(liar + place + 3) % 12];
        }
        for found in world.examined(&[], f).findings {
            if matches!(found.certainty, Certainty::Certain(_)) {
                prop_assert!(liars.contains(&usize::from(found.site)), "{:?}", found);
            }
        }
    }

    #[test]
    fn the_order_of_the_samples_does_not_matter(seed: u64) {
        let mut world = World::new(|who, _, ms| if who == 4 { ms / 2.0 } else { ms });
        world.truth[8] = place(5);
        world.seed = seed;
        let samples = world.samples();
        let mut other = samples.clone();
        let mut random = Random(seed);
        for at in (1..other.len()).rev() {
            let with = usize::try_from(random.next() % (at as u64 + 1)).unwrap();
            other.swap(at, with);
        }
        let of = |samples: &[MeshSample]| {
            let mesh = Mesh { sites: &world.sites, samples, earlier: &[], lying_votes: 1 };
            examine(&mesh, Territories::builtin()).unwrap()
        };
        prop_assert_eq!(of(&samples), of(&other));
    }
}
