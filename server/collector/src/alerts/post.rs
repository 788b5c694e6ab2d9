//! One POST to a configured URL: HTTPS under configured roots, one connection for each attempt, no
//! redirects, nothing of the answer read but its status.

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Longest URL.
const MAX_URL: usize = 1024;

/// Longest status line and headers of an answer, bytes.
const MAX_HEADER: usize = 16 * 1024;

/// `https://HOST[:PORT][/PATH]`, or `http://`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    is_tls: bool,
    /// A name or an address, an IPv6 address without brackets.
    host: String,
    port: u16,
    /// As in a `Host` header.
    authority: String,
    path: String,
}

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || {
            let shown: String = text.chars().take(100).collect();
            format!("{shown:?} where https://HOST[:PORT][/PATH] is expected")
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
        let is_tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(bad()),
        };
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let plain = |b: u8| b.is_ascii_graphic() && !b"@#\\\"<>".contains(&b);
        if text.len() > MAX_URL || !rest.bytes().all(plain) {
            return Err(bad());
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| bad())?),
            _ => (authority, if is_tls { 443 } else { 80 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || (host.contains(':') && host.parse::<IpAddr>().is_err()) {
            return Err(bad());
        }
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/{path}"),
        };
        Ok(Self {
            is_tls,
            host: host.to_owned(),
            port,
            authority: authority.to_owned(),
            path,
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(to, "{scheme}://{}{}", self.authority, self.path)
    }
}

/// Where is posted to, and how.
pub(super) struct Endpoint {
    url: Url,
    tls: Option<TlsConnector>,
    /// Whether a connection without TLS may leave this machine.
    plain_allowed: bool,
    wait: Duration,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Endpoint({})", self.url)
    }
}

impl Endpoint {
    /// `roots`: PEM certificates of the authorities that are believed; needed for HTTPS.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub(super) fn new(
        url: Url,
        roots: Option<&[u8]>,
        plain_allowed: bool,
        wait: Duration,
    ) -> Result<Self, String> {
        let tls = match (url.is_tls, roots) {
            (true, Some(pem)) => Some(connector(pem)?),
            (true, None) => {
                return Err("`ca` is missing: the authorities of its certificate, PEM".into());
            }
            (false, _) => None,
        };
        Ok(Self {
            url,
            tls,
            plain_allowed,
            wait,
        })
    }

    /// Posts JSON and gives the status of the answer.
    ///
    /// # Errors
    /// Why there is none in time.
    pub(super) async fn post(
        &self,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<u16, String> {
        let mut request = Request::post(&self.url.path)
            .header(HOST, &self.url.authority)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "domicile-collector")
            .header(CONNECTION, "close");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(Bytes::from(body)));
        let request = request.map_err(|error| error.to_string())?;
        let asked = timeout(self.wait, self.ask(request)).await;
        asked.unwrap_or_else(|_| Err(format!("no answer within {:?}", self.wait)))
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<u16, String> {
        let stream = TcpStream::connect((self.url.host.as_str(), self.url.port)).await;
        let stream = stream.map_err(|error| format!("no connection: {error}"))?;
        let Some(tls) = &self.tls else {
            let peer = stream.peer_addr().map_err(|error| error.to_string())?;
            if !self.plain_allowed && !peer.ip().is_loopback() {
                return Err("it is another machine: use https, or set `allow-plain`".into());
            }
            return exchange(stream, request).await;
        };
        let name = ServerName::try_from(self.url.host.clone());
        let name = name.map_err(|error| error.to_string())?;
        let stream = tls.connect(name, stream).await;
        exchange(stream.map_err(|error| format!("TLS: {error}"))?, request).await
    }
}

/// Sends the request and waits for the head of the answer. What follows is not read: the connection
/// ends here.
async fn exchange<T>(stream: T, request: Request<Full<Bytes>>) -> Result<u16, String>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| format!("no answer: {error}");
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEADER)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    // In a task of its own, which ends with this set: a server that closes behind its answer has answered.
    let mut tasks = JoinSet::new();
    tasks.spawn(connection);
    let answer = sender.send_request(request).await;
    Ok(answer.map_err(broken)?.status().as_u16())
}

fn connector(pem: &[u8]) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| format!("`ca`: {error}"))?;
        roots
            .add(certificate)
            .map_err(|error| format!("`ca`: {error}"))?;
    }
    if roots.is_empty() {
        return Err("`ca`: no certificate in it (PEM is expected)".into());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urls_are_read() {
        let url = |text: &str| text.parse::<Url>();
        let read = url("https://hooks.example.net/a/b?c=d").unwrap();
        assert_eq!((read.host.as_str(), read.port), ("hooks.example.net", 443));
        assert_eq!(read.path, "/a/b?c=d");
        let read = url("http://[::1]:8080").unwrap();
        assert_eq!((read.host.as_str(), read.port), ("::1", 8080));
        assert_eq!(
            (read.path.as_str(), read.authority.as_str()),
            ("/", "[::1]:8080")
        );
        assert_eq!(url("http://[::1]").unwrap().port, 80);
        for bad in [
            "",
            "https://",
            "ftp://a",
            "https://u@a",
            "https://a b",
            "https://a:port",
            "https://a/\r\nX: y",
            "https://a:b:1",
        ] {
            assert!(url(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn https_needs_roots() {
        let wait = Duration::from_secs(1);
        let url: Url = "https://a".parse().unwrap();
        let new = |roots| Endpoint::new(url.clone(), roots, false, wait).map(|_| ());
        assert!(new(None).unwrap_err().contains("`ca` is missing"));
        assert!(
            new(Some(b"".as_slice()))
                .unwrap_err()
                .contains("no certificate")
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(https?://)?[\\x00-\\x7f]{0,40}") {
            if let Ok(url) = text.parse::<Url>() {
                let again: Url = url.to_string().parse().unwrap();
                prop_assert_eq!(url, again);
            }
        }
    }
}
