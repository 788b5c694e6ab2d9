//! Randomness as an argument.

use domicile_proto::sign::sha256;
use ring::rand::{SecureRandom as _, SystemRandom};

/// The system's random source did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random source did not answer")]
pub struct Unavailable;

/// A source of random bytes.
pub trait Random {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`Unavailable`] when the source does not answer; `bytes` must not be used then.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Unavailable>;
}

/// `N` random bytes.
///
/// # Errors
/// [`Unavailable`] when the source does not answer.
pub fn bytes<const N: usize>(random: &mut dyn Random) -> Result<[u8; N], Unavailable> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

/// A random positive serial number whose DER form has 16 bytes.
///
/// # Errors
/// [`Unavailable`] when the source does not answer.
pub fn serial(random: &mut dyn Random) -> Result<[u8; 16], Unavailable> {
    let mut serial = bytes::<16>(random)?;
    serial[0] = serial[0] & 0x7f | 0x40;
    Ok(serial)
}

/// The operating system's source.
#[derive(Debug, Clone)]
pub struct System(SystemRandom);

impl Default for System {
    fn default() -> Self {
        Self(SystemRandom::new())
    }
}

impl Random for System {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Unavailable> {
        self.0.fill(bytes).map_err(|_| Unavailable)
    }
}

/// SHA-256 of a seed and a counter: the same bytes every time, for tests and simulated worlds
/// only.
#[derive(Debug, Clone)]
pub struct Seeded {
    seed: u64,
    blocks: u64,
}

impl Seeded {
    /// The source that `seed` names.
    pub fn new(seed: u64) -> Self {
        Self { seed, blocks: 0 }
    }
}

impl Random for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Unavailable> {
        for chunk in bytes.chunks_mut(32) {
            let input = [self.seed.to_be_bytes(), self.blocks.to_be_bytes()].concat();
            chunk.copy_from_slice(&sha256(&input).0[..chunk.len()]);
            self.blocks += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn seeds_repeat_and_differ() {
        let draw = |seed| bytes::<48>(&mut Seeded::new(seed)).unwrap();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_ne!(draw(1)[..16], draw(1)[32..]);
    }

    #[test]
    fn the_system_does_not_repeat() {
        let mut system = System::default();
        assert_ne!(
            bytes::<16>(&mut system).unwrap(),
            bytes::<16>(&mut system).unwrap()
        );
    }
}
