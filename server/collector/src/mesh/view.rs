//! The mesh as the newest directory describes it: sites, readings, findings.

use crate::service::Service;
use crate::store::{MeshReading, StoreError};
use domicile_geo::mesh::{Examined, Mesh, MeshError, MeshSample, Site, examine};
use domicile_geo::{GeoError, Observation, Territories, UnitVec, VoteId};
use domicile_proto::directory::{Anchor, Directory};
use domicile_proto::types::Key;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// How far back readings count, ms.
pub const WINDOW_MS: u64 = 7 * DAY_MS;

/// How far back they say where an anchor is now, ms; what is older says where it was. Whole days
/// of receipt: today and the day before.
const LATELY_MS: u64 = DAY_MS;

/// The mesh cannot be examined.
#[derive(Debug, thiserror::Error)]
pub enum MeshViewError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A position, or too many of them.
    #[error(transparent)]
    Mesh(#[from] MeshError),
}

impl From<GeoError> for MeshViewError {
    fn from(error: GeoError) -> Self {
        Self::Mesh(error.into())
    }
}

/// What the newest directory's anchors measured of each other at the positions that it gives them.
pub struct MeshView {
    /// The directory.
    pub directory: Arc<Directory>,
    /// Its anchors that are not retired, in its order: the order of `sites`.
    pub anchors: Vec<Anchor>,
    /// What they are to the analysis.
    pub sites: Vec<Site>,
    /// Readings of today and the day before, by measurer, then responder.
    pub lately: Vec<MeshReading>,
    /// Readings of the rest of the window.
    pub earlier: Vec<MeshReading>,
    /// When it was looked at, Unix ms.
    pub at_ms: u64,
    places: HashMap<Key, u16>,
}

impl Service {
    /// The mesh now; `None` without a directory that holds.
    ///
    /// # Errors
    /// [`MeshViewError`] when the store cannot be read.
    pub fn mesh_view(&self) -> Result<Option<MeshView>, MeshViewError> {
        let at_ms = self.clock.now_ms();
        let books = self.books();
        let Some(directory) = books.current_directory(at_ms) else {
            return Ok(None);
        };
        let counts = |anchor: &&Anchor| anchor.valid_until_ms > at_ms;
        let anchors: Vec<Anchor> = directory.anchors.iter().filter(counts).cloned().collect();
        let places = anchors.iter().map(|anchor| anchor.key).zip(0..).collect();
        let mut view = MeshView {
            sites: sites(&anchors)?,
            directory: Arc::clone(&directory),
            anchors,
            lately: Vec::new(),
            earlier: Vec::new(),
            at_ms,
            places,
        };
        let lately_ms = at_ms.saturating_sub(LATELY_MS);
        let before_ms = lately_ms.saturating_sub(DAY_MS);
        let readings = |from_ms, until_ms| -> Result<Vec<MeshReading>, StoreError> {
            let all = self.store.mesh_readings(from_ms, until_ms)?;
            // Where they stood then is where they stand now.
            let holds = |reading: &MeshReading| {
                let then = books.any_directory(reading.directory_version);
                then.is_some_and(|then| {
                    view.stands(&then, &reading.measurer) && view.stands(&then, &reading.responder)
                })
            };
            Ok(shortest(all.into_iter().filter(holds)))
        };
        let lately = readings(lately_ms, at_ms)?;
        let earlier = readings(at_ms.saturating_sub(WINDOW_MS), before_ms)?;
        (view.lately, view.earlier) = (lately, earlier);
        Ok(Some(view))
    }
}

impl MeshView {
    /// Whether an anchor is in the newest directory and had the same position in that one.
    fn stands(&self, then: &Directory, key: &Key) -> bool {
        let now = self.anchor(key);
        let then = then.anchor(key);
        now.zip(then)
            .is_some_and(|(now, then)| now.position.version == then.position.version)
    }

    /// The anchor with this key, if it counts.
    pub fn anchor(&self, key: &Key) -> Option<&Anchor> {
        let place = self.places.get(key)?;
        self.anchors.get(usize::from(*place))
    }

    /// The anchor at a place in `sites`.
    pub fn at(&self, site: u16) -> Option<&Anchor> {
        self.anchors.get(usize::from(site))
    }

    /// A round trip to one of the anchors, as the belief wants it.
    pub fn observation(&self, key: &Key, rtt_ns: u64) -> Option<Observation> {
        let place = *self.places.get(key)?;
        let site = self.sites.get(usize::from(place))?;
        Some(Observation {
            vote: site.vote,
            anchor: place,
            position: site.position,
            survey_error_m: site.survey_error_m,
            clock_error_ppm: site.clock_error_ppm,
            rtt_ns,
        })
    }

    /// Readings as the analysis, or the belief's fit, wants them.
    pub fn samples(&self, readings: &[MeshReading]) -> Vec<MeshSample> {
        let sample = |reading: &MeshReading| {
            Some(MeshSample {
                measurer: *self.places.get(&reading.measurer)?,
                responder: *self.places.get(&reading.responder)?,
                rtt_ns: reading.rtt_ns,
            })
        };
        readings.iter().filter_map(sample).collect()
    }

    /// What is wrong with which anchor.
    ///
    /// # Errors
    /// [`MeshViewError::Mesh`] when there are more anchors than one examination takes.
    pub fn examine(&self) -> Result<Examined, MeshViewError> {
        let mesh = Mesh {
            sites: &self.sites,
            samples: &self.samples(&self.lately),
            earlier: &self.samples(&self.earlier),
            lying_votes: self.directory.lying_votes,
        };
        Ok(examine(&mesh, Territories::builtin())?)
    }
}

/// One reading for each pair, the shortest of all directory versions.
fn shortest(readings: impl Iterator<Item = MeshReading>) -> Vec<MeshReading> {
    let mut best: BTreeMap<(Key, Key), MeshReading> = BTreeMap::new();
    for reading in readings {
        let pair = (reading.measurer, reading.responder);
        let held = best.get(&pair);
        if held.is_none_or(|held| reading.rtt_ns < held.rtt_ns) {
            best.insert(pair, reading);
        }
    }
    best.into_values().collect()
}

/// Trust domains become votes in the order of their names.
fn sites(anchors: &[Anchor]) -> Result<Vec<Site>, GeoError> {
    let mut domains: Vec<&str> = anchors.iter().map(|a| a.trust_domain.as_str()).collect();
    domains.sort_unstable();
    domains.dedup();
    let vote = |anchor: &Anchor| {
        let place = domains.partition_point(|domain| *domain < anchor.trust_domain.as_str());
        VoteId(u16::try_from(place).unwrap_or(u16::MAX))
    };
    anchors
        .iter()
        .map(|anchor| {
            let [x, y, z] = anchor.position.unit;
            Ok(Site {
                vote: vote(anchor),
                position: UnitVec::new(x, y, z)?,
                survey_error_m: anchor.position.survey_error_m,
                clock_error_ppm: anchor.position.clock_error_ppm,
            })
        })
        .collect()
}
