//! Devices and keys: the identity ledger's findings.

use crate::flags::code::{Class, Code, Entry};
use crate::flags::ground::{AtMostMedium, Ground, Severity};
use crate::flags::need::{DAY, Need};
use domicile_fleet::{Basis, Kind};

const SEEN_ONCE: Need = Need::Sessions {
    count: 1,
    apart_ms: 0,
};
const QUIET: (Need, &str) = (Need::Quiet { ms: 30 * DAY }, "no further finding");
const LEDGER: &[&str] = &[
    "the device's key is where the session was signed, or, when it is claimed, the hosts say what is so",
    "at most 1,000 km/h and the minutes of a swap between sessions",
];

/// What all flags of the identity ledger share; texts are the ledger's own.
const fn of(kind: Kind, code: Code, name: &'static str, meaning: &'static str) -> Entry {
    Entry {
        code,
        name,
        meaning,
        class: Class::Inquiry,
        ground: Ground::Signature(Severity::Low),
        claimed: Some(Ground::Claim(AtMostMedium::Note)),
        premises: LEDGER,
        proves: kind.proves(Basis::Signed),
        does_not_prove: kind.does_not_prove(),
        innocent: kind.innocent(),
        raise: SEEN_ONCE,
        clear: QUIET,
        common: None,
        held_back_by: &[],
    }
}

pub(super) const ON_TWO_HOSTS: Entry = Entry {
    class: Class::Finding,
    ground: Ground::Signature(Severity::Medium),
    claimed: Some(Ground::Claim(AtMostMedium::Low)),
    held_back_by: &["a host that names the device of another accuses itself as much"],
    ..of(
        Kind::OnTwoHosts,
        Code::DeviceOnTwoHosts,
        "device-on-two-hosts",
        "one device was with two hosts closer together than it can be carried, or in turns",
    )
};

pub(super) const MOVED: Entry = Entry {
    held_back_by: &[
        "both hosts stand at one site and under one licence",
        "either host is declared in transit, in maintenance, under RMA or decommissioned",
    ],
    ..of(
        Kind::Moved,
        Code::DeviceMoved,
        "device-moved",
        "a device is with another host than before, at another site or under another licence",
    )
};

pub(super) const SWAPPED: Entry = Entry {
    held_back_by: &["the host is declared in maintenance or under RMA"],
    ..of(
        Kind::Swapped,
        Code::DeviceSwapped,
        "device-swapped",
        "a serial number or a driver's name now belongs to another device",
    )
};

pub(super) const KEY_ON_TWO_DEVICES: Entry = Entry {
    class: Class::Finding,
    ground: Ground::Signature(Severity::Medium),
    claimed: Some(Ground::Claim(AtMostMedium::Low)),
    ..of(
        Kind::KeyOnTwoDevices,
        Code::KeyOnTwoDevices,
        "key-on-two-devices",
        "one attestation key stands in chains of two devices",
    )
};

pub(super) const BOARD_INCOMPLETE: Entry = Entry {
    raise: Need::Lasting { ms: 14 * DAY },
    clear: (Need::Lasting { ms: DAY }, "the board is complete again"),
    held_back_by: &["the host is declared in maintenance or under RMA"],
    ..of(
        Kind::BoardIncomplete,
        Code::BoardIncomplete,
        "board-members-missing",
        "members that the board's own devices name have given no valid report for two weeks",
    )
};

pub(super) const GONE: Entry = Entry {
    raise: Need::Lasting { ms: 14 * DAY },
    clear: (
        Need::Lasting { ms: DAY },
        "the device is seen again, with any host",
    ),
    held_back_by: &["the host is declared in maintenance or under RMA"],
    ..of(
        Kind::Gone,
        Code::DeviceGone,
        "device-gone",
        "a device has been missing from its host for two weeks and is with no other",
    )
};

pub(super) const KEY_CHANGED: Entry = of(
    Kind::KeyChanged,
    Code::KeyChanged,
    "host-key-changed",
    "all devices of a host report under another key, and the first was not withdrawn",
);
