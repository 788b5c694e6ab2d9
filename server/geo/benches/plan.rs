//! A plan over 230 anchors: `cargo bench -p domicile-geo --bench plan`.
//!
//! `cities` judges every city of the built-in list; the others take those of a million people.

use divan::{Bencher, black_box};
use domicile_geo::cities::{Cities, City};
use domicile_geo::mesh::Site;
use domicile_geo::plan::{Candidate, Goal, Metro, PathModel, Plan};
use domicile_geo::{Territories, TerritoryCode, TerritoryMask, Tier, VoteId};

fn main() {
    divan::main();
}

const DENIED: [&str; 24] = [
    "AF", "BY", "CD", "CF", "CN", "CU", "ER", "HT", "IQ", "IR", "KP", "LB", "LY", "MM", "MO", "NI",
    "RU", "SD", "SO", "SS", "SY", "VE", "YE", "ZW",
];

fn cities(least: u32) -> Vec<&'static City> {
    let cities = Cities::builtin().iter();
    cities.filter(|city| city.population >= least).collect()
}

fn plan(least: u32) -> Plan<'static> {
    let territories = Territories::builtin();
    let codes: Result<Vec<TerritoryCode>, _> = DENIED.iter().map(|code| code.parse()).collect();
    let denied = TerritoryMask::from_codes(territories, &codes.expect("codes")).expect("known");
    let large = cities(1_000_000);
    let sites = (0..230u16).map(|k| Site {
        vote: VoteId(k % 20),
        position: large[usize::from(k) * large.len() / 230].position,
        survey_error_m: 100,
        clock_error_ppm: 100,
    });
    let metro = |city: &City| Metro {
        position: city.position,
        weight: 1.0,
    };
    Plan {
        sites: sites.collect(),
        metros: cities(least).into_iter().map(metro).collect(),
        goal: Goal {
            permitted: None,
            denied,
        },
        lying_votes: 1,
        tier: Tier::Fibre,
        path: PathModel::default(),
        best_rtt_ns: 500_000,
        territories,
    }
}

#[divan::bench(args = [0, 1_000_000], sample_count = 3, sample_size = 1)]
fn metros(bencher: Bencher<'_, '_>, least: u32) {
    let plan = plan(least);
    bencher.bench_local(|| {
        let metros = black_box(&plan.metros).iter();
        metros.map(|metro| plan.metro(metro)).collect::<Vec<_>>()
    });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn roles(bencher: Bencher<'_, '_>) {
    let plan = plan(1_000_000);
    bencher.bench_local(|| black_box(&plan).roles(&mut |_| ()));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn next_five(bencher: Bencher<'_, '_>) {
    let plan = plan(1_000_000);
    let candidate = |metro: &Metro| Candidate {
        position: metro.position,
        survey_error_m: 100,
        clock_error_ppm: 100,
    };
    let candidates: Vec<Candidate> = plan.metros.iter().map(candidate).collect();
    bencher.bench_local(|| black_box(&plan).next(&candidates, 5, &mut |_| ()));
}
