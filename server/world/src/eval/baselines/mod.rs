//! Methods of others beside which the belief is shown, after their papers.
//!
//! | Module | Method |
//! |---|---|
//! | `shortest_ping.rs` | the place of the anchor with the shortest round trip |
//!
//! Each learns from the round trips among the anchors, those of the host under test left out,
//! and then sees what the anchors measured of the host. None of them excludes anything here.

mod shortest_ping;

use super::estimate::{Accuracy, Estimate};
use super::trial::{Host, Trial};
use domicile_geo::Territories;

/// What one method achieved.
#[derive(Debug)]
pub(super) struct Baseline {
    /// Its name in JSON and tables.
    pub(super) name: &'static str,
    pub(super) accuracy: Accuracy,
}

/// Runs every baseline over every host.
pub(super) fn run(trial: &Trial, territories: &Territories) -> Vec<Baseline> {
    let estimate = |host: &Host| shortest_ping::estimate(trial, host, territories);
    let estimates: Vec<Option<Estimate>> = trial.hosts.iter().map(estimate).collect();
    vec![Baseline {
        name: "shortest_ping",
        accuracy: Accuracy::new(trial, &estimates),
    }]
}
