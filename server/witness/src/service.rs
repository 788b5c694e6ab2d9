//! The HTTP side: `POST /add-checkpoint` as C2SP says, and `GET /checkpoint/<SHA-256 of origin>`, where
//! monitors see what this witness saw last (an addition: C2SP leaves that open).

use crate::memory::{Added, Memory};
use domicile_http::server::{Limits, Question, Reply, serve};
use domicile_ledger::witness::{MAX_REQUEST, SIZE_TYPE};
use hyper::{Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The clock, seconds since 1970.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Serves until `stop` turns true.
pub async fn run(
    memory: Arc<Memory>,
    listener: TcpListener,
    connections: usize,
    clock: Clock,
    stop: watch::Receiver<bool>,
) {
    let limits = Limits {
        connections,
        wait: Duration::from_secs(10),
        body: MAX_REQUEST,
    };
    let answer = move |question| answer(Arc::clone(&memory), Arc::clone(&clock), question);
    serve(listener, limits, answer, stop).await;
}

async fn answer(memory: Arc<Memory>, clock: Clock, question: Question) -> Reply {
    let path = question.path.as_str();
    if path == "/add-checkpoint" {
        if question.method != Method::POST {
            return Reply::text(StatusCode::METHOD_NOT_ALLOWED, "POST is expected\n");
        }
        // It waits for the disk.
        let body = question.body;
        let added = tokio::task::spawn_blocking(move || memory.add(&body, clock())).await;
        let added = added.unwrap_or_else(|_| Added::Failed("the witness panicked".into()));
        return reply(added);
    }
    let Some(origin) = path.strip_prefix("/checkpoint/") else {
        return Reply::text(StatusCode::NOT_FOUND, "no such page\n");
    };
    if question.method != Method::GET && question.method != Method::HEAD {
        return Reply::text(StatusCode::METHOD_NOT_ALLOWED, "GET is expected\n");
    }
    match memory.newest(origin) {
        Some(note) => Reply::text(StatusCode::OK, note),
        None => Reply::text(StatusCode::NOT_FOUND, "nothing was cosigned of that log\n"),
    }
}

fn reply(added: Added) -> Reply {
    let text = |status, text: &str| Reply::text(status, format!("{text}\n"));
    match added {
        Added::Cosigned(line) => Reply::text(StatusCode::OK, line),
        Added::OldSize(size) => Reply {
            content_type: SIZE_TYPE,
            ..text(StatusCode::CONFLICT, &size.to_string())
        },
        Added::Fork => text(
            StatusCode::CONFLICT,
            "another root of this size is cosigned",
        ),
        Added::UnknownLog => text(StatusCode::NOT_FOUND, "this log is not cosigned here"),
        Added::NotSigned => text(StatusCode::FORBIDDEN, "no known key of the log signed it"),
        Added::BadProof => text(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the proof does not lead from the checkpoint cosigned last to this one",
        ),
        Added::Malformed(problem) => text(StatusCode::BAD_REQUEST, &problem),
        Added::Failed(problem) => {
            tracing::error!(problem, "nothing was cosigned");
            text(StatusCode::INTERNAL_SERVER_ERROR, "try again later")
        }
    }
}
