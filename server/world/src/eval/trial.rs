//! Which nodes are hosts and which anchors, and what the anchors saw of each host.

use super::pick::pick;
use super::{AnchorCount, EvalArguments};
use crate::measured::{Doubt, Measured, MeasuredNode, Votes};
use anyhow::Context;
use domicile_geo::{Observation, Territories, UnitVec, VoteId};
use domicile_map::Point;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// A node as an anchor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    /// Its place in the file of nodes.
    node: usize,
    pub(super) vote: VoteId,
    pub(super) position: UnitVec,
    /// The same in degrees.
    pub(super) point: Point,
}

/// A node as a host.
#[derive(Debug)]
pub(super) struct Host {
    /// Its place in the file of nodes.
    node: usize,
    /// Where the set says it is, an index into the territory data.
    pub(super) territory: u8,
    /// What the anchors saw.
    pub(super) observations: Vec<Observation>,
    /// The shortest round trip, milliseconds.
    pub(super) nearest_ms: f64,
}

/// A set made ready.
#[derive(Debug)]
pub(super) struct Trial {
    world: Measured,
    anchors: Vec<Anchor>,
    survey_error_m: u32,
    pub(super) lying_votes: u8,
    /// Hosts of known place that an anchor saw, in the order of the file.
    pub(super) hosts: Vec<Host>,
    /// Hosts of `bad_truth` and `suspect`: shown, never counted.
    pub(super) doubtful: Vec<Host>,
    /// Nodes that are no hosts.
    pub(super) left_out: Vec<LeftOut>,
}

/// A node that is no host.
#[derive(Debug, Clone, Serialize)]
pub(super) struct LeftOut {
    pub(super) id: String,
    pub(super) why: String,
}

impl Trial {
    /// Chooses hosts and anchors.
    ///
    /// # Errors
    /// More anchors than one solve takes.
    pub(super) fn new(
        world: Measured,
        arguments: &EvalArguments,
        territories: &Territories,
    ) -> anyhow::Result<Self> {
        let anchors = anchors(&world, arguments, territories)?;
        let mut trial = Self {
            anchors,
            survey_error_m: arguments.survey_error_m,
            lying_votes: arguments.lying_votes,
            hosts: Vec::new(),
            doubtful: Vec::new(),
            left_out: Vec::new(),
            world,
        };
        for index in 0..trial.world.nodes.len() {
            let node = &trial.world.nodes[index];
            match (trial.host(index, territories), node.doubt) {
                (Ok(host), Some(Doubt::BadTruth | Doubt::Suspect)) => trial.doubtful.push(host),
                (Ok(host), Some(Doubt::BadCoordinates) | None) => trial.hosts.push(host),
                (Err(why), _) => trial.left_out.push(LeftOut {
                    id: node.id.clone(),
                    why,
                }),
            }
        }
        Ok(trial)
    }

    /// How many anchors there are.
    pub(super) fn anchor_count(&self) -> usize {
        self.anchors.len()
    }

    /// How far anchors may be from their coordinates, metres.
    pub(super) fn survey_error_m(&self) -> u32 {
        self.survey_error_m
    }

    /// The node that a host is.
    pub(super) fn node(&self, host: &Host) -> &MeasuredNode {
        &self.world.nodes[host.node]
    }

    /// Where the set says a host is, or `None` where its coordinates are in doubt.
    pub(super) fn true_point(&self, host: &Host) -> Option<Point> {
        let node = self.node(host);
        node.doubt.is_none().then_some(node.point)
    }

    /// The number that a host has as an anchor, if it is one: to be left out of what is learnt
    /// from the anchors' mesh.
    pub(super) fn anchor_number(&self, host: &Host) -> Option<usize> {
        let is_host = |anchor: &Anchor| anchor.node == host.node;
        self.anchors.iter().position(is_host)
    }

    /// The anchors, by the number that observations carry.
    pub(super) fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// The smaller round trip of both directions between two anchors, by their numbers.
    pub(super) fn between(&self, a: usize, b: usize) -> Option<Duration> {
        let node = |anchor: usize| self.anchors[anchor].node;
        self.world.round_trip(node(a), node(b))
    }

    /// A node as a host, or why it is none.
    fn host(&self, node: usize, territories: &Territories) -> Result<Host, String> {
        let code = &self.world.nodes[node].territory;
        let known = code
            .parse()
            .ok()
            .and_then(|code| territories.index_of(code));
        let territory =
            known.ok_or_else(|| format!("territory `{code}` is not in the territory data"))?;
        let mut nearest_ms = f64::INFINITY;
        let mut observations = Vec::new();
        for (anchor, number) in self.anchors.iter().zip(0u16..) {
            let Some(round_trip) = self.world.round_trip(node, anchor.node) else {
                continue;
            };
            nearest_ms = nearest_ms.min(round_trip.as_secs_f64() * 1000.0);
            let nanoseconds = u64::try_from(round_trip.as_nanos()).unwrap_or(u64::MAX);
            observations.push(Observation {
                vote: anchor.vote,
                anchor: number,
                position: anchor.position,
                survey_error_m: self.survey_error_m,
                clock_error_ppm: 0,
                // The file's number was rounded to nanoseconds.
                rtt_ns: nanoseconds.saturating_add(1),
            });
        }
        if observations.is_empty() {
            return Err("no anchor saw it".to_owned());
        }
        Ok(Host {
            node,
            territory,
            observations,
            nearest_ms,
        })
    }
}

fn anchors(
    world: &Measured,
    arguments: &EvalArguments,
    territories: &Territories,
) -> anyhow::Result<Vec<Anchor>> {
    let nodes = &world.nodes;
    let able: Vec<usize> = (0..nodes.len())
        .filter(|&node| nodes[node].is_source && nodes[node].doubt.is_none())
        .collect();
    let chosen: Vec<usize> = match arguments.anchors {
        AnchorCount::All => able,
        AnchorCount::AtMost(most) => pick(world, able, most, arguments, territories)?,
    };
    let votes = votes(world, &chosen, arguments.votes)?;
    chosen
        .into_iter()
        .zip(votes)
        .map(|(node, vote)| {
            let point = nodes[node].point;
            let [x, y, z] = point.unit();
            Ok(Anchor {
                node,
                vote,
                position: UnitVec::new(x, y, z)?,
                point,
            })
        })
        .collect()
}

/// The votes of some nodes, numbered in order of appearance.
pub(super) fn votes(world: &Measured, nodes: &[usize], kind: Votes) -> anyhow::Result<Vec<VoteId>> {
    let mut votes: BTreeMap<&str, VoteId> = BTreeMap::new();
    nodes
        .iter()
        .map(|node| {
            let known = &world.nodes[*node];
            let domain = match kind {
                Votes::Node => &known.id,
                Votes::Provider => &known.provider,
            };
            let next = u16::try_from(votes.len()).context("more than 65,536 votes")?;
            Ok(*votes.entry(domain).or_insert(VoteId(next)))
        })
        .collect()
}
