//! What a world asks its collector, with the auditor's own tool, and what it reads of the answers.

use crate::stage::Stage;
use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ffi::OsString;

/// A page of answers.
#[derive(Debug, Deserialize)]
struct Page<T> {
    items: Vec<T>,
}

/// An enrolled host.
#[derive(Debug, Clone, Deserialize)]
pub struct HostRow {
    /// Its key, hexadecimal.
    pub host: String,
    /// The site of its token: the host's name in a world.
    pub site: String,
    /// Liveness.
    pub state: String,
    /// The newest verdict.
    pub last_verdict: Option<LastVerdict>,
}

/// The newest verdict of a host.
#[derive(Debug, Clone, Deserialize)]
pub struct LastVerdict {
    /// Its id.
    pub id: String,
    /// Its value.
    pub value: String,
    /// Whether it still holds.
    pub current: bool,
}

/// One verdict with everything behind it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Attestation {
    /// Findings about the chain of reports.
    #[serde(default)]
    pub chain: Vec<String>,
    /// Votes that decided at the required tier.
    #[serde(default)]
    pub deciding_votes: Vec<String>,
    /// What it rests on.
    #[serde(default)]
    pub premises: Vec<String>,
    /// Each anchor.
    #[serde(default)]
    pub readings: Vec<Reading>,
    /// Why it is `invalid`.
    #[serde(default)]
    pub invalid_reason: Option<String>,
    /// Each tier.
    #[serde(default)]
    pub tiers: Vec<TierRow>,
}

impl Attestation {
    /// How many anchors counted.
    pub fn counted(&self) -> usize {
        let counted = |reading: &&Reading| reading.outcome == "counted";
        self.readings.iter().filter(counted).count()
    }

    /// For each deciding vote its anchor with the shortest round trip, and that in nanoseconds.
    pub fn deciding_anchors(&self) -> Vec<(String, u64)> {
        let nearest = |vote: &String| {
            self.readings
                .iter()
                .filter(|r| r.outcome == "counted" && r.trust_domain.as_ref() == Some(vote))
                .filter_map(|r| Some((r.name.clone()?, r.anchor_min_rtt_ns?)))
                .min_by_key(|(_, rtt)| *rtt)
        };
        self.deciding_votes.iter().filter_map(nearest).collect()
    }
}

/// One anchor in a verdict.
#[derive(Debug, Clone, Deserialize)]
pub struct Reading {
    /// Its name in the directory.
    pub name: Option<String>,
    /// Its vote.
    pub trust_domain: Option<String>,
    /// `counted`, or why not.
    pub outcome: String,
    /// By the anchor's stopwatch; absent when every round was lost.
    pub anchor_min_rtt_ns: Option<u64>,
}

/// One tier in a verdict.
#[derive(Debug, Clone, Deserialize)]
pub struct TierRow {
    /// Its label.
    pub tier: String,
    /// Territories that remain possible.
    pub possible: Vec<String>,
    /// How many are excluded.
    pub excluded: u32,
}

/// Votes that contradict the others.
#[derive(Debug, Clone, Deserialize)]
pub struct Incident {
    /// The smallest set of votes whose removal resolves it.
    pub trust_domains: Vec<String>,
    /// In how many verdicts.
    pub attestations: u64,
}

/// Other bytes under a used nonce.
#[derive(Debug, Clone, Deserialize)]
pub struct Fork {
    /// Whose.
    pub host: String,
}

async fn ask<T: DeserializeOwned>(stage: &Stage, label: &str, question: &[&str]) -> Result<T> {
    let mut words: Vec<OsString> = question.iter().map(OsString::from).collect();
    words.extend(["--format".into(), "json".into()]);
    let answer = stage.audit(label, words).await?;
    serde_json::from_slice(&answer).with_context(|| {
        let start: String = String::from_utf8_lossy(&answer).chars().take(300).collect();
        format!(
            "the answer to `{}` was not understood: {start}",
            question.join(" ")
        )
    })
}

/// Every host.
///
/// # Errors
/// When the tool fails or its answer is not understood; so for every question here.
pub async fn hosts(stage: &Stage) -> Result<Vec<HostRow>> {
    Ok(
        ask::<Page<HostRow>>(stage, "audit-hosts", &["hosts", "--all"])
            .await?
            .items,
    )
}

/// One verdict.
///
/// # Errors
/// As [`hosts`].
pub async fn attestation(stage: &Stage, id: &str) -> Result<Attestation> {
    ask(
        stage,
        &format!("audit-show-{}", &id[..id.len().min(8)]),
        &["show", id],
    )
    .await
}

/// The anchors' incidents.
///
/// # Errors
/// As [`hosts`].
pub async fn incidents(stage: &Stage) -> Result<Vec<Incident>> {
    Ok(
        ask::<Page<Incident>>(stage, "audit-incidents", &["incidents"])
            .await?
            .items,
    )
}

/// What the anchors' mesh says of an anchor.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
pub struct MeshFinding {
    /// Its name.
    pub anchor: String,
    /// Its vote.
    pub trust_domain: String,
    /// What is wrong with it.
    pub kind: String,
    /// How sure that is.
    pub certainty: String,
}

/// What the anchors' mesh says of anchors.
///
/// # Errors
/// As [`hosts`].
pub async fn mesh(stage: &Stage) -> Result<Vec<MeshFinding>> {
    Ok(ask::<Page<MeshFinding>>(stage, "audit-mesh", &["mesh"])
        .await?
        .items)
}

/// Forks that were refused.
///
/// # Errors
/// As [`hosts`].
pub async fn forks(stage: &Stage) -> Result<Vec<Fork>> {
    Ok(ask::<Page<Fork>>(stage, "audit-forks", &["forks"])
        .await?
        .items)
}
