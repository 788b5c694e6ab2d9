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
    /// Whether every sighting was signed by the device.
    #[prost(bool, tag = "8")]
    pub signed: bool,
}

/// Everything kept of one device.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Track {
    /// In the order of their beginning; at most [`MAX_STAYS`].
    #[prost(message, repeated, tag = "1")]
    pub stays: Vec<Stay>,
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

    /// How its sightings were shown, by the weakest.
    pub fn basis(&self) -> Basis {
        Basis::of(self.signed)
    }

    /// Whether a session in `[from_ms, until_ms]` lies between this stay's first and last, or so
    /// close to it that the device cannot have been carried.
    fn collides(&self, from_ms: u64, until_ms: u64) -> bool {
        from_ms < self.last_ms.saturating_add(SWAP_MS)
            && self.first_ms < until_ms.saturating_add(SWAP_MS)
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
        self.signed &= seen.signed;
    }
}

/// What a sighting was to a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The device was never seen before, or is where it was.
    Nothing,
    /// It came from this stay.
    Moved(Stay),
    /// It was with this one too.
    Collides(Stay),
}

impl Track {
    /// The stay that began last.
    pub fn newest(&self) -> Option<&Stay> {
        self.stays.last()
    }

    /// Takes in one session of `seen.host`. A change is told once: when it makes a new stay.
    pub(crate) fn see(&mut self, seen: Stay) -> Change {
        let (from, until) = (seen.first_ms, seen.last_ms);
        if let Some(own) = self.own(&seen) {
            self.stays[own].absorb(seen);
            return Change::Nothing;
        }
        let collides = |stay: &&Stay| stay.host != seen.host && stay.collides(from, until);
        let collision = self.stays.iter().find(collides).cloned();
        let before = self.stays.iter().rev().find(|stay| stay.last_ms <= from);
        let moved = before.filter(|stay| stay.host != seen.host).cloned();
        let returns = self.stays.iter().any(|stay| {
            stay.host == seen.host && stay.last_ms <= from && from - stay.last_ms < TURNS_MS
        });
        let place = self.stays.partition_point(|stay| stay.first_ms <= from);
        self.stays.insert(place, seen);
        if self.stays.len() > MAX_STAYS {
            self.stays.remove(0);
        }
        match (collision, moved) {
            (Some(other), _) => Change::Collides(other),
            (None, Some(from)) if returns => Change::Collides(from),
            (None, Some(from)) => Change::Moved(from),
            (None, None) => Change::Nothing,
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
