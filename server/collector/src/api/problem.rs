//! Errors as RFC 9457 problem documents.

use crate::access::{Denied, Permission};
use crate::appraisals::AppraisalError;
use crate::store::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domicile_diversion::cases::Role;
use serde::Serialize;
use utoipa::ToSchema;

/// A problem document. The type is always `about:blank`: the status says which kind it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
        }
    }

    /// The query is wrong.
    pub(super) fn query(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// There is no such thing.
    pub(super) fn missing(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// It was here.
    pub(super) fn gone(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, detail)
    }

    /// The query is longer than it may be.
    pub(super) fn too_long(limit: usize) -> Self {
        let detail = format!("path and query may have {limit} bytes");
        Self::new(StatusCode::URI_TOO_LONG, detail)
    }

    /// The role does not have this permission.
    pub(super) fn not_allowed(role: Role, permission: Permission) -> Self {
        let may: Vec<_> = permission.roles().iter().map(|role| role.name()).collect();
        Self::new(
            StatusCode::FORBIDDEN,
            format!(
                "`{}` is not for the role {}: ask somebody with {}",
                permission.name(),
                role.name(),
                may.join(", ")
            ),
        )
    }

    /// Something else is there, or was done before.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// Somebody else may do this.
    pub(super) fn not_for_you(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// The body is understood, and cannot be done.
    pub(super) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// The body is larger than it may be.
    pub(super) fn too_large(limit: usize) -> Self {
        let detail = format!("a body may have {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// The body is of another type.
    pub(super) fn not_json() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body is JSON: say `content-type: application/json`",
        )
    }

    /// The body did not come in time.
    pub(super) fn slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")
    }

    /// Something broke here.
    pub(super) fn fault() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "a fault of the collector: try later",
        )
    }

    /// It took too long.
    pub(super) fn timeout() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "the answer took too long: ask for less",
        )
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let status = match denied {
            Denied::Nobody | Denied::Token => StatusCode::UNAUTHORIZED,
            Denied::Certificate | Denied::Unlisted | Denied::TwoUsers | Denied::Expired => {
                StatusCode::FORBIDDEN
            }
        };
        Self::new(status, denied.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "the request cannot be logged, so it is not answered: the collector's disk is full",
            ),
            StoreError::Busy => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "too much waits: try later")
            }
            error => {
                tracing::error!(%error, "a request failed");
                Self::fault()
            }
        }
    }
}

impl From<AppraisalError> for Problem {
    fn from(error: AppraisalError) -> Self {
        match error {
            AppraisalError::Store(error) => error.into(),
            AppraisalError::Record(problem) => StoreError::Closed(problem).into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (
            status,
            [(header::CONTENT_TYPE, "application/problem+json")],
            body,
        )
            .into_response();
        if status == StatusCode::UNAUTHORIZED {
            let how = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
        }
        response
    }
}

pub(super) async fn not_found() -> Problem {
    Problem::missing(
        "no such path: see /v1/hosts, /v1/attestations, /v1/incidents, /v1/forks, /v1/log/head",
    )
}

pub(super) async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this path is not for that method",
    )
}
