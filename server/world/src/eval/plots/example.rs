//! One host on a map: the anchors, how far each says the host can be, and the land that is left.

use super::chart::opening;
use crate::eval::trial::{Host, Trial};
use domicile_geo::{Territories, Tier, cap_radius_m, locate};
use domicile_map::{Land, Limit, Point, View, cap_shape};
use std::fmt::Write as _;

/// Size of the picture, and of the map in it.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 620.0;
const MAP: (u16, u16) = (712, 480);
const CORNER: (f64, f64) = (24.0, 66.0);

/// The most caps that are drawn: the smallest.
const CAPS: usize = 12;

/// The colours of sea, land, region, caps and anchors, and truth.
const SEA: &str = "#eef3f6";
const LAND: &str = "#c9cdc6";
const REGION: &str = "#e69f00";
const CAP: &str = "#0072b2";
const TRUTH: &str = "#000";

/// The picture of the host whose nearest anchor is the median one; none without a host whose
/// coordinates are known.
pub(super) fn draw(trial: &Trial, territories: &Territories) -> Option<String> {
    let mut hosts: Vec<(&Host, Point)> = trial
        .hosts
        .iter()
        .filter_map(|host| Some((host, trial.true_point(host)?)))
        .collect();
    hosts.sort_by(|a, b| a.0.nearest_ms.total_cmp(&b.0.nearest_ms));
    let (host, truth) = *hosts.get(hosts.len() / 2)?;
    let tier = Tier::TwoThirds;
    let region = locate(&host.observations, tier, trial.lying_votes, territories).ok()?;
    let possible: Vec<String> = region
        .possible()
        .codes(territories)
        .map(|code| code.to_string())
        .collect();
    let node = trial.node(host);
    let mut picture = opening(
        WIDTH,
        HEIGHT,
        &format!(
            "{}, {}: where it can be at {tier}",
            node.name, node.territory
        ),
        &format!(
            "{} anchors, the nearest {:.1} ms away; possible: {}",
            host.observations.len(),
            host.nearest_ms,
            some_of(&possible)
        ),
    );
    map(&mut picture, trial, host, truth, territories);
    legend(&mut picture, trial.lying_votes);
    picture.push_str("</svg>\n");
    Some(picture)
}

fn some_of(codes: &[String]) -> String {
    const SHOWN: usize = 16;
    match codes.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} and {more} more", codes[..SHOWN].join(" ")),
        _ => codes.join(" "),
    }
}

fn map(picture: &mut String, trial: &Trial, host: &Host, truth: Point, territories: &Territories) {
    let mut caps: Vec<Limit> = host
        .observations
        .iter()
        .map(|observation| Limit {
            vote: observation.vote.0,
            center: observation.position.components(),
            radius_m: cap_radius_m(observation, Tier::TwoThirds),
        })
        .collect();
    let limits = caps.clone();
    caps.sort_by(|a, b| a.radius_m.total_cmp(&b.radius_m));
    let view = window(truth, caps.first().map_or(1e6, |cap| cap.radius_m));
    let land = Land::sample(&view, territories);
    let (columns, rows) = MAP;
    let mut add = |element: std::fmt::Arguments<'_>| {
        picture
            .write_fmt(element)
            .expect("writing to a String cannot fail");
    };
    let (left, top) = CORNER;
    add(format_args!(
        "<svg x=\"{left}\" y=\"{top}\" width=\"{columns}\" height=\"{rows}\" \
         viewBox=\"0 0 {columns} {rows}\">\n<rect width=\"100%\" height=\"100%\" fill=\"{SEA}\"/>\n\
         <path d=\"{}\" stroke=\"{LAND}\" stroke-width=\"1.06\"/>\n\
         <path d=\"{}\" stroke=\"{REGION}\" stroke-width=\"1.06\"/>\n",
        land.path(),
        land.feasible_path(&limits, usize::from(trial.lying_votes))
    ));
    for cap in caps.iter().take(CAPS) {
        let center = Point::from_vector(cap.center);
        if let Some(shape) = cap_shape(&view, center, cap.radius_m) {
            add(format_args!(
                "<path d=\"{}\" fill=\"none\" stroke=\"{CAP}\" stroke-width=\"1.1\"/>\n",
                shape.line
            ));
        }
    }
    for anchor in trial.anchors() {
        if let Some((x, y)) = view.mark(anchor.point) {
            add(format_args!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\" fill=\"{CAP}\" stroke=\"#fff\" \
                 stroke-width=\"0.7\"/>\n"
            ));
        }
    }
    if let Some((x, y)) = view.mark(truth) {
        add(format_args!(
            "<path d=\"M{:.1} {:.1}l10 10m0 -10l-10 10\" stroke=\"#fff\" stroke-width=\"5\"/>\
             <path d=\"M{:.1} {:.1}l10 10m0 -10l-10 10\" stroke=\"{TRUTH}\" \
             stroke-width=\"2.4\"/>\n",
            x - 5.0,
            y - 5.0,
            x - 5.0,
            y - 5.0
        ));
    }
    scale(picture, &view);
    picture.push_str("</svg>\n");
}

/// A window in which the smallest cap fills about half of the height.
fn window(center: Point, radius_m: f64) -> View {
    let (columns, rows) = (f64::from(MAP.0), f64::from(MAP.1));
    let high = (3.6 * radius_m.clamp(100_000.0, 4_500_000.0) / 111_195.0).min(150.0);
    let row = high / rows;
    let column = (row / center.latitude.to_radians().cos().max(0.2)).min(360.0 / columns);
    let north = (center.latitude + high / 2.0).min(90.0).max(high - 90.0);
    View {
        west: center.longitude - column * columns / 2.0,
        north,
        column,
        row,
        columns: MAP.0,
        rows: MAP.1,
    }
}

/// A bar of a round number of kilometres.
fn scale(picture: &mut String, view: &View) {
    let km_per_unit = view.row * 111.195;
    let round = [10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0];
    let fits = round.into_iter().filter(|km| *km <= 140.0 * km_per_unit);
    let km = fits.fold(10.0, f64::max);
    let (y, length) = (f64::from(MAP.1) - 14.0, km / km_per_unit);
    writeln!(
        picture,
        "<path d=\"M14 {y}v-5v5h{length:.1}v-5\" fill=\"none\" stroke=\"#222\" stroke-width=\"1.4\"/>\
         <text x=\"{:.1}\" y=\"{y}\">{km} km</text>",
        20.0 + length
    )
    .expect("writing to a String cannot fail");
}

fn legend(picture: &mut String, lying_votes: u8) {
    let y = CORNER.1 + f64::from(MAP.1) + 24.0;
    let region = match lying_votes {
        0 => "land that no vote excludes".to_owned(),
        1 => "land that at most one vote excludes".to_owned(),
        more => format!("land that at most {more} votes exclude"),
    };
    let entries = [
        (
            format!("<rect y=\"-10\" width=\"18\" height=\"11\" fill=\"{REGION}\"/>"),
            region.as_str(),
            270.0,
        ),
        (
            format!("<circle cx=\"9\" cy=\"-4.5\" r=\"8\" fill=\"none\" stroke=\"{CAP}\"/>"),
            "reach of an anchor",
            170.0,
        ),
        (
            format!("<circle cx=\"9\" cy=\"-4.5\" r=\"3\" fill=\"{CAP}\"/>"),
            "anchor",
            100.0,
        ),
        (
            format!(
                "<path d=\"M4 -10l10 10m0 -10l-10 10\" stroke=\"{TRUTH}\" stroke-width=\"2.4\"/>"
            ),
            "true place",
            0.0,
        ),
    ];
    let mut x = CORNER.0;
    for (mark, text, width) in entries {
        writeln!(
            picture,
            "<g transform=\"translate({x} {y})\">{mark}<text x=\"26\">{text}</text></g>"
        )
        .expect("writing to a String cannot fail");
        x += width;
    }
    writeln!(
        picture,
        "<text x=\"{}\" y=\"{}\" fill=\"#555\">Of the anchors' reaches the {CAPS} smallest are drawn.</text>",
        CORNER.0,
        y + 26.0
    )
    .expect("writing to a String cannot fail");
}
