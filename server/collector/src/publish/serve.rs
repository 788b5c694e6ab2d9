//! Checkpoint, tiles and the statements about the log's keys over plain HTTP GET, for everybody.
//!
//! A tile is served once the published checkpoint covers it. The path of a file is made from the parsed
//! name of a tile, never from what was asked.

use super::PublishError;
use super::state::Publication;
use domicile_http::server::{Limits, Question, Reply, serve};
use domicile_ledger::STATEMENTS;
use domicile_ledger::tiles::Tile;
use hyper::{Method, StatusCode};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// It never changes either, but goes once the full tile is there.
const UNFINISHED: &str = "public, max-age=3600";

const CHECKPOINT: &str = "public, max-age=2";

/// Opens the listener.
///
/// # Errors
/// [`PublishError::Bind`].
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, PublishError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| PublishError::Bind { address, source })
}

/// Serves the tiles in a folder until `stop` turns true.
pub(crate) async fn run(
    listener: TcpListener,
    connections: usize,
    folder: PathBuf,
    publication: Arc<Publication>,
    stop: watch::Receiver<bool>,
) {
    let limits = Limits {
        connections,
        wait: Duration::from_secs(10),
        body: 0,
    };
    let folder: Arc<Path> = folder.into();
    let answer = move |question| answer(Arc::clone(&folder), Arc::clone(&publication), question);
    serve(listener, limits, answer, stop).await;
}

async fn answer(folder: Arc<Path>, publication: Arc<Publication>, question: Question) -> Reply {
    if question.method != Method::GET && question.method != Method::HEAD {
        return Reply::text(StatusCode::METHOD_NOT_ALLOWED, "GET is expected\n");
    }
    let missing = || Reply::text(StatusCode::NOT_FOUND, "no such page, or not yet\n");
    let Some(checkpoint) = publication.published() else {
        return missing();
    };
    let name = question.path.strip_prefix('/').unwrap_or_default();
    if name == "checkpoint" {
        return Reply {
            cache: CHECKPOINT,
            ..Reply::text(StatusCode::OK, checkpoint.note())
        };
    }
    if name == STATEMENTS {
        let path = folder.join(STATEMENTS);
        let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(path)).await;
        return match read {
            Ok(Ok(page)) => Reply {
                cache: CHECKPOINT,
                ..Reply::text(StatusCode::OK, page)
            },
            _ => missing(),
        };
    }
    let Ok(tile) = name.parse::<Tile>() else {
        return missing();
    };
    if tile
        .needs()
        .is_none_or(|leaves| leaves > checkpoint.head().size)
    {
        return missing();
    }
    let path = folder.join(tile.to_string());
    let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
    match read {
        Ok(Ok(body)) => Reply {
            status: StatusCode::OK,
            content_type: "application/octet-stream",
            cache: if tile.is_full() {
                IMMUTABLE
            } else {
                UNFINISHED
            },
            body,
        },
        // Of a partial tile: it was never an end of the tree, or the full one is there.
        _ => missing(),
    }
}
