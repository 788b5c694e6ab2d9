//! Anchors and metros out of files.

use super::{PlanArguments, Weights, enough};
use anyhow::{Context as _, bail, ensure};
use domicile_certs::files;
use domicile_certs::trust::Trust;
use domicile_geo::cities::Cities;
use domicile_geo::convert::unit_from_degrees;
use domicile_geo::mesh::Site;
use domicile_geo::plan::{Candidate, Metro, distance_m};
use domicile_geo::{MAX_OBSERVATIONS, Territories, TerritoryCode, UnitVec, VoteId};
use domicile_proto::directory::{self, Directory};
use domicile_proto::types::Key;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// Largest CSV file, bytes.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Most metros, and most candidates.
const MAX_PLACES: usize = 20_000;

/// What is taken of an anchor whose file does not say it, and of one that does not exist yet.
const SURVEY_ERROR_M: u32 = 100;
const CLOCK_ERROR_PPM: u32 = 100;

/// A large city nearer than this to a metro of the directory is that metro.
const SAME_METRO_M: f64 = 25_000.0;

/// The anchors of the plan.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    pub(super) sites: Vec<Site>,
    /// By anchor: name, and trust domain.
    pub(super) names: Vec<(String, String)>,
    /// By anchor: key, and version of the position; only of a directory.
    pub(super) keys: Vec<(Key, u32)>,
    /// How many of the nearest votes every session visits; only of a directory.
    pub(super) near_votes: usize,
    /// The directory's metros.
    metros: Vec<Named>,
    /// *f* of the directory.
    pub(super) lying_votes: Option<u8>,
}

/// A metro or candidate with its name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    pub(super) name: String,
    /// Index into the territory data.
    pub(super) territory: u8,
    pub(super) position: UnitVec,
    weight: f64,
}

impl Named {
    pub(super) fn weighed(&self, weights: Weights) -> Metro {
        Metro {
            position: self.position,
            weight: match weights {
                Weights::Equal => 1.0,
                Weights::Population => self.weight,
            },
        }
    }

    pub(super) fn candidate(&self) -> Candidate {
        Candidate {
            position: self.position,
            survey_error_m: SURVEY_ERROR_M,
            clock_error_ppm: CLOCK_ERROR_PPM,
        }
    }
}

pub(super) fn anchors(arguments: &PlanArguments, now_ms: u64) -> anyhow::Result<Anchors> {
    enough(match (&arguments.directory, &arguments.anchors) {
        (Some(path), _) => {
            let trust = Trust::load(&arguments.trust).context(
                "`--trust` must name the vendor's trust file: it has the key under the directory",
            )?;
            let bytes = files::read(path, directory::MAX_BYTES)?;
            let directory = Directory::open(&bytes, &trust.directory_key)
                .with_context(|| path.display().to_string())?;
            of_directory(&directory, arguments.operator.as_deref(), now_ms)?
        }
        (None, Some(path)) => of_rows(rows(path)?).with_context(|| path.display().to_string())?,
        (None, None) => bail!("name the anchors with `--directory` or `--anchors`"),
    })
}

fn of_directory(
    directory: &Directory,
    operator: Option<&str>,
    now_ms: u64,
) -> anyhow::Result<Anchors> {
    let territories = Territories::builtin();
    let mut anchors = Anchors {
        lying_votes: Some(directory.lying_votes),
        near_votes: directory.draw_near_domains,
        ..Anchors::default()
    };
    if let Some(name) = operator {
        ensure!(
            directory
                .anchors
                .iter()
                .any(|anchor| anchor.operator == name),
            "no anchor of the directory has the operator `{name}`"
        );
    }
    let mut votes = Votes::default();
    for anchor in &directory.anchors {
        if anchor.valid_until_ms <= now_ms || Some(anchor.operator.as_str()) == operator {
            continue;
        }
        let [x, y, z] = anchor.position.unit;
        anchors.sites.push(Site {
            vote: votes.of(&anchor.trust_domain)?,
            position: UnitVec::new(x, y, z)?,
            survey_error_m: anchor.position.survey_error_m,
            clock_error_ppm: anchor.position.clock_error_ppm,
        });
        anchors.keys.push((anchor.key, anchor.position.version));
        anchors
            .names
            .push((anchor.name.clone(), anchor.trust_domain.clone()));
    }
    for metro in &directory.metros {
        let code = TerritoryCode::try_from(metro.territory)?;
        let [x, y, z] = metro.position.unit;
        anchors.metros.push(Named {
            name: metro.id.clone(),
            territory: index_of(code, territories)?,
            position: UnitVec::new(x, y, z)?,
            weight: 1.0,
        });
    }
    Ok(anchors)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnchorRow {
    name: String,
    vote: String,
    lat: f64,
    lon: f64,
    survey_error_m: Option<u32>,
    clock_error_ppm: Option<u32>,
}

fn of_rows(rows: Vec<(u64, AnchorRow)>) -> anyhow::Result<Anchors> {
    ensure!(
        rows.len() <= MAX_OBSERVATIONS,
        "{} anchors where at most {MAX_OBSERVATIONS} are allowed",
        rows.len()
    );
    let mut anchors = Anchors::default();
    let mut votes = Votes::default();
    for (line, row) in rows {
        let place = || format!("line {line}");
        anchors.sites.push(Site {
            vote: votes.of(clean(&row.vote).with_context(place)?)?,
            position: unit_from_degrees(row.lat, row.lon).with_context(place)?,
            survey_error_m: row.survey_error_m.unwrap_or(SURVEY_ERROR_M),
            clock_error_ppm: row.clock_error_ppm.unwrap_or(CLOCK_ERROR_PPM),
        });
        clean(&row.name).with_context(place)?;
        anchors.names.push((row.name, row.vote));
    }
    Ok(anchors)
}

/// Numbers for trust domains, in order of appearance.
#[derive(Default)]
struct Votes(BTreeMap<String, VoteId>);

impl Votes {
    fn of(&mut self, domain: &str) -> anyhow::Result<VoteId> {
        let next = u16::try_from(self.0.len()).context("more than 65,536 trust domains")?;
        Ok(*self.0.entry(domain.to_owned()).or_insert(VoteId(next)))
    }
}

/// The metros to be judged: a file's, or the directory's with large cities.
pub(super) fn metros(
    arguments: &PlanArguments,
    anchors: &Anchors,
    territories: &Territories,
) -> anyhow::Result<Vec<Named>> {
    if let Some(path) = &arguments.metros {
        return places(path, territories);
    }
    let mut metros = anchors.metros.clone();
    for city in Cities::builtin() {
        if city.population < arguments.min_population {
            continue;
        }
        let people = f64::from(city.population);
        let known = anchors
            .metros
            .iter()
            .position(|metro| distance_m(&metro.position, &city.position) < SAME_METRO_M);
        match known {
            Some(metro) => metros[metro].weight = metros[metro].weight.max(people),
            None => metros.push(Named {
                name: city.name.clone(),
                territory: index_of(city.territory, territories)?,
                position: city.position,
                weight: people,
            }),
        }
    }
    Ok(metros)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceRow {
    name: String,
    territory: String,
    lat: f64,
    lon: f64,
    weight: Option<f64>,
}

/// Metros or candidates of a file.
pub(super) fn places(path: &Path, territories: &Territories) -> anyhow::Result<Vec<Named>> {
    let rows: Vec<(u64, PlaceRow)> = rows(path)?;
    let file = || path.display().to_string();
    let count = rows.len();
    if count == 0 || count > MAX_PLACES {
        bail!(
            "{}: {count} places where 1 to {MAX_PLACES} are allowed",
            file()
        );
    }
    rows.into_iter()
        .map(|(line, row)| {
            place(row, territories).with_context(|| format!("{}, line {line}", file()))
        })
        .collect()
}

fn place(row: PlaceRow, territories: &Territories) -> anyhow::Result<Named> {
    clean(&row.name)?;
    let code: TerritoryCode = row.territory.parse()?;
    let territory = index_of(code, territories)?;
    let position = unit_from_degrees(row.lat, row.lon)?;
    let here = territories.contains(&position);
    if !here.is_empty() && !here.contains(territory) {
        let codes: Vec<String> = here
            .codes(territories)
            .map(|code| code.to_string())
            .collect();
        bail!(
            "{} at {}, {} is in {}, not in {code}: correct the position or the code",
            row.name,
            row.lat,
            row.lon,
            codes.join(" and ")
        );
    }
    let weight = row.weight.unwrap_or(1.0);
    ensure!(
        weight > 0.0 && weight <= 1e12,
        "weight {weight} where a number above 0, up to 1e12, is expected"
    );
    Ok(Named {
        name: row.name,
        territory,
        position,
        weight,
    })
}

fn index_of(code: TerritoryCode, territories: &Territories) -> anyhow::Result<u8> {
    let index = territories.index_of(code);
    index.with_context(|| format!("territory {code} is not in the territory data"))
}

/// Text that may be printed.
fn clean(text: &str) -> anyhow::Result<&str> {
    ensure!(
        !text.is_empty() && text.len() <= 128 && !text.chars().any(char::is_control),
        "{text:?}: a name of 1 to 128 bytes without control characters is expected"
    );
    Ok(text)
}

/// The rows of a CSV file with a header, each with its line.
fn rows<R: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<(u64, R)>> {
    let bytes = files::read(path, MAX_BYTES)?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes.as_slice());
    let file = || path.display().to_string();
    let header = reader.headers().with_context(file)?.clone();
    if header.iter().all(str::is_empty) {
        bail!(
            "{}: the first line must be a header that names the columns",
            file()
        );
    }
    let mut rows = Vec::new();
    for record in reader.into_records() {
        let record = record.with_context(file)?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = record
            .deserialize(Some(&header))
            .with_context(|| format!("{}, line {line}", file()))?;
        rows.push((line, row));
    }
    Ok(rows)
}
