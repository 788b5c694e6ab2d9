//! Which nodes of a measured world become anchors and which hosts.

use super::{Doubt, Measured};

/// What a node becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An anchor at its coordinates.
    Anchor,
    /// A host whose territory is known, so that its verdict can be scored.
    Host,
    /// A host whose position the set itself doubts: shown, never scored.
    DoubtfulHost,
    /// Left out: more anchors than asked for.
    Unused,
}

/// The roles of all nodes and the rule that gave them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// One for each node, in order.
    pub roles: Vec<Role>,
    /// The rule in one sentence, for people.
    pub rule: String,
}

/// Splits the nodes. Nodes that are never a source are hosts; where there are none, every fourth
/// node is. Nodes whose position is in doubt are never anchors. Of more than `max_anchors` anchors,
/// evenly spaced ones in the order of the file stay.
pub fn split(world: &Measured, max_anchors: usize) -> Split {
    let never_source = |index: usize| !world.nodes[index].is_source;
    let trusted = |index: usize| world.nodes[index].doubt.is_none();
    let all = 0..world.nodes.len();
    let by_source = all
        .clone()
        .any(|index| never_source(index) && trusted(index));
    let mut roles: Vec<Role> = all
        .map(|index| match world.nodes[index].doubt {
            Some(Doubt::BadTruth | Doubt::Suspect) => Role::DoubtfulHost,
            // The territory is right, and a host's coordinates are not used.
            Some(Doubt::BadCoordinates) => Role::Host,
            None if by_source && never_source(index) => Role::Host,
            None if !by_source && index % 4 == 3 => Role::Host,
            None => Role::Anchor,
        })
        .collect();
    let anchors: Vec<usize> = (0..roles.len())
        .filter(|index| roles[*index] == Role::Anchor)
        .collect();
    let mut rule = if by_source {
        "nodes that are never a source are hosts, the others anchors".to_owned()
    } else {
        "every node is a source somewhere, so every fourth is a host, the others are anchors"
            .to_owned()
    };
    if anchors.len() > max_anchors {
        for (place, index) in anchors.iter().enumerate() {
            // Keeps the first of each of `max_anchors` equal stretches.
            let stretch = |place: usize| place * max_anchors / anchors.len();
            if place > 0 && stretch(place) == stretch(place - 1) {
                roles[*index] = Role::Unused;
            }
        }
        rule.push_str(&format!(
            "; {max_anchors} of {} anchors are used, evenly spaced in the file",
            anchors.len()
        ));
    }
    Split { roles, rule }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::measured::parse;

    fn world(count: usize, sources: impl Fn(usize) -> bool, exclusions: &str) -> Measured {
        let nodes: String = (0..count)
            .map(|index| format!("n{index},N{index},C,DE,50,8,p\n"))
            .collect();
        let rows: String = (0..count)
            .filter(|index| sources(*index))
            .map(|index| format!("n{index},n{},5\n", (index + 1) % count))
            .collect();
        parse(
            format!("id,name,city,country_iso2,lat,lon,provider\n{nodes}").as_bytes(),
            format!("src,dst,rtt_ms\n{rows}").as_bytes(),
            exclusions.as_bytes(),
        )
        .unwrap()
    }

    fn count(split: &Split, role: Role) -> usize {
        split.roles.iter().filter(|other| **other == role).count()
    }

    #[test]
    fn sources_are_anchors_and_the_others_hosts() {
        let split = split(&world(10, |index| index < 7, ""), 100);
        assert_eq!(count(&split, Role::Anchor), 7);
        assert_eq!(split.roles[7..], [Role::Host; 3]);
    }

    #[test]
    fn without_pure_targets_every_fourth_is_a_host() {
        let split = split(&world(10, |_| true, ""), 100);
        assert_eq!(count(&split, Role::Host), 2);
        assert_eq!(split.roles[3], Role::Host);
    }

    #[test]
    fn doubtful_nodes_are_never_anchors() {
        let exclusions = "kind,name\nbad_truth,N0\nbad_coord,N1\nsuspect,N2\n";
        let split = split(&world(10, |index| index < 7, exclusions), 100);
        assert_eq!(
            split.roles[..3],
            [Role::DoubtfulHost, Role::Host, Role::DoubtfulHost]
        );
        assert_eq!(count(&split, Role::Anchor), 4);
    }

    #[test]
    fn the_number_of_anchors_is_bounded() {
        for limit in 1..30 {
            let split = split(&world(40, |index| index < 33, ""), limit);
            assert_eq!(count(&split, Role::Anchor), limit);
        }
    }
}
