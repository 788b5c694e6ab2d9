//! Findings about the nodes of two measured meshes, as if each were an anchor with a vote of its
//! own at the place that its provider claims.
//!
//! Needs the measurements: `DOMICILE_RTT_DATA` names the folder with `wonderproxy2020` and
//! `skyplane2022` in it. Without it the test says so and passes.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_geo::mesh::{Certainty, Examined, Finding, Kind, Mesh, MeshSample, Site, examine};
use domicile_geo::{Territories, VoteId, convert::unit_from_degrees};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// City coordinates: the machines may stand anywhere in it.
const CITY_M: u32 = 30_000;

fn folder(set: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("DOMICILE_RTT_DATA") else {
        eprintln!("not run: DOMICILE_RTT_DATA does not name the folder with {set}");
        return None;
    };
    Some(Path::new(&root).join(set))
}

struct Measured {
    names: Vec<String>,
    sites: Vec<Site>,
    samples: Vec<MeshSample>,
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let rows = text.lines().skip(1);
    rows.map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn read(folder: &Path, keep_dropped: bool) -> Measured {
    let nodes = rows(&folder.join("nodes.csv"));
    assert!(nodes.len() > 50, "{} holds no nodes", folder.display());
    let dropped: Vec<String> = rows(&folder.join("exclusions.csv"))
        .into_iter()
        .filter(|row| row[0] == "drop_src" && !keep_dropped)
        .map(|row| row[1].clone())
        .collect();
    let mut by_id = HashMap::new();
    let mut sites = Vec::new();
    for (place, row) in (0u16..).zip(&nodes) {
        let (lat, lon) = (row[4].parse().unwrap(), row[5].parse().unwrap());
        by_id.insert(row[0].clone(), place);
        sites.push(Site {
            vote: VoteId(place),
            position: unit_from_degrees(lat, lon).unwrap(),
            survey_error_m: CITY_M,
            clock_error_ppm: 100,
        });
    }
    let names: Vec<String> = nodes.iter().map(|row| row[1].clone()).collect();
    let samples = rows(&folder.join("rtt.csv"))
        .iter()
        .filter(|row| !dropped.contains(&names[usize::from(by_id[&row[0]])]))
        .map(|row| MeshSample {
            measurer: by_id[&row[0]],
            responder: by_id[&row[1]],
            rtt_ns: (row[2].parse::<f64>().unwrap() * 1e6) as u64,
        })
        .collect();
    Measured {
        names,
        sites,
        samples,
    }
}

impl Measured {
    fn examined(&self) -> Examined {
        let mesh = Mesh {
            sites: &self.sites,
            samples: &self.samples,
            earlier: &[],
            lying_votes: 1,
        };
        let start = std::time::Instant::now();
        let examined = examine(&mesh, Territories::builtin()).unwrap();
        println!("{} samples in {:?}", self.samples.len(), start.elapsed());
        for found in &examined.findings {
            println!("{}", self.line(found));
        }
        examined
    }

    #[allow(clippy::cast_precision_loss)] // milliseconds for people
    fn line(&self, found: &Finding) -> String {
        let name = |site: &u16| self.names[usize::from(*site)].clone();
        let mut line = format!(
            "{:14} {:13} {:?}, {} conflicts",
            name(&found.site),
            found.kind.name(),
            found.certainty,
            found.conflicts.len()
        );
        if let Some(worst) = found.conflicts.first() {
            let (margin_km, tier) = (worst.margin_m() / 1000.0, worst.tier);
            line += &format!(
                ", worst by {margin_km:.0} km at {tier}: {} of {} in {:.2} ms",
                name(&worst.sample.measurer),
                name(&worst.sample.responder),
                worst.sample.rtt_ns as f64 / 1e6,
            );
        }
        if let Some(bias) = found.bias {
            line += &format!(
                ", {:?}: {:+.2} ms, {:+.2} % over {}",
                bias.shape,
                bias.offset_ns / 1e6,
                bias.rate * 100.0,
                bias.partners
            );
        }
        if let Some(now) = &found.whereabouts {
            let codes = now.possible.codes(Territories::builtin());
            let codes: Vec<String> = codes.map(|code| code.to_string()).collect();
            line += &format!(
                ", within {:.0} km of {}, in {}",
                now.within_m / 1000.0,
                name(&now.nearest),
                codes.join(" ")
            );
        }
        if !found.instead.is_empty() {
            let instead: Vec<String> = found.instead.iter().map(name).collect();
            line += &format!(", or {}", instead.join(" "));
        }
        line
    }

    fn find(&self, examined: &Examined, name: &str) -> Vec<Finding> {
        let of = |found: &&Finding| self.names[usize::from(found.site)] == name;
        examined.findings.iter().filter(of).cloned().collect()
    }

    fn certain(&self, examined: &Examined) -> Vec<String> {
        let certain = |found: &&Finding| matches!(found.certainty, Certainty::Certain(_));
        let found = examined.findings.iter().filter(certain);
        found
            .map(|found| self.names[usize::from(found.site)].clone())
            .collect()
    }
}

#[test]
fn wonderproxy_names_the_nodes_that_are_elsewhere_and_no_others() {
    let Some(folder) = folder("wonderproxy2020") else {
        return;
    };
    let measured = read(&folder, false);
    let examined = measured.examined();
    assert!(examined.exact);
    // "La Ceiba, Honduras" is in New Jersey: the others say so, and not Honduras.
    let la_ceiba = &measured.find(&examined, "LaCeiba")[0];
    let now = la_ceiba.whereabouts.as_ref().unwrap();
    assert!(matches!(la_ceiba.certainty, Certainty::Certain(_)));
    assert_eq!(la_ceiba.kind, Kind::Misplaced);
    let codes = now.possible.codes(Territories::builtin());
    let codes: Vec<String> = codes.map(|code| code.to_string()).collect();
    assert!(
        codes.contains(&"US".to_owned()) && !codes.contains(&"HN".to_owned()),
        "{codes:?}"
    );
    // What is certain is known to stand elsewhere; the rest is one of a pair with such a node.
    let known = ["LaCeiba", "Belfast", "Prague", "Rome", "Wellington"];
    let certain = measured.certain(&examined);
    assert!(
        certain.iter().all(|name| known.contains(&name.as_str())),
        "{certain:?}"
    );
    for name in ["LaCeiba", "Belfast", "Prague", "Rome"] {
        assert!(certain.contains(&name.to_owned()), "{name} of {certain:?}");
    }
    for found in &examined.findings {
        let name = |site: &u16| measured.names[usize::from(*site)].as_str();
        let involved = std::iter::once(&found.site).chain(&found.instead).map(name);
        let explained = involved.clone().any(|name| known.contains(&name));
        assert!(explained, "a false alarm: {}", measured.line(found));
    }
}

#[test]
fn sources_answered_by_a_middlebox_are_found_and_frame_nobody() {
    let Some(folder) = folder("wonderproxy2020") else {
        return;
    };
    let measured = read(&folder, true);
    let examined = measured.examined();
    for name in ["Hangzhou", "Shenzhen", "Zhangjiakou"] {
        assert!(!measured.find(&examined, name).is_empty(), "{name}");
    }
    let known = [
        "LaCeiba",
        "Belfast",
        "Prague",
        "Rome",
        "Wellington",
        "Hangzhou",
        "Shenzhen",
        "Zhangjiakou",
    ];
    let certain = measured.certain(&examined);
    assert!(
        certain.iter().all(|name| known.contains(&name.as_str())),
        "{certain:?}"
    );
}

#[test]
fn skyplane_has_no_findings() {
    let Some(folder) = folder("skyplane2022") else {
        return;
    };
    let measured = read(&folder, false);
    assert_eq!(measured.examined().findings, []);
}
