//! Same input, same bytes out: the answers to fixed problems have a digest that stands here, so
//! every build checks the same one, whatever its optimisation, machine or mathematics library.
//!
//! ```console
//! $ cargo test -p domicile-geo --test identity
//! $ cargo test -p domicile-geo --test identity --release
//! ```
//! A change of the answers on purpose changes the constant and the version of the rules.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_geo::{
    Observation, Territories, TerritoryMask, Tier, UnitVec, VoteId, arc_below, certify,
    consistent_without, locate, separation_m,
};
use std::process::Command;

/// SHA-256 of all answers below.
const DIGEST: &str = "fb98f023812c8e4b245dbc8e405a44882d11caf04a22f571a9c9d33c3c64d7d8";

/// How many problems.
const PROBLEMS: u64 = 480;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// 0 to 1, a multiple of 2^-32: exact on every machine.
    fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / 4_294_967_296.0
    }

    /// A direction, by rejection from the cube.
    fn direction(&mut self) -> UnitVec {
        loop {
            let v = [(); 3].map(|()| 2.0 * self.unit() - 1.0);
            let square = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
            if (0.01..=1.0).contains(&square) {
                return scaled(v);
            }
        }
    }

    /// A point within so far of another one, as a chord in each direction.
    fn near(&mut self, [x, y, z]: [f64; 3], far: f64) -> UnitVec {
        let mut off = || (2.0 * self.unit() - 1.0) * far;
        scaled([x + off(), y + off(), z + off()])
    }
}

fn scaled([x, y, z]: [f64; 3]) -> UnitVec {
    let norm = (x * x + y * y + z * z).sqrt();
    UnitVec::new(x / norm, y / norm, z / norm).unwrap()
}

/// One problem: anchors around a truth, some far, some lying, at speeds of real paths.
struct Problem {
    observations: Vec<Observation>,
    tier: Tier,
    lying: u8,
}

fn problem(number: u64) -> Problem {
    let mut random = Random(number.wrapping_mul(0x5851_f42d_4c95_7f2d));
    let truth = random.direction();
    let count = 1 + random.below(if number.is_multiple_of(8) { 230 } else { 24 });
    let observation = |anchor: u64| {
        let spread = [0.02, 0.2, 2.0][usize::try_from(random.below(3)).unwrap()];
        let position = random.near(truth.components(), spread);
        let (a, b) = (position.components(), truth.components());
        let square: f64 = (0..3).map(|k| (a[k] - b[k]) * (a[k] - b[k])).sum();
        let kilometres = arc_below(square.sqrt().min(2.0)) * 6371.0;
        // 10 µs for each kilometre there and back is 2/3 c.
        let stretch =
            1.0 + random.unit() * [0.05, 1.0, 4.0][usize::try_from(random.below(3)).unwrap()];
        let honest = kilometres * 10_000.0 * stretch;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let rtt_ns = if random.below(40) == 0 {
            honest / 3.0
        } else {
            honest
        } as u64;
        Observation {
            vote: VoteId(u16::try_from(random.below(count.div_ceil(2) + 1)).unwrap()),
            anchor: u16::try_from(anchor).unwrap(),
            position,
            survey_error_m: u32::try_from(random.below(5_000)).unwrap(),
            clock_error_ppm: u32::try_from(random.below(200)).unwrap(),
            rtt_ns,
        }
    };
    let observations = (0..count).map(observation).collect();
    Problem {
        observations,
        tier: Tier::ALL[usize::try_from(number % 3).unwrap()],
        lying: u8::try_from(number / 3 % 3).unwrap(),
    }
}

/// What does not depend on the order of the observations, as bytes.
fn answers(problem: &Problem, number: u64) -> Vec<u8> {
    let territories = Territories::builtin();
    let Problem {
        observations,
        tier,
        lying,
    } = problem;
    let region = locate(observations, *tier, *lying, territories).unwrap();
    let mut out: Vec<u8> = region.possible().iter().collect();
    out.push(255);
    out.extend(
        region
            .deciders()
            .iter()
            .flat_map(|vote| vote.0.to_be_bytes()),
    );
    match consistent_without(observations, *tier, territories, 2) {
        None => out.push(255),
        Some(votes) => out.extend(votes.iter().flat_map(|vote| vote.0.to_be_bytes())),
    }
    for cell in region.cover(48) {
        out.extend([cell.id.face(), cell.id.level()]);
        out.extend(cell.id.i().to_be_bytes());
        out.extend(cell.id.j().to_be_bytes());
        out.extend(
            cell.center
                .components()
                .into_iter()
                .flat_map(f64::to_be_bytes),
        );
        out.extend(cell.radius_chord.to_be_bytes());
        out.extend(cell.territories.iter());
    }
    if number.is_multiple_of(12) {
        for territory in (0..250u8).step_by(49) {
            let star = region.f_star(territory).map_or(0, |speed| speed.0);
            out.extend(star.to_be_bytes());
        }
        let place = Random(number).direction();
        let mut elsewhere = observations.clone();
        elsewhere.iter_mut().for_each(|o| o.position = place);
        let other = locate(&elsewhere, *tier, *lying, territories).unwrap();
        out.extend(separation_m(&region, &other).to_be_bytes());
    }
    out
}

fn certificates(problem: &Problem) -> Vec<u8> {
    let territories = Territories::builtin();
    let Problem {
        observations,
        tier,
        lying,
    } = problem;
    let excluded = locate(observations, *tier, *lying, territories)
        .unwrap()
        .excluded();
    let mut out = Vec::new();
    for index in excluded.iter().step_by(60) {
        let mut wanted = TerritoryMask::EMPTY;
        wanted.insert(index);
        let certificate = certify(observations, *tier, *lying, &wanted, territories).unwrap();
        out.extend(certificate.to_bytes());
    }
    out
}

#[test]
fn the_answers_to_fixed_problems_are_the_same_bytes_everywhere() {
    if std::env::var_os("DOMICILE_OTHER_LIBM").is_some() {
        let wrong = std::hint::black_box(1.0f64).sin();
        assert!(
            wrong > 2.0,
            "the other library is not in use: sin 1 = {wrong}"
        );
    }
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let (mut some, mut excluded) = (0, 0);
    for number in 0..PROBLEMS {
        let problem = problem(number);
        let bytes = answers(&problem, number);
        let observations = problem.observations.iter().rev().copied().collect();
        let reversed = Problem {
            observations,
            ..problem
        };
        let again = answers(&reversed, number);
        assert!(bytes == again, "problem {number} in another order");
        let certified = certificates(&problem);
        some += usize::from(bytes[0] != 255);
        excluded += usize::from(!certified.is_empty());
        context.update(&bytes);
        context.update(&certified);
    }
    // The problems are worth looking at.
    assert!(
        some > 100 && excluded > 100,
        "{some} regions, {excluded} certificates"
    );
    let digest: String = context
        .finish()
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(digest, DIGEST);
}

/// The same test, in a process whose sine, cosine and the like all return nonsense.
#[test]
#[cfg(target_os = "linux")]
fn another_mathematics_library_changes_nothing() {
    if std::env::var_os("DOMICILE_OTHER_LIBM").is_some() {
        return;
    }
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (source, library) = (folder.join("other_libm.c"), folder.join("other_libm.so"));
    let one = [
        "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "exp2",
        "expm1", "log", "log2", "log10", "log1p", "cbrt",
    ];
    let two = ["atan2", "pow", "hypot", "fmod"];
    let mut text = String::new();
    one.iter()
        .for_each(|name| text += &format!("double {name}(double x) {{ return 42.5; }}\n"));
    two.iter().for_each(|name| {
        text += &format!("double {name}(double x, double y) {{ return 42.5; }}\n");
    });
    text += "double fma(double x, double y, double z) { return 42.5; }\n";
    std::fs::write(&source, text).unwrap();
    // Rust links with a C compiler, so there is one wherever this was built.
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-fno-builtin", "-w", "-o"])
        .args([&library, &source])
        .status()
        .unwrap();
    assert!(compiled.success());
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "the_answers_to_fixed_problems_are_the_same_bytes_everywhere",
        ])
        .env("LD_PRELOAD", &library)
        .env("DOMICILE_OTHER_LIBM", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}
