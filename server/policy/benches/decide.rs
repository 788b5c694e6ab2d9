//! Decisions a second: `cargo bench -p domicile-policy`.
//!
//! All shipped packs together, a fleet of varied facts, one core. `prepare` is what one change of day
//! or pack costs before the first decision.

use divan::{Bencher, black_box, counter::ItemsCount};
use domicile_geo::{Territories, TerritoryMask};
use domicile_policy::facts::{DeviceAttributes, Facts, Licence};
use domicile_policy::judge::Judge;
use domicile_policy::pack::Pack;
use domicile_policy::shipped;

fn main() {
    divan::main();
}

const HOSTS: usize = 10_000;

/// Every model in every third territory in turn, one host in seven with an unknown fact.
fn fleet(packs: &[Pack]) -> Vec<Facts> {
    let territories = Territories::builtin();
    let models: Vec<DeviceAttributes> = packs
        .iter()
        .flat_map(|pack| &pack.models)
        .map(DeviceAttributes::from)
        .collect();
    let codes = territories.codes();
    (0..HOSTS)
        .map(|host| {
            let code = codes[host * 3 % codes.len()];
            let seat = codes[host * 5 % codes.len()];
            let unknown = host % 7 == 0;
            Facts {
                device: models[host % models.len()].clone(),
                territory: Some(code).filter(|_| !unknown || host % 2 == 0),
                shipped_from: "US".parse().ok(),
                headquarters: TerritoryMask::from_codes(territories, &[seat])
                    .ok()
                    .filter(|_| !unknown || host % 2 == 1),
                public_funding: Some(host % 3 == 0),
                licence: Licence::None,
            }
        })
        .collect()
}

fn judge(packs: &[Pack]) -> Judge {
    let day = "2026-01-20".parse().expect("a day");
    Judge::new(packs, day, day).expect("the shipped packs fit together")
}

#[divan::bench]
fn decide(bencher: Bencher<'_, '_>) {
    let packs = shipped::packs();
    let (judge, fleet) = (judge(&packs), fleet(&packs));
    bencher.counter(ItemsCount::new(HOSTS)).bench_local(|| {
        for facts in &fleet {
            black_box(judge.decide(black_box(facts)));
        }
    });
}

#[divan::bench]
fn prepare(bencher: Bencher<'_, '_>) {
    let packs = shipped::packs();
    bencher.bench_local(|| black_box(judge(&packs)));
}
