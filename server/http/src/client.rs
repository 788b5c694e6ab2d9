//! One server, one connection at a time, opened anew when it is gone.

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest URL.
const MAX_URL: usize = 512;

/// Where a server is: `http://HOST[:PORT][/PREFIX]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Host and port, as in a `Host` header; an IPv6 address in brackets.
    authority: String,
    /// Empty, or a path without a slash at its end.
    prefix: String,
}

/// The text is no such URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?}: http://HOST[:PORT][/PREFIX] is expected (no TLS: what is served there is signed)")]
pub struct BadUrl(String);

impl FromStr for Url {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Url, BadUrl> {
        let bad = || BadUrl(text.chars().take(200).collect());
        let rest = text.strip_prefix("http://").ok_or_else(bad)?;
        let (authority, prefix) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let plain = |b: u8| b.is_ascii_graphic() && !b"@?#%\\\"<>".contains(&b);
        if authority.is_empty() || text.len() > MAX_URL || !rest.bytes().all(plain) {
            return Err(bad());
        }
        Ok(Url {
            authority: authority.to_owned(),
            prefix: prefix.trim_end_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.prefix)
    }
}

impl Url {
    /// What to connect to: port 80 if none is given.
    fn address(&self) -> String {
        let after_host = self.authority.rsplit(']').next().unwrap_or_default();
        if after_host.contains(':') {
            self.authority.clone()
        } else {
            format!("{}:80", self.authority)
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{url}: {problem}")]
pub struct NoAnswer {
    /// What was asked.
    pub url: String,
    /// Why not.
    pub problem: String,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its `Content-Type`, empty if there is none.
    pub content_type: String,
    /// The whole body.
    pub body: Vec<u8>,
}

/// What is sent.
#[derive(Debug, Clone, Default)]
struct Body {
    media_type: Option<&'static str>,
    bytes: Bytes,
}

/// Asks one server.
#[derive(Debug)]
pub struct Client {
    url: Url,
    wait: Duration,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    /// A client for a server; each question may take `wait`. Connects when asked.
    pub fn new(url: Url, wait: Duration) -> Client {
        Client {
            url,
            wait,
            sender: None,
        }
    }

    /// Where it asks.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// `GET PREFIX/path`, an answer of at most `limit` bytes.
    ///
    /// # Errors
    /// [`NoAnswer`] when there is none in time, or it is too long. A status is no error.
    pub async fn get(&mut self, path: &str, limit: usize) -> Result<Answer, NoAnswer> {
        self.ask(Method::GET, path, Body::default(), limit).await
    }

    /// `POST PREFIX/path` with a body of text.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post(
        &mut self,
        path: &str,
        body: String,
        limit: usize,
    ) -> Result<Answer, NoAnswer> {
        let body = Body {
            media_type: None,
            bytes: body.into(),
        };
        self.ask(Method::POST, path, body, limit).await
    }

    /// `POST` to the very address, without a path behind it, of bytes of a media type.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post_as(
        &mut self,
        media_type: &'static str,
        body: Vec<u8>,
        limit: usize,
    ) -> Result<Answer, NoAnswer> {
        let body = Body {
            media_type: Some(media_type),
            bytes: body.into(),
        };
        self.ask(Method::POST, "", body, limit).await
    }

    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Body,
        limit: usize,
    ) -> Result<Answer, NoAnswer> {
        let wait = self.wait;
        let asking = async {
            let kept = self.sender.take().filter(|sender| !sender.is_closed());
            if let Some(mut sender) = kept {
                // A kept connection may have ended meanwhile: then once more on a new one.
                let request = self.request(&method, path, body.clone())?;
                if let Ok(response) = sender.send_request(request).await {
                    self.sender = Some(sender);
                    return read(response, limit).await;
                }
            }
            let mut sender = self.connect().await?;
            let request = self.request(&method, path, body)?;
            let response = sender.send_request(request).await;
            let response = response.map_err(|error| error.to_string())?;
            self.sender = Some(sender);
            read(response, limit).await
        };
        let answer = timeout(wait, asking).await;
        let answer = answer.unwrap_or_else(|_| Err(format!("nothing within {wait:?}")));
        answer.map_err(|problem| {
            self.sender = None;
            NoAnswer {
                url: format!("{}/{path}", self.url),
                problem,
            }
        })
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        body: Body,
    ) -> Result<Request<Full<Bytes>>, String> {
        let uri = match (path, self.url.prefix.as_str()) {
            ("", prefix) if !prefix.is_empty() => prefix.to_owned(),
            (path, prefix) => format!("{prefix}/{path}"),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header(HOST, &self.url.authority);
        if let Some(media_type) = body.media_type {
            request = request.header(CONTENT_TYPE, media_type);
        }
        request
            .body(Full::new(body.bytes))
            .map_err(|error| error.to_string())
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let stream = TcpStream::connect(self.url.address()).await;
        let stream = stream.map_err(|error| error.to_string())?;
        stream
            .set_nodelay(true)
            .map_err(|error| error.to_string())?;
        let shaken = handshake(TokioIo::new(stream)).await;
        let (sender, connection) = shaken.map_err(|error| error.to_string())?;
        // It ends with the sender; what goes wrong with it, the question reports.
        tokio::spawn(connection);
        Ok(sender)
    }
}

async fn read(response: Response<hyper::body::Incoming>, limit: usize) -> Result<Answer, String> {
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let body = Limited::new(response.into_body(), limit).collect().await;
    let body = body.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
        Some(_) => format!("an answer of more than {limit} bytes"),
        None => format!("broken off: {error}"),
    })?;
    Ok(Answer {
        status,
        content_type,
        body: body.to_bytes().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn urls_are_plain_http_and_nothing_else() {
        let url = |text: &str| text.parse::<Url>();
        assert_eq!(url("http://a.example").unwrap().address(), "a.example:80");
        assert_eq!(url("http://[::1]").unwrap().address(), "[::1]:80");
        assert_eq!(url("http://[::1]:9").unwrap().address(), "[::1]:9");
        let prefixed = url("http://a:8080/log/eu/").unwrap();
        assert_eq!(prefixed.to_string(), "http://a:8080/log/eu");
        for bad in [
            "",
            "http://",
            "https://a",
            "ftp://a",
            "a:80",
            "http:///x",
            "http://a b",
            "http://u@a",
            "http://a/?q",
            "http://a\r\nHost: b",
        ] {
            assert!(url(bad).is_err(), "{bad:?}");
        }
    }
}
