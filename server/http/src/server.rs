//! A listener with a bound on everything that a stranger can make it hold.

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Longest request line and headers together, bytes.
const MAX_HEADER: usize = 16 * 1024;

/// Between attempts when the system gives no connection (too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bounds of a listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// For the header of a request, for its body, and for what a stopping server still waits.
    pub wait: Duration,
    /// Longest body of a request, bytes.
    pub body: usize,
}

/// A request, read whole.
#[derive(Debug)]
pub struct Question {
    /// `GET`, `HEAD`, `POST`…
    pub method: Method,
    /// The path as it was sent, without the query.
    pub path: String,
    /// The body.
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `Cache-Control`.
    pub cache: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Plain text that nobody should keep.
    pub fn text(status: StatusCode, text: impl Into<String>) -> Reply {
        Reply {
            status,
            content_type: "text/plain; charset=utf-8",
            cache: "no-store",
            body: text.into().into_bytes(),
        }
    }

    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body.into()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let value = hyper::header::HeaderValue::from_static;
        headers.insert(CONTENT_TYPE, value(self.content_type));
        headers.insert(CACHE_CONTROL, value(self.cache));
        headers.insert("x-content-type-options", value("nosniff"));
        response
    }
}

/// Answers strangers by `answer` until `stop` turns true, then finishes what is in work. Addresses are
/// neither kept nor logged.
pub async fn serve<A, F>(
    listener: TcpListener,
    limits: Limits,
    answer: A,
    stop: watch::Receiver<bool>,
) where
    A: Fn(Question) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(limits.connections));
    let mut stopped = pin!(stopped(stop.clone()));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = accept(&listener, &permits) => {
                if let Some((stream, permit)) = accepted {
                    connections.spawn(run(stream, permit, limits, answer.clone(), stop.clone()));
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            () = &mut stopped => break,
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error says that whoever could stop it is gone: that is a reason to stop, too.
    let _stopped = stop.wait_for(|stop| *stop).await.is_ok();
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, permit)),
        Err(error) => {
            tracing::warn!(%error, "no connection could be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn run<A, F>(
    stream: TcpStream,
    _permit: OwnedSemaphorePermit,
    limits: Limits,
    answer: A,
    stop: watch::Receiver<bool>,
) where
    A: Fn(Question) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let service = service_fn(move |request| {
        let answer = answer.clone();
        async move { Ok::<_, Infallible>(reply(request, limits, answer).await.into_response()) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.wait)
        .max_buf_size(MAX_HEADER)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(stop) => {
            connection.as_mut().graceful_shutdown();
            timeout(limits.wait, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn reply<A, F>(request: Request<Incoming>, limits: Limits, answer: A) -> Reply
where
    A: Fn(Question) -> F,
    F: Future<Output = Reply>,
{
    let (parts, body) = request.into_parts();
    let body = timeout(limits.wait, Limited::new(body, limits.body).collect()).await;
    let body = match body {
        Err(_) => return Reply::text(StatusCode::REQUEST_TIMEOUT, "the body came too slowly\n"),
        Ok(Err(_)) => return Reply::text(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long\n"),
        Ok(Ok(body)) => body.to_bytes().to_vec(),
    };
    let question = Question {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        body,
    };
    answer(question).await
}
