//! A plan on the world map: one self-contained SVG with metros by what can be said of them, the
//! anchors there are, and where more would help.

use crate::point::Point;
use crate::raster::Land;
use crate::text::escape;
use crate::view::View;
use domicile_geo::plan::Standing;
use domicile_geo::{Territories, TerritoryMask};
use std::fmt::Write as _;

/// A metro as drawn.
#[derive(Debug, Clone)]
pub struct PlanMetro {
    /// Where.
    pub point: Point,
    /// What can be said of it.
    pub standing: Standing,
    /// What a pointer that rests on it shows.
    pub note: String,
}

/// A place with a text: an anchor, or a place for further ones.
#[derive(Debug, Clone)]
pub struct PlanMark {
    /// Where.
    pub point: Point,
    /// What a pointer that rests on it shows.
    pub note: String,
}

/// The picture.
#[derive(Debug, Clone)]
pub struct PlanMap {
    /// The heading.
    pub title: String,
    /// The line below it.
    pub subtitle: String,
    /// Drawn as permitted; may be empty.
    pub permitted: TerritoryMask,
    /// Drawn as denied.
    pub denied: TerritoryMask,
    /// All metros.
    pub metros: Vec<PlanMetro>,
    /// All anchors.
    pub anchors: Vec<PlanMark>,
    /// Places for further anchors, the first first; they are numbered from 1.
    pub next: Vec<PlanMark>,
}

/// Where the map begins, below the headings.
const TOP: u16 = 42;
/// Entries of the legend side by side.
const ACROSS: usize = 4;
/// From one line of the legend to the next.
const LINE: usize = 16;
/// Width of a column of the legend.
const COLUMN: usize = 178;

/// The standings, those that are drawn first first: others may cover them.
const STANDINGS: [(Standing, &str); 5] = [
    (Standing::Confined, "confined on honest paths"),
    (Standing::DeniedExcluded, "denied-excluded on honest paths"),
    (Standing::WithinBudget, "only within the RTT budget"),
    (Standing::NeedsAnchors, "needs nearer anchors"),
    (Standing::Inseparable, "cannot be separated"),
];

const CSS: &str = "
svg{--back:#fbfaf7;--ink:#1d2428;--dim:#5d6a70;--sea:#e6eef2;--land:#d3d6cf;--denied:#e3bdb6;--permitted:#b5d3c2;--confined:#0f6b3a;--denied-excluded:#35a06a;--within-budget:#d98a00;--needs-anchors:#5a4fcf;--inseparable:#b3261e;--anchor:#1d2428}
@media(prefers-color-scheme:dark){svg{--back:#14181b;--ink:#e4e7e6;--dim:#97a3a8;--sea:#1b252b;--land:#3a4243;--denied:#5d3b38;--permitted:#31513f;--confined:#7fe3ab;--denied-excluded:#3fae75;--within-budget:#f0b04a;--needs-anchors:#a79df5;--inseparable:#ff7d72;--anchor:#e4e7e6}}
text{font:8px system-ui,sans-serif;fill:var(--ink)}.title{font-size:13px;font-weight:600}.dim{fill:var(--dim)}
.back{fill:var(--back)}.sea{fill:var(--sea)}.land,.denied,.permitted{fill:none;stroke-width:1.06}.land{stroke:var(--land)}.denied{stroke:var(--denied)}.permitted{stroke:var(--permitted)}
.metro{stroke:var(--back);stroke-width:.35}.confined{fill:var(--confined)}.denied-excluded{fill:var(--denied-excluded)}.within-budget{fill:var(--within-budget)}.needs-anchors{fill:var(--back);stroke:var(--needs-anchors);stroke-width:.9}.inseparable{fill:var(--inseparable)}
.anchor{fill:none;stroke:var(--anchor);stroke-width:.6;stroke-opacity:.7}.next{fill:var(--back);fill-opacity:.75;stroke:var(--ink);stroke-width:1}.number{font-weight:700;font-size:7px;text-anchor:middle}
";

impl PlanMap {
    /// The picture as SVG. The same input gives the same bytes.
    pub fn svg(&self, territories: &Territories) -> String {
        let view = View::WORLD;
        let legend = self.legend();
        let below = view.rows + TOP;
        let lines = legend.len().div_ceil(ACROSS);
        let (width, height) = (view.columns, usize::from(below) + 8 + lines * LINE);
        let land = Land::sample(&view, territories);
        let mut svg = String::new();
        push(
            &mut svg,
            format_args!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{}\" height=\"{}\" role=\"img\" aria-label=\"{}\">\n<style>{CSS}</style>\n",
                2 * usize::from(width),
                2 * height,
                escape(&self.title),
            ),
        );
        push(
            &mut svg,
            format_args!(
                "<rect class=\"back\" width=\"{width}\" height=\"{height}\"/>\n<text class=\"title\" x=\"8\" y=\"18\">{}</text>\n<text class=\"dim\" x=\"8\" y=\"32\">{}</text>\n",
                escape(&self.title),
                escape(&self.subtitle)
            ),
        );
        push(
            &mut svg,
            format_args!(
                "<svg x=\"0\" y=\"{TOP}\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n<rect class=\"sea\" width=\"{0}\" height=\"{1}\"/>\n",
                view.columns, view.rows
            ),
        );
        for (class, path) in [
            ("land", land.path()),
            ("denied", land.territories_path(&self.denied)),
            ("permitted", land.territories_path(&self.permitted)),
        ] {
            push(
                &mut svg,
                format_args!("<path class=\"{class}\" d=\"{path}\"/>\n"),
            );
        }
        self.marks(&mut svg, &view);
        svg.push_str("</svg>\n");
        for (place, entry) in legend.iter().enumerate() {
            let x = 14 + place % ACROSS * COLUMN;
            let y = usize::from(below) + LINE + place / ACROSS * LINE;
            push(
                &mut svg,
                format_args!("<g transform=\"translate({x} {y})\">{entry}</g>\n"),
            );
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn marks(&self, svg: &mut String, view: &View) {
        for anchor in &self.anchors {
            if let Some(at) = view.mark(anchor.point) {
                triangle(svg, at, &anchor.note);
            }
        }
        for (standing, _) in STANDINGS {
            for metro in self
                .metros
                .iter()
                .filter(|metro| metro.standing == standing)
            {
                if let Some(at) = view.mark(metro.point) {
                    mark(svg, standing, at, &metro.note);
                }
            }
        }
        for (number, place) in (1..).zip(&self.next) {
            if let Some(at) = view.mark(place.point) {
                ring(svg, at, number, &place.note);
            }
        }
    }

    /// What the marks mean, each drawn at the origin with its text.
    fn legend(&self) -> Vec<String> {
        let mut entries: Vec<String> = Vec::new();
        let mut entry = |draw: &dyn Fn(&mut String), text: &str| {
            let mut one = String::new();
            draw(&mut one);
            push(
                &mut one,
                format_args!("<text x=\"10\" y=\"3\">{text}</text>"),
            );
            entries.push(one);
        };
        for (standing, text) in STANDINGS {
            let of = self
                .metros
                .iter()
                .filter(|metro| metro.standing == standing);
            let text = format!("{text}: {}", of.count());
            entry(&|one| mark(one, standing, (0.0, 0.0), ""), &text);
        }
        let anchors = format!("anchor: {}", self.anchors.len());
        entry(&|one| triangle(one, (0.0, 0.0), ""), &anchors);
        if !self.next.is_empty() {
            entry(
                &|one| ring(one, (0.0, 0.0), 1, ""),
                "next anchors, best first",
            );
        }
        for (class, set, text) in [
            ("denied", &self.denied, "denied territory"),
            ("permitted", &self.permitted, "permitted territory"),
        ] {
            if !set.is_empty() {
                let band =
                    format!("<path class=\"{class}\" style=\"stroke-width:7\" d=\"M-5 0h10\"/>");
                entry(&|one| one.push_str(&band), text);
            }
        }
        entries
    }
}

/// A metro: a disc, or a diamond when nothing can separate it.
fn mark(svg: &mut String, standing: Standing, (x, y): (f64, f64), note: &str) {
    let class = standing.label();
    let note = title(note);
    match standing {
        Standing::Inseparable => push(
            svg,
            format_args!(
                "<path class=\"metro {class}\" d=\"M{:.1} {:.1}l2.6 2.6l-2.6 2.6l-2.6 -2.6z\">{note}</path>\n",
                x,
                y - 2.6
            ),
        ),
        _ => push(
            svg,
            format_args!(
                "<circle class=\"metro {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\">{note}</circle>\n"
            ),
        ),
    }
}

fn triangle(svg: &mut String, (x, y): (f64, f64), note: &str) {
    push(
        svg,
        format_args!(
            "<path class=\"anchor\" d=\"M{x:.1} {:.1}l2.6 4.5h-5.2z\">{}</path>\n",
            y - 3.0,
            title(note)
        ),
    );
}

fn ring(svg: &mut String, (x, y): (f64, f64), number: usize, note: &str) {
    push(
        svg,
        format_args!(
            "<g><circle class=\"next\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/><text class=\"number\" x=\"{x:.1}\" y=\"{:.1}\">{number}</text>{}</g>\n",
            y + 2.5,
            title(note)
        ),
    );
}

fn title(note: &str) -> String {
    if note.is_empty() {
        return String::new();
    }
    format!("<title>{}</title>", escape(note))
}

fn push(svg: &mut String, text: std::fmt::Arguments<'_>) {
    svg.write_fmt(text)
        .expect("writing to a String cannot fail");
}
