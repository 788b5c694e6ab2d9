//! What this crate refuses, with the values that were refused.

/// Every way in which input to this crate can be refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GeoError {
    /// A position whose components are not finite or whose length is not 1 within 1e-9.
    #[error("({x}, {y}, {z}) is not a unit vector: its length must be 1 within 1e-9")]
    NotUnit {
        /// First component as given.
        x: f64,
        /// Second component as given.
        y: f64,
        /// Third component as given.
        z: f64,
    },
    /// Latitude or longitude out of range or not finite, in degrees.
    #[error("latitude {lat}, longitude {lon} degrees: expected -90..=90 and -180..=180")]
    Degrees {
        /// Latitude as given.
        lat: f64,
        /// Longitude as given.
        lon: f64,
    },
    /// A territory code that is not two letters A to Z.
    #[error("{0:?} is not a territory code: expected two letters A-Z, as in ISO 3166 alpha-2")]
    Code(String),
    /// A territory code that the territory data do not have.
    #[error("territory {0} is not in the territory data")]
    UnknownTerritory(String),
    /// A name that is not one of the three tiers.
    #[error("{0:?} is not a tier: expected \"c\", \"0.69c\" or \"2/3c\"")]
    Tier(String),
    /// More observations than one solve accepts.
    #[error("{count} observations: one solve accepts at most {max}")]
    TooManyObservations {
        /// Observations given.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// A certificate was asked for a territory that is possible.
    #[error("territory {0} is not excluded: some of its land is left, so nothing can be certified")]
    NotExcluded(String),
    /// A certificate that cannot be made or read.
    #[error("certificate of exclusion: {what} (at byte {at})")]
    Certificate {
        /// What is wrong.
        what: &'static str,
        /// Where in the bytes; 0 when it was not read from bytes.
        at: usize,
    },
    /// Territory data or a list of cities that this version cannot read.
    #[error("data: {what} (at byte {at}); `data/README.md` says how the files are remade")]
    Data {
        /// What is wrong.
        what: &'static str,
        /// Where in the file.
        at: usize,
    },
}
