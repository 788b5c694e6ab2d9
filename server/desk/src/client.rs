//! Questions and writes to a collector, over the connection that `domicile-audit` makes.

use data_encoding::HEXLOWER;
use domicile_audit::client::{
    Answer, ClientError, MAX_JSON, channel, problem, read_json, statement,
};
use domicile_audit::profile::Access;
use domicile_certs::random::{self, System};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// A connection to a collector.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    server: String,
    timeout: Duration,
}

impl Client {
    /// Connects as the person of the certificate.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn connect(access: &Access) -> Result<Self, ClientError> {
        Ok(Self {
            sender: channel(access).await?,
            server: access.server.clone(),
            timeout: access.timeout,
        })
    }

    /// Asks, and reads an answer of at most `limit` bytes.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn get(&mut self, path: &str, limit: usize) -> Result<Answer, ClientError> {
        self.send(Method::GET, path, None, limit).await
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn json(&mut self, path: &str) -> Result<Value, ClientError> {
        read_json(&self.get(path, MAX_JSON).await?.body)
    }

    /// Writes: the same key and body again are done once.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn write(
        &mut self,
        method: Method,
        path: &str,
        body: &Value,
        key: &str,
    ) -> Result<Value, ClientError> {
        let answer = self.send(method, path, Some((body, key)), MAX_JSON).await?;
        read_json(&answer.body)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        write: Option<(&Value, &str)>,
        limit: usize,
    ) -> Result<Answer, ClientError> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.server)
            .header(ACCEPT, "*/*");
        let mut body = Bytes::new();
        if let Some((value, key)) = write {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .header("idempotency-key", key);
            body = value.to_string().into();
        }
        let request = request.body(Full::new(body));
        let request = request.map_err(|error| ClientError::Answer(error.to_string()))?;
        let asking = async {
            let sent = self.sender.send_request(request).await;
            let answer = sent.map_err(|error| format!("none: {error}"))?;
            let (status, said) = (answer.status(), statement(answer.headers()));
            let body = Limited::new(answer.into_body(), limit).collect().await;
            let body = body.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
                Some(_) => format!("longer than {limit} bytes"),
                None => format!("broken off: {error}"),
            })?;
            Ok::<_, String>((status, said, body.to_bytes()))
        };
        let (status, statement, body) = timeout(self.timeout, asking)
            .await
            .map_err(|_| ClientError::Answer(format!("none within {:?}", self.timeout)))?
            .map_err(ClientError::Answer)?;
        match status {
            StatusCode::OK | StatusCode::CREATED => Ok(Answer { body, statement }),
            status => Err(problem(status, &body)),
        }
    }
}

/// A name for a write that nobody has used.
///
/// # Errors
/// When the system gives no randomness.
pub fn new_key() -> Result<String, random::Unavailable> {
    let bytes: [u8; 16] = random::bytes(&mut System::default())?;
    Ok(HEXLOWER.encode(&bytes))
}
