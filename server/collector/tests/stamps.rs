//! Time stamps on checkpoints, by an authority that is not ours (`openssl ts`).
#![allow(clippy::unwrap_used)]

mod harness;
#[path = "../../timestamp/tests/support/mod.rs"]
mod support;

use domicile_collector::publish::STAMPS_FOLDER;
use domicile_http::server::{Limits, Question, Reply, serve};
use domicile_ledger::Head;
use domicile_timestamp::{RESPONSE_TYPE, verify};
use harness::{Hands, Vendor, real_now};
use hyper::StatusCode;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use support::Authority;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Serves the authority; gives its address.
async fn serve_authority(authority: Arc<Authority>, stop: watch::Receiver<bool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits {
        connections: 8,
        wait: Duration::from_secs(10),
        body: 4096,
    };
    let answer = move |question: Question| {
        let authority = Arc::clone(&authority);
        async move {
            assert_eq!(question.path, "/tsr");
            let body = tokio::task::block_in_place(|| authority.answer(&question.body));
            Reply {
                content_type: RESPONSE_TYPE,
                body,
                ..Reply::text(StatusCode::OK, "")
            }
        }
    };
    tokio::spawn(serve(listener, limits, answer, stop));
    format!("http://{address}/tsr")
}

/// The first stamp that appears in a folder: its note and token.
async fn stamp(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    for _ in 0..400 {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut tokens = entries.map(|entry| entry.path());
        if let Some(token) = tokens.find(|path| path.extension().is_some_and(|e| e == "tst")) {
            return Some((token.with_extension("note"), token));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None
}

fn settings(url: &str, roots: &Path) -> String {
    format!(
        "[publish]\nevery = \"50ms\"\n[publish.timestamp]\nurl = {url:?}\ncertificates = {roots:?}\nevery = \"100ms\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_checkpoint_is_stamped_and_kept_with_its_token() {
    let Some(authority) = Authority::new().map(Arc::new) else {
        return;
    };
    let (stop, stopping) = watch::channel(false);
    let url = serve_authority(Arc::clone(&authority), stopping).await;
    let vendor = Vendor::new();
    vendor.write_config(&settings(&url, &authority.root_file()));
    let hands = Hands::at(real_now());
    let running = vendor.start(hands.clock()).await;
    vendor.enrol(running.quic, 0, "sin", hands.now()).await;
    let folder = vendor.config().data_dir.join(STAMPS_FOLDER);
    let (note, token) = stamp(&folder).await.unwrap();
    let (note, token) = (std::fs::read(note).unwrap(), std::fs::read(token).unwrap());
    let stamp = verify(&token, &note, None, &[authority.root()]).unwrap();
    assert!(stamp.time_ms.abs_diff(real_now()) < 120_000);
    // What was stamped is a checkpoint of this log, signature and all.
    let origin = String::from_utf8_lossy(&note)
        .lines()
        .next()
        .unwrap()
        .to_owned();
    Head::from_note(&note, &origin, &vendor.world.log.public().0).unwrap();
    running.stop().await.unwrap();
    stop.send_replace(true);
}

/// An authority that the configuration does not trust stamps nothing, and nothing waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn stamps_of_a_stranger_are_not_kept() {
    let (Some(stranger), Some(trusted)) = (Authority::new(), Authority::new()) else {
        return;
    };
    let (stop, stopping) = watch::channel(false);
    let url = serve_authority(Arc::new(stranger), stopping).await;
    let vendor = Vendor::new();
    vendor.write_config(&settings(&url, &trusted.root_file()));
    let hands = Hands::at(real_now());
    let running = vendor.start(hands.clock()).await;
    vendor.enrol(running.quic, 0, "sin", hands.now()).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let folder = vendor.config().data_dir.join(STAMPS_FOLDER);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
    running.stop().await.unwrap();
    stop.send_replace(true);
}
