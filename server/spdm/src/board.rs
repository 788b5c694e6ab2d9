//! Boards: GPUs and NVSwitches that sign each other's PDIs.
//!
//! A GPU's report lists the switch at each of its links, a switch's report the GPUs at its ports. Of
//! the devices whose reports were verified, [`Board::of`] says which others they name that sent
//! none, and where only one side names the other.
//!
//! It shows that devices once stood on one board, as they themselves sign it now. It does not show
//! that a device which is missing has left: its report may only have failed.

use crate::pdi::{Device, Kind, Pdi};
use std::collections::{BTreeMap, BTreeSet};

/// A device whose signature and chain hold, and the PDIs that it signs it is linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which device.
    pub device: Device,
    /// A GPU's switches, a switch's GPUs.
    pub peers: Vec<Pdi>,
}

/// What the members of one host say of each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Board {
    /// Devices that members name and that are no members, each with who names it.
    pub missing: BTreeMap<Device, Vec<Pdi>>,
    /// Members that are named by a peer they do not name themselves: (who names, who is named).
    pub one_sided: BTreeSet<(Pdi, Pdi)>,
}

impl Board {
    /// Compares what the members sign. A device that appears twice counts once.
    pub fn of(members: &[Member]) -> Self {
        let by_device: BTreeMap<Device, &Member> = members
            .iter()
            .map(|member| (member.device, member))
            .collect();
        let mut board = Self::default();
        for member in by_device.values() {
            let own = member.device;
            let kind = match own.kind {
                Kind::Gpu => Kind::Switch,
                Kind::Switch => Kind::Gpu,
            };
            for pdi in &member.peers {
                let peer = Device { kind, pdi: *pdi };
                match by_device.get(&peer) {
                    None => board.missing.entry(peer).or_default().push(own.pdi),
                    Some(other) if !other.peers.contains(&own.pdi) => {
                        board.one_sided.insert((own.pdi, *pdi));
                    }
                    Some(_) => {}
                }
            }
        }
        board
    }

    /// Everybody who is named is there and names the others too.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.one_sided.is_empty()
    }
}
