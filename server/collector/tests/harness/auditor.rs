//! An auditor: HTTPS with a client certificate.

use super::Vendor;
use domicile_certs::issue::{DAY_MS, Profile};
use domicile_certs::keys::Identity;
use domicile_certs::random::Seeded;
use domicile_certs::tls;
use domicile_proto::types::Key;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A client of the API.
pub struct Auditor {
    identity: Identity,
    server: Key,
    api: SocketAddr,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
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
        let identity = vendor
            .authority
            .identity(
                Profile::Auditor("auditor-1"),
                &mut Seeded::new(99),
                super::real_now(),
                30 * DAY_MS,
            )
            .unwrap();
        Self::with(vendor, api, identity)
    }

    pub fn with(vendor: &Vendor, api: SocketAddr, identity: Identity) -> Self {
        Self {
            identity,
            server: vendor.collector_key(),
            api,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).await.unwrap()
    }

    pub async fn request(&self, method: &str, path: &str) -> Result<Answer, String> {
        let config = tls::client(&self.identity, self.server, b"http/1.1").unwrap();
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
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "collector")
            .body(Empty::<Bytes>::new())
            .unwrap();
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
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|e| e.to_string())?
            .to_bytes();
        Ok(Answer {
            status,
            kind: kind.unwrap_or_default(),
            statement,
            body: body.to_vec(),
        })
    }
}
