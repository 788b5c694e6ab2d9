//! What every request has in common: who asks, as of now, the record of it, and the collector's signed
//! statement of what it answered (header [`STATEMENT`]).

use super::MAX_QUERY;
use super::problem::Problem;
use super::sight::Sight;
use crate::access::{Caller, Denied, Permission, Token};
use crate::service::Service;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use domicile_certs::tls;
use domicile_ledger::{Head, Kind};
use domicile_proto::codec;
use domicile_proto::sign::{Domain, sha256};
use domicile_proto::types::Digest;
use domicile_proto::wire::AnswerStatement;
use rustls_pki_types::CertificateDer;
use serde::Serialize;
use std::collections::BTreeSet;
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
    /// Whose hosts it is about.
    pub(super) operators: BTreeSet<String>,
}

/// Whose hosts an answer is about.
#[derive(Clone)]
struct About(BTreeSet<String>);

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
pub(super) struct Answered {
    pub(super) rows: usize,
    pub(super) body_hash: Digest,
}

/// What is asked, for the record: an extension of each request.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) at_ms: u64,
    /// Method, path and query.
    pub(super) query: String,
    /// How long the answer may take.
    pub(super) within: Duration,
}

/// Where a request is logged that a handler has logged already, and the head over it.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) index: u64,
    pub(super) head: Arc<Head>,
}

/// Who asks: an extension of each request, for handlers.
pub(super) type Who = Extension<Arc<Caller>>;

/// The header with the statement: a `Signed` `AnswerStatement` in base64. Answers that are problems
/// have none.
const STATEMENT: HeaderName = HeaderName::from_static("domicile-statement");

impl Rows {
    /// An answer about hosts.
    pub(super) fn about(mut self, sight: Sight<'_>) -> Self {
        self.operators = sight.operators();
        self
    }

    /// An answer about one operator's hosts.
    pub(super) fn whose(mut self, operator: &str) -> Self {
        self.operators.insert(operator.to_owned());
        self
    }

    /// What is sent, with so many rows in it.
    pub(super) fn of(rows: usize, body: Content) -> Self {
        Self {
            rows,
            body,
            operators: BTreeSet::new(),
        }
    }

    /// A JSON document.
    pub(super) fn json(rows: usize, document: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(document)
            .map_err(|error| Problem::from(crate::store::StoreError::Closed(error.to_string())))?;
        Ok(Self::of(rows, Content::Json(body)))
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
        response.extensions_mut().insert(About(self.operators));
        response
    }
}

/// Checks who asks, makes the answer, logs the request, and only then lets the answer go.
pub(super) async fn recorded(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let deadline = request.extensions().get::<Deadline>();
    let deadline = deadline.map_or(Duration::ZERO, |deadline| deadline.0);
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    let work = answer(service, request, next, deadline);
    let answer = match is_read {
        true => tokio::time::timeout(deadline, work).await,
        // A write that has begun goes on, whether or not somebody still waits for its answer.
        false => {
            let work = tokio::spawn(work);
            let answer = tokio::time::timeout(deadline, work).await;
            answer.map(|joined| joined.unwrap_or_else(|_| Err(Problem::fault())))
        }
    };
    match answer {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => Problem::timeout().into_response(),
    }
}

async fn answer(
    service: Arc<Service>,
    mut request: Request,
    next: Next,
    within: Duration,
) -> Result<Response, Problem> {
    let at_ms = service.clock.now_ms();
    let caller = Arc::new(who(&service, &request, at_ms)?);
    let query = query(&request)?;
    let asked = Asked {
        at_ms,
        query,
        within,
    };
    request.extensions_mut().insert(Arc::clone(&caller));
    request.extensions_mut().insert(asked.clone());
    let mut response = next.run(request).await;
    let answered = response.extensions().get::<Answered>().copied();
    let rows = answered.map_or(0, |answered| answered.rows as u64);
    let place = match response.extensions().get::<Place>() {
        Some(place) => place.clone(),
        None => {
            let mut record = caller.record();
            record.at_ms = at_ms;
            record.query.clone_from(&asked.query);
            record.rows = rows;
            record.status = response.status().as_u16().into();
            if let Some(About(operators)) = response.extensions().get() {
                record.operators = operators.iter().cloned().collect();
            }
            let record = (Kind::AuditRead, codec::encode(&record));
            let logged = service.store.commit(vec![record]).await?;
            let place = logged.records.first().ok_or_else(Problem::fault)?;
            Place {
                index: place.index,
                head: logged.head,
            }
        }
    };
    if let Some(answered) = answered {
        let value = statement(&service, &caller, asked, answered, &place);
        response.headers_mut().insert(STATEMENT, value);
    }
    Ok(response)
}

/// Who sends this request, as of now: certificates and tokens end while connections last.
fn who(service: &Service, request: &Request, now_ms: u64) -> Result<Caller, Problem> {
    let client = request.extensions().get::<Client>();
    let chain = client.map_or(&[][..], |client| &client.0[..]);
    let peer = match chain {
        [] => None,
        chain => {
            let peer = tls::peer(chain, &service.trust, &service.revocations, now_ms);
            Some(peer.map_err(|_| Denied::Certificate)?)
        }
    };
    let token = bearer(request.headers())?;
    Ok(service
        .access
        .identify(peer.as_ref(), token.as_ref(), now_ms)?)
}

/// The token of a request, if it has one.
fn bearer(headers: &HeaderMap) -> Result<Option<Token>, Denied> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().ok().and_then(|text| text.split_once(' '));
    let token = text.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = token.and_then(|(_, token)| token.trim().parse().ok());
    match (token, values.next()) {
        (Some(token), None) => Ok(Some(token)),
        _ => Err(Denied::Token),
    }
}

fn query(request: &Request) -> Result<String, Problem> {
    let uri = request.uri().path_and_query();
    let uri = uri.map_or("", |uri| uri.as_str());
    if uri.len() > MAX_QUERY {
        return Err(Problem::too_long(MAX_QUERY));
    }
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT];
    let method = match known.contains(request.method()) {
        true => request.method().as_str(),
        false => "OTHER",
    };
    Ok(format!("{method} {uri}"))
}

fn statement(
    service: &Service,
    caller: &Caller,
    asked: Asked,
    answered: Answered,
    place: &Place,
) -> HeaderValue {
    let statement = AnswerStatement {
        log_origin: place.head.origin.clone(),
        head: Some(service.log_head(&place.head)),
        query: asked.query,
        rows: answered.rows as u64,
        body_hash: answered.body_hash.to_vec(),
        at_ms: asked.at_ms,
        auditor_key: caller.record().auditor_key,
        read_index: place.index,
        user: caller.person.user.to_string(),
    };
    let signed = service.key.sign(Domain::Answer, codec::encode(&statement));
    let text = BASE64.encode(&codec::encode(&signed));
    HeaderValue::from_str(&text).expect("base64 is visible ASCII")
}

/// Lets a request through to a handler if its caller has the permission that the route asks for.
pub(super) async fn permitted(
    State(permission): State<Permission>,
    Extension(caller): Who,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    caller.require(permission)?;
    Ok(next.run(request).await)
}

impl Caller {
    /// Refuses a caller without this permission.
    pub(super) fn require(&self, permission: Permission) -> Result<(), Problem> {
        match self.may(permission) {
            true => Ok(()),
            false => Err(Problem::not_allowed(self.person.role, permission)),
        }
    }
}
