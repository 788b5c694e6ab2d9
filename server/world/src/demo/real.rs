//! `--rtt DIR`: a world of measured round trips, from the CSV files to verdicts, through the same
//! processes as the demo. Every host is honest; what is judged is whether the truth survives.

use super::pictures;
use super::progress::Progress;
use super::{AS_PROMISED, DemoArguments, Format, block, keep};
use crate::auditor::{self, Attestation};
use crate::map::MapHost;
use crate::measured::{Doubt, Measured, Role, Split, Votes, split};
use crate::plan::{AnchorPlan, HostPlan, LicencePlan, MetroPlan, Path, Plan, StopwatchPlan, Times};
use crate::plan::{MAX_HOSTS, loopback};
use crate::programs::Programs;
use crate::stage::{HOSTS, Stage};
use anyhow::{Context as _, Result, bail, ensure};
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use domicile_geo::{Territories, TerritoryCode};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// Exit code when the true territory of a host was excluded.
const TRUTH_EXCLUDED: u8 = 3;
/// How wrong a city's coordinates may be, metres.
const SURVEY_ERROR_M: u32 = 100_000;
/// Anchors in one draw at most (the directory's limit).
const DRAW_LIMIT: usize = 64;
/// Sessions at a time.
const AT_ONCE: usize = 3;

/// What the world found, as `--format json` prints it.
#[derive(Debug, Serialize)]
struct Score {
    /// How nodes became anchors and hosts.
    rule: String,
    /// What counts as one vote.
    votes: Votes,
    /// Number of anchors.
    anchors: usize,
    /// By node id.
    hosts: BTreeMap<String, Scored>,
    /// Hosts whose true territory was excluded, and are scored.
    true_territory_excluded: Vec<String>,
    /// The map.
    map: String,
}

/// One host.
#[derive(Debug, Serialize)]
struct Scored {
    /// For people.
    city: String,
    /// Its true territory, as the set says.
    territory: String,
    /// Whether the set's claim is relied on.
    scored: bool,
    /// The verdict's value.
    verdict: String,
    /// Anchors that counted.
    anchors_counted: usize,
    /// By tier.
    tiers: BTreeMap<String, TierScore>,
}

/// One tier of one host.
#[derive(Debug, Serialize)]
struct TierScore {
    /// Share of all territories that are excluded.
    excluded_share: f64,
    /// Whether the true one is among them.
    true_territory_excluded: bool,
}

/// Runs a measured world.
///
/// # Errors
/// When the files are wrong or a program fails.
pub(super) async fn act(
    arguments: &DemoArguments,
    folder: &std::path::Path,
    programs: Programs,
    work: &std::path::Path,
    out: &std::path::Path,
) -> Result<u8> {
    let world = Measured::read(folder)?;
    let split = split(&world, arguments.max_anchors.into());
    let block = block();
    let (plan, nodes) = plan(&world, &split, arguments.votes, block)?;
    let progress = Progress::new(plan.hosts.len() + 2);
    let stage = {
        let progress = progress.clone();
        let tell = move |what: &str| progress.say(what);
        Rc::new(Stage::raise(plan, programs, work, block, &tell).await?)
    };
    progress.step();
    let names: Vec<String> = stage
        .plan
        .hosts
        .iter()
        .map(|host| host.name.clone())
        .collect();
    super::all_at(&names, AT_ONCE, &progress, {
        let stage = Rc::clone(&stage);
        move |name| {
            let stage = Rc::clone(&stage);
            async move {
                stage.enrol(&name).await?;
                stage.once(&name).await
            }
        }
    })
    .await?;
    progress.say("asking the collector, as an auditor");
    let attestations = ask(&stage, &names).await?;
    let map = out.join("map-measured.html");
    let scored = score(&world, &nodes, &attestations);
    draw(&stage, &world, &nodes, &attestations, &map)?;
    progress.step();
    progress.done();
    let score = Score {
        rule: split.rule,
        votes: arguments.votes,
        anchors: stage.plan.anchors.len(),
        true_territory_excluded: excluded(&scored),
        hosts: scored,
        map: map.display().to_string(),
    };
    match arguments.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&score)?),
        Format::Table => print!("{}", text(&score)),
    }
    for name in &score.true_territory_excluded {
        eprintln!("the true territory of {name} was excluded");
    }
    if arguments.keep {
        keep(&stage).await;
    }
    stage.strike().await;
    Ok(if score.true_territory_excluded.is_empty() {
        AS_PROMISED
    } else {
        TRUTH_EXCLUDED
    })
}

/// The plan, and for each of its hosts the index of its node.
fn plan(world: &Measured, split: &Split, votes: Votes, block: u8) -> Result<(Plan, Vec<usize>)> {
    let with = |roles: &[Role]| -> Vec<usize> {
        let all = 0..world.nodes.len();
        all.filter(|index| roles.contains(&split.roles[*index]))
            .collect()
    };
    let anchors = with(&[Role::Anchor]);
    let hosts = with(&[Role::Host, Role::DoubtfulHost]);
    ensure!(
        anchors.len() >= 3 && !hosts.is_empty(),
        "{} anchors and {} hosts come out of this set; at least 3 and 1 are required",
        anchors.len(),
        hosts.len()
    );
    ensure!(
        hosts.len() <= MAX_HOSTS,
        "{} hosts come out of this set; at most {MAX_HOSTS} are supported",
        hosts.len()
    );
    let territories = Territories::builtin();
    for index in anchors.iter().chain(&hosts) {
        let node = &world.nodes[*index];
        let code: TerritoryCode = node.territory.parse()?;
        if territories.index_of(code).is_none() {
            bail!(
                "`{}` is in {}, which is no known territory",
                node.id,
                node.territory
            );
        }
    }
    let mut plan = Plan {
        metros: Vec::new(),
        anchors: Vec::new(),
        hosts: Vec::new(),
        paths: Vec::new(),
        licences: licences(world, &hosts),
        times: Times {
            appraisal_lifetime: Duration::from_secs(26 * 3600),
            late_after: Duration::from_secs(900),
            silent_after: Duration::from_secs(7200),
        },
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: anchors.len().clamp(3, DRAW_LIMIT),
    };
    for (number, &index) in anchors.iter().enumerate() {
        let node = &world.nodes[index];
        plan.metros.push(metro(world, index));
        plan.anchors.push(AnchorPlan {
            name: format!("anchor-{index}"),
            metro: number,
            trust_domain: match votes {
                Votes::Provider => format!("provider {}", node.provider),
                Votes::Node => format!("node {}", node.id),
            },
            point: node.point,
            survey_error_m: SURVEY_ERROR_M,
            stopwatch: StopwatchPlan::Honest,
        });
    }
    for (number, &index) in hosts.iter().enumerate() {
        plan.metros.push(metro(world, index));
        let host = HostPlan {
            name: format!("host-{index}"),
            metro: anchors.len() + number,
            licence: world.nodes[index].territory.clone(),
            address: loopback(block, HOSTS, number),
        };
        for (anchor, &other) in anchors.iter().enumerate() {
            if let Some(round_trip) = world.round_trip(index, other) {
                plan.paths.push(Path {
                    host: host.address,
                    anchor,
                    round_trip,
                });
            }
        }
        plan.hosts.push(host);
    }
    Ok((plan, hosts))
}

fn metro(world: &Measured, index: usize) -> MetroPlan {
    let node = &world.nodes[index];
    MetroPlan {
        id: format!("node-{index}"),
        name: node.city.clone(),
        territory: node.territory.clone(),
        point: node.point,
    }
}

/// One licence for each territory that has hosts: it permits that one.
fn licences(world: &Measured, hosts: &[usize]) -> Vec<LicencePlan> {
    let territories: BTreeSet<&String> = hosts
        .iter()
        .map(|index| &world.nodes[*index].territory)
        .collect();
    let denied = |own: &str| {
        let all = ["CN", "IR", "KP", "RU"].into_iter();
        all.filter(|code| *code != own).map(String::from).collect()
    };
    territories
        .into_iter()
        .map(|territory| LicencePlan {
            name: territory.clone(),
            permitted: vec![territory.clone()],
            denied: denied(territory),
        })
        .collect()
}

async fn ask(stage: &Stage, names: &[String]) -> Result<Vec<(String, Attestation)>> {
    let rows = auditor::hosts(stage).await?;
    let mut attestations = Vec::new();
    for name in names {
        let row = rows.iter().find(|row| row.site == *name);
        let last = row
            .and_then(|row| row.last_verdict.as_ref())
            .with_context(|| format!("{name} has no verdict"))?;
        let attestation = auditor::attestation(stage, &last.id).await?;
        attestations.push((last.value.clone(), attestation));
    }
    Ok(attestations)
}

fn score(
    world: &Measured,
    nodes: &[usize],
    attestations: &[(String, Attestation)],
) -> BTreeMap<String, Scored> {
    let mut scored = BTreeMap::new();
    for (&index, (verdict, attestation)) in nodes.iter().zip(attestations) {
        let node = &world.nodes[index];
        let tiers = attestation.tiers.iter().map(|tier| {
            let (excluded, possible) = (f64::from(tier.excluded), tier.possible.len());
            let possible = f64::from(u32::try_from(possible).unwrap_or(u32::MAX));
            let score = TierScore {
                excluded_share: excluded / (excluded + possible).max(1.0),
                true_territory_excluded: !tier.possible.contains(&node.territory),
            };
            (tier.tier.clone(), score)
        });
        let one = Scored {
            city: node.city.clone(),
            territory: node.territory.clone(),
            scored: !matches!(node.doubt, Some(Doubt::BadTruth | Doubt::Suspect)),
            verdict: verdict.clone(),
            anchors_counted: attestation.counted(),
            tiers: tiers.collect(),
        };
        scored.insert(node.id.clone(), one);
    }
    scored
}

/// Scored hosts whose truth was excluded at any tier.
fn excluded(scored: &BTreeMap<String, Scored>) -> Vec<String> {
    let lost = |one: &Scored| one.tiers.values().any(|tier| tier.true_territory_excluded);
    scored
        .iter()
        .filter(|(_, one)| one.scored && lost(one))
        .map(|(id, _)| id.clone())
        .collect()
}

fn draw(
    stage: &Stage,
    world: &Measured,
    nodes: &[usize],
    attestations: &[(String, Attestation)],
    file: &std::path::Path,
) -> Result<()> {
    let territories = Territories::builtin();
    let mut hosts = Vec::new();
    for ((&index, host), (verdict, attestation)) in
        nodes.iter().zip(&stage.plan.hosts).zip(attestations)
    {
        let node = &world.nodes[index];
        let licence = stage.plan.licences.iter().find(|l| l.name == host.licence);
        let place = format!("{}, {}", node.city, node.territory);
        hosts.push(MapHost {
            name: node.id.clone(),
            truth: node.point,
            truth_name: place.clone(),
            declared: node.point,
            declared_name: place,
            permitted: licence
                .context("every host has a licence")?
                .permitted_mask(territories)?,
            verdict: verdict.clone(),
            meaning: String::new(),
            caps: pictures::caps(stage, attestation),
        });
    }
    pictures::page(
        stage,
        hosts,
        "Domicile: measured round trips",
        "Each host is honest; its round trips to the anchors were measured on the real internet and replayed by the relay.",
        file,
    )
}

fn text(score: &Score) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header([
        "host",
        "city",
        "truth",
        "verdict",
        "anchors",
        "excluded: c",
        "0.69c",
        "2/3c",
        "truth excluded",
    ]);
    for (id, one) in &score.hosts {
        let share = |tier: &str| {
            let tier = one.tiers.get(tier);
            tier.map_or_else(String::new, |t| {
                format!("{:.1} %", 100.0 * t.excluded_share)
            })
        };
        let lost: Vec<&str> = one
            .tiers
            .iter()
            .filter(|(_, tier)| tier.true_territory_excluded)
            .map(|(tier, _)| tier.as_str())
            .collect();
        let lost = match (lost.is_empty(), one.scored) {
            (true, _) => "no".to_owned(),
            (false, true) => format!("YES at {}", lost.join(", ")),
            (false, false) => format!("yes at {} (the set doubts it)", lost.join(", ")),
        };
        table.add_row([
            id.clone(),
            one.city.clone(),
            one.territory.clone(),
            one.verdict.clone(),
            one.anchors_counted.to_string(),
            share("c"),
            share("0.69c"),
            share("2/3c"),
            lost,
        ]);
    }
    let vote = match score.votes {
        Votes::Provider => "provider",
        Votes::Node => "node",
    };
    let mean = |tier: &str| {
        let shares: Vec<f64> = score
            .hosts
            .values()
            .filter_map(|one| Some(one.tiers.get(tier)?.excluded_share))
            .collect();
        let count = f64::from(u32::try_from(shares.len()).unwrap_or(u32::MAX)).max(1.0);
        100.0 * shares.iter().sum::<f64>() / count
    };
    format!(
        "{table}\n\n{} hosts, {} anchors: {}. A vote is a {vote}, one vote may lie.\n\
         Territories excluded on average: {:.1} % at c, {:.1} % at 0.69c, {:.1} % at 2/3c.\n\
         True territories excluded: {}.\nMap: {}\n",
        score.hosts.len(),
        score.anchors,
        score.rule,
        mean("c"),
        mean("0.69c"),
        mean("2/3c"),
        score.true_territory_excluded.len(),
        score.map,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::auditor::TierRow;
    use crate::measured::parse;

    fn world() -> Measured {
        let nodes: String = (0..8)
            .map(|n| {
                format!(
                    "n{n},N{n},City {n},{},50,8,p{},s\n",
                    ["DE", "FR"][n % 2],
                    n % 3
                )
            })
            .collect();
        let rows: String = (0..6).map(|n| format!("n{n},n6,{}\n", n + 1)).collect();
        parse(
            format!("id,name,city,country_iso2,lat,lon,provider,source\n{nodes}").as_bytes(),
            format!("src,dst,rtt_ms\n{rows}").as_bytes(),
            b"kind,name\nbad_truth,N7\n",
        )
        .unwrap()
    }

    #[test]
    fn sources_become_anchors_and_pairs_without_data_stay_unreachable() {
        let world = world();
        let split = split(&world, 100);
        let (plan, nodes) = plan(&world, &split, Votes::Provider, 9).unwrap();
        assert_eq!(nodes, [6, 7]);
        assert_eq!((plan.anchors.len(), plan.hosts.len()), (6, 2));
        assert_eq!(plan.paths.len(), 6, "n7 has no data");
        assert_eq!(plan.paths[0].round_trip, Duration::from_millis(1));
        assert!(
            plan.anchors
                .iter()
                .all(|anchor| anchor.survey_error_m == 100_000)
        );
        assert_eq!(plan.anchors[0].trust_domain, plan.anchors[3].trust_domain);
        let (alone, _) = super::plan(&world, &split, Votes::Node, 9).unwrap();
        assert_ne!(alone.anchors[0].trust_domain, alone.anchors[3].trust_domain);
    }

    #[test]
    fn an_excluded_truth_is_found_unless_the_set_doubts_it() {
        let world = world();
        let attestation = |possible: &[&str]| Attestation {
            tiers: vec![TierRow {
                tier: "c".into(),
                possible: possible.iter().map(|code| (*code).to_owned()).collect(),
                excluded: 3,
            }],
            ..Attestation::default()
        };
        // n6 is in DE, n7 in FR by a claim known to be false.
        let verdict = "insufficient".to_owned();
        let both = |a: &[&str], b: &[&str]| {
            let list = [
                (verdict.clone(), attestation(a)),
                (verdict.clone(), attestation(b)),
            ];
            excluded(&score(&world, &[6, 7], &list))
        };
        assert!(both(&["DE", "CH"], &["FR"]).is_empty());
        assert!(both(&["DE"], &["DE"]).is_empty());
        assert_eq!(both(&["CH"], &["FR"]), ["n6"]);
    }
}
