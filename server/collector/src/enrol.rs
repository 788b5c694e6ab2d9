//! Enrolment, renewal, withdrawal.

use crate::service::{Answer, Service};
use crate::tpm::{Pending, Session};
use domicile_appraise::enrolment::{Enrolment, EnrolmentError};
use domicile_certs::random::{self, System};
use domicile_certs::tls::{Peer, Standing};
use domicile_ledger::Kind;
use domicile_proto::codec::{self, array};
use domicile_proto::sign::{self, Domain, sha256};
use domicile_proto::token::Token;
use domicile_proto::types::Key;
use domicile_proto::wire::{self, StatusCode, collector_reply::Reply};

/// Largest payload of a withdrawal or liveness report, bytes.
pub(crate) const SMALL: usize = 1024;

/// Certificates for one host, at most: decades of renewals, and no flood of the log.
const CERTIFICATES: usize = 4096;

/// A certificate made but not yet given away.
struct Issued {
    certificate: wire::Certificate,
    record: (Kind, Vec<u8>),
    leaf_hash: Vec<u8>,
}

impl Service {
    /// Redeems a token, or asks the TPM that is offered for a secret first. The same key with the same
    /// token gets a certificate again, since the answer may have been lost.
    pub(crate) async fn enrol(
        &self,
        peer: &Peer,
        session: &Session,
        request: wire::EnrolRequest,
    ) -> Answer<Reply> {
        refuse_revoked(peer)?;
        let token = self.token(peer, &request)?;
        let _one_at_a_time = self.hosts.lock(peer.key).await;
        if let Some(certificate) = self.enrolled_before(peer, &token, &request).await? {
            return Ok(Reply::Certificate(certificate));
        }
        let Some(identity) = request.tpm.clone() else {
            let redeemed = self.redeem(peer, &token, &request, None).await;
            return redeemed.map(Reply::Certificate);
        };
        self.check_use(&token, self.clock.now_ms())?;
        self.challenge_tpm(peer, session, request, &identity)
            .map(Reply::Activation)
    }

    /// Redeems the token of an enrolment whose TPM opened its secret.
    pub(crate) async fn activate(
        &self,
        peer: &Peer,
        session: &Session,
        secret: &[u8],
    ) -> Answer<wire::Certificate> {
        refuse_revoked(peer)?;
        let Pending { request, tpm, .. } = session.activated(peer, secret)?;
        let token = self.token(peer, &request)?;
        let _one_at_a_time = self.hosts.lock(peer.key).await;
        match self.enrolled_before(peer, &token, &request).await? {
            Some(certificate) => Ok(certificate),
            None => self.redeem(peer, &token, &request, Some(tpm)).await,
        }
    }

    fn token(&self, peer: &Peer, request: &wire::EnrolRequest) -> Answer<Token> {
        let signed = request.token.as_ref().ok_or(StatusCode::TokenInvalid)?;
        let token = Token::open(signed, &self.trust.token_key).map_err(|error| {
            tracing::info!(host = %peer.key.short(), %error, "a token is refused");
            StatusCode::TokenInvalid
        })?;
        array::<32>("machine_id_hash", &request.machine_id_hash)
            .map_err(|_| StatusCode::Malformed)?;
        Ok(token)
    }

    /// A certificate for a host that this token enrolled before; its TPM stays as it was then.
    async fn enrolled_before(
        &self,
        peer: &Peer,
        token: &Token,
        request: &wire::EnrolRequest,
    ) -> Answer<Option<wire::Certificate>> {
        let host = self.store.host(&peer.key);
        let Some(host) = host.map_err(|error| self.refuse(&error))? else {
            return Ok(None);
        };
        self.participant(&peer.key)?;
        if host.token_id != token.id {
            return Err(StatusCode::AlreadyEnrolled);
        }
        if host.machine_id_hash != request.machine_id_hash {
            return Err(StatusCode::Cloned);
        }
        self.certify(&peer.key).await.map(Some)
    }

    /// One use of a token, one host, in one append.
    async fn redeem(
        &self,
        peer: &Peer,
        token: &Token,
        request: &wire::EnrolRequest,
        tpm: Option<wire::TpmEnrolment>,
    ) -> Answer<wire::Certificate> {
        let _one_use_at_a_time = self.tokens.lock(token.id).await;
        let now_ms = self.clock.now_ms();
        self.check_use(token, now_ms)?;
        let issued = self.issue(&peer.key, now_ms)?;
        let record = codec::encode(&wire::EnrolmentRecord {
            agent_key: peer.key.to_vec(),
            token: request
                .token
                .as_ref()
                .map(codec::encode)
                .unwrap_or_default(),
            machine_id_hash: request.machine_id_hash.clone(),
            certificate_hash: issued.leaf_hash.clone(),
            enrolled_ms: now_ms,
            inventory: request.inventory.clone(),
            tpm,
        });
        // What every later appraisal opens must open now.
        Enrolment::open(&record, &self.trust.token_key).map_err(|error| match error {
            EnrolmentError::Codec(_) | EnrolmentError::Tpm(_) => StatusCode::Malformed,
            EnrolmentError::Token(_) => StatusCode::TokenInvalid,
            EnrolmentError::OutOfTime { .. } => StatusCode::TokenExpired,
        })?;
        self.store
            .commit(vec![issued.record, (Kind::Enrolment, record)])
            .await
            .map_err(|error| self.refuse(&error))?;
        tracing::info!(host = %peer.key.short(), licence = token.licence, "enrolled");
        Ok(issued.certificate)
    }

    /// Whether the token may be used now, and once more.
    fn check_use(&self, token: &Token, now_ms: u64) -> Answer<()> {
        self.check_scope(token, now_ms)?;
        let uses = self.store.token_uses(&token.id);
        match uses.map_err(|error| self.refuse(&error))? >= token.uses {
            true => Err(StatusCode::TokenUsed),
            false => Ok(()),
        }
    }

    fn check_scope(&self, token: &Token, now_ms: u64) -> Answer<()> {
        if !(token.not_before_ms..=token.not_after_ms).contains(&now_ms) {
            return Err(StatusCode::TokenExpired);
        }
        let books = self.books();
        let directory = books
            .current_directory(now_ms)
            .ok_or(StatusCode::Internal)?;
        if directory.metro(&token.metro).is_none() {
            tracing::warn!(
                metro = token.metro,
                "a token's metro is not in the directory"
            );
            return Err(StatusCode::TokenInvalid);
        }
        if books
            .policy()
            .is_some_and(|policy| policy.licence(&token.licence).is_none())
        {
            tracing::warn!(
                licence = token.licence,
                "a token's licence is not in the policy"
            );
        }
        Ok(())
    }

    /// A new certificate for an enrolled host, under its old one, valid or expired.
    pub(crate) async fn renew(
        &self,
        peer: &Peer,
        request: &wire::RenewRequest,
    ) -> Answer<wire::Certificate> {
        refuse_revoked(peer)?;
        if matches!(
            peer.standing,
            Standing::Unenrolled | Standing::Auditor { .. }
        ) {
            return Err(StatusCode::NotEnrolled);
        }
        let _one_at_a_time = self.hosts.lock(peer.key).await;
        let host = self.participant(&peer.key)?;
        if host.machine_id_hash != request.machine_id_hash {
            return Err(StatusCode::Cloned);
        }
        self.certify(&peer.key).await
    }

    /// Issues a certificate, logs its chain, then gives it away.
    async fn certify(&self, key: &Key) -> Answer<wire::Certificate> {
        let given = self
            .store
            .serials(key)
            .map_err(|error| self.refuse(&error))?;
        if given.len() >= CERTIFICATES {
            tracing::warn!(host = %key.short(), "no more certificates for this host");
            return Err(StatusCode::Busy);
        }
        let issued = self.issue(key, self.clock.now_ms())?;
        self.store
            .commit(vec![issued.record])
            .await
            .map_err(|error| self.refuse(&error))?;
        Ok(issued.certificate)
    }

    fn issue(&self, key: &Key, now_ms: u64) -> Answer<Issued> {
        let serial = random::serial(&mut System::default()).map_err(|_| StatusCode::Internal)?;
        let lifetime_ms = u64::try_from(self.certificate_lifetime.as_millis()).unwrap_or(u64::MAX);
        let leaf = self
            .issuer
            .issue(key, serial, now_ms, lifetime_ms)
            .map_err(|error| {
                tracing::error!(%error, "no certificate could be issued");
                StatusCode::Internal
            })?;
        let certificate = wire::Certificate {
            leaf: leaf.to_vec(),
            issuer: self.issuer.certificate().to_vec(),
        };
        let chain = wire::CertificateChainRecord {
            leaf: certificate.leaf.clone(),
            issuer: certificate.issuer.clone(),
        };
        Ok(Issued {
            leaf_hash: sha256(&leaf).to_vec(),
            record: (Kind::CertificateChain, codec::encode(&chain)),
            certificate,
        })
    }

    /// An operator takes a host out. Once is enough: again is answered alike. The certificate may
    /// have expired.
    pub(crate) async fn withdraw(&self, peer: &Peer, signed: wire::Signed) -> Answer<()> {
        refuse_revoked(peer)?;
        if matches!(
            peer.standing,
            Standing::Unenrolled | Standing::Auditor { .. }
        ) {
            return Err(StatusCode::NotEnrolled);
        }
        let withdrawal: wire::Withdrawal =
            codec::decode(&signed.payload, SMALL).map_err(|_| StatusCode::Malformed)?;
        if withdrawal.agent_key != peer.key.0 {
            return Err(StatusCode::KeyMismatch);
        }
        sign::verify(Domain::Withdrawal, &peer.key, &signed)
            .map_err(|_| StatusCode::SignatureInvalid)?;
        let _one_at_a_time = self.hosts.lock(peer.key).await;
        match self.participant(&peer.key) {
            Ok(_) => {}
            Err(StatusCode::Withdrawn) => return Ok(()),
            Err(code) => return Err(code),
        }
        let record = wire::WithdrawalRecord {
            withdrawal: codec::encode(&signed),
            received_ms: self.clock.now_ms(),
        };
        self.store
            .commit(vec![(Kind::Withdrawal, codec::encode(&record))])
            .await
            .map_err(|error| self.refuse(&error))?;
        tracing::info!(host = %peer.key.short(), "withdrawn");
        Ok(())
    }
}

fn refuse_revoked(peer: &Peer) -> Answer<()> {
    match peer.standing {
        Standing::Revoked { .. } => Err(StatusCode::CertificateRevoked),
        _ => Ok(()),
    }
}
