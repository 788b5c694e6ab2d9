//! Questions to a collector: HTTPS over TCP, one connection, the server known by its pinned key.
//!
//! Answers are bounded in size and time; what is not the promised JSON, or a problem document, comes
//! out as a clear error.

use crate::profile::Access;
use domicile_certs::keys::IdentityError;
use domicile_certs::tls::{self, SERVER_NAME, TlsError};
use domicile_certs::trust::TrustError;
use domicile_certs::{Identity, Trust, files};
use domicile_proto::directory::{self, Collector, Directory};
use domicile_proto::sign::OpenError;
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, HOST, HeaderMap};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

const ALPN: &[u8] = b"http/1.1";

/// The header with the collector's signed statement of an answer.
const STATEMENT: &str = "domicile-statement";

/// Largest JSON answer, bytes.
pub const MAX_JSON: usize = 16 * 1024 * 1024;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The trust file.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The auditor's key or certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] files::FileError),
    /// The directory is not the vendor's.
    #[error("{}: {source}", path.display())]
    Directory {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: OpenError,
    },
    /// Which collector of the directory is meant?
    #[error("the directory lists {names}: name one with --collector")]
    Collector {
        /// The names in the directory.
        names: String,
    },
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No connection.
    #[error("cannot reach the collector at {server}: {problem}")]
    Unreachable {
        /// As given.
        server: String,
        /// Why not.
        problem: String,
    },
    /// The connection ended, or the answer came too late or was too long.
    #[error("the collector's answer: {0}")]
    Answer(String),
    /// The collector says what is wrong with the question, or with itself.
    #[error("the collector says {status}: {detail}")]
    Problem {
        /// HTTP status.
        status: u16,
        /// The problem document's detail.
        detail: String,
    },
}

impl ClientError {
    /// Whether the collector could not be reached or is at fault, rather than the question.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Answer(_) => true,
            Self::Problem { status, .. } => *status >= 500,
            _ => false,
        }
    }
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
}

/// A collector's answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its body.
    pub body: Bytes,
    /// The header with the signed statement of it: base64, unchecked.
    pub statement: Option<String>,
}

/// A connection to a collector.
pub struct Client {
    sender: SendRequest<Empty<Bytes>>,
    server: String,
    timeout: Duration,
}

impl Client {
    /// Reads identity, trust and directory, and connects.
    ///
    /// # Errors
    /// [`ClientError`] when a file is refused or the collector with the pinned key is not there.
    pub async fn connect(access: &Access) -> Result<Self, ClientError> {
        Ok(Self {
            sender: channel(access).await?,
            server: access.server.clone(),
            timeout: access.timeout,
        })
    }

    /// Asks and reads the whole answer, at most `limit` bytes.
    ///
    /// # Errors
    /// [`ClientError`] when there is none in time, it is too long, or it is a problem document.
    pub async fn get(&mut self, path: &str, limit: usize) -> Result<Bytes, ClientError> {
        Ok(self.answer(path, limit).await?.body)
    }

    /// The same, with the collector's statement of its answer.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn answer(&mut self, path: &str, limit: usize) -> Result<Answer, ClientError> {
        let request = Request::get(path)
            .header(HOST, &self.server)
            .header(
                ACCEPT,
                "application/json, application/octet-stream, application/problem+json",
            )
            .body(Empty::new())
            .map_err(|error| ClientError::Answer(error.to_string()))?;
        let asking = async {
            let answer = self
                .sender
                .send_request(request)
                .await
                .map_err(|error| broken(&error))?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = Limited::new(answer.into_body(), limit)
                .collect()
                .await
                .map_err(|error| match error.downcast_ref::<LengthLimitError>() {
                    Some(_) => format!("longer than {limit} bytes"),
                    None => format!("broken off: {error}"),
                })?;
            Ok::<_, String>((status, headers, body.to_bytes()))
        };
        let (status, headers, body) = timeout(self.timeout, asking)
            .await
            .map_err(|_| ClientError::Answer(format!("none within {:?}", self.timeout)))?
            .map_err(ClientError::Answer)?;
        if status == StatusCode::OK {
            return Ok(Answer {
                body,
                statement: statement(&headers),
            });
        }
        Err(problem(status, &body))
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// As [`Client::get`], and when the answer is not JSON.
    pub async fn json(&mut self, path: &str) -> Result<serde_json::Value, ClientError> {
        read_json(&self.get(path, MAX_JSON).await?)
    }
}

/// A connection to the collector that `access` names, for requests with bodies of this type.
///
/// # Errors
/// As [`Client::connect`].
pub async fn channel<B>(access: &Access) -> Result<SendRequest<B>, ClientError>
where
    B: hyper::body::Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    B::Data: Send,
{
    let trust = Trust::load(&access.trust)?;
    let identity = Identity::load(&access.identity_key, &access.identity_cert)?;
    let directory = open_directory(&access.directory, &trust)?;
    let collector = pick(&directory, access.collector.as_deref())?;
    let config = tls::client(&identity, collector.key, ALPN)?;
    let unreachable = |problem: String| ClientError::Unreachable {
        server: access.server.clone(),
        problem,
    };
    let connecting = async {
        let stream = TcpStream::connect(&access.server)
            .await
            .map_err(|error| error.to_string())?;
        stream
            .set_nodelay(true)
            .map_err(|error| error.to_string())?;
        let name = ServerName::try_from(SERVER_NAME).map_err(|error| error.to_string())?;
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .map_err(|error| tls_problem(&error, collector))?;
        handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())
    };
    let (sender, connection) = timeout(access.timeout, connecting)
        .await
        .map_err(|_| unreachable(format!("no connection within {:?}", access.timeout)))?
        .map_err(unreachable)?;
    // It ends with the sender; what goes wrong with it, the next question reports.
    tokio::spawn(connection);
    Ok(sender)
}

/// The statement in an answer's headers: base64, unchecked.
pub fn statement(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(STATEMENT)?;
    value.to_str().ok().map(str::to_owned)
}

/// Reads an answer that should be JSON.
///
/// # Errors
/// [`ClientError::Answer`] when it is not.
pub fn read_json(body: &[u8]) -> Result<serde_json::Value, ClientError> {
    serde_json::from_slice(body)
        .map_err(|error| ClientError::Answer(format!("not the promised JSON: {error}")))
}

/// Reads a directory and checks the vendor's signature.
///
/// # Errors
/// [`ClientError::File`], [`ClientError::Directory`].
pub fn open_directory(path: &Path, trust: &Trust) -> Result<Directory, ClientError> {
    let bytes = files::read(path, directory::MAX_BYTES)?;
    Directory::open(&bytes, &trust.directory_key).map_err(|source| ClientError::Directory {
        path: path.to_owned(),
        source,
    })
}

fn pick<'a>(directory: &'a Directory, name: Option<&str>) -> Result<&'a Collector, ClientError> {
    let collectors = &directory.collectors;
    let named = |one: &&Collector| name.is_none_or(|name| one.name == name);
    let mut found = collectors.iter().filter(named);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        _ => {
            let names: Vec<&str> = collectors.iter().map(|one| one.name.as_str()).collect();
            Err(ClientError::Collector {
                names: names.join(", "),
            })
        }
    }
}

fn tls_problem(error: &std::io::Error, collector: &Collector) -> String {
    format!(
        "TLS: {error} (expected collector {:?} with key {}, and it to accept the auditor's certificate)",
        collector.name,
        collector.key.short()
    )
}

fn broken(error: &hyper::Error) -> String {
    format!("none: {error} (a revoked or expired certificate is refused this way)")
}

/// What the collector says is wrong, from an answer that is not the one asked for.
pub fn problem(status: StatusCode, body: &[u8]) -> ClientError {
    let document: Option<Problem> = serde_json::from_slice(body).ok();
    let detail = document
        .map(|problem| {
            if problem.detail.is_empty() {
                problem.title
            } else {
                problem.detail
            }
        })
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| "no reason given".into());
    let detail = crate::output::plain(&detail).chars().take(500).collect();
    ClientError::Problem {
        status: status.as_u16(),
        detail,
    }
}

/// A query string from names and values; what is not plain is percent-encoded.
pub fn query(pairs: &[(&str, Option<String>)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if let Some(value) = value {
            text.push(if text.is_empty() { '?' } else { '&' });
            text.push_str(name);
            text.push('=');
            text.push_str(&encoded(value));
        }
    }
    text
}

/// A value as it stands in a query: what is not plain is percent-encoded.
pub fn encoded(value: &str) -> String {
    percent_encoded(value, "")
}

/// A name as one segment of a path.
pub fn segment(name: &str) -> String {
    percent_encoded(name, ":")
}

/// What is neither unreserved nor in `besides` becomes `%` and two digits.
fn percent_encoded(text: &str, besides: &str) -> String {
    text.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            byte if besides.as_bytes().contains(&byte) => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_encoded() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(query(&[("a", None)]), "");
        assert_eq!(
            query(&[("a", some("x y&z")), ("b", None), ("c", some("ü="))]),
            "?a=x%20y%26z&c=%C3%BC%3D"
        );
    }

    #[test]
    fn a_name_is_one_segment() {
        assert_eq!(segment("uuid:GPU-1/2 ?"), "uuid:GPU-1%2F2%20%3F");
    }

    #[test]
    fn problems_are_shown_whatever_they_are() {
        let shown = |status: u16, body: &[u8]| {
            problem(StatusCode::from_u16(status).unwrap_or_default(), body).to_string()
        };
        let document =
            br#"{"type":"about:blank","title":"Bad","status":400,"detail":"`limit`: 0"}"#;
        assert_eq!(shown(400, document), "the collector says 400: `limit`: 0");
        assert_eq!(
            shown(500, b"<html>"),
            "the collector says 500: no reason given"
        );
        assert_eq!(
            shown(404, br#"{"title":"Not Found"}"#),
            "the collector says 404: Not Found"
        );
        assert!(!shown(400, b"{\"detail\":\"\\u001b[2J\"}").contains('\u{1b}'));
    }
}
