//! The anchors' mesh: visits every other anchor of the directory once a period, at random moments,
//! and reports the best session with each to a collector.
//!
//! A visit is an ordinary ranging session in which this anchor takes the agent's part
//! (`visit.rs`). Both ends measure, both sign; what the collector gets is what an agent would put
//! into its evidence. Sessions wait in memory (`spool.rs`), one for each partner, and are never
//! written to disk. `report.rs` takes them to a collector.
//!
//! Agents come first: few visits at a time, one stopwatch reading more for each packet, and a
//! visited anchor turns visitors away while agents need its places.

mod report;
pub(crate) mod settings;
mod spool;
mod visit;

use crate::config::MeshSettings;
use crate::shared::Shared;
use domicile_certs::Identity;
use domicile_proto::directory::Anchor;
use domicile_proto::types::Key;
use quinn::Endpoint;
use ring::rand::{SecureRandom as _, SystemRandom};
use spool::Spool;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// What visits and reports share.
pub(crate) struct Mesh {
    shared: Arc<Shared>,
    endpoints: Vec<Endpoint>,
    identity: Identity,
    spool: Mutex<Spool>,
}

impl Mesh {
    pub(crate) fn new(shared: Arc<Shared>, endpoints: Vec<Endpoint>, identity: Identity) -> Self {
        let keep_ms = millis(shared.settings.mesh.keep);
        Self {
            shared,
            endpoints,
            identity,
            spool: Mutex::new(Spool::new(keep_ms)),
        }
    }

    /// Visits and reports until it is dropped.
    pub(crate) async fn run(self) {
        let mesh = Arc::new(self);
        let settings = mesh.shared.settings.mesh;
        tokio::join!(
            visits(mesh.clone(), settings),
            report::reports(mesh, settings)
        );
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> u64 {
        self.shared.stopwatch.clocks().unix_ms()
    }

    /// The endpoint from which an address can be reached.
    fn endpoint(&self, to: SocketAddr) -> Option<&Endpoint> {
        let reaches = |endpoint: &&Endpoint| {
            let from = endpoint.local_addr();
            from.is_ok_and(|from| from.is_ipv4() == to.is_ipv4())
        };
        self.endpoints.iter().find(reaches)
    }

    /// The directory's other anchors that count now.
    fn partners(&self) -> Vec<Anchor> {
        let (own, now_ms) = (self.shared.key.public(), self.now_ms());
        let directory = self.shared.directory();
        let counts = |anchor: &&Anchor| {
            anchor.key != own && (anchor.valid_from_ms..anchor.valid_until_ms).contains(&now_ms)
        };
        directory.anchors.iter().filter(counts).cloned().collect()
    }
}

/// Visits everybody once a period, each at a moment drawn anew.
async fn visits(mesh: Arc<Mesh>, settings: MeshSettings) {
    let mut running = JoinSet::new();
    let mut start = Instant::now();
    loop {
        for (after, partner) in plan(mesh.partners(), settings.period) {
            sleep_until(start + after).await;
            while running.try_join_next().is_some() {}
            if running.len() >= settings.at_a_time {
                let _ = running.join_next().await;
            }
            running.spawn(visit::visit(mesh.clone(), partner));
        }
        start += settings.period;
        sleep_until(start).await;
        // After a standstill, or visits that took longer than a period: on from here, no burst.
        start = Instant::now();
    }
}

/// When to visit whom, from the start of a period, rising.
fn plan(partners: Vec<Anchor>, period: Duration) -> Vec<(Duration, Anchor)> {
    let mut plan: Vec<(Duration, Anchor)> = partners
        .into_iter()
        .map(|partner| (period.mul_f64(random_share()), partner))
        .collect();
    plan.sort_by_key(|(after, anchor)| (*after, anchor.key));
    plan
}

/// Uniform from 0 to 1; the middle when the system gives no randomness.
fn random_share() -> f64 {
    let mut bytes = [0; 4];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.5,
    }
}

/// `N` unpredictable bytes; `None` when the system gives no randomness.
fn random_bytes<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A key for messages.
fn name(shared: &Shared, key: &Key) -> String {
    let directory = shared.directory();
    let entry = directory.anchor(key);
    entry.map_or_else(|| key.short(), |anchor| anchor.name.clone())
}
