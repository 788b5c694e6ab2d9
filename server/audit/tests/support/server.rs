//! A stand-in for a collector's read API: TLS as the collector's, answers as the test says.

use domicile_appraise::testing::{NOW_MS, World, seeded};
use domicile_certs::tls::{self, ClientPolicy};
use domicile_certs::{Identity, pem};
use domicile_ledger::Head;
use domicile_proto::codec;
use domicile_proto::sign::{Domain, SigningKey, sha256};
use domicile_proto::wire;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Status and body for a path and query; `None` never answers.
pub type Answers = Box<dyn Fn(&str) -> Option<(u16, Vec<u8>)> + Send + Sync>;

/// The world's own time, whatever this machine's clock says.
#[derive(Debug)]
struct Then;

impl TimeProvider for Then {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_millis(NOW_MS)))
    }
}

pub struct Server {
    pub address: SocketAddr,
    pub asked: Arc<Mutex<Vec<String>>>,
}

/// Serves on a free port until the runtime ends. `key` is what it shows: the collector's, or not.
pub async fn serve(world: &World, key: SigningKey, answers: Answers) -> Server {
    let identity = Identity::self_signed(key).unwrap();
    let config = tls::server_at(
        &identity,
        ClientPolicy::Auditor,
        &world.trust,
        Arc::new(world.revocations()),
        &[b"http/1.1"],
        Arc::new(Then),
    )
    .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (log, answers) = (Arc::clone(&asked), Arc::new(answers));
    let reads = Arc::new(AtomicU64::new(7));
    tokio::spawn(async move {
        while let Ok((stream, _)) = tcp.accept().await {
            let (acceptor, log, answers) = (acceptor.clone(), log.clone(), answers.clone());
            let reads = reads.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let service = service_fn(move |request: Request<Incoming>| {
                    let path = request.uri().to_string();
                    log.lock().unwrap().push(path.clone());
                    let (answer, reads) = (answers(&path), reads.clone());
                    async move {
                        let Some((status, body)) = answer else {
                            return std::future::pending().await;
                        };
                        let read = reads.fetch_add(3, Ordering::Relaxed);
                        let answer = Response::builder()
                            .status(status)
                            .header("domicile-statement", statement(&path, &body, read))
                            .body(Full::new(Bytes::from(body)))
                            .unwrap();
                        Ok::<_, Infallible>(answer)
                    }
                });
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    Server { address, asked }
}

/// The statement of an answer, as a collector of the world signs it.
pub fn statement(path: &str, body: &[u8], read: u64) -> String {
    let document: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let rows = document["items"].as_array().map_or(1, Vec::len);
    let log = seeded(b'l', 0);
    let head = Head::sign(log.ring(), "log.example/test", read + 2, [9; 32]);
    let said = wire::AnswerStatement {
        log_origin: head.origin.clone(),
        head: Some(wire::LogHead {
            log_key: log.public().to_vec(),
            size: head.size,
            root: head.root.to_vec(),
            signature: head.signature.to_vec(),
        }),
        query: format!("GET {path}"),
        rows: rows as u64,
        body_hash: sha256(body).to_vec(),
        at_ms: NOW_MS + read,
        auditor_key: vec![5; 32],
        user: "alice".into(),
        read_index: read,
    };
    let signed = seeded(b'c', 0).sign(Domain::Answer, codec::encode(&said));
    data_encoding::BASE64.encode(&codec::encode(&signed))
}

/// The files of an auditor in a folder, and a profile that names them.
pub fn write_profile(folder: &Path, world: &World, server: &str) -> PathBuf {
    let key = domicile_certs::keys::create(&folder.join("auditor.key"), &[5; 32]).unwrap();
    let certificate = world.auditor_certificate(&key.public());
    std::fs::write(
        folder.join("auditor.crt"),
        pem::encode_chain(&[certificate]),
    )
    .unwrap();
    std::fs::write(folder.join("directory.bin"), &world.directory_bytes).unwrap();
    std::fs::write(folder.join("trust.toml"), world.trust.to_toml()).unwrap();
    let profile = folder.join("profile.toml");
    let text = format!(
        "server = \"{server}\"\nidentity-key = \"auditor.key\"\nidentity-cert = \"auditor.crt\"\n\
         directory = \"directory.bin\"\ntrust = \"trust.toml\"\ntimeout = \"10s\"\n"
    );
    std::fs::write(&profile, text).unwrap();
    profile
}

/// A key that is not the collector's.
pub fn stranger() -> SigningKey {
    seeded(b's', 1)
}
