//! `--rtt DIR`: a world of measured round trips, from the CSV files to verdicts, through the same
//! processes as the demo. Every host is honest; what is judged is whether the truth survives.

mod plan;
mod score;

use super::pictures;
use super::progress::Progress;
use super::{AS_PROMISED, DemoArguments, Format, block, keep};
use crate::auditor::{self, Attestation};
use crate::measured::{Measured, split};
use crate::programs::Programs;
use crate::stage::Stage;
use anyhow::{Context as _, Result};
use domicile_geo::Territories;
use domicile_map::MapHost;
use score::Score;
use std::path::Path;
use std::rc::Rc;

/// Exit code when the true territory of a host was excluded.
const TRUTH_EXCLUDED: u8 = 3;
/// Sessions at a time.
const AT_ONCE: usize = 3;

/// Runs a measured world.
///
/// # Errors
/// When the files are wrong or a program fails.
pub(super) async fn act(
    arguments: &DemoArguments,
    folder: &Path,
    programs: Programs,
    work: &Path,
    out: &Path,
) -> Result<u8> {
    let world = Measured::read(folder)?;
    let split = split(&world, arguments.max_anchors.into());
    let block = block();
    let (plan, nodes) = plan::plan(&world, &split, arguments.votes, block)?;
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
    let scored = score::score(&world, &nodes, &attestations);
    draw(&stage, &world, &nodes, &attestations, &map)?;
    progress.step();
    progress.done();
    let score = Score {
        rule: split.rule,
        votes: arguments.votes,
        anchors: stage.plan.anchors.len(),
        true_territory_excluded: score::excluded(&scored),
        hosts: scored,
        map: map.display().to_string(),
    };
    match arguments.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&score)?),
        Format::Table => print!("{}", score.text()),
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

fn draw(
    stage: &Stage,
    world: &Measured,
    nodes: &[usize],
    attestations: &[(String, Attestation)],
    file: &Path,
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
