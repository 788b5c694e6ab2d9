//! What every read has in common: who reads, as of now, the record of it, and the collector's signed
//! statement of what it answered (header [`STATEMENT`]).

use super::MAX_QUERY;
use super::problem::Problem;
use crate::service::Service;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use domicile_certs::tls::{self, Standing};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::sign::{Domain, sha256};
use domicile_proto::types::Digest;
use domicile_proto::wire::{AnswerStatement, AuditReadRecord};
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
    /// Of a media type.
    Typed(&'static str, Vec<u8>),
}

/// What a handler answered.
#[derive(Clone, Copy)]
struct Answered {
    rows: usize,
    body_hash: Digest,
}

/// The header with the statement: a `Signed` `AnswerStatement` in base64. Answers that are problems
/// have none.
const STATEMENT: HeaderName = HeaderName::from_static("domicile-statement");

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
            Content::Typed(kind, bytes) => (kind, bytes),
        };
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
        ];
        let answered = Answered {
            rows: self.rows,
            body_hash: sha256(&bytes),
        };
        let mut response = (headers, Body::from(bytes)).into_response();
        response.extensions_mut().insert(answered);
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
    let mut response = next.run(request).await;
    let answered = response.extensions().get::<Answered>().copied();
    let record = AuditReadRecord {
        auditor: peer.subject.unwrap_or_default(),
        auditor_key: peer.key.to_vec(),
        at_ms: now_ms,
        query,
        rows: answered.map_or(0, |answered| answered.rows as u64),
    };
    let logged = service
        .store
        .commit(vec![(Kind::AuditRead, codec::encode(&record))])
        .await?;
    if let (Some(answered), Some(place)) = (answered, logged.records.first()) {
        let statement = AnswerStatement {
            log_origin: logged.head.origin.clone(),
            head: Some(service.log_head(&logged.head)),
            query: record.query,
            rows: record.rows,
            body_hash: answered.body_hash.to_vec(),
            at_ms: now_ms,
            auditor_key: record.auditor_key,
            read_index: place.index,
        };
        let signed = service.key.sign(Domain::Answer, codec::encode(&statement));
        let text = BASE64.encode(&codec::encode(&signed));
        let value = HeaderValue::from_str(&text).expect("base64 is visible ASCII");
        response.headers_mut().insert(STATEMENT, value);
    }
    Ok(response)
}
