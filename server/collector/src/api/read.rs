//! What every read has in common: who reads, as of now, and the record of it.

use super::MAX_QUERY;
use super::problem::Problem;
use crate::service::Service;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domicile_certs::tls::{self, Standing};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::wire::AuditReadRecord;
use rustls_pki_types::CertificateDer;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// The client's certificates, as TLS gave them.
#[derive(Clone)]
pub(super) struct Client(pub(super) Arc<Vec<CertificateDer<'static>>>);

/// How long an answer may take.
#[derive(Clone, Copy)]
pub(super) struct Deadline(pub(super) Duration);

/// An answer with the number of rows in it, for the record.
pub(super) struct Rows {
    pub(super) rows: usize,
    pub(super) body: Content,
}

/// What is sent.
pub(super) enum Content {
    /// JSON text.
    Json(Vec<u8>),
    /// A file.
    File(Vec<u8>),
}

/// The number of rows of an answer that a handler gave.
#[derive(Clone, Copy)]
struct Count(usize);

impl Rows {
    /// A JSON document.
    pub(super) fn json(rows: usize, document: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(document)
            .map_err(|error| Problem::from(crate::store::StoreError::Closed(error.to_string())))?;
        Ok(Self {
            rows,
            body: Content::Json(body),
        })
    }
}

impl IntoResponse for Rows {
    fn into_response(self) -> Response {
        let (kind, bytes) = match self.body {
            Content::Json(bytes) => ("application/json", bytes),
            Content::File(bytes) => ("application/octet-stream", bytes),
        };
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
        ];
        let mut response = (headers, Body::from(bytes)).into_response();
        response.extensions_mut().insert(Count(self.rows));
        response
    }
}

/// Checks who reads, makes the answer, logs the read, and only then lets the answer go.
pub(super) async fn recorded(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let deadline = request
        .extensions()
        .get::<Deadline>()
        .map_or(Duration::ZERO, |d| d.0);
    let answer = tokio::time::timeout(deadline, answer(&service, request, next)).await;
    match answer {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => Problem::timeout().into_response(),
    }
}

async fn answer(service: &Service, request: Request, next: Next) -> Result<Response, Problem> {
    let now_ms = service.clock.now_ms();
    let client = request
        .extensions()
        .get::<Client>()
        .cloned()
        .ok_or_else(Problem::forbidden)?;
    let peer = tls::peer(&client.0, &service.trust, &service.revocations, now_ms)
        .map_err(|_| Problem::forbidden())?;
    if !matches!(peer.standing, Standing::Auditor { .. }) {
        return Err(Problem::forbidden());
    }
    let query = request
        .uri()
        .path_and_query()
        .map_or("", |query| query.as_str());
    if query.len() > MAX_QUERY {
        return Err(Problem::too_long(MAX_QUERY));
    }
    let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
    let query = format!(
        "{} {query}",
        if is_read {
            request.method().as_str()
        } else {
            "OTHER"
        }
    );
    let response = next.run(request).await;
    let rows = response
        .extensions()
        .get::<Count>()
        .map_or(0, |count| count.0);
    let record = AuditReadRecord {
        auditor: peer.subject.unwrap_or_default(),
        auditor_key: peer.key.to_vec(),
        at_ms: now_ms,
        query,
        rows: rows as u64,
    };
    service
        .store
        .commit(vec![(Kind::AuditRead, codec::encode(&record))])
        .await?;
    Ok(response)
}
