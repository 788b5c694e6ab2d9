//! The zone file: one limit for each anchor, the same for all hosts of a licence, for agents that
//! reveal the zone only.

use super::input::{Anchors, Named};
use super::outcome::milliseconds;
use anyhow::{Context as _, bail, ensure};
use domicile_certs::zone::{Limit, Zone};
use domicile_geo::plan::{Plan, ZoneVotes};
use serde::Serialize;

/// What a zone's limits can do.
#[derive(Debug, Serialize)]
pub(super) struct ZoneOutcome {
    /// Anchors of the plan.
    pub(super) anchors: usize,
    /// Those that have a limit.
    pub(super) limits: Vec<LimitOutcome>,
    /// *f* + 1: votes within their limits that give the verdict.
    pub(super) needed_votes: usize,
    /// Votes that a report shows: *f* more, so that as many may fail at the collector.
    pub(super) shown_votes: usize,
    /// Of so many of the nearest votes every session visits an anchor.
    pub(super) near_votes: usize,
    pub(super) metros: Vec<MetroOutcome>,
}

#[derive(Debug, Serialize)]
pub(super) struct LimitOutcome {
    #[serde(skip)]
    anchor: usize,
    name: String,
    #[serde(skip)]
    limit_ns: u64,
    limit_ms: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct MetroOutcome {
    pub(super) name: String,
    pub(super) territory: String,
    /// Votes within their limits on honest paths: of the nearest, and of all.
    pub(super) near: usize,
    pub(super) all: usize,
    pub(super) confirmed: Confirmed,
}

/// Which coarse sessions of a host in a metro confirm it, on honest paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Confirmed {
    Every,
    WhenDrawn,
    Never,
}

impl Confirmed {
    fn of(votes: ZoneVotes, needed: usize) -> Self {
        match votes {
            ZoneVotes { near, .. } if near >= needed => Self::Every,
            ZoneVotes { all, .. } if all >= needed => Self::WhenDrawn,
            _ => Self::Never,
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Every => "always",
            Self::WhenDrawn => "when drawn",
            Self::Never => "never",
        }
    }
}

/// The limits and what they do for each metro.
///
/// # Errors
/// Limits that confirm no metro: what a report in coarse mode showed would be told for nothing.
pub(super) fn zone(
    plan: &Plan<'_>,
    anchors: &Anchors,
    metros: &[Named],
) -> anyhow::Result<ZoneOutcome> {
    let limits = plan.zone_limits();
    let needed_votes = usize::from(plan.lying_votes) + 1;
    let code = |index| {
        let code = plan.territories.code(index);
        code.map(|code| code.to_string()).unwrap_or_default()
    };
    let outcomes: Vec<MetroOutcome> = metros
        .iter()
        .zip(&plan.metros)
        .map(|(named, metro)| {
            let votes = plan.zone_votes(metro, &limits, anchors.near_votes);
            MetroOutcome {
                name: named.name.clone(),
                territory: code(named.territory),
                near: votes.near,
                all: votes.all,
                confirmed: Confirmed::of(votes, needed_votes),
            }
        })
        .collect();
    if outcomes
        .iter()
        .all(|metro| metro.confirmed == Confirmed::Never)
    {
        bail!(
            "no zone file: one limit for each anchor confirms no metro of this zone at {} (on honest paths fewer than \
             {needed_votes} votes exclude everything denied by themselves, whatever the metro): its hosts need exact \
             sessions, or anchors nearer to them",
            plan.tier.label()
        );
    }
    Ok(ZoneOutcome {
        anchors: plan.sites.len(),
        limits: (0..)
            .zip(&limits)
            .filter_map(|(anchor, limit)| {
                Some(LimitOutcome {
                    anchor,
                    name: anchors.names.get(anchor)?.0.clone(),
                    limit_ns: (*limit)?,
                    limit_ms: milliseconds((*limit)?),
                })
            })
            .collect(),
        needed_votes,
        shown_votes: 2 * usize::from(plan.lying_votes) + 1,
        near_votes: anchors.near_votes,
        metros: outcomes,
    })
}

/// The file for agents.
pub(super) fn file(
    outcome: &ZoneOutcome,
    name: &str,
    plan: &Plan<'_>,
    anchors: &Anchors,
) -> anyhow::Result<Zone> {
    let excludes = plan.goal.denied.codes(plan.territories);
    let excludes = excludes.map(|code| code.to_string()).collect();
    let votes = u8::try_from(outcome.shown_votes).context("too many votes")?;
    let wrong = |problem: String| anyhow::anyhow!("zone file: {problem}");
    let mut zone = Zone::new(name, plan.tier.label(), excludes, votes).map_err(wrong)?;
    ensure!(
        anchors.keys.len() == outcome.anchors,
        "`--limits-out` needs the anchors' keys: name them with `--directory`"
    );
    for limit in &outcome.limits {
        let (key, position_version) = anchors.keys[limit.anchor];
        let limit = Limit {
            position_version,
            limit_ns: limit.limit_ns,
        };
        zone.insert(key, limit).map_err(wrong)?;
    }
    Ok(zone)
}
