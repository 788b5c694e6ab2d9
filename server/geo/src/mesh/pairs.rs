//! The shortest round trip of each ordered pair.

use super::MeshSample;

/// The shortest round trip by one anchor's stopwatch of another, for each ordered pair that was
/// measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairs {
    /// By measurer, then responder; one for each pair.
    samples: Vec<MeshSample>,
}

impl Pairs {
    /// Keeps the shortest of each pair. Samples of an anchor by itself, of anchors outside the
    /// list of `sites`, and without a time count for nothing.
    pub fn new(sites: usize, samples: &[MeshSample]) -> Self {
        let known = |site: u16| usize::from(site) < sites;
        let mut kept: Vec<MeshSample> = samples
            .iter()
            .copied()
            .filter(|sample| known(sample.measurer) && known(sample.responder))
            .filter(|sample| sample.measurer != sample.responder && sample.rtt_ns > 0)
            .collect();
        kept.sort_unstable_by_key(|sample| (sample.measurer, sample.responder, sample.rtt_ns));
        kept.dedup_by_key(|sample| (sample.measurer, sample.responder));
        Self { samples: kept }
    }

    /// The shortest round trip of `responder` by the stopwatch of `measurer`, nanoseconds.
    pub fn rtt_ns(&self, measurer: u16, responder: u16) -> Option<u64> {
        let found = self
            .samples
            .binary_search_by_key(&(measurer, responder), |sample| {
                (sample.measurer, sample.responder)
            });
        Some(self.samples[found.ok()?].rtt_ns)
    }

    /// One sample for each pair, by measurer, then responder.
    pub fn samples(&self) -> &[MeshSample] {
        &self.samples
    }

    /// What `measurer` measured, by responder.
    pub(super) fn by(&self, measurer: u16) -> &[MeshSample] {
        let from = self
            .samples
            .partition_point(|sample| sample.measurer < measurer);
        let to = self
            .samples
            .partition_point(|sample| sample.measurer <= measurer);
        &self.samples[from..to]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_of_each_pair_stays_and_nonsense_goes() {
        let sample = |measurer, responder, rtt_ns| MeshSample {
            measurer,
            responder,
            rtt_ns,
        };
        let pairs = Pairs::new(
            3,
            &[
                sample(1, 0, 9),
                sample(0, 1, 7),
                sample(1, 0, 5),
                sample(1, 1, 1),
                sample(1, 3, 1),
                sample(2, 1, 0),
            ],
        );
        assert_eq!(pairs.samples(), [sample(0, 1, 7), sample(1, 0, 5)]);
        assert_eq!((pairs.rtt_ns(1, 0), pairs.rtt_ns(2, 1)), (Some(5), None));
        assert_eq!(pairs.by(1), [sample(1, 0, 5)]);
    }
}
