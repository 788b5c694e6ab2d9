//! A client of the API: HTTPS with a client certificate, a token, or both.

use super::Vendor;
use domicile_certs::issue::{DAY_MS, Profile};
use domicile_certs::keys::Identity;
use domicile_certs::random::Seeded;
use domicile_certs::tls;
use domicile_proto::types::Key;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A client of the API.
pub struct Auditor {
    identity: Option<Identity>,
    token: Option<String>,
    server: Key,
    api: SocketAddr,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub kind: String,
    /// The collector's signed statement of it.
    pub statement: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Auditor {
    pub fn new(vendor: &Vendor, api: SocketAddr) -> Self {
        Self::named(vendor, api, "auditor-1")
    }

    pub fn with(vendor: &Vendor, api: SocketAddr, identity: Identity) -> Self {
        Self {
            identity: Some(identity),
            token: None,
            server: vendor.collector_key(),
            api,
        }
    }

    /// Somebody with a token and no certificate.
    pub fn bearer(vendor: &Vendor, api: SocketAddr, token: &str) -> Self {
        Self {
            identity: None,
            token: Some(token.to_owned()),
            server: vendor.collector_key(),
            api,
        }
    }

    /// The same with another token, or none.
    pub fn and_token(mut self, token: Option<&str>) -> Self {
        self.token = token.map(str::to_owned);
        self
    }

    /// A user of the access file whose certificate has this name.
    pub fn named(vendor: &Vendor, api: SocketAddr, name: &str) -> Self {
        Self::with(vendor, api, auditor_identity(vendor, name))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).await.unwrap()
    }

    pub async fn request(&self, method: &str, path: &str) -> Result<Answer, String> {
        self.send(method, path, &[], "").await
    }

    /// A write as it should be.
    pub async fn post(&self, path: &str, key: &str, body: &str) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        self.send("POST", path, &headers, body).await.unwrap()
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, String> {
        let config = match &self.identity {
            Some(identity) => tls::client(identity, self.server, b"http/1.1").unwrap(),
            None => tls::tunnel_client(self.server, b"http/1.1").unwrap(),
        };
        let tcp = TcpStream::connect(self.api)
            .await
            .map_err(|e| e.to_string())?;
        let name = ServerName::try_from(tls::SERVER_NAME).unwrap();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, tcp)
            .await
            .map_err(|e| e.to_string())?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|e| e.to_string())?;
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "collector");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Full::new(Bytes::from(body.to_owned()));
        let request = request.body(body).unwrap();
        let response = sender
            .send_request(request)
            .await
            .map_err(|e| e.to_string())?;
        let status = response.status();
        let header = |name| {
            let value = response.headers().get(name);
            value.map(|v| v.to_str().unwrap().to_owned())
        };
        let (kind, statement) = (header("content-type"), header("domicile-statement"));
        let headers = response.headers().clone();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|e| e.to_string())?
            .to_bytes();
        Ok(Answer {
            status,
            headers,
            kind: kind.unwrap_or_default(),
            statement,
            body: body.to_vec(),
        })
    }
}

/// A certificate of the auditor CA with this name.
pub fn auditor_identity(vendor: &Vendor, name: &str) -> Identity {
    let seed = name.bytes().fold(99u64, |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(byte.into())
    });
    vendor
        .authority
        .identity(
            Profile::Auditor(name),
            &mut Seeded::new(seed % 1_000_003),
            super::real_now(),
            30 * DAY_MS,
        )
        .unwrap()
}
