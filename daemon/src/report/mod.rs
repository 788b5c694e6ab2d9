//! Requests to the collector, each on a stream of its own, each answer checked.
//!
//! Start reading at [`Client::submit`].

use crate::device::activation::{ActivationError, Offered};
use crate::net::reach::Server;
use crate::net::stream::{self, StreamError};
use crate::net::way::Way;
use crate::net::{ConnectError, Link, Network, describe};
use crate::refusal;
use crate::state::heads::{Head, HeadError};
use domicile_certs::Identity;
use domicile_certs::x509::{self, X509Error};
use domicile_proto::challenge::Nonce;
use domicile_proto::codec::{self, CodecError};
use domicile_proto::directory::Collector;
use domicile_proto::frame::{MAX_TO_AGENT, MAX_TO_COLLECTOR};
use domicile_proto::sign::{self, Domain, OpenError};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{self, StatusCode, collector_reply::Reply, collector_request::Request};
use domicile_proto::{ALPN_COLLECT, ranging::SessionNonce};
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::timeout;

/// Largest certificate in a reply, bytes of DER.
const MAX_CERTIFICATE: usize = 1024;

/// A connection to a collector.
pub struct Client {
    link: Link,
    collector: Collector,
    patience: Duration,
}

/// A challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// For the session.
    pub nonce: SessionNonce,
    /// The directory version it is bound to.
    pub directory_version: u64,
}

/// A receipt that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The evidence.
    pub evidence_hash: Digest,
    /// Its leaf.
    pub leaf_hash: Digest,
    /// Index of the leaf.
    pub index: u64,
    /// The collector's clock, Unix time, ms.
    pub received_ms: u64,
    /// A head of the log, once it has one.
    pub head: Option<Head>,
    /// The receipt as the collector signed it, encoded.
    pub signed: Vec<u8>,
}

/// Why a request got no good answer.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// No connection to any address.
    #[error("the collector `{collector}` cannot be reached: {source}")]
    Connect {
        /// Its name in the directory.
        collector: String,
        /// Why the last address failed.
        source: ConnectError,
    },
    /// The connection broke, or the answer took too long or is no allowed message.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// No answer in time.
    #[error("the collector did not answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The collector said no.
    #[error("the collector answered `{}`: {}", refusal::name(*.0), refusal::sentence(*.0))]
    Refused(StatusCode),
    /// An answer to another question.
    #[error("the collector's answer is not one to this request")]
    Unexpected,
    /// A challenge or report is out of range.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The receipt's signature fails.
    #[error("the collector's receipt was refused: {0}")]
    Receipt(#[from] OpenError),
    /// The receipt is for something else.
    #[error("the collector's receipt is for evidence {given}, not {expected}")]
    OtherEvidence {
        /// The receipt's.
        given: Digest,
        /// What was sent.
        expected: Digest,
    },
    /// The log head in the receipt fails.
    #[error("the collector's receipt was refused: {0}")]
    Head(#[from] HeadError),
    /// The TPM and the collector do not come together.
    #[error(transparent)]
    Activation(#[from] ActivationError),
    /// The certificate is not for this agent or not from the pinned CA.
    #[error("the collector's certificate was refused: {0}")]
    Certificate(String),
}

impl ReportError {
    /// The collector's status, if that is why.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(code) => Some(*code),
            _ => None,
        }
    }

    /// True when somebody on the way to it opened TLS.
    pub fn is_interception(&self) -> bool {
        matches!(self, Self::Connect { source, .. } if source.is_interception())
    }

    /// True when the collector may simply be away.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. } | Self::Timeout(_) | Self::Stream(StreamError::Broken(_))
        )
    }
}

impl Client {
    /// Who answers.
    pub fn collector(&self) -> &Collector {
        &self.collector
    }

    /// Connects to `collector`, over UDP at `addresses` in order or through a tunnel; `patience`
    /// bounds the attempt at each address and each request.
    ///
    /// # Errors
    /// [`ReportError::Connect`] when no way leads to it.
    pub async fn connect(
        network: &Network,
        identity: &Identity,
        collector: &Collector,
        addresses: &[SocketAddr],
        patience: Duration,
    ) -> Result<Self, ReportError> {
        let server = Server {
            key: collector.key,
            addresses,
            tunnels: &collector.tunnel_addresses,
        };
        let link = network.reach(identity, server, ALPN_COLLECT, patience);
        match link.await {
            Ok(link) => Ok(Self {
                link,
                collector: collector.clone(),
                patience,
            }),
            Err(source) => Err(ReportError::Connect {
                collector: collector.name.clone(),
                source,
            }),
        }
    }

    /// The way to the collector.
    pub fn way(&self) -> Way {
        self.link.way()
    }

    /// Sends a request and returns the reply; a status other than `OK` is an error.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn request(&self, request: Request) -> Result<Reply, ReportError> {
        let exchange = async {
            let broken = |error: quinn::ConnectionError| StreamError::Broken(describe(&error));
            let (mut send, mut receive) = self.link.connection.open_bi().await.map_err(broken)?;
            let message = wire::CollectorRequest {
                request: Some(request),
            };
            stream::send(&mut send, &message).await?;
            // The collector may have answered and gone; what counts is its answer.
            let _ = send.finish();
            stream::receive::<wire::CollectorReply>(&mut receive).await
        };
        let reply = timeout(self.patience, exchange)
            .await
            .map_err(|_| ReportError::Timeout(self.patience))??;
        match reply.reply.ok_or(ReportError::Unexpected)? {
            Reply::Status(status) if status.code() != StatusCode::Ok => {
                Err(ReportError::Refused(status.code()))
            }
            reply => Ok(reply),
        }
    }

    /// Enrols this connection's key, and the TPM that is offered: the collector then sends it a secret
    /// to open first. Gives the certificate and its issuer's.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn enrol(
        &self,
        token: wire::Signed,
        machine_id_hash: Digest,
        inventory: Option<wire::Inventory>,
        tpm: Option<&mut Offered>,
    ) -> Result<Certificate, ReportError> {
        let request = wire::EnrolRequest {
            token: Some(token),
            machine_id_hash: machine_id_hash.to_vec(),
            inventory,
            tpm: tpm.as_ref().map(|tpm| tpm.identity().clone()),
        };
        let mut reply = self.request(Request::Enrol(request)).await?;
        if let (Reply::Activation(activation), Some(tpm)) = (&reply, tpm) {
            let secret = tpm.open(activation).await?;
            reply = self.request(Request::Activation(secret)).await?;
        }
        Certificate::of(reply)
    }

    /// Renews this connection's certificate.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn renew(&self, machine_id_hash: Digest) -> Result<Certificate, ReportError> {
        let request = wire::RenewRequest {
            machine_id_hash: machine_id_hash.to_vec(),
        };
        Certificate::of(self.request(Request::Renew(request)).await?)
    }

    /// Asks for a challenge under the installed directory version.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn challenge(&self, directory_version: u64) -> Result<Challenge, ReportError> {
        let request = Request::Challenge(wire::ChallengeRequest { directory_version });
        let Reply::Challenge(challenge) = self.request(request).await? else {
            return Err(ReportError::Unexpected);
        };
        let nonce = Nonce::read(&challenge.nonce)?;
        Ok(Challenge {
            nonce: SessionNonce::read(nonce.as_bytes())?,
            directory_version: challenge.directory_version,
        })
    }

    /// Sends a report, exactly these bytes, and checks the receipt.
    ///
    /// # Errors
    /// [`ReportError`]; the report must then be kept.
    pub async fn submit(&self, report: &[u8]) -> Result<Receipt, ReportError> {
        let signed: wire::Signed = codec::decode(report, MAX_TO_COLLECTOR)?;
        match self.request(Request::Evidence(signed)).await? {
            Reply::Receipt(receipt) => check_receipt(&receipt, report, &self.collector),
            _ => Err(ReportError::Unexpected),
        }
    }

    /// Sends a sign of life.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn liveness(&self, liveness: wire::Signed) -> Result<(), ReportError> {
        self.confirmed(Request::Liveness(liveness)).await
    }

    /// Sends a withdrawal.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn withdraw(&self, withdrawal: wire::Signed) -> Result<(), ReportError> {
        self.confirmed(Request::Withdrawal(withdrawal)).await
    }

    async fn confirmed(&self, request: Request) -> Result<(), ReportError> {
        match self.request(request).await? {
            Reply::Status(_) => Ok(()),
            _ => Err(ReportError::Unexpected),
        }
    }
}

/// Checks a receipt for `report`: the collector's signature, the evidence hash, the log head.
///
/// # Errors
/// [`ReportError`] naming what is wrong.
pub fn check_receipt(
    receipt: &wire::Signed,
    report: &[u8],
    collector: &Collector,
) -> Result<Receipt, ReportError> {
    let signed = codec::encode(receipt);
    let receipt: wire::ReportReceipt =
        sign::open(Domain::ReportReceipt, &collector.key, receipt, MAX_TO_AGENT)?;
    let given = Digest::read("evidence_hash", &receipt.evidence_hash)?;
    let expected = sign::sha256(report);
    if given != expected {
        return Err(ReportError::OtherEvidence { given, expected });
    }
    Ok(Receipt {
        evidence_hash: given,
        leaf_hash: Digest::read("leaf_hash", &receipt.leaf_hash)?,
        index: receipt.index,
        received_ms: receipt.received_ms,
        head: Head::check(&receipt.head.unwrap_or_default(), collector)?,
        signed,
    })
}

/// A certificate as it came: not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The agent's, then its issuer's.
    pub chain: Vec<CertificateDer<'static>>,
}

impl Certificate {
    fn of(reply: Reply) -> Result<Self, ReportError> {
        let Reply::Certificate(certificate) = reply else {
            return Err(ReportError::Unexpected);
        };
        let bounded = |field, der: Vec<u8>| match der.len() {
            1..=MAX_CERTIFICATE => Ok(CertificateDer::from(der)),
            other => Err(CodecError::field(field, format!("{other} bytes"))),
        };
        Ok(Self {
            chain: vec![
                bounded("leaf", certificate.leaf)?,
                bounded("issuer", certificate.issuer)?,
            ],
        })
    }

    /// Checks that it certifies `agent` and that the pinned agent CA signed it. Dates are not
    /// looked at: the host's clock may be wrong.
    ///
    /// # Errors
    /// [`ReportError::Certificate`] saying what is wrong.
    pub fn check(&self, agent: Key, agent_ca: &CertificateDer<'_>) -> Result<(), ReportError> {
        let refuse = |problem: String| ReportError::Certificate(problem);
        let broken = |error: X509Error| refuse(error.to_string());
        let [leaf, issuer] = &self.chain[..] else {
            return Err(refuse("not a certificate and its issuer".into()));
        };
        if issuer.as_ref() != agent_ca.as_ref() {
            return Err(refuse("its issuer is not the pinned agent CA".into()));
        }
        if x509::key(leaf).map_err(broken)? != agent {
            return Err(refuse("it is for another key".into()));
        }
        x509::verify_signed_by(leaf, &x509::key(issuer).map_err(broken)?).map_err(broken)
    }
}

#[cfg(test)]
mod tests;
