//! What became of each host, held against what the demo promises.

use super::cast::{Act, Role};
use super::geography::SHORT_LIAR;
use crate::auditor::{self, Attestation, Fork, HostRow, Incident};
use crate::hostile::Kind;
use crate::stage::Stage;
use anyhow::{Context as _, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What the demo found, as `--format json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Findings {
    /// By name.
    pub(super) hosts: BTreeMap<&'static str, Outcome>,
    /// What the anchors' incidents say, and whether they name the anchor that shortens.
    pub(super) incident: IncidentOutcome,
}

/// One host.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Outcome {
    /// The verdict's value, or `silent` once it has expired in silence.
    pub(super) verdict: String,
    /// What the demo promises.
    pub(super) expected: &'static str,
    /// Whether verdict and all of the host's other facts are as promised.
    pub(super) ok: bool,
    /// What is not as promised.
    pub(super) problems: Vec<String>,
    /// Liveness.
    pub(super) state: String,
    /// Its verdict's id.
    pub(super) id: String,
    /// Its key.
    pub(super) key: String,
    /// Where its sessions really end.
    pub(super) really_in: &'static str,
    /// The metro that it declares.
    pub(super) declared: &'static str,
    /// Votes that decided.
    pub(super) deciding_votes: Vec<String>,
    /// The nearest anchor of each of them.
    pub(super) deciding_anchors: Vec<String>,
    /// Anchors that counted.
    pub(super) anchors_counted: usize,
    /// Findings about its chain of reports.
    pub(super) chain: Vec<String>,
    /// What the verdict rests on.
    pub(super) premises: Vec<String>,
    /// In one sentence.
    pub(super) meaning: &'static str,
    /// For the map.
    #[serde(skip)]
    pub(super) attestation: Attestation,
}

/// The anchors' incidents.
#[derive(Debug, Clone, Serialize)]
pub(super) struct IncidentOutcome {
    /// Sets of trust domains that contradict the others, each with the number of verdicts.
    pub(super) trust_domains: BTreeMap<String, u64>,
    /// The trust domain of the anchor that shortens in this world.
    pub(super) expected: String,
    /// Whether most verdicts name exactly it.
    pub(super) ok: bool,
}

impl Findings {
    /// Whether nothing can be said of a host of which more was promised.
    pub(super) fn weakened(&self, role: &Role) -> bool {
        let outcome = self.hosts.get(role.name);
        outcome.is_some_and(|outcome| !outcome.ok && outcome.verdict == "insufficient")
    }

    /// Names of everything that is not as promised.
    pub(super) fn wrong(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self
            .hosts
            .iter()
            .filter(|(_, outcome)| !outcome.ok)
            .map(|(name, outcome)| format!("{name}: {}", outcome.problems.join("; ")))
            .collect();
        if !self.incident.ok {
            wrong.push(format!(
                "the anchors' incidents should name {} and say {:?}",
                self.incident.expected, self.incident.trust_domains
            ));
        }
        wrong
    }
}

/// Asks until the host that fell silent is silent and its verdict has expired, at most `limit`.
///
/// # Errors
/// When the auditor's tool fails.
pub(super) async fn wait_for_silence(stage: &Stage, roles: &[Role], limit: Duration) -> Result<()> {
    let start = Instant::now();
    let quiet = |row: &HostRow| {
        let role = roles.iter().find(|role| role.name == row.site);
        role.is_none_or(|role| match role.act {
            Act::FallsSilent => {
                row.state == "silent" && row.last_verdict.as_ref().is_some_and(|v| !v.current)
            }
            Act::Serves => row.last_verdict.as_ref().is_some_and(|v| v.current),
            _ => true,
        })
    };
    while start.elapsed() < limit && !auditor::hosts(stage).await?.iter().all(quiet) {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

/// Asks for everything and judges it.
///
/// # Errors
/// When the auditor's tool fails or a host is missing.
pub(super) async fn find(stage: &Stage, roles: &[Role]) -> Result<Findings> {
    let rows = auditor::hosts(stage).await?;
    let forks = auditor::forks(stage).await?;
    let mut hosts = BTreeMap::new();
    for role in roles {
        let row = rows
            .iter()
            .find(|row| row.site == role.name)
            .with_context(|| format!("the collector knows no host at site {}", role.name))?;
        let last = row
            .last_verdict
            .as_ref()
            .with_context(|| format!("{} has no verdict", role.name))?;
        let attestation = auditor::attestation(stage, &last.id).await?;
        let verdict = if row.state == "silent" && !last.current && role.act == Act::FallsSilent {
            "silent".to_owned()
        } else {
            last.value.clone()
        };
        let problems = problems(role, row, &verdict, &attestation, &forks);
        let outcome = Outcome {
            verdict,
            expected: role.expected,
            ok: problems.is_empty(),
            problems,
            state: row.state.clone(),
            id: last.id.clone(),
            key: row.host.clone(),
            really_in: role.truth.name,
            declared: role.declared,
            deciding_votes: attestation.deciding_votes.clone(),
            deciding_anchors: attestation
                .deciding_anchors()
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            anchors_counted: attestation.counted(),
            chain: attestation.chain.clone(),
            premises: attestation.premises.clone(),
            meaning: role.meaning,
            attestation,
        };
        hosts.insert(role.name, outcome);
    }
    let incidents = auditor::incidents(stage).await?;
    Ok(Findings {
        hosts,
        incident: incident(stage, &incidents)?,
    })
}

/// Everything about a host that is not as promised.
fn problems(
    role: &Role,
    row: &HostRow,
    verdict: &str,
    attestation: &Attestation,
    forks: &[Fork],
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut promise = |holds: bool, what: String| {
        if !holds {
            problems.push(what);
        }
    };
    promise(
        verdict == role.expected,
        format!("verdict {verdict} instead of {}", role.expected),
    );
    let finds = |finding: &str| attestation.chain.iter().any(|found| found == finding);
    let rests_on = |premise: &str| attestation.premises.iter().any(|found| found == premise);
    promise(
        rests_on("session-not-delegated"),
        "the premise session-not-delegated is missing".into(),
    );
    match role.act {
        Act::Serves => {
            let current = row.last_verdict.as_ref().is_some_and(|v| v.current);
            promise(
                row.state == "reporting" && current,
                format!(
                    "a serving agent is {} (verdict current: {current})",
                    row.state
                ),
            );
        }
        Act::Restored => promise(
            finds("rollback"),
            format!("no rollback in the chain: {:?}", attestation.chain),
        ),
        Act::Hostile(Kind::Replayer) => {
            promise(
                attestation.counted() == 0,
                "old receipts have votes under a fresh nonce".into(),
            );
            promise(
                forks.iter().filter(|fork| fork.host == row.host).count() == 1,
                "the refused bytes are not in the log as one fork".into(),
            );
        }
        Act::Hostile(Kind::ReceiptAlterer) => promise(
            attestation.counted() == 0,
            "an altered receipt has a vote".into(),
        ),
        Act::Hostile(Kind::FalseTranscript) => promise(
            attestation.invalid_reason.as_deref() == Some("false-transcript"),
            format!(
                "invalid for another reason: {:?}",
                attestation.invalid_reason
            ),
        ),
        Act::Hostile(_) | Act::StolenKey | Act::FallsSilent => {}
    }
    problems
}

/// The incident has to name the trust domain of the anchor that shortens, alone, more often than
/// any other set.
fn incident(stage: &Stage, incidents: &[Incident]) -> Result<IncidentOutcome> {
    let liar = stage
        .plan
        .anchors
        .iter()
        .find(|anchor| anchor.name == SHORT_LIAR.0)
        .context("the plan has the anchor that shortens")?;
    let trust_domains: BTreeMap<String, u64> = incidents
        .iter()
        .map(|incident| (incident.trust_domains.join(" + "), incident.attestations))
        .collect();
    let named = trust_domains.get(&liar.trust_domain).copied().unwrap_or(0);
    let others = trust_domains
        .iter()
        .filter(|(domains, _)| **domains != liar.trust_domain);
    Ok(IncidentOutcome {
        ok: named > 0 && others.map(|(_, count)| *count).max().unwrap_or(0) < named,
        expected: liar.trust_domain.clone(),
        trust_domains,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::auditor::{LastVerdict, Reading};
    use crate::demo::cast::roles;

    fn row(state: &str, value: &str, current: bool) -> HostRow {
        HostRow {
            host: "key".into(),
            site: "site".into(),
            state: state.into(),
            last_verdict: Some(LastVerdict {
                id: "id".into(),
                value: value.into(),
                current,
            }),
        }
    }

    fn role(name: &str) -> Role {
        roles().into_iter().find(|role| role.name == name).unwrap()
    }

    fn attestation() -> Attestation {
        Attestation {
            premises: vec!["session-not-delegated".into()],
            chain: vec!["rollback".into()],
            ..Attestation::default()
        }
    }

    #[test]
    fn another_verdict_than_the_promised_one_is_a_problem() {
        let judge = |name: &str, verdict: &str| {
            let row = row("reporting", verdict, true);
            problems(&role(name), &row, verdict, &attestation(), &[])
        };
        assert!(judge("honest-singapore", "confined").is_empty());
        assert!(judge("restored", "confined").is_empty());
        for verdict in ["insufficient", "permitted-excluded", "invalid", "silent"] {
            assert!(!judge("honest-singapore", verdict).is_empty());
        }
        assert!(!judge("shipped", "insufficient").is_empty());
        assert!(!judge("hostile-delayer", "confined").is_empty());
    }

    #[test]
    fn the_other_facts_of_a_host_are_held_against_the_promise_too() {
        let judge = |name: &str, row: &HostRow, attestation: &Attestation, forks: &[Fork]| {
            let role = role(name);
            problems(&role, row, role.expected, attestation, forks)
        };
        let late = row("late", "confined", true);
        assert!(!judge("honest-singapore", &late, &attestation(), &[]).is_empty());
        let sound = row("reporting", "confined", true);
        let unchained = Attestation {
            chain: Vec::new(),
            ..attestation()
        };
        assert!(!judge("restored", &sound, &unchained, &[]).is_empty());
        assert!(!judge("hostile-proxied", &sound, &Attestation::default(), &[]).is_empty());
        // The replayer: one fork, no vote.
        let fork = Fork { host: "key".into() };
        assert!(
            judge(
                "hostile-replayer",
                &sound,
                &attestation(),
                std::slice::from_ref(&fork)
            )
            .is_empty()
        );
        assert!(!judge("hostile-replayer", &sound, &attestation(), &[]).is_empty());
        let counted = Attestation {
            readings: vec![Reading {
                name: None,
                trust_domain: None,
                outcome: "counted".into(),
                anchor_min_rtt_ns: Some(1),
            }],
            ..attestation()
        };
        assert!(!judge("hostile-replayer", &sound, &counted, &[fork]).is_empty());
        assert!(!judge("hostile-receipt-alterer", &sound, &counted, &[]).is_empty());
        // Invalid for the promised reason only.
        assert!(!judge("hostile-false-transcript", &sound, &attestation(), &[]).is_empty());
    }
}
