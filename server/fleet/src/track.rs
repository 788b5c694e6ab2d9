//! Where one device was: its stays with hosts, in the order of their beginning.

use crate::finding::Basis;
use domicile_proto::types::{Digest, Key};

/// Stays kept of one device, the newest.
pub const MAX_STAYS: usize = 16;

/// Sessions of two hosts closer together than this, milliseconds, cannot both have had the device:
/// a host is stopped, opened, closed, and started again in between.
pub const SWAP_MS: u64 = 10 * 60 * 1000;

/// A device that returns to a host within this time, milliseconds, after another had it is with
/// both in turns.
pub const TURNS_MS: u64 = 24 * 3600 * 1000;

/// A device with one host, without another in between.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Stay {
    /// The host's key, 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub host: Vec<u8>,
    /// The host's customer at its last sighting.
    #[prost(string, tag = "2")]
    pub customer: String,
    /// The host's licence at its last sighting.
    #[prost(string, tag = "3")]
    pub licence: String,
    /// Beginning of the first session, Unix time, ms.
    #[prost(uint64, tag = "4")]
    pub first_ms: u64,
    /// End of the last session, Unix time, ms.
    #[prost(uint64, tag = "5")]
    pub last_ms: u64,
    /// Hash of the first evidence, 32 bytes.
    #[prost(bytes = "vec", tag = "6")]
    pub first_evidence: Vec<u8>,
    /// Hash of the last evidence, 32 bytes.
    #[prost(bytes = "vec", tag = "7")]
    pub last_evidence: Vec<u8>,
    /// Those of its sessions that the device's own key signed; absent when none.
    #[prost(message, optional, tag = "9")]
    pub signed: Option<Span>,
}

/// The time between the first and the last session of some.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct Span {
    /// Beginning of the first, Unix time, ms.
    #[prost(uint64, tag = "1")]
    pub first_ms: u64,
    /// End of the last, Unix time, ms.
    #[prost(uint64, tag = "2")]
    pub last_ms: u64,
}

/// PCI ids, as the host says. Nobody signs them.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct PciIds {
    /// Vendor, 16 bits, as are the others.
    #[prost(uint32, tag = "1")]
    pub vendor: u32,
    /// Device.
    #[prost(uint32, tag = "2")]
    pub device: u32,
    /// Subsystem vendor.
    #[prost(uint32, tag = "3")]
    pub subsystem_vendor: u32,
    /// Subsystem device.
    #[prost(uint32, tag = "4")]
    pub subsystem_device: u32,
}

/// Everything kept of one device.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Track {
    /// In the order of their beginning; at most [`MAX_STAYS`].
    #[prost(message, repeated, tag = "1")]
    pub stays: Vec<Stay>,
    /// As the host said in the sighting taken in last; absent when it said nothing of them.
    #[prost(message, optional, tag = "2")]
    pub ids: Option<PciIds>,
}

impl Span {
    /// Whether a session in `other` lies in this time, or so close to it that the device cannot have
    /// been carried in between.
    fn collides(self, other: Self) -> bool {
        other.first_ms < self.last_ms.saturating_add(SWAP_MS)
            && self.first_ms < other.last_ms.saturating_add(SWAP_MS)
    }

    fn join(self, other: Self) -> Self {
        Self {
            first_ms: self.first_ms.min(other.first_ms),
            last_ms: self.last_ms.max(other.last_ms),
        }
    }
}

impl Stay {
    /// The host's key. Of a damaged row, zeros.
    pub fn host(&self) -> Key {
        Key(self.host.as_slice().try_into().unwrap_or_default())
    }

    /// The first evidence.
    pub fn first_evidence(&self) -> Digest {
        Digest(
            self.first_evidence
                .as_slice()
                .try_into()
                .unwrap_or_default(),
        )
    }

    /// The last evidence.
    pub fn last_evidence(&self) -> Digest {
        Digest(self.last_evidence.as_slice().try_into().unwrap_or_default())
    }

    /// Whether the device's own key signed any of its sessions.
    pub fn basis(&self) -> Basis {
        Basis::of(self.signed.is_some())
    }

    fn span(&self) -> Span {
        Span {
            first_ms: self.first_ms,
            last_ms: self.last_ms,
        }
    }

    /// Whether both stays hold, and what shows it: sessions that the device signed, or also others.
    fn collision(&self, seen: &Self) -> Option<Basis> {
        let signed = self.signed.zip(seen.signed);
        let signed = signed.is_some_and(|(one, other)| one.collides(other));
        let at_all = self.span().collides(seen.span());
        (self.host != seen.host && at_all).then(|| Basis::of(signed))
    }

    fn absorb(&mut self, seen: Stay) {
        if seen.first_ms < self.first_ms {
            self.first_ms = seen.first_ms;
            self.first_evidence = seen.first_evidence;
        }
        if seen.last_ms > self.last_ms {
            self.last_ms = seen.last_ms;
            self.last_evidence = seen.last_evidence;
            self.customer = seen.customer;
            self.licence = seen.licence;
        }
        self.signed = match (self.signed, seen.signed) {
            (Some(before), Some(seen)) => Some(before.join(seen)),
            (before, seen) => before.or(seen),
        };
    }
}

/// What a sighting was to a track, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The device was never seen before, or is where it was.
    Nothing,
    /// It came from this stay.
    Moved(Stay, Basis),
    /// It was with this one too.
    Collides(Stay, Basis),
}

impl Track {
    /// The stay that began last.
    pub fn newest(&self) -> Option<&Stay> {
        self.stays.last()
    }

    /// Takes in one session of `seen.host`. A change is told once: when it makes a new stay.
    pub(crate) fn see(&mut self, seen: Stay) -> Change {
        if let Some(own) = self.own(&seen) {
            self.stays[own].absorb(seen);
            return Change::Nothing;
        }
        let change = self.change(&seen);
        let place = |stay: &Stay| stay.first_ms <= seen.first_ms;
        let place = self.stays.partition_point(place);
        self.stays.insert(place, seen);
        if self.stays.len() > MAX_STAYS {
            self.stays.remove(0);
        }
        change
    }

    /// What a new stay is to those that are known.
    fn change(&self, seen: &Stay) -> Change {
        let collisions = self
            .stays
            .iter()
            .filter_map(|stay| Some((stay.collision(seen)?, stay)));
        // What the device's key shows stands before what hosts claim.
        let shown = collisions.rev().max_by_key(|(basis, _)| *basis);
        if let Some((basis, stay)) = shown {
            return Change::Collides(stay.clone(), basis);
        }
        let from_ms = seen.first_ms;
        let mut before = self.stays.iter().rev();
        let Some(from) = before.find(|stay| stay.last_ms <= from_ms) else {
            return Change::Nothing;
        };
        if from.host == seen.host {
            return Change::Nothing;
        }
        let basis = from.basis().min(seen.basis());
        let earlier = self.stays.iter().rev().find(|stay| {
            let recent = stay.last_ms <= from_ms && from_ms - stay.last_ms < TURNS_MS;
            stay.host == seen.host && recent
        });
        match earlier {
            Some(earlier) => Change::Collides(from.clone(), basis.min(earlier.basis())),
            None => Change::Moved(from.clone(), basis),
        }
    }

    /// The stay of the same host that this session belongs to: one that it lies in, or the nearest
    /// before or after it with no other host's in between.
    fn own(&self, seen: &Stay) -> Option<usize> {
        let same = |index: &usize| self.stays[*index].host == seen.host;
        let within = |index: &usize| {
            let stay = &self.stays[*index];
            stay.first_ms <= seen.last_ms && seen.first_ms <= stay.last_ms
        };
        let all = 0..self.stays.len();
        if let Some(index) = all.clone().find(|index| same(index) && within(index)) {
            return Some(index);
        }
        let place = self
            .stays
            .partition_point(|stay| stay.first_ms <= seen.first_ms);
        let before = place.checked_sub(1).filter(same);
        let after = Some(place)
            .filter(|index| *index < self.stays.len())
            .filter(same);
        // Another host's stay that began earlier may reach past this session.
        let free = |from_ms: u64, until_ms: u64| {
            let other = |stay: &Stay| stay.host != seen.host;
            let between = |stay: &Stay| stay.first_ms < until_ms && from_ms < stay.last_ms;
            !self.stays.iter().any(|stay| other(stay) && between(stay))
        };
        let before = before.filter(|index| free(self.stays[*index].last_ms, seen.last_ms));
        let after = after.filter(|index| free(seen.first_ms, self.stays[*index].first_ms));
        before.or(after)
    }
}
