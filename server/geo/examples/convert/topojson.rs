//! Reads the countries of a TopoJSON file as rings of longitude and latitude in degrees.

use anyhow::{Context, Result};
use serde::Deserialize;

/// A closed ring; the last point is not repeated.
pub(crate) type Ring = Vec<[f64; 2]>;

/// One country of the source.
pub(crate) struct Feature {
    pub(crate) name: String,
    /// ISO 3166 numeric, where the source has it.
    pub(crate) id: Option<String>,
    /// Each polygon: its outer ring, then its holes.
    pub(crate) polygons: Vec<Vec<Ring>>,
}

#[derive(Deserialize)]
struct File {
    objects: Objects,
    arcs: Vec<Vec<[i64; 2]>>,
    transform: Transform,
}

#[derive(Deserialize)]
struct Objects {
    countries: Collection,
}

#[derive(Deserialize)]
struct Collection {
    geometries: Vec<Geometry>,
}

#[derive(Deserialize)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

#[derive(Deserialize)]
struct Geometry {
    id: Option<String>,
    properties: Properties,
    #[serde(flatten)]
    shape: Shape,
}

#[derive(Deserialize)]
struct Properties {
    name: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "arcs")]
enum Shape {
    Polygon(Vec<Vec<i64>>),
    MultiPolygon(Vec<Vec<Vec<i64>>>),
}

pub(crate) fn features(text: &str) -> Result<Vec<Feature>> {
    let file: File = serde_json::from_str(text).context("not the expected TopoJSON")?;
    let arcs: Vec<Ring> = file
        .arcs
        .iter()
        .map(|arc| decode(arc, &file.transform))
        .collect();
    let ring = |indices: &Vec<i64>| join(&arcs, indices);
    let polygon = |rings: &Vec<Vec<i64>>| rings.iter().map(ring).collect::<Result<Vec<_>>>();
    let feature = |geometry: &Geometry| {
        let polygons = match &geometry.shape {
            Shape::Polygon(rings) => vec![polygon(rings)?],
            Shape::MultiPolygon(polygons) => polygons.iter().map(polygon).collect::<Result<_>>()?,
        };
        Ok(Feature {
            name: geometry.properties.name.clone(),
            id: geometry.id.clone(),
            polygons,
        })
    };
    file.objects
        .countries
        .geometries
        .iter()
        .map(feature)
        .collect()
}

/// Undoes the delta coding and quantisation of one arc.
fn decode(arc: &[[i64; 2]], transform: &Transform) -> Ring {
    let mut at = [0i64; 2];
    let mut points = Vec::with_capacity(arc.len());
    for delta in arc {
        at = [at[0] + delta[0], at[1] + delta[1]];
        #[allow(clippy::cast_precision_loss)] // grid coordinates under 10^6
        points.push([0, 1].map(|k| at[k] as f64 * transform.scale[k] + transform.translate[k]));
    }
    points
}

/// Strings arcs together; a negative index is the complement, walked backwards.
fn join(arcs: &[Ring], indices: &[i64]) -> Result<Ring> {
    let mut ring = Ring::new();
    for &index in indices {
        let place = usize::try_from(if index < 0 { !index } else { index })?;
        let arc = arcs
            .get(place)
            .context("an arc that the file does not have")?;
        if index < 0 {
            ring.extend(arc.iter().rev().take(arc.len() - 1));
        } else {
            ring.extend(arc.iter().take(arc.len() - 1));
        }
    }
    Ok(ring)
}
