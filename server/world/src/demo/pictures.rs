//! What the demo leaves behind: the map, and bundles that were verified offline.

use super::cast::{Act, Role, THIEF};
use super::geography::metro;
use super::outcome::Findings;
use crate::auditor::Attestation;
use crate::plan::StopwatchPlan;
use crate::stage::Stage;
use anyhow::{Context as _, Result};
use domicile_geo::{Observation, Territories, Tier, UnitVec, VoteId, cap_radius_m};
use domicile_map::{MapAnchor, MapCap, MapHost, MapPage};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Hosts whose bundles are exported and verified.
const EXPORTED: [&str; 3] = ["shipped", "honest-singapore", "stolen-key"];

/// Exports bundles, lets the auditor's tool verify each without the collector, and puts them into
/// `out` together with the vendor's trust file.
///
/// # Errors
/// When an export or a verification fails.
pub(super) async fn bundles(
    stage: &Stage,
    findings: &Findings,
    out: &Path,
) -> Result<Vec<PathBuf>> {
    fs::copy(stage.layout.trust(), out.join("trust.toml")).context("cannot copy trust.toml")?;
    let mut verified = Vec::new();
    for name in EXPORTED {
        let Some(outcome) = findings.hosts.get(name) else {
            continue;
        };
        let bundle = out.join(format!("{name}.bundle"));
        // An export never overwrites; what is there is of an earlier demo.
        if bundle.exists() {
            fs::remove_file(&bundle)?;
        }
        let export: Vec<OsString> = vec![
            "export".into(),
            outcome.id.clone().into(),
            "--out".into(),
            bundle.clone().into(),
        ];
        stage.audit(&format!("audit-export-{name}"), export).await?;
        stage.verify(&bundle).await?;
        verified.push(bundle);
    }
    Ok(verified)
}

/// Draws the map.
///
/// # Errors
/// When it cannot be written.
pub(super) fn map(stage: &Stage, roles: &[Role], findings: &Findings, file: &Path) -> Result<()> {
    let territories = Territories::builtin();
    let plan = &stage.plan;
    let mut hosts = Vec::new();
    for role in roles {
        let Some(outcome) = findings.hosts.get(role.name) else {
            continue;
        };
        let declared = &plan.metros[metro(role.declared)];
        let licence = plan
            .licences
            .iter()
            .find(|licence| Some(&licence.name) == stage.host(role.name).ok().map(|h| &h.licence))
            .context("every host has a licence")?;
        // The stolen key's last session was the thief's.
        let truth = if role.act == Act::StolenKey {
            THIEF
        } else {
            role.truth
        };
        hosts.push(MapHost {
            name: role.name.into(),
            truth: truth.point,
            truth_name: truth.name.into(),
            declared: declared.point,
            declared_name: format!("{}, {}", declared.name, declared.territory),
            permitted: licence.permitted_mask(territories)?,
            verdict: outcome.verdict.clone(),
            meaning: outcome.meaning.into(),
            caps: caps(stage, &outcome.attestation),
        });
    }
    page(
        stage,
        hosts,
        "Domicile demo: where each host can be",
        "Each anchor's signed round trip bounds how far the responder can be. A host is confined when \
         every place outside its licence is excluded by more votes than may lie.",
        file,
    )
}

/// Writes the page of these hosts.
///
/// # Errors
/// When it cannot be written.
pub(super) fn page(
    stage: &Stage,
    hosts: Vec<MapHost>,
    title: &str,
    introduction: &str,
    file: &Path,
) -> Result<()> {
    let page = MapPage {
        title: title.into(),
        introduction: introduction.into(),
        tier: Tier::Fibre.label().into(),
        lying_votes: stage.plan.lying_votes,
        anchors: anchors(stage),
        hosts,
    };
    fs::write(file, page.html(Territories::builtin()))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// The anchors as the map shows them.
fn anchors(stage: &Stage) -> Vec<MapAnchor> {
    stage
        .plan
        .anchors
        .iter()
        .map(|anchor| MapAnchor {
            name: anchor.name.clone(),
            point: anchor.point,
            trust_domain: anchor.trust_domain.clone(),
            lies: match anchor.stopwatch {
                StopwatchPlan::Honest => None,
                StopwatchPlan::Lying(factor) if factor < 1.0 => {
                    Some(format!("lies: reports {factor} of every time"))
                }
                StopwatchPlan::Lying(factor) => {
                    Some(format!("lies: reports {factor} times every time"))
                }
            },
        })
        .collect()
}

/// The caps of the anchors that counted; the nearest of each deciding vote is marked.
pub(super) fn caps(stage: &Stage, attestation: &Attestation) -> Vec<MapCap> {
    let deciding = attestation.deciding_anchors();
    let readings = attestation.readings.iter();
    readings
        .filter(|reading| reading.outcome == "counted")
        .filter_map(|reading| {
            let name = reading.name.as_ref()?;
            let anchors = &stage.plan.anchors;
            let index = anchors.iter().position(|anchor| anchor.name == *name)?;
            let [x, y, z] = anchors[index].point.unit();
            let observation = Observation {
                vote: VoteId(0),
                anchor: 0,
                position: UnitVec::new(x, y, z).ok()?,
                survey_error_m: anchors[index].survey_error_m,
                clock_error_ppm: crate::stage::CLOCK_ERROR_PPM,
                rtt_ns: reading.anchor_min_rtt_ns?,
            };
            Some(MapCap {
                anchor: index,
                radius_m: cap_radius_m(&observation, Tier::Fibre),
                deciding: deciding.iter().any(|(anchor, _)| anchor == name),
            })
        })
        .collect()
}
