//! What the demo asks the collector, with the auditor's tool, and what it reads of the answers.

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
pub(super) struct HostRow {
    /// Its key, hexadecimal.
    pub(super) host: String,
    /// The site of its token: the host's name in a world.
    pub(super) site: String,
    /// Liveness.
    pub(super) state: String,
    /// The newest verdict.
    pub(super) last_verdict: Option<LastVerdict>,
}

/// The newest verdict of a host.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LastVerdict {
    /// Its id.
    pub(super) id: String,
    /// Its value.
    pub(super) value: String,
    /// Whether it still holds.
    pub(super) current: bool,
}

/// One verdict with everything behind it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Attestation {
    /// Findings about the chain of reports.
    #[serde(default)]
    pub(super) chain: Vec<String>,
    /// Votes that decided at the required tier.
    #[serde(default)]
    pub(super) deciding_votes: Vec<String>,
    /// What it rests on.
    #[serde(default)]
    pub(super) premises: Vec<String>,
    /// Each anchor.
    #[serde(default)]
    pub(super) readings: Vec<Reading>,
    /// Why it is `invalid`.
    #[serde(default)]
    pub(super) invalid_reason: Option<String>,
    /// Each tier.
    #[serde(default)]
    pub(super) tiers: Vec<TierRow>,
}

impl Attestation {
    /// How many anchors counted.
    pub(super) fn counted(&self) -> usize {
        let counted = |reading: &&Reading| reading.outcome == "counted";
        self.readings.iter().filter(counted).count()
    }

    /// For each deciding vote its anchor with the shortest round trip, and that in nanoseconds.
    pub(super) fn deciding_anchors(&self) -> Vec<(String, u64)> {
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
pub(super) struct Reading {
    /// Its name in the directory.
    pub(super) name: Option<String>,
    /// Its vote.
    pub(super) trust_domain: Option<String>,
    /// `counted`, or why not.
    pub(super) outcome: String,
    /// By the anchor's stopwatch; absent when every round was lost.
    pub(super) anchor_min_rtt_ns: Option<u64>,
}

/// One tier in a verdict.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct TierRow {
    /// Its label.
    pub(super) tier: String,
    /// Territories that remain possible.
    pub(super) possible: Vec<String>,
    /// How many are excluded.
    pub(super) excluded: u32,
}

/// Votes that contradict the others.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Incident {
    /// The smallest set of votes whose removal resolves it.
    pub(super) trust_domains: Vec<String>,
    /// In how many verdicts.
    pub(super) attestations: u64,
}

/// Other bytes under a used nonce.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Fork {
    /// Whose.
    pub(super) host: String,
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
pub(super) async fn hosts(stage: &Stage) -> Result<Vec<HostRow>> {
    Ok(ask::<Page<HostRow>>(stage, "audit-hosts", &["hosts"])
        .await?
        .items)
}

/// One verdict.
pub(super) async fn attestation(stage: &Stage, id: &str) -> Result<Attestation> {
    ask(
        stage,
        &format!("audit-show-{}", &id[..id.len().min(8)]),
        &["show", id],
    )
    .await
}

/// The anchors' incidents.
pub(super) async fn incidents(stage: &Stage) -> Result<Vec<Incident>> {
    Ok(
        ask::<Page<Incident>>(stage, "audit-incidents", &["incidents"])
            .await?
            .items,
    )
}

/// Forks that were refused.
pub(super) async fn forks(stage: &Stage) -> Result<Vec<Fork>> {
    Ok(ask::<Page<Fork>>(stage, "audit-forks", &["forks"])
        .await?
        .items)
}
