//! An agent made of the sans-IO session, honest or with a fault of choice.

use domicile_certs::{Identity, tls};
use domicile_proto::codec;
use domicile_proto::frame;
use domicile_proto::ranging::{AgentSession, ROUNDS, SessionFacts, SessionNonce, receipt};
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::types::Key;
use domicile_proto::wire::{self, StatusCode, anchor_reply::Reply};
use domicile_proto::{ALPN_RANGE, EXPORTER_LABEL};
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{AsyncUdpSocket, ClientConfig, Connection, Endpoint, EndpointConfig, TokioRuntime};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What the agent does beside the protocol.
#[derive(Default)]
pub struct Behaviour {
    /// Waits so long before each pong.
    pub delay: Duration,
    /// Sends so many junk datagrams with each pong.
    pub junk: usize,
    /// Sends these in place of the hello.
    pub hello: Option<Vec<u8>>,
    /// Signs this in place of the anchor's transcript.
    pub transcript: Option<fn(&mut wire::RangingTranscript)>,
    /// Signs with this key.
    pub signer: Option<SigningKey>,
    /// Gives so many times.
    pub times: Option<usize>,
    /// Shows this head.
    pub head: Option<wire::LogHead>,
}

/// A session with a receipt that the agent accepts.
#[derive(Debug)]
pub struct Ranged {
    pub transcript: wire::RangingTranscript,
    pub receipt: wire::RangingReceipt,
    pub agent_rtts: [u64; ROUNDS],
}

impl Ranged {
    pub fn rtts(&self) -> Vec<u64> {
        self.transcript
            .rounds
            .iter()
            .map(|round| round.rtt_ns)
            .collect()
    }
}

/// Why no receipt came.
#[derive(Debug, PartialEq, Eq)]
pub enum NoReceipt {
    Status(StatusCode),
    Closed,
}

pub struct Agent {
    pub identity: Identity,
    pub anchor_key: Key,
    pub endpoint: Endpoint,
    /// What it expects its sessions to go over.
    pub transport: wire::Transport,
}

impl Agent {
    /// On a real socket.
    pub fn new(identity: &Identity, anchor_key: Key) -> Self {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let runtime: &dyn quinn::Runtime = &TokioRuntime;
        Self::on(
            runtime.wrap_udp_socket(socket).unwrap(),
            identity,
            anchor_key,
        )
    }

    pub fn on(socket: Arc<dyn AsyncUdpSocket>, identity: &Identity, anchor_key: Key) -> Self {
        let config = EndpointConfig::default();
        let mut endpoint =
            Endpoint::new_with_abstract_socket(config, None, socket, Arc::new(TokioRuntime))
                .unwrap();
        endpoint.set_default_client_config(client_config(identity, anchor_key));
        Self {
            identity: identity.clone(),
            anchor_key,
            endpoint,
            transport: wire::Transport::QuicDatagram,
        }
    }

    pub async fn connect(&self, address: SocketAddr) -> Result<Connection, quinn::ConnectionError> {
        self.endpoint
            .connect(address, tls::SERVER_NAME)
            .unwrap()
            .await
    }

    pub async fn range(&self, address: SocketAddr) -> Result<Ranged, NoReceipt> {
        self.range_as(address, &Behaviour::default()).await
    }

    pub async fn range_as(
        &self,
        address: SocketAddr,
        how: &Behaviour,
    ) -> Result<Ranged, NoReceipt> {
        let connection = self.connect(address).await.map_err(|_| NoReceipt::Closed)?;
        let outcome = self.session(&connection, how).await;
        connection.close(0u32.into(), b"");
        outcome
    }

    pub async fn session(
        &self,
        connection: &Connection,
        how: &Behaviour,
    ) -> Result<Ranged, NoReceipt> {
        let mut slow = self.fast_phase(connection, how, 0).await?;
        let sent: wire::RangingTranscript =
            codec::decode(&slow.transcript, frame::MAX_TO_AGENT).unwrap();
        let mut signed = sent.clone();
        if let Some(change) = how.transcript {
            change(&mut signed);
        }
        let session = &slow.session;
        let mut account = session.account(codec::encode(&signed), how.head.clone());
        account.agent_rtt_ns.resize(how.times.unwrap_or(ROUNDS), 1);
        let agent_rtts = session.agent_rtts();
        let signer = how.signer.as_ref().unwrap_or(&self.identity.key);
        let account = signer.sign(Domain::AgentTranscript, codec::encode(&account));
        let Reply::Receipt(receipt) = slow.settle(&account).await? else {
            panic!("no receipt of an exact session");
        };
        Ok(Ranged {
            transcript: sent,
            receipt: receipt::check_receipt(&receipt, &self.anchor_key, &account).unwrap(),
            agent_rtts,
        })
    }

    /// Hello and rounds, up to the transcript, with this `limit_ns` in the hello.
    pub async fn fast_phase(
        &self,
        connection: &Connection,
        how: &Behaviour,
        limit_ns: u64,
    ) -> Result<SlowPhase, NoReceipt> {
        let (mut send, mut receive) = connection.open_bi().await.map_err(|_| NoReceipt::Closed)?;
        let nonce = SessionNonce::read(&[4; 60]).unwrap();
        let hello = wire::RangingHello {
            limit_ns,
            session_nonce: nonce.as_bytes().to_vec(),
            directory_version: 1,
        };
        let hello = how.hello.clone().unwrap_or_else(|| frame::frame(&hello));
        send.write_all(&hello)
            .await
            .map_err(|_| NoReceipt::Closed)?;
        let mut exporter = [0; 32];
        connection
            .export_keying_material(&mut exporter, EXPORTER_LABEL, &self.anchor_key.0)
            .unwrap();
        let facts = SessionFacts {
            exporter,
            session_nonce: nonce,
            anchor_key: self.anchor_key,
            directory_version: 1,
            agent_key: self.identity.key.public(),
            transport: self.transport,
        };
        let mut session = AgentSession::new(facts, [(); ROUNDS].map(|()| rand8()));
        let first = rounds(connection, &mut session, &mut receive, how).await?;
        let Reply::Transcript(transcript) = first else {
            panic!("a receipt before the transcript");
        };
        session.compare(&transcript).unwrap();
        Ok(SlowPhase {
            session,
            transcript,
            send,
            receive,
        })
    }
}

/// A session whose transcript has come and was compared.
pub struct SlowPhase {
    pub session: AgentSession,
    pub transcript: Vec<u8>,
    send: quinn::SendStream,
    receive: quinn::RecvStream,
}

impl SlowPhase {
    /// Sends the account; gives what comes back.
    pub async fn settle(&mut self, account: &wire::Signed) -> Result<Reply, NoReceipt> {
        self.send
            .write_all(&frame::frame(account))
            .await
            .map_err(|_| NoReceipt::Closed)?;
        reply(&mut self.receive).await
    }
}

/// What an agent connects with.
pub fn client_config(identity: &Identity, anchor_key: Key) -> ClientConfig {
    let tls = tls::client(identity, anchor_key, ALPN_RANGE).unwrap();
    ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()))
}

/// Answers pings until the anchor's first message comes.
async fn rounds(
    connection: &Connection,
    session: &mut AgentSession,
    receive: &mut quinn::RecvStream,
    how: &Behaviour,
) -> Result<Reply, NoReceipt> {
    let start = Instant::now();
    let now = || u64::try_from(start.elapsed().as_nanos()).unwrap();
    let first = reply(receive);
    tokio::pin!(first);
    loop {
        tokio::select! {
            biased;
            datagram = connection.read_datagram() => {
                let datagram = datagram.map_err(|_| NoReceipt::Closed)?;
                if let Some(pong) = session.handle_datagram(now(), &datagram) {
                    if !how.delay.is_zero() {
                        tokio::time::sleep(how.delay).await;
                    }
                    for _ in 0..how.junk {
                        let _ = connection.send_datagram(vec![2; 18].into());
                    }
                    let _ = connection.send_datagram(pong.to_vec().into());
                }
            }
            first = &mut first => return first,
        }
    }
}

/// The anchor's next message; a status is an error.
pub async fn reply(receive: &mut quinn::RecvStream) -> Result<Reply, NoReceipt> {
    let mut header = [0; frame::HEADER];
    receive
        .read_exact(&mut header)
        .await
        .map_err(|_| NoReceipt::Closed)?;
    let mut body = vec![0; frame::length(header, frame::MAX_TO_AGENT).unwrap()];
    receive
        .read_exact(&mut body)
        .await
        .map_err(|_| NoReceipt::Closed)?;
    let reply: wire::AnchorReply = codec::decode(&body, frame::MAX_TO_AGENT).unwrap();
    match reply.reply.unwrap() {
        Reply::Status(status) => Err(NoReceipt::Status(status.code())),
        other => Ok(other),
    }
}

fn rand8() -> [u8; 8] {
    domicile_certs::random::bytes(&mut domicile_certs::random::System::default()).unwrap()
}
