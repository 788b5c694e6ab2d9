//! Appraisals of evidence in the log: made again from its bytes, the latest kept in memory, since
//! each report is compared with the host's reports before it.

use crate::service::Service;
use crate::store::{EvidenceRow, StoreError};
use domicile_appraise::enrolment::Enrolment;
use domicile_appraise::verify::{self, Appraised, EvidenceContext};
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::types::Digest;
use domicile_proto::wire;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Appraisals kept. One has a few dozen KB.
const KEPT: usize = 2048;

/// Largest record read back, bytes.
const LIMIT: usize = 2 * MAX_TO_COLLECTOR;

/// The latest appraisals, by evidence hash.
#[derive(Debug, Default)]
pub(crate) struct Appraisals {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_id: HashMap<Digest, Arc<Appraised>>,
    /// Oldest first.
    order: VecDeque<Digest>,
}

impl Appraisals {
    pub(crate) fn keep(&self, appraised: Appraised) {
        let id = appraised.report.hash;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { by_id, order } = &mut *kept;
        if by_id.insert(id, Arc::new(appraised)).is_none() {
            order.push_back(id);
        }
        if order.len() > KEPT
            && let Some(oldest) = order.pop_front()
        {
            by_id.remove(&oldest);
        }
    }

    fn get(&self, id: &Digest) -> Option<Arc<Appraised>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.by_id.get(id).cloned()
    }
}

/// Something in the log that can no longer be appraised.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppraisalError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record is not what this collector writes.
    #[error("a logged record does not hold: {0}")]
    Record(String),
}

impl Service {
    /// The enrolment logged at `index`.
    pub(crate) fn enrolment(&self, index: u64) -> Result<Enrolment, AppraisalError> {
        let bytes = self.store.read(index)?.payload;
        Enrolment::open(&bytes, &self.trust.token_key)
            .map_err(|error| AppraisalError::Record(error.to_string()))
    }

    /// The certificate chain logged at `index`.
    pub(crate) fn certificate_chain(
        &self,
        index: u64,
    ) -> Result<wire::CertificateChainRecord, AppraisalError> {
        decode(&self.store.read(index)?.payload)
    }

    /// The appraisal of evidence in the log, with its signed bytes checked again unless it is fresh
    /// in memory.
    pub(crate) fn logged_appraisal(
        &self,
        id: &Digest,
        row: &EvidenceRow,
        enrolment: &Enrolment,
    ) -> Result<Arc<Appraised>, AppraisalError> {
        if let Some(appraised) = self.appraisals.get(id) {
            return Ok(appraised);
        }
        let record: wire::EvidenceRecord = decode(&self.store.read(row.evidence_index)?.payload)?;
        let signed: wire::Signed = decode(&record.evidence)?;
        let missing = |what: &str| AppraisalError::Record(format!("{what} of {id} is not logged"));
        let directory = self
            .books()
            .any_directory(row.directory_version)
            .ok_or_else(|| missing("the directory"))?;
        let named = Digest::read("certificate_hash", &row.certificate_hash)
            .map_err(|error| AppraisalError::Record(error.to_string()))?;
        let chain = self
            .store
            .chain(&named)?
            .ok_or_else(|| missing("the certificate"))?;
        let context = EvidenceContext {
            directory: &directory,
            enrolment,
            certificate: &self.certificate_chain(chain)?,
            agent_ca: &self.trust.agent_ca,
            received_ms: record.received_ms,
        };
        let appraised = verify::verify(&signed, &context)
            .map_err(|error| AppraisalError::Record(error.to_string()))?;
        let appraised = Arc::new(appraised);
        self.appraisals.keep(Appraised::clone(&appraised));
        Ok(appraised)
    }
}

fn decode<M: prost::Message + Default>(bytes: &[u8]) -> Result<M, AppraisalError> {
    codec::decode(bytes, LIMIT).map_err(|error| AppraisalError::Record(error.to_string()))
}
