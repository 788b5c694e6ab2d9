//! Which anchors a session visits: a public function of nonce, directory and declared metro.
//!
//! Trust domains are taken from the nearest metro outward until `draw_near_domains` distinct
//! ones are in; the rest is uniform over the anchors left. Agent, collector and auditor compute
//! it alike, so a host cannot choose its anchors and a collector cannot choose them for it.

use crate::directory::Directory;
use ring::hmac;
use std::collections::HashSet;

/// The declared metro is not in this directory version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("metro `{metro}` is not in directory version {version}: install a directory that has it")]
pub struct UnknownMetro {
    /// The metro asked for.
    pub metro: String,
    /// The directory looked in.
    pub version: u64,
}

/// The anchors to visit, as indices into [`Directory::anchors`], ascending.
///
/// # Errors
/// [`UnknownMetro`] when `metro` is not in the directory.
pub fn draw(nonce: &[u8], directory: &Directory, metro: &str) -> Result<Vec<usize>, UnknownMetro> {
    let declared = directory.metro(metro).ok_or_else(|| UnknownMetro {
        metro: metro.to_owned(),
        version: directory.version,
    })?;
    let mut stream = Stream::new(nonce, directory.version);
    let mut order: Vec<usize> = (0..directory.anchors.len()).collect();
    order.sort_by_key(|&index| directory.anchors[index].key);
    shuffle(&mut order, &mut stream);

    // Near: a stable sort by the distance of the anchor's metro, so that equals stay shuffled.
    let distance = |index: usize| {
        let home = directory.anchors[index].metro;
        directory.metros[home]
            .position
            .chord_squared(&declared.position)
    };
    let mut by_distance = order.clone();
    by_distance.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
    let mut domains = HashSet::new();
    let mut drawn: Vec<usize> = Vec::with_capacity(directory.draw_total);
    for index in by_distance {
        if domains.len() == directory.draw_near_domains {
            break;
        }
        if domains.insert(directory.anchors[index].trust_domain.as_str()) {
            drawn.push(index);
        }
    }

    // The rest: the shuffled order is uniform, whatever was taken from it.
    for index in order {
        if drawn.len() >= directory.draw_total {
            break;
        }
        if !drawn.contains(&index) {
            drawn.push(index);
        }
    }
    drawn.sort_unstable();
    Ok(drawn)
}

/// Fisher-Yates.
fn shuffle(items: &mut [usize], stream: &mut Stream) {
    for last in (1..items.len()).rev() {
        items.swap(last, stream.below(last + 1));
    }
}

/// HMAC-SHA256 in counter mode, keyed by the nonce.
struct Stream {
    key: hmac::Key,
    version: u64,
    counter: u64,
}

impl Stream {
    fn new(nonce: &[u8], version: u64) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, nonce),
            version,
            counter: 0,
        }
    }

    fn next(&mut self) -> u64 {
        let input = [
            b"domicile draw v1".as_slice(),
            &self.version.to_be_bytes(),
            &self.counter.to_be_bytes(),
        ]
        .concat();
        self.counter += 1;
        let tag = hmac::sign(&self.key, &input);
        u64::from_be_bytes(tag.as_ref()[..8].try_into().expect("a tag has 32 bytes"))
    }

    /// Uniform in `0..bound`, by rejection.
    fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let value = self.next();
            if value < limit {
                return usize::try_from(value % bound).expect("below a usize");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::directory::tests::sample;
    use crate::types::Digest;
    use proptest::prelude::*;

    fn directory() -> Directory {
        Directory::validate(&sample(12), Digest([0; 32])).unwrap()
    }

    #[test]
    fn near_domains_come_from_the_declared_metro() {
        let directory = directory();
        for nonce in 0..50u8 {
            let drawn = draw(&[nonce; 60], &directory, "m5").unwrap();
            assert_eq!(drawn.len(), 8);
            let near: HashSet<&str> = drawn
                .iter()
                .map(|&index| &directory.anchors[index])
                .filter(|anchor| directory.metros[anchor.metro].id == "m5")
                .map(|anchor| anchor.trust_domain.as_str())
                .collect();
            assert_eq!(near.len(), 3);
        }
    }

    #[test]
    fn a_fixed_draw_stays_what_it_was() {
        // Recorded from the first release: a change here breaks every auditor's recomputation.
        assert_eq!(draw(&[1; 60], &directory(), "m5").unwrap(), RECORDED);
    }

    #[test]
    fn the_rest_is_spread_over_all_anchors() {
        let directory = directory();
        let mut counts = vec![0u32; directory.anchors.len()];
        for nonce in 0..2_000u32 {
            for index in draw(&nonce.to_be_bytes(), &directory, "m0").unwrap() {
                counts[index] += 1;
            }
        }
        // 5 of 33 anchors outside the metro: 303 times each in expectation, standard deviation 16.
        for (index, count) in counts.iter().enumerate().skip(3) {
            assert!(
                (220..=386).contains(count),
                "anchor {index} drawn {count} times"
            );
        }
    }

    #[test]
    fn unknown_metro_is_an_error() {
        assert!(draw(&[1; 60], &directory(), "nowhere").is_err());
    }

    proptest! {
        #[test]
        fn distinct_ascending_and_of_the_right_number(
            nonce in proptest::collection::vec(any::<u8>(), 0..64), metro in 0..12u8,
        ) {
            let drawn = draw(&nonce, &directory(), &format!("m{metro}")).unwrap();
            prop_assert_eq!(drawn.len(), 8);
            prop_assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    const RECORDED: [usize; 8] = [4, 13, 15, 16, 17, 26, 27, 34];
}
