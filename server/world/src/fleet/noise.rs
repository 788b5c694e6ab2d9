//! Honest round trips: what they have beyond light in fibre, as real ones have it.
//!
//! The excess of a pair is drawn from the quantiles of real pairs of like distance; how alike the
//! paths of one end are is taken from the same pairs. Both are learnt
//! from folders of measured round trips (`--rtt`); the ones built in were learnt so from the
//! WonderProxy set of 2020-07-19 (28,410 pairs of 242 servers, smallest of 48 pings; rows of sources
//! behind a middlebox and servers of doubtful place left out) and are numbers, not the set.

use crate::measured::Measured;
use crate::place::fastest_round_trip_s;
use crate::trials::Random;
use domicile_map::Point;
use std::collections::BTreeMap;

/// Bands of distance by their upper end, metres.
const BANDS: [f64; 7] = [
    50e3,
    300e3,
    1_000e3,
    3_000e3,
    6_000e3,
    10_000e3,
    f64::INFINITY,
];

/// Which quantiles are kept.
const LEVELS: [f64; 10] = [0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0];

/// Excess at each level for each band, ms.
type Quantiles = [[f64; LEVELS.len()]; BANDS.len()];

/// Learnt as the module says.
const BUILT_IN: Quantiles = [
    [0.22, 0.22, 0.62, 1.12, 1.94, 3.08, 5.05, 8.01, 8.01, 115.1],
    [
        0.53, 1.92, 2.32, 3.99, 7.44, 12.99, 22.96, 31.65, 67.03, 113.9,
    ],
    [
        1.96, 5.08, 6.52, 9.53, 15.21, 22.65, 36.43, 50.3, 94.97, 319.9,
    ],
    [
        2.24, 12.32, 14.89, 20.27, 28.52, 40.99, 58.32, 75.69, 159.37, 345.53,
    ],
    [
        7.37, 20.59, 24.56, 33.28, 47.95, 78.11, 144.98, 181.87, 251.31, 375.09,
    ],
    [
        7.35, 30.39, 35.49, 46.73, 66.19, 104.03, 164.96, 198.78, 265.11, 425.4,
    ],
    [
        17.08, 53.51, 61.99, 79.81, 107.29, 142.27, 182.48, 214.13, 277.32, 381.0,
    ],
];

/// How much of a path's rank among those of its length it has in common with the other paths of
/// one of its ends: the variance of the ends' mean ranks over that of all ranks, in the same set.
const BUILT_IN_SHARED: f64 = 0.25;

/// How a host is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    /// As the pairs of the set.
    Fibre,
    /// A tunnel or a busy machine: 2 to 15 ms more.
    Slow,
    /// A satellite low above: 20 to 60 ms more.
    LowSatellite,
    /// A satellite far above: 480 to 600 ms more.
    HighSatellite,
    /// By way of another city: 5 to 60 ms more.
    Detour,
}

impl Line {
    pub(super) const ALL: [Self; 5] = [
        Self::Fibre,
        Self::Slow,
        Self::LowSatellite,
        Self::HighSatellite,
        Self::Detour,
    ];

    /// What it adds to all of a host's paths, ms. Assumed.
    pub(super) fn added(self, random: &mut Random) -> f64 {
        match self {
            Self::Fibre => 0.0,
            Self::Slow => random.between(2.0, 15.0),
            Self::LowSatellite => random.between(20.0, 60.0),
            Self::HighSatellite => random.between(480.0, 600.0),
            Self::Detour => random.between(5.0, 60.0),
        }
    }
}

/// How well an end of paths is connected, against others: normally distributed.
#[derive(Debug, Clone, Copy)]
pub(super) struct End(f64);

/// What real round trips have beyond light in fibre.
#[derive(Debug, Clone)]
pub(super) struct Noise {
    quantiles: Quantiles,
    shared: f64,
}

impl Noise {
    /// Learnt as the module says.
    pub(super) fn builtin() -> Self {
        Self {
            quantiles: BUILT_IN,
            shared: BUILT_IN_SHARED,
        }
    }

    /// Learnt from sets; a band with fewer than twenty pairs keeps the built-in numbers.
    pub(super) fn learn(sets: &[Measured]) -> Self {
        let mut bands: [Vec<Pair>; BANDS.len()] = Default::default();
        for (number, set) in sets.iter().enumerate() {
            pairs_of(set, number, &mut bands);
        }
        let mut noise = Self::builtin();
        let mut ranks: BTreeMap<(usize, usize), (f64, u32)> = BTreeMap::new();
        for (levels, found) in noise.quantiles.iter_mut().zip(&mut bands) {
            found.sort_unstable_by(|a, b| a.excess_ms.total_cmp(&b.excess_ms));
            let last = found.len().saturating_sub(1);
            for (place, pair) in found.iter().enumerate() {
                for end in pair.ends {
                    let (sum, count) = ranks.entry(end).or_default();
                    *sum += share(place, last);
                    *count += 1;
                }
            }
            if found.len() < 20 {
                continue;
            }
            for (level, at) in levels.iter_mut().zip(LEVELS) {
                *level = found[part(at, last)].excess_ms;
            }
        }
        let means = ranks.values().filter(|(_, count)| *count >= 20);
        let means: Vec<f64> = means.map(|(sum, count)| sum / f64::from(*count)).collect();
        if means.len() >= 20 {
            // Ranks are even between 0 and 1, so that the variance of all of them is 1/12.
            noise.shared = (variance(&means) * 12.0).clamp(0.0, 0.5);
        }
        noise
    }

    /// An end of paths.
    pub(super) fn end(random: &mut Random) -> End {
        End(normal(random))
    }

    /// A path's excess, ms: the same for as long as the route is.
    pub(super) fn path(&self, metres: f64, (a, b): (End, End), random: &mut Random) -> f64 {
        let own = (1.0 - 2.0 * self.shared).max(0.0);
        let rank = self.shared.sqrt() * (a.0 + b.0) + own.sqrt() * normal(random);
        let at = below(rank);
        let levels = &self.quantiles[band(metres)];
        let above = LEVELS
            .partition_point(|level| *level <= at)
            .clamp(1, LEVELS.len() - 1);
        let (low, high) = (LEVELS[above - 1], LEVELS[above]);
        let share = ((at - low) / (high - low)).clamp(0.0, 1.0);
        levels[above - 1] + share * (levels[above] - levels[above - 1])
    }
}

/// A pair of a set: its excess, and its ends by set and node.
struct Pair {
    excess_ms: f64,
    ends: [(usize, usize); 2],
}

/// The pairs of servers of sure place, by distance.
fn pairs_of(set: &Measured, number: usize, bands: &mut [Vec<Pair>; BANDS.len()]) {
    let sound: Vec<usize> = (0..set.nodes.len())
        .filter(|index| set.nodes[*index].doubt.is_none())
        .collect();
    for (at, a) in sound.iter().enumerate() {
        for b in &sound[..at] {
            let Some(round_trip) = set.round_trip(*a, *b) else {
                continue;
            };
            let (from, to) = (set.nodes[*a].point, set.nodes[*b].point);
            let beyond = round_trip.as_secs_f64() - fastest_round_trip_s(from, to);
            bands[band(from.distance_m(to))].push(Pair {
                excess_ms: (beyond * 1e3).max(0.0),
                ends: [(number, *a), (number, *b)],
            });
        }
    }
}

#[allow(clippy::cast_precision_loss)] // some ten thousand
fn share(place: usize, last: usize) -> f64 {
    place as f64 / last.max(1) as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss
)] // a place in a list
fn part(at: f64, last: usize) -> usize {
    (at * last as f64) as usize
}

fn variance(values: &[f64]) -> f64 {
    #[allow(clippy::cast_precision_loss)] // some hundred
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean) * (value - mean));
    squares.sum::<f64>() / count
}

/// Normally distributed (Box and Muller 1958).
fn normal(random: &mut Random) -> f64 {
    let (a, b) = (1.0 - random.unit(), random.unit());
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

/// The share of a normal distribution below a value (Abramowitz and Stegun 26.2.17).
fn below(value: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * value.abs());
    let coefficients = [
        1.330_274_429,
        -1.821_255_978,
        1.781_477_937,
        -0.356_563_782,
        0.319_381_530,
    ];
    let sum = coefficients.iter().fold(0.0, |sum, c| (sum + c) * t);
    let above = sum * (-value * value / 2.0).exp() / std::f64::consts::TAU.sqrt();
    match value >= 0.0 {
        true => 1.0 - above,
        false => above,
    }
}

fn band(metres: f64) -> usize {
    BANDS
        .partition_point(|end| *end <= metres)
        .min(BANDS.len() - 1)
}

/// A round trip of one session, ns: light in fibre, the path's excess, and what the shortest of
/// sixteen rounds still has (0 to 40 µs, as measured for the agent).
pub(super) fn round_trip_ns(from: Point, to: Point, excess_ms: f64, random: &mut Random) -> u64 {
    let nanoseconds =
        fastest_round_trip_s(from, to) * 1e9 + excess_ms * 1e6 + random.between(0.0, 40_000.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // some seconds
    let whole = nanoseconds.max(0.0).ceil() as u64;
    whole
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_drawn_is_as_what_was_learnt() {
        let noise = Noise::builtin();
        let mut random = Random::of_trial(1, 1);
        for (metres, median, most) in [(10e3, 1.94, 115.1), (8_000e3, 66.19, 425.4)] {
            let mut drawn: Vec<f64> = (0..10_000)
                .map(|_| {
                    let ends = (Noise::end(&mut random), Noise::end(&mut random));
                    noise.path(metres, ends, &mut random)
                })
                .collect();
            drawn.sort_unstable_by(f64::total_cmp);
            assert!(
                (drawn[5_000] - median).abs() < median / 10.0,
                "{}",
                drawn[5_000]
            );
            assert!(drawn[0] >= 0.0 && drawn[9_999] <= most);
        }
    }

    #[test]
    fn a_set_is_learnt_by_distance() {
        let nodes: String = (0..30)
            .map(|n| format!("n{n},N{n},C,DE,{},8,p\n", 50.0 + f64::from(n) * 0.001))
            .collect();
        let rows: String = (1..30).map(|n| format!("n0,n{n},7\n")).collect();
        let set = crate::measured::parse(
            format!("id,name,city,country_iso2,lat,lon,provider\n{nodes}").as_bytes(),
            format!("src,dst,rtt_ms\n{rows}").as_bytes(),
            b"",
        );
        let noise = Noise::learn(&[set.unwrap()]);
        assert!((noise.quantiles[0][4] - 7.0).abs() < 0.1);
        let kept = noise.quantiles[3].map(f64::to_bits);
        assert_eq!(kept, BUILT_IN[3].map(f64::to_bits));
    }

    #[test]
    fn paths_of_one_end_are_alike_as_far_as_the_set_says() {
        let noise = Noise::builtin();
        let mut random = Random::of_trial(2, 2);
        let means: Vec<f64> = (0..400)
            .map(|_| {
                let end = Noise::end(&mut random);
                let paths = (0..200).map(|_| {
                    let ends = (end, Noise::end(&mut random));
                    below_half(noise.path(1_500e3, ends, &mut random))
                });
                paths.sum::<f64>() / 200.0
            })
            .collect();
        // Of a share that is 0 the variance would be 0.25 / 200.
        assert!(variance(&means) > 0.02, "{}", variance(&means));
    }

    fn below_half(excess_ms: f64) -> f64 {
        f64::from(u8::from(excess_ms < BUILT_IN[3][4]))
    }
}
