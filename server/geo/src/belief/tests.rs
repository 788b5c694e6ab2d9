#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]
use proptest::prelude::*;

use super::*;
use crate::cap::{Observation, VoteId};
use crate::cities::{Cities, City};
use crate::convert::unit_from_degrees;
use crate::mesh::{MeshSample, Site};
use crate::sphere::UnitVec;
use crate::territories::Territories;

fn site(position: UnitVec) -> Site {
    Site {
        vote: VoteId(0),
        position,
        survey_error_m: 100,
        clock_error_ppm: 100,
    }
}

fn observation(sites: &[Site], anchor: u16, rtt_ns: u64) -> Observation {
    let of = &sites[usize::from(anchor)];
    Observation {
        vote: of.vote,
        anchor,
        position: of.position,
        survey_error_m: of.survey_error_m,
        clock_error_ppm: of.clock_error_ppm,
        rtt_ns,
    }
}

fn km(a: &UnitVec, b: &UnitVec) -> f64 {
    mesh::km(&a.components(), &b.components())
}

/// A share of 1 that hangs on two numbers.
fn share(a: usize, b: usize) -> f64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for number in [a.min(b), a.max(b)] {
        hash = (hash ^ number as u64).wrapping_mul(0x0100_0000_01b3);
        hash ^= hash >> 29;
    }
    (hash % 10_007) as f64 / 10_007.0
}

/// A round trip in a world of detours: nothing in it is faster than light in fibre.
fn round_trip(a: &UnitVec, b: &UnitVec, detour: f64) -> u64 {
    ((km(a, b) * (1.2 + 0.9 * detour * detour) / 100.0 + 0.6) * 1e6) as u64
}

/// Every so many cities of half a million as sites, and the mesh that they measure.
fn world(every: usize) -> (Vec<Site>, Vec<MeshSample>) {
    let large = |city: &&City| city.population > 500_000;
    let cities: Vec<_> = Cities::builtin().iter().filter(large).collect();
    let sites: Vec<Site> = cities
        .iter()
        .step_by(every)
        .map(|c| site(c.position))
        .collect();
    let mut samples = Vec::new();
    for a in 0..sites.len() {
        for b in 0..a {
            samples.push(MeshSample {
                measurer: a as u16,
                responder: b as u16,
                rtt_ns: round_trip(&sites[a].position, &sites[b].position, share(a, b)),
            });
        }
    }
    (sites, samples)
}

fn observe(sites: &[Site], host: &UnitVec, seed: usize) -> Vec<Observation> {
    let all = 0..sites.len() as u16;
    all.map(|anchor| {
        let of = &sites[usize::from(anchor)];
        let detour = share(usize::from(anchor), seed + 10_000);
        observation(sites, anchor, round_trip(&of.position, host, detour))
    })
    .collect()
}

fn fit<'a>(sites: &[Site], samples: &[MeshSample]) -> Model<'a> {
    Model::fit(sites, samples, Cities::builtin(), Territories::builtin())
}

/// What must hold of every belief.
fn assert_sound(belief: &Belief) {
    let sum: f64 = belief.places().iter().map(|p| p.probability).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    let sum: f64 = belief.territories().iter().map(|(_, p)| p).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    let is_share = |p: f64| (0.0..=1.0 + 1e-12).contains(&p);
    assert!(belief.places().iter().all(|p| is_share(p.probability)));
    assert!(belief.territories().iter().all(|(_, p)| is_share(*p)));
    assert!(
        belief
            .places()
            .is_sorted_by(|a, b| a.probability >= b.probability)
    );
    assert!(belief.estimate().is_some());
    let ellipse = belief.ellipse(0.9).unwrap();
    assert!(ellipse.major_km.is_finite() && ellipse.major_km >= ellipse.minor_km);
    assert!(ellipse.minor_km > 0.0 && (0.0..180.0).contains(&ellipse.bearing_degrees));
    let region = belief.region(0.9);
    let mass: f64 = region.iter().map(|p| p.probability).sum();
    assert!(mass >= 0.9 - 1e-9);
    let less: f64 = region[..region.len() - 1]
        .iter()
        .map(|p| p.probability)
        .sum();
    assert!(less < 0.9);
}

#[test]
fn in_a_made_world_hosts_are_found_and_probabilities_kept() {
    let (sites, samples) = world(12);
    let model = fit(&sites, &samples);
    let large = |city: &&City| city.population > 200_000;
    let hosts: Vec<_> = Cities::builtin().iter().filter(large).step_by(23).collect();
    let (mut errors, mut right, mut believed) = (Vec::new(), 0.0, 0.0);
    for (seed, host) in hosts.iter().enumerate() {
        let belief = model.believe(&observe(&sites, &host.position, seed));
        assert_sound(&belief);
        errors.push(km(&belief.estimate().unwrap(), &host.position));
        let (territory, probability) = belief.territories()[0];
        right += f64::from(u8::from(territory == host.territory));
        believed += probability;
    }
    errors.sort_by(f64::total_cmp);
    let (count, median) = (hosts.len() as f64, errors[errors.len() / 2]);
    assert!(median < 250.0, "{median} km");
    assert!(right / count > 0.6, "{right} of {count}");
    assert!(
        (right - believed).abs() / count < 0.1,
        "{right}, {believed} of {count}"
    );
}

#[test]
fn without_a_mesh_and_without_anchors_it_behaves() {
    let model = fit(&[], &[]);
    let before = model.believe(&[]);
    assert_sound(&before);
    assert_eq!(before.places().len(), Cities::builtin().as_slice().len());
    // One anchor in Reykjavik, 2 ms away.
    let sites = [site(unit_from_degrees(64.15, -21.94).unwrap())];
    let belief = fit(&sites, &[]).believe(&[observation(&sites, 0, 2_000_000)]);
    assert_sound(&belief);
    assert!(belief.probability("IS".parse().unwrap()) > 0.99);
    // The same anchor, unknown to the model.
    let belief = model.believe(&[observation(&sites, 0, 2_000_000)]);
    assert!(belief.probability("IS".parse().unwrap()) > 0.99);
    // Three anchors that never measured each other.
    let (sites, _) = world(400);
    let host = Cities::builtin().of("FR".parse().unwrap())[0].position;
    assert_sound(&fit(&sites[..3], &[]).believe(&observe(&sites[..3], &host, 1)));
}

#[test]
fn round_trips_that_no_place_fits_are_answered() {
    // A millisecond from Singapore and from New York.
    let sites = [(1.35, 103.82), (40.71, -74.0)]
        .map(|(lat, lon)| site(unit_from_degrees(lat, lon).unwrap()));
    let both = [
        observation(&sites, 0, 1_000_000),
        observation(&sites, 1, 1_000_000),
    ];
    assert_sound(&fit(&sites, &[]).believe(&both));
}

#[test]
fn no_cities_no_places() {
    let none = Cities::new("none", Vec::new()).unwrap();
    let (sites, samples) = world(200);
    let model = Model::fit(&sites, &samples, &none, Territories::builtin());
    let belief = model.believe(&observe(&sites, &sites[0].position, 0));
    assert!(belief.places().is_empty() && belief.estimate().is_none());
    assert!(belief.ellipse(0.9).is_none() && belief.region(0.9).is_empty());
}

#[test]
fn more_sites_than_a_model_takes_are_thinned() {
    let (sites, samples) = world(1);
    assert!(sites.len() > 1_000, "{}", sites.len());
    let few: Vec<MeshSample> = samples.into_iter().step_by(50).collect();
    let calibration = Calibration::default();
    let model = Model::new(
        &calibration,
        &sites,
        &few,
        Cities::builtin(),
        Territories::builtin(),
    );
    let host = Cities::builtin().of("KE".parse().unwrap())[0].position;
    let belief = model.believe(&observe(&sites, &host, 5));
    assert_sound(&belief);
    assert_eq!(belief.territories()[0].0.as_str(), "KE");
}

#[test]
fn an_ellipse_lies_along_its_places() {
    let along = |bearing: fn(f64) -> (f64, f64)| {
        let cities = (0..21).map(|k| {
            let (lat, lon) = bearing(f64::from(k - 10));
            City {
                name: format!("{k}"),
                territory: "FR".parse().unwrap(),
                position: unit_from_degrees(lat, lon).unwrap(),
                population: 1_000_000,
            }
        });
        let cities = Cities::new("line", cities.collect()).unwrap();
        let model = Model::fit(&[], &[], &cities, Territories::builtin());
        model.believe(&[]).ellipse(0.9).unwrap()
    };
    let north = along(|k| (k, 20.0));
    assert!(north.bearing_degrees < 1.0 || north.bearing_degrees > 179.0);
    let east = along(|k| (0.0, k));
    assert!((east.bearing_degrees - 90.0).abs() < 1.0);
    let north_east = along(|k| (k / 10.0, k / 10.0));
    assert!((north_east.bearing_degrees - 45.0).abs() < 1.0);
    // All but two in the middle of 21 points over ±1,112 km: a standard deviation of 705 km,
    // times 2.15.
    for ellipse in [north, east] {
        assert!(
            (1_500.0..1_530.0).contains(&ellipse.major_km),
            "{}",
            ellipse.major_km
        );
        assert!((ellipse.minor_km - 10.0).abs() < 1e-9);
    }
}

/// A small mesh with holes, repetitions and whatever round trips, and what was seen of a host.
fn anything() -> impl Strategy<Value = (Vec<Site>, Vec<MeshSample>, Vec<Observation>)> {
    let rtt = prop_oneof![0u64..400_000_000, Just(0), Just(u64::MAX), 1u64..1_000];
    let place = (-90.0f64..=90.0, -180.0f64..=180.0);
    let sites = proptest::collection::vec(place, 0..12);
    let samples = proptest::collection::vec((0u16..13, 0u16..13, rtt.clone()), 0..80);
    let observations = proptest::collection::vec((0u16..14, rtt), 0..20);
    (sites, samples, observations).prop_map(|(sites, samples, observations)| {
        let sites: Vec<Site> = sites
            .into_iter()
            .map(|(lat, lon)| site(unit_from_degrees(lat, lon).unwrap()))
            .collect();
        let samples = samples
            .into_iter()
            .map(|(measurer, responder, rtt_ns)| MeshSample {
                measurer,
                responder,
                rtt_ns,
            });
        let observations = observations.into_iter();
        let observations = observations.filter(|(anchor, _)| usize::from(*anchor) < sites.len());
        let observations = observations
            .map(|(anchor, rtt_ns)| observation(&sites, anchor, rtt_ns))
            .collect();
        (sites, samples.collect(), observations)
    })
}

fn bits(belief: &Belief) -> Vec<(String, u64)> {
    let places = belief.places().iter();
    places
        .map(|p| (p.city.clone(), p.probability.to_bits()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn anything_is_answered((sites, samples, observations) in anything()) {
        assert_sound(&fit(&sites, &samples).believe(&observations));
    }

    #[test]
    fn the_order_of_the_input_changes_no_bit((sites, samples, observations) in anything(), turn in 0usize..12) {
        let belief = fit(&sites, &samples).believe(&observations);
        let count = sites.len();
        let turned = |k: u16| match usize::from(k) {
            k if k < count => ((k + turn) % count) as u16,
            k => k as u16,
        };
        let mut others = sites.clone();
        if count > 0 {
            others.rotate_right(turn % count);
        }
        let samples: Vec<MeshSample> = samples.iter().rev().map(|s| MeshSample {
            measurer: turned(s.measurer),
            responder: turned(s.responder),
            ..*s
        }).collect();
        let observations: Vec<Observation> = observations.iter().rev().map(|o| Observation {
            anchor: turned(o.anchor),
            ..*o
        }).collect();
        let other = fit(&others, &samples).believe(&observations);
        prop_assert_eq!(bits(&belief), bits(&other));
        prop_assert_eq!(belief.territories(), other.territories());
        prop_assert_eq!(belief.estimate(), other.estimate());
    }

    #[test]
    fn leaving_a_site_out_of_the_field_is_as_if_it_were_not_there(out in 0usize..40, lat in -80.0f64..80.0, lon in -180.0f64..180.0) {
        let (sites, _) = world(40);
        let out = out % sites.len();
        let all = mesh::Mesh::new(&sites, &[]);
        let mut fewer = all.sites.clone();
        fewer.remove(out);
        let fewer = mesh::Mesh::new(&fewer, &[]);
        let shape = shape::Shape::default();
        let [all, fewer] = [&all, &fewer].map(|mesh| field::Field::new(mesh, &shape));
        let place = unit_from_degrees(lat, lon).unwrap().components();
        let left = all.without(&all.neighbours(&place), out);
        let never = fewer.neighbours(&place);
        prop_assert!((left.unexplained - never.unexplained).abs() < 1e-6);
        let rest = left.weights.iter().enumerate().filter(|(k, _)| *k != out);
        for ((_, a), b) in rest.zip(&never.weights) {
            prop_assert!((a - b).abs() < 1e-9);
        }
    }
}
