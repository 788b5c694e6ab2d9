//! From signed evidence to observations: every signature, hash and time window of one report.
//!
//! [`verify`] answers in one of two ways. `Err`: nobody can be held to these bytes, or they come too
//! late; the collector refuses them with [`EvidenceError::status`]. `Ok`: the host made this report;
//! [`Appraised`] says what became of each anchor, and `invalid` if the host itself made what fails.
//!
//! Read on in `report.rs` (fields), `session.rs` (one anchor), `coarse.rs` (one that signs a limit
//! only), `window.rs` (times).

mod coarse;
mod error;
mod report;
mod session;
mod tpm;
mod window;

pub use domicile_proto::ranging::receipt::agent_agrees;
pub use error::EvidenceError;
pub use report::{MAX_ANCHORS, Report, SessionNonce};
pub use tpm::{tpm_binds, tpm_checks};
pub use window::Window;

use crate::certificate;
use crate::enrolment::Enrolment;
use domicile_proto::directory::{Directory, Position};
use domicile_proto::draw;
use domicile_proto::sign::{self, Domain};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{self, AnchorOutcome, AnchorReading, DropReason, InvalidReason};
use domicile_proto::{MEASURED_WINDOW_MS, SUBMISSION_WINDOW_MS};
use rustls_pki_types::CertificateDer;
use session::{Examined, Measured, Scope, Session, examine};
use std::collections::BTreeSet;

/// What evidence is held against.
#[derive(Debug, Clone, Copy)]
pub struct EvidenceContext<'a> {
    /// The directory version that the evidence names.
    pub directory: &'a Directory,
    /// The host's enrolment.
    pub enrolment: &'a Enrolment,
    /// The chain whose leaf the evidence names.
    pub certificate: &'a wire::CertificateChainRecord,
    /// The agent CA of the trust file.
    pub agent_ca: &'a CertificateDer<'a>,
    /// When the collector received it, Unix time in ms.
    pub received_ms: u64,
}

/// Evidence that the host made, with what each anchor is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Appraised {
    /// The report's fields.
    pub report: Report,
    /// When the collector received it, Unix time in ms.
    pub received_ms: u64,
    /// Hash of the directory it was held against.
    pub directory_hash: Digest,
    /// *f* of that directory.
    pub lying_votes: u8,
    /// Set when the host itself made what fails.
    pub invalid: Option<InvalidReason>,
    /// What became of each anchor, sorted by key.
    pub readings: Vec<AnchorReading>,
    /// The sessions that count, sorted by anchor key.
    pub observations: Vec<Observed>,
    /// What the TPM's quote is worth; `None` without one.
    pub tpm: Option<wire::TpmResult>,
}

/// One anchor's session that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The anchor.
    pub anchor: Key,
    /// Its vote.
    pub trust_domain: String,
    /// Where it stands, with survey and clock error.
    pub position: Position,
    /// Run by the host's own operator.
    pub own_operator: bool,
    /// The agent's own minimum supports it, see [`agent_agrees`].
    pub agent_agrees: bool,
    /// The smallest round trip by the anchor's stopwatch, nanoseconds, or what it is at most.
    pub rtt_ns: u64,
    /// Coarse: `rtt_ns` is a limit that was met. A cap like any other, and no measured time.
    pub limit_only: bool,
    /// The anchor's clock before the first round, Unix time in ms.
    pub start_ms: u64,
    /// The anchor's clock after the last round, Unix time in ms.
    pub end_ms: u64,
}

/// Checks evidence and sorts its anchors into those that count and those that do not, and why.
///
/// # Errors
/// [`EvidenceError`] when it cannot be attributed to the enrolled host or is out of time.
pub fn verify(
    evidence: &wire::Signed,
    ctx: &EvidenceContext<'_>,
) -> Result<Appraised, EvidenceError> {
    let report = Report::read(evidence)?;
    sign::verify(Domain::Evidence, &report.agent_key, evidence)
        .map_err(EvidenceError::Signature)?;
    check_scope(&report, ctx)?;
    let drawn = draw::draw(
        report.nonce.as_bytes(),
        ctx.directory,
        &ctx.enrolment.token.metro,
    )?;

    let scope = Scope {
        report: &report,
        directory: ctx.directory,
        drawn: &drawn,
    };
    let mut findings = Findings::new(ctx.directory, &ctx.enrolment.token.operator);
    let mut sessions = Vec::new();
    for ranging in &report.rangings {
        match examine(ranging, &scope) {
            Examined::Authentic(session) => sessions.push(session),
            Examined::Rejected(key, outcome) => findings.reject(key, outcome),
            Examined::Invalid(key, reason) => findings.invalid(key, reason),
        }
    }
    findings.count(sessions, &report, ctx.received_ms);
    findings.absent(&drawn, &report.dropped);
    Ok(findings.into_appraised(report, ctx))
}

/// The checks that make a report this host's, with this directory and certificate, and in time.
fn check_scope(report: &Report, ctx: &EvidenceContext<'_>) -> Result<(), EvidenceError> {
    if report.agent_key != ctx.enrolment.agent_key {
        return Err(EvidenceError::OtherHost {
            found: report.agent_key,
            expected: ctx.enrolment.agent_key,
        });
    }
    if report.directory_version != ctx.directory.version {
        return Err(EvidenceError::Directory {
            found: report.directory_version,
            expected: ctx.directory.version,
        });
    }
    certificate::check_identity(
        ctx.certificate,
        &report.certificate_hash,
        &report.agent_key,
        ctx.agent_ca,
    )?;
    if let SessionNonce::Challenged(nonce) = &report.nonce {
        in_time(nonce.issued_ms(), ctx.received_ms)?;
    }
    let valid = window::certificate(report, ctx.received_ms);
    Ok(certificate::check_chain(
        ctx.certificate,
        ctx.agent_ca,
        valid.from_ms,
        valid.until_ms,
    )?)
}

fn in_time(measured_ms: u64, received_ms: u64) -> Result<(), EvidenceError> {
    if measured_ms.saturating_add(SUBMISSION_WINDOW_MS) < received_ms {
        return Err(EvidenceError::Stale {
            measured_ms,
            received_ms,
        });
    }
    if measured_ms > received_ms.saturating_add(MEASURED_WINDOW_MS) {
        return Err(EvidenceError::Future {
            measured_ms,
            received_ms,
        });
    }
    Ok(())
}

/// What is found out about the anchors of one report.
struct Findings<'a> {
    directory: &'a Directory,
    operator: &'a str,
    invalid: Option<InvalidReason>,
    readings: Vec<AnchorReading>,
    observations: Vec<Observed>,
}

impl<'a> Findings<'a> {
    fn new(directory: &'a Directory, operator: &'a str) -> Self {
        Self {
            directory,
            operator,
            invalid: None,
            readings: Vec::new(),
            observations: Vec::new(),
        }
    }

    fn is_own(&self, key: &Key) -> bool {
        // Names are compared without case: the stricter side for anchors that would help.
        self.directory
            .anchor(key)
            .is_some_and(|anchor| anchor.operator.eq_ignore_ascii_case(self.operator))
    }

    fn reject(&mut self, key: Option<Key>, outcome: AnchorOutcome) {
        self.readings.push(AnchorReading {
            anchor_key: key.map(Key::to_vec).unwrap_or_default(),
            outcome: outcome as i32,
            own_operator: key.is_some_and(|key| self.is_own(&key)),
            ..AnchorReading::default()
        });
    }

    /// The first reason in the order of the schema stands for all.
    fn invalid(&mut self, key: Key, reason: InvalidReason) {
        self.reject(Some(key), AnchorOutcome::ReceiptInvalid);
        let first = self
            .invalid
            .map_or(reason as i32, |known| (known as i32).min(reason as i32));
        self.invalid = InvalidReason::try_from(first).ok();
    }

    /// The rest of the order: window, position, rounds, duplicates. What is left counts.
    fn count(&mut self, mut sessions: Vec<Session<'_>>, report: &Report, received_ms: u64) {
        let window = window::measured(report, &sessions, received_ms);
        // Of several sessions with one anchor the shortest counts, whatever their order.
        sessions.sort_by_key(|session| {
            (
                session.anchor.key,
                session.measured.bound_ns().unwrap_or(u64::MAX),
                session.hash,
            )
        });
        let mut counted = BTreeSet::new();
        for session in &sessions {
            let outcome = if !Window::admits(window.as_ref(), session) {
                AnchorOutcome::OutsideWindow
            } else if session.position_version != session.anchor.position.version {
                AnchorOutcome::OldPosition
            } else if session.measured.bound_ns().is_none() {
                AnchorOutcome::AllLost
            } else if !counted.insert(session.anchor.key) {
                AnchorOutcome::Duplicate
            } else {
                AnchorOutcome::Counted
            };
            self.record(session, outcome);
        }
    }

    fn record(&mut self, session: &Session<'_>, outcome: AnchorOutcome) {
        let anchor = session.anchor;
        let own_operator = self.is_own(&anchor.key);
        let agent_agrees = session.measured.agent_agrees();
        let (anchor_min_ns, agent_min_ns, limit_ns) = match session.measured {
            Measured::Exact {
                anchor_min_ns,
                agent_min_ns,
            } => (anchor_min_ns, agent_min_ns, None),
            Measured::Limit { limit_ns, .. } => (None, None, limit_ns),
        };
        self.readings.push(AnchorReading {
            anchor_key: anchor.key.to_vec(),
            outcome: outcome as i32,
            drop_reason: DropReason::Unspecified as i32,
            anchor_min_rtt_ns: anchor_min_ns.unwrap_or(0),
            agent_min_rtt_ns: agent_min_ns.unwrap_or(0),
            own_operator,
            agent_agrees,
            tunnelled: session.tunnelled,
            proxied: session.proxied,
            limit_ns: limit_ns.unwrap_or(0),
        });
        if outcome == AnchorOutcome::Counted {
            self.observations.push(Observed {
                anchor: anchor.key,
                trust_domain: anchor.trust_domain.clone(),
                position: anchor.position,
                own_operator,
                agent_agrees,
                rtt_ns: session.measured.bound_ns().unwrap_or(0),
                limit_only: limit_ns.is_some(),
                start_ms: session.start_ms,
                end_ms: session.end_ms,
            });
        }
    }

    /// Anchors that were drawn and are not among the rangings. What the agent says it dropped
    /// without having been asked to visit it is no reading.
    fn absent(&mut self, drawn: &[usize], dropped: &[(Key, DropReason)]) {
        let present: BTreeSet<Vec<u8>> = self
            .readings
            .iter()
            .map(|reading| reading.anchor_key.clone())
            .collect();
        for index in drawn {
            let key = self.directory.anchors[*index].key;
            if present.contains(key.0.as_slice()) {
                continue;
            }
            let reason = dropped
                .iter()
                .filter(|(name, _)| *name == key)
                .map(|(_, why)| *why);
            match reason.min_by_key(|why| *why as i32) {
                None => self.reject(Some(key), AnchorOutcome::NotVisited),
                Some(why) => {
                    self.reject(Some(key), AnchorOutcome::DroppedByAgent);
                    if let Some(reading) = self.readings.last_mut() {
                        reading.drop_reason = why as i32;
                    }
                }
            }
        }
    }

    fn into_appraised(mut self, report: Report, ctx: &EvidenceContext<'_>) -> Appraised {
        self.readings.sort_by(|a, b| order(a).cmp(&order(b)));
        self.observations.sort_by_key(|observed| observed.anchor);
        Appraised {
            tpm: tpm::examine(&report, ctx.enrolment.tpm.as_ref()),
            report,
            received_ms: ctx.received_ms,
            directory_hash: ctx.directory.hash,
            lying_votes: ctx.directory.lying_votes,
            invalid: self.invalid,
            readings: self.readings,
            observations: self.observations,
        }
    }
}

/// Key first, then everything else, so that the order of a report's rangings leaves no trace.
fn order(reading: &AnchorReading) -> (&[u8], i32, i32, u64, u64, u64) {
    (
        &reading.anchor_key,
        reading.outcome,
        reading.drop_reason,
        reading.anchor_min_rtt_ns,
        reading.agent_min_rtt_ns,
        reading.limit_ns,
    )
}
