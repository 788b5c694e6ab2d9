//! A small HTTP proxy: honest, or one that opens TLS with a certificate of its own.

use super::server_identity;
use domicile_certs::authority::Authority;
use domicile_certs::{random, tls};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// How a proxy behaves.
#[derive(Debug, Clone, Copy)]
pub enum Conduct {
    /// Asks for a password, then passes bytes on.
    Honest,
    /// Answers TLS itself, with a certificate of another vendor's authority.
    Intercepts,
    /// The same with an ordinary certificate of the web.
    InterceptsWithEcdsa,
    /// Answers this and ends.
    Says(&'static [u8]),
}

pub struct Proxy {
    pub address: SocketAddr,
    /// Connections that asked for a way.
    pub passed: Arc<AtomicUsize>,
    /// TLS handshakes that a client completed with the proxy.
    pub opened: Arc<AtomicUsize>,
}

impl Proxy {
    pub async fn start(conduct: Conduct) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            passed: Arc::default(),
            opened: Arc::default(),
        };
        let (passed, opened) = (proxy.passed.clone(), proxy.opened.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (passed, opened) = (passed.clone(), opened.clone());
                tokio::spawn(async move { serve(client, conduct, &passed, &opened).await });
            }
        });
        proxy
    }
}

async fn serve(
    mut client: TcpStream,
    conduct: Conduct,
    passed: &AtomicUsize,
    opened: &AtomicUsize,
) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    if let Conduct::Says(reply) = conduct {
        client.write_all(reply).await.ok()?;
        return client.shutdown().await.ok();
    }
    // someone:a secret
    if !head.contains("\r\nProxy-Authorization: Basic c29tZW9uZTphIHNlY3JldA==\r\n") {
        let refusal = b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\n\r\n";
        return client.write_all(refusal).await.ok();
    }
    let to = head.strip_prefix("CONNECT ")?.split(' ').next()?;
    passed.fetch_add(1, Ordering::Relaxed);
    let mut server = TcpStream::connect(to.parse::<SocketAddr>().ok()?)
        .await
        .ok()?;
    let granted = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n";
    client.write_all(granted).await.ok()?;
    let config = match conduct {
        Conduct::Intercepts => own_authority(),
        Conduct::InterceptsWithEcdsa => ecdsa(),
        Conduct::Honest | Conduct::Says(_) => {
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            return Some(());
        }
    };
    let mut client = TlsAcceptor::from(Arc::new(config))
        .accept(client)
        .await
        .ok()?;
    // A server in TLS 1.3 has finished only when it has heard the client's last message.
    opened.fetch_add(1, Ordering::Relaxed);
    let _ = client.read_u8().await;
    Some(())
}

fn own_authority() -> rustls::ServerConfig {
    let authority = Authority::generate(&mut random::System::default(), now_ms()).unwrap();
    let identity = server_identity(&authority, "proxy");
    tls::tunnel_server(&identity, domicile_tunnel::ALPN).unwrap()
}

fn now_ms() -> u64 {
    use domicile_daemon::host::Clock as _;
    domicile_daemon::host::SystemClock.unix_ms()
}

fn ecdsa() -> rustls::ServerConfig {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["proxy.example".into()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    config.alpn_protocols = vec![domicile_tunnel::ALPN.to_vec()];
    config
}
