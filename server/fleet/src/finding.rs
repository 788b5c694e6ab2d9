//! What does not fit, and what it says.

use crate::name::{Alias, DeviceName};
use domicile_proto::types::{Digest, Key};

/// How the presence of a device was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The host says so; nobody signed it but the host.
    Claimed,
    /// The device's own key signed the session.
    Signed,
}

impl Basis {
    /// Of sightings that were all signed by the device, or not.
    pub fn of(signed: bool) -> Self {
        match signed {
            true => Self::Signed,
            false => Self::Claimed,
        }
    }

    /// As it stands in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Signed => "signed",
        }
    }
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// The weakest way in which the sightings it rests on were shown.
    pub basis: Basis,
    /// The devices it is about.
    pub devices: Vec<DeviceName>,
    /// The other name that leads astray, where there is one.
    pub alias: Option<Alias>,
    /// The hosts, the one of the newer sighting last.
    pub hosts: Vec<Key>,
    /// The evidence it rests on, in the order of measurement.
    pub evidence: Vec<Digest>,
    /// The measurement that showed it, Unix time, ms.
    pub at_ms: u64,
    /// The licence, and how many devices of it were licensed and seen; for the two kinds of count.
    pub licence: Option<(String, u32, u32)>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal,
        proves $signed:literal, claimed $claimed:literal, not $not:literal, innocent [$($innocent:literal),*];)*) => {
        /// The kinds of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $name = $number,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Kind] = &[$(Kind::$name,)*];

            /// The name in listings and in JSON.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$name => $text,)* }
            }

            /// The kind of this name.
            pub fn of_name(name: &str) -> Option<Kind> {
                Kind::ALL.iter().copied().find(|kind| kind.name() == name)
            }

            /// What it proves on this basis.
            pub const fn proves(self, basis: Basis) -> &'static str {
                match (self, basis) {
                    $((Kind::$name, Basis::Signed) => $signed,
                      (Kind::$name, Basis::Claimed) => $claimed,)*
                }
            }

            /// What it does not prove.
            pub const fn does_not_prove(self) -> &'static str {
                match self { $(Kind::$name => $not,)* }
            }

            /// Causes without any wrongdoing.
            pub const fn innocent(self) -> &'static [&'static str] {
                match self { $(Kind::$name => &[$($innocent),*],)* }
            }
        }
    };
}

kinds! {
    /// Two hosts had the device closer together than it can be carried, or in turns.
    OnTwoHosts = 1, "device-on-two-hosts",
        proves "one device key signed sessions of two hosts closer together than a board is moved, or in turns",
        claimed "two hosts report the same device closer together than a board is moved, or in turns",
        not "which of the hosts has the device, or that a second device exists: a session's nonce can be carried to a device elsewhere",
        innocent ["a host was re-installed under a new key and both keys still report", "a virtual machine was moved with its device's name", "a board was moved and moved back between reports"];
    /// The device was with one host and is now with another.
    Moved = 2, "device-moved",
        proves "the device key signed a session of another host than before",
        claimed "another host than before reports this device",
        not "that it was carried far, or without leave, or that it stands with either host: a session's nonce can be carried to a device elsewhere",
        innocent ["repair or rebalancing within a site", "a return under warranty and resale", "a host re-installed under a new key"];
    /// One attestation key has signed for two devices.
    KeyOnTwoDevices = 3, "key-on-two-devices",
        proves "one attestation key stands in valid chains of two device identities: the vendor's certificates disagree, or a device key was copied",
        claimed "a host reports one attestation key with two device identities",
        not "which of the two is the true one",
        innocent ["an error of the vendor's certification"];
    /// A serial number or driver's name now belongs to another device.
    Swapped = 4, "device-swapped",
        proves "two device keys have signed for this serial number or driver's name, which is the host's word",
        claimed "a host reports another device than before under this serial number or driver's name",
        not "where the earlier device went, or that the number stands on either board: no device signs it",
        innocent ["a module was replaced under warranty and the board kept its label", "a driver update that names devices anew"];
    /// Members of a board do not report.
    BoardIncomplete = 5, "board-members-missing",
        proves "devices that signed this session sign that they are linked to these, which gave no valid report in it",
        claimed "members that the host names gave no valid report in this session",
        not "that they are gone, or elsewhere: a member that failed reports nothing",
        innocent ["a GPU or a switch failed or is under repair", "the driver's fabric manager had not finished", "a member's report failed or was too late"];
    /// All devices of a host now report under another host key, and the first was not withdrawn.
    KeyChanged = 6, "host-key-changed",
        proves "every device of the earlier host key signs under a key that was enrolled later, while the earlier one was not withdrawn",
        claimed "every device of the earlier host key is reported by a key that was enrolled later, while the earlier one was not withdrawn",
        not "that the earlier key is misused",
        innocent ["the host was re-installed without `domiciled withdraw`", "the state was lost with a disk"];
    /// A host reports fewer devices than before, and this one is missing.
    Gone = 7, "device-gone",
        proves "a device signed sessions of this host, and a reading that the host calls complete no longer holds it",
        claimed "a reading that the host calls complete no longer holds a device that it reported before",
        not "where the device is, or that the reading is true: no device signs what is absent",
        innocent ["the device failed, or fell off the bus until the next boot", "it is under repair", "it was moved to a host that has not reported yet"];
    /// Fewer devices are seen than the licence names.
    FewerThanLicensed = 8, "fewer-than-licensed",
        proves "fewer device keys signed under this licence in the period than it names",
        claimed "fewer devices were reported under this licence in the period than it names",
        not "that the rest are elsewhere: they may not be delivered, installed, opted in or switched on",
        innocent ["delivery or installation under way", "hosts that have not opted in", "spares, repair, maintenance"];
    /// More devices are seen than the licence names.
    MoreThanLicensed = 9, "more-than-licensed",
        proves "more device keys signed under this licence in the period than it names",
        claimed "more devices were reported under this licence in the period than it names",
        not "that any of them is unlicensed: hosts may be enrolled under the wrong licence",
        innocent ["replaced devices that were counted within the same period", "a token of the wrong licence"];
}
