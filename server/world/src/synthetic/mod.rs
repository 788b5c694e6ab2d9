//! `domicile-world synthetic`: hosts at known places, round trips that physics allows, and the
//! question whether the truth is ever excluded. It must not be.
//!
//! # One trial
//! - The **truth** is a place on land; the territories whose cells hold it must stay possible.
//! - **Anchors**: 1 to 40, near or anywhere, in shared votes. Each stands up to its survey error away
//!   from where it is said to stand; in half of the cases exactly so far, straight towards the host.
//! - **Round trips**: the geodesic on WGS 84 (Karney's, by `geographiclib-rs`) at the tier's
//!   speed, in half of the cases exactly, else up to three times as long, measured by a
//!   stopwatch that runs slow by exactly its stated error, rounded up to a nanosecond.
//! - Up to *f* (0 to 2) **votes lie**: all of their anchors sign any round trip.
//!
//! Start reading at [`run`].

use crate::land::{self, Land};
use crate::trials::{self, Random};
use clap::Args;
use domicile_geo::{Observation, TerritoryMask, Tier, UnitVec, VoteId, locate};
use geographiclib_rs::{Geodesic, InverseGeodesic};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::time::Duration;

const LIGHT_M_PER_S: f64 = 299_792_458.0;

/// Exit status when a true territory was excluded.
const TRUE_EXCLUDED: u8 = 3;

/// How many trials that failed are named.
const NAMED: usize = 20;

/// The options of `synthetic`.
#[derive(Debug, Args)]
pub struct SyntheticArguments {
    /// How many trials.
    #[arg(long, default_value_t = 1_000_000)]
    pub trials: u64,
    /// The same seed gives the same trials.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Threads; all cores if not given. The result is the same.
    #[arg(long)]
    pub threads: Option<NonZeroUsize>,
}

/// The result, printed as JSON.
#[derive(Debug, Serialize)]
struct SyntheticReport {
    trials: u64,
    seed: u64,
    /// Trials in which a true territory was excluded, and the first of them.
    true_excluded: u64,
    first: Vec<u64>,
    /// Trials in which something was excluded: the others could not have failed.
    excluding: u64,
    /// Territories excluded, mean over all trials.
    mean_excluded: f64,
    seconds: f64,
}

/// What a block of trials gave.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    failed: Vec<u64>,
    excluding: u64,
    excluded: u64,
}

/// Runs the trials and prints the result. `elapsed` is a steady clock. The exit status: 0, or 3
/// when a true territory was excluded.
///
/// # Errors
/// Output that cannot be written.
pub fn run(
    arguments: &SyntheticArguments,
    elapsed: &dyn Fn() -> Duration,
    out: &mut dyn std::io::Write,
) -> anyhow::Result<u8> {
    let SyntheticArguments {
        trials,
        seed,
        threads,
    } = *arguments;
    let start = elapsed();
    let field = Field::new();
    let bar = trials::bar(trials, "trials");
    let parts = trials::in_blocks(
        trials,
        threads.unwrap_or_else(trials::all_cores),
        &bar,
        |range| {
            let mut counts = Counts::default();
            for number in range {
                field.trial(number, seed, 0, &mut counts)?;
            }
            Ok(counts)
        },
    )?;
    let failed: Vec<u64> = parts
        .iter()
        .flat_map(|part| part.failed.iter().copied())
        .collect();
    let sum = |of: &dyn Fn(&Counts) -> u64| parts.iter().map(of).sum::<u64>();
    #[allow(clippy::cast_precision_loss)] // a mean for people
    let mean_excluded = sum(&|part| part.excluded) as f64 / trials.max(1) as f64;
    let report = SyntheticReport {
        trials,
        seed,
        true_excluded: failed.len() as u64,
        first: failed.iter().take(NAMED).copied().collect(),
        excluding: sum(&|part| part.excluding),
        mean_excluded,
        seconds: elapsed().saturating_sub(start).as_secs_f64(),
    };
    writeln!(out, "{}", serde_json::to_string(&report)?)?;
    Ok(if failed.is_empty() { 0 } else { TRUE_EXCLUDED })
}

/// What all trials have in common.
struct Field {
    land: Land,
    geodesic: Geodesic,
}

/// A host at a known place and what the anchors sign.
struct Case {
    truth: TerritoryMask,
    tier: Tier,
    lying_votes: u8,
    observations: Vec<Observation>,
}

impl Field {
    fn new() -> Self {
        Self {
            land: Land::builtin(),
            geodesic: Geodesic::wgs84(),
        }
    }

    /// One trial; `beyond` votes lie more than the solver allows for.
    fn trial(&self, number: u64, seed: u64, beyond: u8, counts: &mut Counts) -> anyhow::Result<()> {
        let case = self.case(&mut Random::of_trial(seed, number), beyond);
        let territories = self.land.territories();
        let region = locate(&case.observations, case.tier, case.lying_votes, territories)?;
        if !case.truth.is_subset(&region.possible()) {
            counts.failed.push(number);
        }
        let excluded = region.excluded().count();
        counts.excluding += u64::from(excluded > 0);
        counts.excluded += u64::from(excluded);
        Ok(())
    }

    fn case(&self, random: &mut Random, beyond: u8) -> Case {
        let (place, truth) = self.land.place(random);
        let tier = Tier::ALL[random.below(3)];
        let lying_votes = [0, 1, 2][random.below(3)];
        let most = if random.once_in(2) { 8 } else { 40 };
        let count = 1 + random.below(most);
        let votes = 1 + random.below(count + 2);
        let at = degrees(&place);
        let mut observations = Vec::with_capacity(count);
        for anchor in 0..count {
            let position = match random.below(4) {
                0 => land::anywhere(random),
                1 => land::near(&place, 5_000_000.0, random),
                2 => land::near(&place, 1_000_000.0, random),
                _ => land::near(&place, 100_000.0, random),
            };
            let number = u16::try_from(random.below(votes)).unwrap_or(0);
            let vote = VoteId(number);
            observations.push(self.observe(anchor, vote, position, at, tier, random));
        }
        self.lie(&mut observations, lying_votes + beyond, random);
        Case {
            truth,
            tier,
            lying_votes,
            observations,
        }
    }

    /// What an honest anchor signs.
    fn observe(
        &self,
        anchor: usize,
        vote: VoteId,
        position: UnitVec,
        host: (f64, f64),
        tier: Tier,
        random: &mut Random,
    ) -> Observation {
        let survey_error_m = [0, 10, 1_000, 50_000][random.below(4)];
        let clock_error_ppm = [0, 50, 1_000, 100_000][random.below(4)];
        let there = degrees(&position);
        let said: f64 = self.geodesic.inverse(there.0, there.1, host.0, host.1);
        // Moved straight towards the host it is nearer by as much, any other way by less.
        let moved = if random.once_in(2) {
            1.0
        } else {
            random.between(-1.0, 1.0)
        };
        let metres = (said - moved * f64::from(survey_error_m)).max(0.0);
        let longer = if random.once_in(2) {
            1.0
        } else {
            random.between(1.0, 3.0)
        };
        let seconds = 2.0 * metres * longer / (LIGHT_M_PER_S * f64::from(tier.speed().0) * 1e-6);
        let measured = seconds * (1.0 - f64::from(clock_error_ppm) * 1e-6);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // under a second
        let rtt_ns = (measured * 1e9).ceil() as u64;
        Observation {
            vote,
            anchor: u16::try_from(anchor).unwrap_or(u16::MAX),
            position,
            survey_error_m,
            clock_error_ppm,
            rtt_ns,
        }
    }

    /// Lets all anchors of so many votes sign any round trip.
    fn lie(&self, observations: &mut [Observation], liars: u8, random: &mut Random) {
        for _ in 0..liars {
            let Some(liar) = observations
                .get(random.below(observations.len()))
                .map(|o| o.vote)
            else {
                return;
            };
            for one in observations.iter_mut().filter(|o| o.vote == liar) {
                one.rtt_ns = match random.below(4) {
                    0 => 0,
                    1 => one.rtt_ns / 2,
                    2 => random.next() % 100_000_000,
                    _ => one.rtt_ns.saturating_mul(10),
                };
            }
        }
    }
}

/// Latitude (geodetic, as the sphere's) and longitude in degrees.
fn degrees(place: &UnitVec) -> (f64, f64) {
    let [x, y, z] = place.components();
    let across = (x * x + y * y).sqrt();
    (z.atan2(across).to_degrees(), y.atan2(x).to_degrees())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn counts(beyond: u8, trials: u64) -> Counts {
        let field = Field::new();
        let mut counts = Counts::default();
        for number in 0..trials {
            field.trial(number, 42, beyond, &mut counts).unwrap();
        }
        counts
    }

    #[test]
    fn the_truth_is_never_excluded_and_most_trials_exclude_something() {
        let counts = counts(0, 4_000);
        assert_eq!(counts.failed, [] as [u64; 0]);
        assert!(counts.excluding > 2_000, "{}", counts.excluding);
    }

    #[test]
    fn the_counter_counts_when_more_votes_lie_than_allowed() {
        let counts = counts(2, 1_000);
        assert!(counts.failed.len() > 50, "{}", counts.failed.len());
    }

    #[test]
    fn a_signal_faster_than_the_tier_is_found() {
        // The margins are not so wide that anything passes: 2 % too fast fails.
        let field = Field::new();
        let mut failed = 0;
        for number in 0..2_000 {
            let mut case = field.case(&mut Random::of_trial(7, number), 0);
            case.observations
                .iter_mut()
                .for_each(|o| o.rtt_ns -= o.rtt_ns / 50);
            let territories = field.land.territories();
            let region = locate(&case.observations, case.tier, 0, territories).unwrap();
            failed += u64::from(!case.truth.is_subset(&region.possible()));
        }
        assert!(failed > 100, "{failed}");
    }

    #[test]
    fn the_result_is_printed_and_the_same_for_any_number_of_threads() {
        let line = |threads: usize| {
            let arguments = SyntheticArguments {
                trials: 1_100,
                seed: 3,
                threads: NonZeroUsize::new(threads),
            };
            let mut out = Vec::new();
            assert_eq!(run(&arguments, &|| Duration::ZERO, &mut out).unwrap(), 0);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(line(1), line(2));
        assert!(line(1).contains("\"true_excluded\":0,"), "{}", line(1));
    }
}
