//! What is done beside the requests: unfinished work of a crash at the start, documents and
//! revocation lists that change on disk, nonce keys that rotate.

use crate::books::{self, Books, Documents};
use crate::config::Config;
use crate::net;
use crate::runtime::RunError;
use crate::service::Service;
use crate::store::Opened;
use domicile_certs::random::System;
use domicile_proto::SUBMISSION_WINDOW_MS;
use domicile_proto::types::Key;
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Judges evidence that a crash left without a verdict. Nobody has a receipt for it yet.
pub(crate) async fn judge_rest(service: &Service, opened: &Opened) -> Result<(), RunError> {
    for id in &opened.unjudged {
        let Some(row) = service.store.evidence(id)? else {
            continue;
        };
        let Ok(key) = Key::read("host", &row.host) else {
            continue;
        };
        let Some(host) = service.store.host(&key)? else {
            continue;
        };
        match service.judge_logged(id, &row, &host).await {
            Ok(()) => tracing::info!(%id, "judged what a crash had left without a verdict"),
            // It stays for the agent to send again.
            Err(code) => tracing::error!(%id, ?code, "evidence in the log could not be judged"),
        }
    }
    Ok(())
}

/// Rereads what changes on disk, rotates nonce keys, forgets old nonces, examines the mesh, logs what
/// the identity ledger found.
pub(crate) async fn run(service: Arc<Service>, config: Config, stop: watch::Receiver<bool>) {
    let mut stopped = pin!(net::stopped(stop));
    let mut seen = books::stamp(&config.directory, &config.policy);
    let mut next_hourly = 0;
    let mesh_ms = u64::try_from(config.mesh_examine_every.as_millis()).unwrap_or(u64::MAX);
    let mut next_mesh = 0;
    loop {
        let pause = tokio::time::sleep(config.reload_interval);
        tokio::select! {
            () = pause => {}
            () = &mut stopped => return,
        }
        if let Err(error) = service.revocations.reload_if_changed() {
            tracing::error!(%error, "a revocation list is refused: the old one stays in force");
        }
        match service.access.reload_if_changed(&service.store).await {
            Ok(true) => tracing::info!("access file reread"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the access file is refused: the old one stays"),
        }
        let found = books::stamp(&config.directory, &config.policy);
        if found != seen {
            seen = found;
            reload(&service, &config).await;
        }
        let now_ms = service.clock.now_ms();
        if let Err(error) = service.store.set_alive(now_ms) {
            service.refuse(&error);
        }
        if let Err(error) = service.shadow.log(&service.store, now_ms).await {
            tracing::error!(%error, "policy packs or shadow policy: what ran before goes on");
        }
        if let Err(error) = service.log_device_findings().await {
            tracing::error!(%error, "findings about devices could not be logged");
        }
        if let Err(error) = service.log_rosters(config.roster_period).await {
            tracing::error!(%error, "a roster could not be logged");
        }
        if now_ms >= next_mesh {
            next_mesh = now_ms.saturating_add(mesh_ms);
            if let Err(error) = service.examine_mesh().await {
                tracing::error!(%error, "the mesh could not be examined");
            }
        }
        if now_ms >= next_hourly {
            next_hourly = now_ms.saturating_add(HOUR_MS);
            hourly(&service, now_ms);
        }
    }
}

const HOUR_MS: u64 = 3600 * 1000;

async fn reload(service: &Service, config: &Config) {
    let key = service.trust.directory_key;
    let read = Documents::read(&config.directory, &config.policy, &key);
    let opened = match read {
        Ok(documents) => Books::open(&service.store, &documents, &key).await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(books) => {
            *service
                .books
                .write()
                .unwrap_or_else(PoisonError::into_inner) = Arc::new(books);
            tracing::info!("directory and policy reread");
        }
        Err(error) => tracing::error!(%error, "directory or policy is refused: the old ones stay"),
    }
}

fn hourly(service: &Service, now_ms: u64) {
    let mut keys = service
        .mac_keys
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = keys.rotate(now_ms, &mut System::default()) {
        tracing::error!(%error, "the nonce keys could not be rotated");
    }
    drop(keys);
    let slack = Duration::from_secs(24 * 3600).as_secs() * 1000;
    let before_ms = now_ms.saturating_sub(SUBMISSION_WINDOW_MS + slack);
    if let Err(error) = service.store.drop_nonces(before_ms) {
        tracing::error!(%error, "old nonces could not be dropped");
    }
    if let Err(error) = service.drop_old_mesh(now_ms) {
        tracing::error!(%error, "old mesh readings could not be dropped");
    }
    for ca in service.revocations.due(now_ms) {
        tracing::warn!(
            list = ca.file(),
            "a revocation list is past its next update"
        );
    }
}
