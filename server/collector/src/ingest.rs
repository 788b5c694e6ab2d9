//! Evidence: checks in the order of the protocol, appraisal, verdict, one append, receipt. Reports of
//! one host go one at a time.

use crate::appraisals::AppraisalError;
use crate::chain::{self, Known};
use crate::mac_keys::NonceProblem;
use crate::service::{Answer, Service};
use crate::store::{EvidenceRow, HostRow};
use domicile_appraise::CODE_VERSION;
use domicile_appraise::devices::DeviceChains;
use domicile_appraise::enrolment::Enrolment;
use domicile_appraise::judge::{self, Inputs};
use domicile_appraise::verify::{
    self, Appraised, EvidenceContext, EvidenceError, Report, SessionNonce,
};
use domicile_certs::tls::Peer;
use domicile_geo::Territories;
use domicile_ledger::{Head, Kind};
use domicile_proto::codec;
use domicile_proto::sign::{self, Domain};
use domicile_proto::types::Digest;
use domicile_proto::wire::{self, ChainFinding, StatusCode};
use std::sync::PoisonError;

/// Sessions of the same key that a report is compared with, at most.
const COMPARED: usize = 4;

/// Other bytes under one nonce that are logged, at most: more of them say nothing more.
const FORKS: usize = 16;

/// How far apart in time compared sessions may be, ms.
const COMPARED_WINDOW_MS: u64 = 24 * 3600 * 1000;

/// Everything that a report is judged with.
struct Case {
    host: HostRow,
    enrolment: Enrolment,
    appraised: Appraised,
    chain: Vec<ChainFinding>,
    compared: Vec<Appraised>,
    device_chains: DeviceChains,
}

impl Service {
    /// Accepts a report and gives the receipt, or refuses it.
    pub(crate) async fn evidence(&self, peer: &Peer, signed: wire::Signed) -> Answer<wire::Signed> {
        let report = Report::read(&signed).map_err(|error| error.status())?;
        if report.agent_key != peer.key {
            return Err(StatusCode::KeyMismatch);
        }
        sign::verify(Domain::Evidence, &peer.key, &signed)
            .map_err(|_| StatusCode::SignatureInvalid)?;
        self.enrolled(peer)?;
        let _one_at_a_time = self.hosts.lock(peer.key).await;
        let host = self.enrolled(peer)?;
        let received_ms = self.clock.now_ms();
        self.check_nonce(&report, received_ms)?;
        let used = self
            .store
            .nonce_use(&peer.key, report.nonce.as_bytes())
            .map_err(|error| self.refuse(&error))?;
        match used {
            Some(id) if id == report.hash => return self.again(&id, &host).await,
            Some(first) => return self.fork(&report, &signed, &first, received_ms).await,
            None => {}
        }
        let case = self.appraise(host, report, &signed, received_ms).await?;
        self.accept(peer, case, &signed, received_ms).await
    }

    fn check_nonce(&self, report: &Report, now_ms: u64) -> Answer<()> {
        let SessionNonce::Challenged(nonce) = &report.nonce else {
            return Ok(()); // Its freshness is the anchors' to show: see the appraisal.
        };
        let keys = self.mac_keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.check(nonce, &report.agent_key, report.directory_version, now_ms)
            .map_err(|problem| match problem {
                NonceProblem::Foreign => StatusCode::NonceForeign,
                NonceProblem::Stale => StatusCode::NonceStale,
            })
    }

    /// The same bytes again: the same receipt again. If a crash left the evidence without a verdict,
    /// it gets one first.
    async fn again(&self, id: &Digest, host: &HostRow) -> Answer<wire::Signed> {
        let row = self.evidence_row(id)?;
        if !row.judged {
            self.judge_logged(id, &row, host).await?;
        }
        self.receipt(id, &row).await
    }

    /// Other bytes under a used nonce: logged once each, up to a number, and refused.
    async fn fork(
        &self,
        report: &Report,
        signed: &wire::Signed,
        first: &Digest,
        received_ms: u64,
    ) -> Answer<wire::Signed> {
        tracing::info!(host = %report.agent_key.short(), "other bytes under a used nonce");
        let logged = self
            .store
            .forks_of(first, FORKS)
            .map_err(|error| self.refuse(&error))?;
        if logged.len() < FORKS && !logged.contains(&report.hash) {
            let record = wire::ForkRecord {
                evidence: codec::encode(signed),
                first_hash: first.to_vec(),
                received_ms,
            };
            self.store
                .commit(vec![(Kind::Fork, codec::encode(&record))])
                .await
                .map_err(|error| self.refuse(&error))?;
        }
        Err(StatusCode::NonceUsed)
    }

    async fn appraise(
        &self,
        host: HostRow,
        report: Report,
        signed: &wire::Signed,
        received_ms: u64,
    ) -> Answer<Case> {
        let directory = self
            .books()
            .directory(report.directory_version, received_ms)
            .ok_or(StatusCode::DirectoryUnknown)?;
        let chain = self
            .store
            .chain(&report.certificate_hash)
            .map_err(|error| self.refuse(&error))?
            .ok_or(StatusCode::NotEnrolled)?;
        let certificate = self
            .certificate_chain(chain)
            .map_err(|error| self.internal(&error))?;
        let enrolment = self
            .enrolment(host.enrolment_index)
            .map_err(|error| self.internal(&error))?;
        let context = EvidenceContext {
            directory: &directory,
            enrolment: &enrolment,
            certificate: &certificate,
            agent_ca: &self.trust.agent_ca,
            received_ms,
        };
        let _core = self
            .cores
            .acquire()
            .await
            .map_err(|_| StatusCode::Internal)?;
        let appraised = tokio::task::block_in_place(|| verify::verify(signed, &context))
            .map_err(|error| evidence_status(&error))?;
        let known = Known::of(&report, &host, &self.store).map_err(|error| self.refuse(&error))?;
        let measured_ms = measured_ms(&appraised);
        let chain = chain::findings(&report, &known, measured_ms, received_ms);
        let compared = tokio::task::block_in_place(|| self.compared(&appraised, &enrolment))?;
        let device_chains = tokio::task::block_in_place(|| self.device_chains(&appraised.report))
            .map_err(|error| self.internal(&error))?;
        Ok(Case {
            host,
            enrolment,
            appraised,
            chain,
            compared,
            device_chains,
        })
    }

    /// Other sessions of the key, measured within a day of this one, the nearest in time. For a late
    /// report these lie on both sides of it.
    fn compared(&self, appraised: &Appraised, enrolment: &Enrolment) -> Answer<Vec<Appraised>> {
        let report = &appraised.report;
        let near = self
            .store
            .sessions_near(
                &report.agent_key,
                measured_ms(appraised),
                COMPARED_WINDOW_MS,
                &report.hash,
                COMPARED,
            )
            .map_err(|error| self.refuse(&error))?;
        near.iter()
            .map(|session| {
                let other = self.logged_appraisal(&session.id, &session.row, enrolment);
                Ok(Appraised::clone(
                    &*other.map_err(|error| self.internal(&error))?,
                ))
            })
            .collect()
    }

    async fn accept(
        &self,
        peer: &Peer,
        case: Case,
        signed: &wire::Signed,
        received_ms: u64,
    ) -> Answer<wire::Signed> {
        let id = case.appraised.report.hash;
        let record = wire::EvidenceRecord {
            evidence: codec::encode(signed),
            received_ms,
            certificate_hash: peer.leaf_hash.to_vec(),
            chain: case.chain.iter().map(|finding| *finding as i32).collect(),
        };
        let verdict = self.verdict(&case).await?;
        let mut records = self
            .new_device_chains(&case.appraised.report, &case.device_chains)
            .map_err(|error| self.internal(&error))?;
        records.push((Kind::Evidence, codec::encode(&record)));
        records.push((Kind::Verdict, verdict));
        self.appraisals.keep(case.appraised);
        self.store
            .commit(records)
            .await
            .map_err(|error| self.refuse(&error))?;
        self.receipt(&id, &self.evidence_row(&id)?).await
    }

    /// Judges a case and signs the verdict. The policy is the one in force when it was measured.
    async fn verdict(&self, case: &Case) -> Answer<Vec<u8>> {
        let policy = self.books().policy_at(measured_ms(&case.appraised));
        let policy = policy.ok_or(StatusCode::Internal)?;
        let inputs = Inputs {
            appraised: &case.appraised,
            enrolment: &case.enrolment,
            policy: &policy,
            territories: Territories::builtin(),
            chain: &case.chain,
            compared: &case.compared,
            judged_ms: self.clock.now_ms(),
            code_version: CODE_VERSION,
            device_chains: &case.device_chains,
        };
        let _core = self
            .cores
            .acquire()
            .await
            .map_err(|_| StatusCode::Internal)?;
        let verdict = tokio::task::block_in_place(|| {
            let verdict = judge::judge(&inputs);
            if let Some(policy) = self.shadow.policy() {
                let policy = &*policy;
                let shadow = judge::judge(&Inputs { policy, ..inputs });
                let id = &case.appraised.report.hash;
                self.shadow.count(policy, &verdict, &shadow, id);
            }
            verdict
        });
        tracing::info!(
            host = %case.appraised.report.agent_key.short(),
            site = case.host.site,
            value = domicile_appraise::text::name_of::<wire::VerdictValue>(verdict.value),
            "judged"
        );
        Ok(codec::encode(
            &self.key.sign(Domain::Verdict, codec::encode(&verdict)),
        ))
    }

    /// Gives evidence in the log the verdict that a crash kept from it.
    pub(crate) async fn judge_logged(
        &self,
        id: &Digest,
        row: &EvidenceRow,
        host: &HostRow,
    ) -> Answer<()> {
        let enrolment = self
            .enrolment(host.enrolment_index)
            .map_err(|error| self.internal(&error))?;
        let appraised = tokio::task::block_in_place(|| self.logged_appraisal(id, row, &enrolment))
            .map_err(|error| self.internal(&error))?;
        let appraised = Appraised::clone(&appraised);
        let chain = row
            .chain
            .iter()
            .filter_map(|raw| ChainFinding::try_from(*raw).ok())
            .collect();
        let compared = tokio::task::block_in_place(|| self.compared(&appraised, &enrolment))?;
        let device_chains = tokio::task::block_in_place(|| self.device_chains(&appraised.report))
            .map_err(|error| self.internal(&error))?;
        let case = Case {
            host: host.clone(),
            enrolment,
            appraised,
            chain,
            compared,
            device_chains,
        };
        let verdict = self.verdict(&case).await?;
        self.store
            .commit(vec![(Kind::Verdict, verdict)])
            .await
            .map_err(|error| self.refuse(&error))?;
        Ok(())
    }

    fn internal(&self, error: &AppraisalError) -> StatusCode {
        if let AppraisalError::Store(error) = error {
            return self.refuse(error);
        }
        tracing::error!(%error, "the log cannot be appraised");
        StatusCode::Internal
    }

    fn evidence_row(&self, id: &Digest) -> Answer<EvidenceRow> {
        let row = self
            .store
            .evidence(id)
            .map_err(|error| self.refuse(&error))?;
        row.ok_or(StatusCode::Internal)
    }

    /// The receipt of evidence in the log. It shows the head of the append that brought the evidence,
    /// so that it comes out the same whenever it is made, from the log alone; after a rotation of the log's
    /// key the head of the rotation, which the new key may sign.
    async fn receipt(&self, id: &Digest, row: &EvidenceRow) -> Answer<wire::Signed> {
        if self
            .store
            .head()
            .is_none_or(|head| head.size < row.batch_end)
        {
            self.store
                .commit(Vec::new())
                .await
                .map_err(|error| self.refuse(&error))?;
        }
        let size = row.batch_end.max(self.smallest_head());
        let root = self
            .store
            .root_at(size)
            .map_err(|error| self.refuse(&error))?;
        let head = Head::sign(self.log_key.ring(), &self.log_origin, size, root);
        let receipt = wire::ReportReceipt {
            evidence_hash: id.to_vec(),
            leaf_hash: row.leaf_hash.clone(),
            index: row.evidence_index,
            received_ms: row.received_ms,
            head: Some(self.log_head(&head)),
        };
        Ok(self
            .key
            .sign(Domain::ReportReceipt, codec::encode(&receipt)))
    }
}

/// The end of the measurement as far as the counting anchors say, else the nonce's issue, else the
/// receipt. For listing, lateness and the choice of policy; the verdict states its own interval.
fn measured_ms(appraised: &Appraised) -> u64 {
    let last = appraised
        .observations
        .iter()
        .map(|observed| observed.end_ms)
        .max();
    last.unwrap_or(match &appraised.report.nonce {
        SessionNonce::Challenged(nonce) => nonce.issued_ms(),
        SessionNonce::AnchorFresh(_) => appraised.received_ms,
    })
}

fn evidence_status(error: &EvidenceError) -> StatusCode {
    tracing::info!(%error, "evidence is refused");
    error.status()
}
