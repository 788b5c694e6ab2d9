//! A self-contained HTML page with, for each host, the anchors, their caps, the
//! licensed territory and the feasible region.
//!
//! The same input gives the same bytes. The page has no script and loads nothing.

use crate::point::Point;
use crate::raster::{Land, Limit};
use crate::shape::cap_shape;
use crate::style;
use crate::text::escape;
use crate::view::View;
use domicile_geo::{Territories, TerritoryMask};
use std::fmt::Write as _;

/// An anchor as drawn.
#[derive(Debug, Clone)]
pub struct MapAnchor {
    /// Its name.
    pub name: String,
    /// Its surveyed position.
    pub point: Point,
    /// Its trust domain.
    pub trust_domain: String,
    /// What is wrong with it, if it is known to lie in this world.
    pub lies: Option<String>,
}

/// One cap of a host's session.
#[derive(Debug, Clone)]
pub struct MapCap {
    /// Index into [`MapPage::anchors`].
    pub anchor: usize,
    /// Metres on the ground.
    pub radius_m: f64,
    /// Whether its vote decided the verdict.
    pub deciding: bool,
}

/// One host's picture.
#[derive(Debug, Clone)]
pub struct MapHost {
    /// Its name.
    pub name: String,
    /// Where it really stands.
    pub truth: Point,
    /// What stands there, for people.
    pub truth_name: String,
    /// The centre of the metro that it declares.
    pub declared: Point,
    /// What it declares, for people.
    pub declared_name: String,
    /// Its licence's permitted territories.
    pub permitted: TerritoryMask,
    /// The verdict's value.
    pub verdict: String,
    /// One sentence on what that means.
    pub meaning: String,
    /// The caps of its last session.
    pub caps: Vec<MapCap>,
}

/// The page.
#[derive(Debug, Clone)]
pub struct MapPage {
    /// The heading.
    pub title: String,
    /// The paragraph below it.
    pub introduction: String,
    /// The tier whose caps are drawn, for people.
    pub tier: String,
    /// *f*: the feasible region is what at most this many votes exclude.
    pub lying_votes: u8,
    /// All anchors.
    pub anchors: Vec<MapAnchor>,
    /// All hosts, in the order of the page.
    pub hosts: Vec<MapHost>,
}

/// A cap below this radius gets a second picture, enlarged around it.
const ENLARGE_BELOW_M: f64 = 2_500_000.0;

impl MapPage {
    /// The page as HTML.
    pub fn html(&self, territories: &Territories) -> String {
        let world = Land::sample(&View::WORLD, territories);
        let mut page = String::new();
        let title = escape(&self.title);
        page.push_str("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n");
        page.push_str("<meta name=\"viewport\" content=\"width=device-width\">\n");
        push(
            &mut page,
            format_args!("<title>{title}</title>\n<style>{}</style>\n", style::CSS),
        );
        push(
            &mut page,
            format_args!(
                "<header><h1>{title}</h1><p>{}</p></header>\n",
                escape(&self.introduction)
            ),
        );
        page.push_str(&style::legend(&self.tier, self.lying_votes));
        push(
            &mut page,
            format_args!(
                "<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs><path id=\"land\" d=\"{}\"/></defs></svg>\n",
                world.path()
            ),
        );
        page.push_str("<nav><ul>\n");
        for host in &self.hosts {
            push(
                &mut page,
                format_args!(
                    "<li><a href=\"#{0}\">{0}</a> <b class=\"{1}\">{1}</b></li>\n",
                    escape(&host.name),
                    escape(&host.verdict)
                ),
            );
        }
        page.push_str("</ul></nav>\n");
        for host in &self.hosts {
            self.section(&mut page, host, &world, territories);
        }
        page.push_str("</html>\n");
        page
    }

    fn section(&self, page: &mut String, host: &MapHost, world: &Land, territories: &Territories) {
        push(
            page,
            format_args!(
                "<section id=\"{0}\">\n<h2>{0} <b class=\"{1}\">{1}</b></h2>\n<p>{2}</p>\n<p class=\"facts\">really in {3}, declares {4}; {5} caps, smallest {6}</p>\n<div class=\"maps\">\n",
                escape(&host.name),
                escape(&host.verdict),
                escape(&host.meaning),
                escape(&host.truth_name),
                escape(&host.declared_name),
                host.caps.len(),
                host.smallest()
                    .map_or_else(|| "none".into(), |cap| kilometres(cap.radius_m)),
            ),
        );
        self.picture(page, host, &View::WORLD, world, "world");
        if let Some(cap) = host.smallest().filter(|cap| cap.radius_m < ENLARGE_BELOW_M) {
            let center = self.anchors[cap.anchor].point;
            let apart = center.distance_m(host.truth);
            // Far enough to show the neighbourhood, and the truth when it is near.
            let near = if apart < 2.0 * cap.radius_m {
                apart
            } else {
                0.0
            };
            let view = View::around(center, (1.6 * cap.radius_m.max(near)).max(120_000.0));
            let land = Land::sample(&view, territories);
            self.picture(page, host, &view, &land, "near");
        }
        page.push_str("</div>\n</section>\n");
    }

    fn picture(&self, page: &mut String, host: &MapHost, view: &View, land: &Land, class: &str) {
        let (width, height) = (view.columns, view.rows);
        push(
            page,
            format_args!(
                "<svg class=\"{class}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{class} map of {}\">\n<rect class=\"sea\" width=\"{width}\" height=\"{height}\"/>\n",
                escape(&host.name)
            ),
        );
        if class == "world" {
            page.push_str("<use class=\"land\" href=\"#land\"/>\n");
        } else {
            push(
                page,
                format_args!("<path class=\"land\" d=\"{}\"/>\n", land.path()),
            );
        }
        push(
            page,
            format_args!(
                "<path class=\"permitted\" d=\"{}\"/>\n<path class=\"feasible\" d=\"{}\"/>\n",
                land.territories_path(&host.permitted),
                land.feasible_path(&self.limits(host), usize::from(self.lying_votes)),
            ),
        );
        for cap in &host.caps {
            let anchor = &self.anchors[cap.anchor];
            let Some(shape) = cap_shape(view, anchor.point, cap.radius_m) else {
                continue;
            };
            if cap.deciding {
                push(
                    page,
                    format_args!("<path class=\"reach\" d=\"{}\"/>\n", shape.area),
                );
            }
            push(
                page,
                format_args!(
                    "<path class=\"cap{}{}\" d=\"{}\"><title>{}: within {}</title></path>\n",
                    if cap.deciding { " deciding" } else { "" },
                    if anchor.lies.is_some() { " lies" } else { "" },
                    shape.line,
                    escape(&anchor.name),
                    kilometres(cap.radius_m),
                ),
            );
        }
        self.marks(page, host, view);
        if class == "near" {
            scale_bar(page, view);
        }
        page.push_str("</svg>\n");
    }

    fn marks(&self, page: &mut String, host: &MapHost, view: &View) {
        for anchor in &self.anchors {
            if let Some((x, y)) = view.mark(anchor.point) {
                let lies = anchor.lies.as_deref();
                push(
                    page,
                    format_args!(
                        "<circle class=\"anchor{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.2\"><title>{} ({}){}</title></circle>\n",
                        if lies.is_some() { " lies" } else { "" },
                        escape(&anchor.name),
                        escape(&anchor.trust_domain),
                        lies.map(|what| format!(": {}", escape(what)))
                            .unwrap_or_default(),
                    ),
                );
            }
        }
        if let Some((x, y)) = view.mark(host.declared) {
            push(
                page,
                format_args!(
                    "<circle class=\"declared\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6\"><title>declared: {}</title></circle>\n",
                    escape(&host.declared_name)
                ),
            );
        }
        if let Some((x, y)) = view.mark(host.truth) {
            push(
                page,
                format_args!(
                    "<path class=\"truth\" d=\"M{:.1} {:.1}l8 8m0 -8l-8 8\"><title>truth: {}</title></path>\n",
                    x - 4.0,
                    y - 4.0,
                    escape(&host.truth_name)
                ),
            );
        }
    }

    fn limits(&self, host: &MapHost) -> Vec<Limit> {
        let mut votes: Vec<&str> = self
            .anchors
            .iter()
            .map(|anchor| anchor.trust_domain.as_str())
            .collect();
        votes.sort_unstable();
        votes.dedup();
        host.caps
            .iter()
            .map(|cap| {
                let anchor = &self.anchors[cap.anchor];
                let vote = votes.partition_point(|vote| *vote < anchor.trust_domain.as_str());
                Limit {
                    vote: u16::try_from(vote).unwrap_or(u16::MAX),
                    center: anchor.point.unit(),
                    radius_m: cap.radius_m,
                }
            })
            .collect()
    }
}

impl MapHost {
    fn smallest(&self) -> Option<&MapCap> {
        self.caps
            .iter()
            .min_by(|a, b| a.radius_m.total_cmp(&b.radius_m))
    }
}

/// A bar of a round number of kilometres, near the lower left corner.
fn scale_bar(page: &mut String, view: &View) {
    let kilometres_per_unit = view.row * 111.195;
    let longest = 90.0 * kilometres_per_unit;
    let round = [10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0];
    let length = round
        .into_iter()
        .filter(|length| *length <= longest)
        .fold(10.0, f64::max);
    let y = f64::from(view.rows) - 10.0;
    push(
        page,
        format_args!(
            "<path class=\"scale\" d=\"M10 {y}h{:.1}\"/><text class=\"scale\" x=\"10\" y=\"{}\">{length} km</text>\n",
            length / kilometres_per_unit,
            y - 5.0
        ),
    );
}

fn kilometres(metres: f64) -> String {
    format!("{:.0} km", metres / 1000.0)
}

fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text)
        .expect("writing to a String cannot fail");
}
