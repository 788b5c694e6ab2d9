//! What a collector does with a request, whatever it came over: checks in the protocol's order, and
//! nothing answered before it is durable.
//!
//! Read on in `enrol.rs`, `ingest.rs` (evidence), `liveness.rs`, `mesh/` (anchors' reports).

use crate::access::Access;
use crate::appraisals::Appraisals;
use crate::books::Books;
use crate::cases::Docket;
use crate::clock::Clock;
use crate::desk::registry::Current;
use crate::keyed_locks::KeyedLocks;
use crate::liveness::Outage;
use crate::mac_keys::MacKeys;
use crate::mesh::{Calibrated, MeshAllowance};
use crate::publish::Publication;
use crate::shadow::Shadow;
use crate::store::{HostRow, Store, StoreError};
use crate::tpm::Session;
use domicile_certs::issue::AgentIssuer;
use domicile_certs::random::System;
use domicile_certs::revocation::{ClientCa, Revocations};
use domicile_certs::tls::{Peer, Standing};
use domicile_certs::trust::Trust;
use domicile_ledger::{Head, LogKeys};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;
use domicile_proto::wire::StatusCode;
use domicile_proto::wire::collector_reply::Reply;
use domicile_proto::wire::collector_request::Request;
use domicile_spdm::cache::ChainCache;
use domicile_tpm::endorsement::Makers;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Everything a collector works with.
pub struct Service {
    pub(crate) store: Store,
    pub(crate) books: RwLock<Arc<Books>>,
    pub(crate) mac_keys: RwLock<MacKeys>,
    pub(crate) trust: Trust,
    pub(crate) revocations: Arc<Revocations>,
    /// Who may use the API.
    pub(crate) access: Access,
    /// The policy that is to come.
    pub(crate) shadow: Shadow,
    /// The makers of TPMs that are believed.
    pub(crate) tpm_makers: Makers,
    pub(crate) issuer: AgentIssuer,
    pub(crate) key: Arc<SigningKey>,
    pub(crate) log_key: Arc<SigningKey>,
    /// It, and those that it followed.
    pub(crate) log_keys: LogKeys,
    pub(crate) log_origin: String,
    pub(crate) clock: Clock,
    pub(crate) certificate_lifetime: Duration,
    pub(crate) liveness_log_interval: Duration,
    /// The last time in which nobody could be heard.
    pub(crate) outage: Outage,
    pub(crate) hosts: KeyedLocks<Key>,
    pub(crate) tokens: KeyedLocks<[u8; 16]>,
    /// Held while a legal hold is lifted.
    pub(crate) holds: KeyedLocks<()>,
    /// The registry as it stands.
    pub(crate) registry: RwLock<Arc<Current>>,
    /// Held while the registry is changed.
    pub(crate) registry_changes: KeyedLocks<()>,
    /// Writes in work, by idempotency key.
    pub(crate) writes: KeyedLocks<Digest>,
    pub(crate) appraisals: Appraisals,
    /// Devices' chains that were verified, and the roots that they end in.
    pub(crate) chain_cache: Mutex<ChainCache>,
    /// How often anchors may report.
    pub(crate) mesh_allowance: MeshAllowance,
    /// What the mesh taught the belief last.
    pub(crate) calibration: RwLock<Option<Calibrated>>,
    /// Records of the log that flags have been made from.
    pub(crate) followed: Arc<AtomicU64>,
    /// The cases.
    pub(crate) docket: Arc<Docket>,
    /// What of the log is public.
    pub(crate) publication: Arc<Publication>,
    /// As many appraisals at a time as there are cores.
    pub(crate) cores: Semaphore,
}

/// A request is answered or refused with a status.
pub(crate) type Answer<T> = Result<T, StatusCode>;

impl Service {
    /// Answers one request of a peer that TLS let in, on the connection of `session`.
    pub async fn handle(
        &self,
        peer: &Peer,
        session: &Session,
        request: wire::CollectorRequest,
    ) -> Reply {
        let result = match request.request {
            Some(Request::Enrol(request)) => self.enrol(peer, session, request).await,
            Some(Request::Activation(answer)) => {
                let activated = self.activate(peer, session, &answer.secret);
                activated.await.map(Reply::Certificate)
            }
            Some(Request::Renew(request)) => {
                self.renew(peer, &request).await.map(Reply::Certificate)
            }
            Some(Request::Challenge(request)) => {
                self.challenge(peer, &request).map(Reply::Challenge)
            }
            Some(Request::Evidence(signed)) => {
                self.evidence(peer, signed).await.map(Reply::Receipt)
            }
            Some(Request::Liveness(signed)) => self.liveness(peer, signed).await.map(|()| ok()),
            Some(Request::Withdrawal(signed)) => self.withdraw(peer, signed).await.map(|()| ok()),
            Some(Request::Mesh(signed)) => self.mesh_report(peer, signed).await.map(|()| ok()),
            None => Err(StatusCode::Malformed),
        };
        result.unwrap_or_else(|code| {
            tracing::debug!(host = %peer.key.short(), ?code, "refused");
            status(code)
        })
    }

    /// A nonce for the directory version that the agent has installed: every version is served until
    /// it expires, so a new one can be rolled out host by host.
    fn challenge(&self, peer: &Peer, request: &wire::ChallengeRequest) -> Answer<wire::Challenge> {
        self.enrolled(peer)?;
        let now_ms = self.clock.now_ms();
        let directory = self
            .books()
            .any_directory(request.directory_version)
            .filter(|directory| directory.expires_ms > now_ms)
            .ok_or(StatusCode::DirectoryUnknown)?;
        let keys = self.mac_keys.read().unwrap_or_else(PoisonError::into_inner);
        let nonce = keys
            .issue(&peer.key, directory.version, now_ms, &mut System::default())
            .map_err(|_| StatusCode::Internal)?;
        Ok(wire::Challenge {
            nonce: nonce.as_bytes().to_vec(),
            directory_version: directory.version,
        })
    }

    /// The host of a peer that is enrolled, with a valid certificate, and takes part.
    pub(crate) fn enrolled(&self, peer: &Peer) -> Answer<HostRow> {
        match peer.standing {
            Standing::Enrolled { .. } => {}
            Standing::Expired { .. } => return Err(StatusCode::CertificateExpired),
            Standing::Revoked { .. } => return Err(StatusCode::CertificateRevoked),
            Standing::Unenrolled | Standing::Auditor { .. } => {
                return Err(StatusCode::NotEnrolled);
            }
        }
        self.participant(&peer.key)
    }

    /// The host with this key, unless it is unknown, revoked or withdrawn.
    pub(crate) fn participant(&self, key: &Key) -> Answer<HostRow> {
        let host = self.store.host(key).map_err(|error| self.refuse(&error))?;
        let host = host.ok_or(StatusCode::NotEnrolled)?;
        if self.is_revoked(key)? {
            return Err(StatusCode::CertificateRevoked);
        }
        if host.withdrawn_ms != 0 {
            return Err(StatusCode::Withdrawn);
        }
        Ok(host)
    }

    /// Whether any certificate that this key was given is revoked: then the key is, whichever
    /// certificate it shows.
    pub(crate) fn is_revoked(&self, key: &Key) -> Answer<bool> {
        let serials = self
            .store
            .serials(key)
            .map_err(|error| self.refuse(&error))?;
        Ok(serials
            .iter()
            .any(|serial| self.revocations.is_revoked(ClientCa::Agent, serial)))
    }

    /// The documents as they stand now.
    pub(crate) fn books(&self) -> Arc<Books> {
        Arc::clone(&self.books.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The status for a failure of the store. An index that fails is not asked again: the collector
    /// stops, and makes it anew when it is started.
    pub(crate) fn refuse(&self, error: &StoreError) -> StatusCode {
        match error {
            StoreError::Full => StatusCode::StoreFull,
            StoreError::Busy => StatusCode::Busy,
            StoreError::Closed(_)
            | StoreError::Ledger(_)
            | StoreError::LogKeys(_)
            | StoreError::OtherKey { .. }
            | StoreError::Retired(_)
            | StoreError::Index(_)
            | StoreError::Files(_) => {
                tracing::error!(%error, "the store failed");
                self.store.distrust(error);
                StatusCode::Internal
            }
        }
    }

    /// A head of the log as it is sent.
    pub(crate) fn log_head(&self, head: &Head) -> wire::LogHead {
        // A published checkpoint may be from before a rotation.
        let signer = self.log_keys.signer(head).map(|key| key.public.to_vec());
        wire::LogHead {
            log_key: signer.unwrap_or_else(|| self.log_key.public().to_vec()),
            size: head.size,
            root: head.root.to_vec(),
            signature: head.signature.to_vec(),
        }
    }

    /// The smallest head that this collector's log key may sign: what was logged under a key before it is
    /// shown under the head of the rotation.
    pub(crate) fn smallest_head(&self) -> u64 {
        let span = self.log_keys.span_of(&self.log_key.public().0);
        span.map_or(0, |(from, _)| from)
    }

    /// What of the log is public.
    pub fn publication(&self) -> &Publication {
        &self.publication
    }

    /// The cases.
    pub fn docket(&self) -> &Arc<Docket> {
        &self.docket
    }

    /// The registry of customers, sites, licences and devices as it stands.
    pub fn registry(&self) -> Arc<Current> {
        let registry = self.registry.read();
        Arc::clone(&registry.unwrap_or_else(PoisonError::into_inner))
    }

    /// The store, for readers.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// A status as a reply.
pub(crate) fn status(code: StatusCode) -> Reply {
    Reply::Status(wire::Status { code: code as i32 })
}

fn ok() -> Reply {
    status(StatusCode::Ok)
}
