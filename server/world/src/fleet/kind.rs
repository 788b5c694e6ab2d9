//! Diversions of the kinds seen in public cases, and what each lets others see.

use super::place::{AWAY, Whence};
use crate::trials::Random;
use domicile_diversion::flags::Liveness;

/// What a diversion changes of what is recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shows {
    /// The host is silent for some days, then answers from elsewhere.
    From(Whence),
    /// It is never heard again.
    Silence,
    /// It is declared absent, and never heard again.
    Declared(Liveness),
    /// Its devices no longer sign; what the host says of them is as before.
    NobodySigns,
    /// One device after the other goes. What the host says of them, if it does not say so.
    Leak(Leak),
    /// The devices appear at a host of another licence, which dropped its own.
    Reappear,
    /// Nothing of what is recorded changes.
    Nothing,
}

/// What the host says of a device that went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leak {
    /// That it is gone.
    Told,
    /// That it is there; its key does not sign.
    Denied,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal signs $signs:literal: $why:literal;)*) => {
        /// A way to divert.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            pub(super) const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The name in the report.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// How it shows, or why it cannot.
            pub(super) const fn why(self) -> &'static str {
                match self { $(Self::$kind => $why,)* }
            }

            /// Whether the devices' keys sign before it begins.
            pub(super) const fn signs(self) -> bool {
                match self { $(Self::$kind => $signs,)* }
            }
        }
    };
}

kinds! {
    /// Trans-shipped, and the agent goes on.
    MovedOpenly "trans-shipped-agent-on" signs false:
        "outside where anchors are near the new place, otherwise never confirmed";
    /// Trans-shipped, and the agent is gone.
    MovedSwitchedOff "trans-shipped-agent-off" signs false:
        "silence beyond the licence's condition";
    /// Trans-shipped under the word `transit`.
    DeclaredTransit "declared-in-transit" signs false:
        "the declared transit lasts longer than the licence allows";
    /// Trans-shipped under the word `storage`.
    DeclaredStorage "declared-in-storage" signs false:
        "the declared absence lasts longer than the licence allows";
    /// Re-labelled dummies stand in the racks; the host's key goes on.
    Dummies "dummies" signs false:
        "labels and inventory are claims and the key is software; the inspector's challenge and a look inside";
    /// The same where the devices signed before.
    DummiesSigned "dummies-where-devices-signed" signs true:
        "dummies sign nothing";
    /// The host's key stays behind on another machine.
    KeyLeftBehind "key-left-behind" signs false:
        "a software key signs anywhere, and the inventory is a claim";
    /// The same where the devices signed before.
    KeyLeftBehindSigned "key-left-behind-where-devices-signed" signs true:
        "the machine left behind has no device that signs";
    /// Answers come by way of a relay of packets at the declared place.
    RelayOfPackets "relay-of-packets" signs false:
        "the way to the relay and back is in every round trip: never confirmed";
    /// The relay holds the session's keys.
    RelayWithKey "relay-with-key" signs false:
        "the session's keys are at the permitted place, and so are its round trips";
    /// Single boards leak, and the agent reads what is left.
    SlowLeak "slow-leak" signs false:
        "the agent misses each device";
    /// The same with a forged inventory.
    SlowLeakDenied "slow-leak-inventory-forged" signs false:
        "the inventory is a claim";
    /// The same where the devices signed before.
    SlowLeakDeniedSigned "slow-leak-forged-where-devices-signed" signs true:
        "those that are left name the members of their board that no longer sign";
    /// Sold on, and put to use under another customer's licence.
    SoldOn "sold-on-to-another-licence" signs false:
        "the devices are reported by another host";
    /// The devices stay; others compute on them from afar.
    RentedOut "rented-out" signs false:
        "the devices stay where they may be; who computes on them is not seen";
}

impl Kind {
    /// What changes.
    pub(super) fn shows(self, random: &mut Random) -> Shows {
        let away = random.below(AWAY.len());
        match self {
            Self::MovedOpenly => Shows::From(Whence::Away(away)),
            Self::RelayOfPackets => Shows::From(Whence::Relayed(away)),
            Self::MovedSwitchedOff => Shows::Silence,
            Self::DeclaredTransit => Shows::Declared(Liveness::Transit),
            Self::DeclaredStorage => Shows::Declared(Liveness::Storage),
            Self::DummiesSigned | Self::KeyLeftBehindSigned => Shows::NobodySigns,
            Self::SlowLeak => Shows::Leak(Leak::Told),
            Self::SlowLeakDeniedSigned => Shows::Leak(Leak::Denied),
            Self::SoldOn => Shows::Reappear,
            Self::RelayWithKey
            | Self::KeyLeftBehind
            | Self::Dummies
            | Self::SlowLeakDenied
            | Self::RentedOut => Shows::Nothing,
        }
    }
}
