//! What a measured world says about each host, and whether its true territory survived.

use crate::auditor::Attestation;
use crate::measured::{Doubt, Measured, Votes};
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the world found, as `--format json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Score {
    /// How nodes became anchors and hosts.
    pub(super) rule: String,
    /// What counts as one vote.
    pub(super) votes: Votes,
    /// Number of anchors.
    pub(super) anchors: usize,
    /// By node id.
    pub(super) hosts: BTreeMap<String, Scored>,
    /// Hosts whose true territory was excluded, and are scored.
    pub(super) true_territory_excluded: Vec<String>,
    /// The map.
    pub(super) map: String,
}

/// One host.
#[derive(Debug, Serialize)]
pub(super) struct Scored {
    /// For people.
    pub(super) city: String,
    /// Its true territory, as the set says.
    pub(super) territory: String,
    /// Whether the set's claim is relied on.
    pub(super) scored: bool,
    /// The verdict's value.
    pub(super) verdict: String,
    /// Anchors that counted.
    pub(super) anchors_counted: usize,
    /// By tier.
    pub(super) tiers: BTreeMap<String, TierScore>,
}

/// One tier of one host.
#[derive(Debug, Serialize)]
pub(super) struct TierScore {
    /// Share of all territories that are excluded.
    pub(super) excluded_share: f64,
    /// Whether the true one is among them.
    pub(super) true_territory_excluded: bool,
}

/// The score of each host, by its node's id.
pub(super) fn score(
    world: &Measured,
    nodes: &[usize],
    attestations: &[(String, Attestation)],
) -> BTreeMap<String, Scored> {
    let mut scored = BTreeMap::new();
    for (&index, (verdict, attestation)) in nodes.iter().zip(attestations) {
        let node = &world.nodes[index];
        let tiers = attestation.tiers.iter().map(|tier| {
            let (excluded, possible) = (f64::from(tier.excluded), tier.possible.len());
            let possible = f64::from(u32::try_from(possible).unwrap_or(u32::MAX));
            let score = TierScore {
                excluded_share: excluded / (excluded + possible).max(1.0),
                true_territory_excluded: !tier.possible.contains(&node.territory),
            };
            (tier.tier.clone(), score)
        });
        let one = Scored {
            city: node.city.clone(),
            territory: node.territory.clone(),
            scored: !matches!(node.doubt, Some(Doubt::BadTruth | Doubt::Suspect)),
            verdict: verdict.clone(),
            anchors_counted: attestation.counted(),
            tiers: tiers.collect(),
        };
        scored.insert(node.id.clone(), one);
    }
    scored
}

/// Scored hosts whose truth was excluded at any tier.
pub(super) fn excluded(scored: &BTreeMap<String, Scored>) -> Vec<String> {
    let lost = |one: &Scored| one.tiers.values().any(|tier| tier.true_territory_excluded);
    scored
        .iter()
        .filter(|(_, one)| one.scored && lost(one))
        .map(|(id, _)| id.clone())
        .collect()
}

impl Score {
    /// The table and its totals, for people.
    pub(super) fn text(&self) -> String {
        let score = self;
        let mut table = Table::new();
        table.load_preset(UTF8_BORDERS_ONLY).set_header([
            "host",
            "city",
            "truth",
            "verdict",
            "anchors",
            "excluded: c",
            "0.69c",
            "2/3c",
            "truth excluded",
        ]);
        for (id, one) in &score.hosts {
            let share = |tier: &str| {
                let tier = one.tiers.get(tier);
                tier.map_or_else(String::new, |t| {
                    format!("{:.1} %", 100.0 * t.excluded_share)
                })
            };
            let lost: Vec<&str> = one
                .tiers
                .iter()
                .filter(|(_, tier)| tier.true_territory_excluded)
                .map(|(tier, _)| tier.as_str())
                .collect();
            let lost = match (lost.is_empty(), one.scored) {
                (true, _) => "no".to_owned(),
                (false, true) => format!("YES at {}", lost.join(", ")),
                (false, false) => format!("yes at {} (the set doubts it)", lost.join(", ")),
            };
            table.add_row([
                id.clone(),
                one.city.clone(),
                one.territory.clone(),
                one.verdict.clone(),
                one.anchors_counted.to_string(),
                share("c"),
                share("0.69c"),
                share("2/3c"),
                lost,
            ]);
        }
        let vote = match score.votes {
            Votes::Provider => "provider",
            Votes::Node => "node",
        };
        let mean = |tier: &str| {
            let shares: Vec<f64> = score
                .hosts
                .values()
                .filter_map(|one| Some(one.tiers.get(tier)?.excluded_share))
                .collect();
            let count = f64::from(u32::try_from(shares.len()).unwrap_or(u32::MAX)).max(1.0);
            100.0 * shares.iter().sum::<f64>() / count
        };
        format!(
            "{table}\n\n{} hosts, {} anchors: {}. A vote is a {vote}, one vote may lie.\n\
         Territories excluded on average: {:.1} % at c, {:.1} % at 0.69c, {:.1} % at 2/3c.\n\
         True territories excluded: {}.\nMap: {}\n",
            score.hosts.len(),
            score.anchors,
            score.rule,
            mean("c"),
            mean("0.69c"),
            mean("2/3c"),
            score.true_territory_excluded.len(),
            score.map,
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::plan::tests::world;
    use super::*;
    use crate::auditor::TierRow;

    #[test]
    fn an_excluded_truth_is_found_unless_the_set_doubts_it() {
        let world = world();
        let attestation = |possible: &[&str]| Attestation {
            tiers: vec![TierRow {
                tier: "c".into(),
                possible: possible.iter().map(|code| (*code).to_owned()).collect(),
                excluded: 3,
            }],
            ..Attestation::default()
        };
        // n6 is in DE, n7 in FR by a claim known to be false.
        let verdict = "insufficient".to_owned();
        let both = |a: &[&str], b: &[&str]| {
            let list = [
                (verdict.clone(), attestation(a)),
                (verdict.clone(), attestation(b)),
            ];
            excluded(&score(&world, &[6, 7], &list))
        };
        assert!(both(&["DE", "CH"], &["FR"]).is_empty());
        assert!(both(&["DE"], &["DE"]).is_empty());
        assert_eq!(both(&["CH"], &["FR"]), ["n6"]);
    }
}
