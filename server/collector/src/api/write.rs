//! What every write has in common: a bounded JSON body, an `Idempotency-Key`, and one append of the log
//! that holds what was done and who did it, before the answer goes out.
//!
//! A handler takes a [`Write`] and calls [`Write::once`]; what it passes checks the body, makes the
//! records and hands them to [`Act::commit`] with the answer. State in memory changes after that, under
//! the handler's own lock: a handler runs to its end even if its client has gone.
//!
//! The key belongs to the user. The write that acted is what the key remembers, in the log, so the
//! same request gets the same answer after a restart too; another request under it is refused (422).
//! A refused write uses up no key. After [`KEY_LIFETIME_MS`] a key may be used for something else.

use super::problem::Problem;
use super::read::{Answered, Asked, Place};
use crate::access::Caller;
use crate::service::Service;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::sign::sha256;
use domicile_proto::types::Digest;
use domicile_proto::wire::WriteOutcome;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

/// Longest body, bytes.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// How long the answer of a write is kept for its idempotency key.
pub(super) const KEY_LIFETIME_MS: u64 = 7 * 24 * 3600 * 1000;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A write whose form is right: who, what, under which key.
pub(super) struct Write<T> {
    /// Who writes.
    pub(super) caller: Arc<Caller>,
    body: T,
    act: Act,
}

/// What a handler needs to make its write durable.
pub(super) struct Act {
    service: Arc<Service>,
    caller: Arc<Caller>,
    asked: Asked,
    key_hash: Digest,
    request_hash: Digest,
}

/// The answer of a write: of this one, or of the first with its key.
pub(super) struct Written {
    status: StatusCode,
    body: Vec<u8>,
    /// Where it is logged; of a repeated answer the middleware logs the request.
    place: Option<Place>,
    /// Log index of the first of its records.
    first: Option<u64>,
}

impl Written {
    /// Log index of the first of its records; `None` when the answer is repeated.
    pub(super) fn first_record(&self) -> Option<u64> {
        self.first
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<Service>> for Write<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let caller = parts.extensions.get::<Arc<Caller>>().cloned();
        let asked = parts.extensions.get::<Asked>().cloned();
        let (Some(caller), Some(asked)) = (caller, asked) else {
            return Err(Problem::fault());
        };
        if !is_json(&parts.headers) {
            return Err(Problem::not_json());
        }
        let key = idempotency_key(&parts.headers)?;
        let body = tokio::time::timeout(asked.within, axum::body::to_bytes(body, MAX_BODY));
        let body = body.await.map_err(|_| Problem::slow())?;
        let body = body.map_err(|_| Problem::too_large(MAX_BODY))?;
        let user = caller.person.user.to_string();
        Ok(Self {
            body: serde_json::from_slice(&body)
                .map_err(|error| Problem::query(format!("the body: {error}")))?,
            act: Act {
                service: Arc::clone(service),
                key_hash: sha256(&[user.as_bytes(), &[0], key.as_bytes()].concat()),
                request_hash: sha256(&[asked.query.as_bytes(), &[0], &body].concat()),
                caller: Arc::clone(&caller),
                asked,
            },
            caller,
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = text.split(';').next().unwrap_or("").trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let text = values.next().and_then(|value| value.to_str().ok());
    let sound = |text: &&str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        (8..=64).contains(&text.len()) && text.bytes().all(allowed)
    };
    match (text.filter(sound), values.next()) {
        (Some(text), None) => Ok(text.to_owned()),
        _ => Err(Problem::query(
            "`Idempotency-Key`: 8 to 64 letters, digits or `-_.:`, new for each write and the same \
             when it is sent again",
        )),
    }
}

impl<T> Write<T> {
    /// Does it, unless it was done: then gives the answer of then. Of two at once with one key, one acts.
    ///
    /// # Errors
    /// What `act` refuses; 422 when the key was used for another request.
    pub(super) async fn once<F>(self, act: impl FnOnce(T, Act) -> F) -> Result<Written, Problem>
    where
        F: Future<Output = Result<Written, Problem>>,
    {
        let service = Arc::clone(&self.act.service);
        let _alone = service.writes.lock(self.act.key_hash).await;
        match self.act.done_before()? {
            Some(written) => Ok(written),
            None => act(self.body, self.act).await,
        }
    }
}

impl Act {
    fn done_before(&self) -> Result<Option<Written>, Problem> {
        let found = self.service.store.write(&self.key_hash)?;
        let since_ms = self.asked.at_ms.saturating_sub(KEY_LIFETIME_MS);
        let Some((_, first)) = found.filter(|(_, first)| first.at_ms >= since_ms) else {
            return Ok(None);
        };
        let write = first.write.unwrap_or_default();
        if write.request_hash != self.request_hash.to_vec() {
            return Err(Problem::unprocessable(
                "this `Idempotency-Key` was used for another request: use a new one",
            ));
        }
        let status = u16::try_from(first.status).ok();
        Ok(Some(Written {
            status: status
                .and_then(|status| StatusCode::from_u16(status).ok())
                .ok_or_else(Problem::fault)?,
            body: write.answer,
            place: None,
            first: None,
        }))
    }

    /// The time of the request, Unix ms: what the records of the write say.
    pub(super) fn at_ms(&self) -> u64 {
        self.asked.at_ms
    }

    /// Logs what is done together with who did it, and makes the answer. When this returns, the write
    /// is durable and its answer is remembered. `operators` are those whose hosts it is about.
    ///
    /// # Errors
    /// When it could not be logged: then nothing was done.
    pub(super) async fn commit(
        self,
        mut records: Vec<(Kind, Vec<u8>)>,
        status: StatusCode,
        answer: &impl Serialize,
        operators: BTreeSet<String>,
    ) -> Result<Written, Problem> {
        let body = serde_json::to_vec(answer).map_err(|_| Problem::fault())?;
        if body.len() > MAX_BODY {
            return Err(Problem::fault());
        }
        let mut record = self.caller.record();
        record.at_ms = self.asked.at_ms;
        record.query = self.asked.query;
        record.status = status.as_u16().into();
        record.operators = operators.into_iter().collect();
        record.write = Some(WriteOutcome {
            key_hash: self.key_hash.to_vec(),
            request_hash: self.request_hash.to_vec(),
            answer: body.clone(),
        });
        records.push((Kind::AuditRead, codec::encode(&record)));
        let logged = self.service.store.commit(records).await?;
        let place = logged.records.last().map(|place| Place {
            index: place.index,
            head: logged.head.clone(),
        });
        Ok(Written {
            status,
            body,
            place,
            first: logged.records.first().map(|place| place.index),
        })
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-store"),
        ];
        let answered = Answered {
            rows: 0,
            body_hash: sha256(&self.body),
        };
        let mut response = (self.status, headers, Body::from(self.body)).into_response();
        response.extensions_mut().insert(answered);
        match self.place {
            Some(place) => {
                response.extensions_mut().insert(place);
            }
            None => {
                let yes = HeaderValue::from_static("true");
                response.headers_mut().insert(REPLAYED, yes);
            }
        }
        response
    }
}
