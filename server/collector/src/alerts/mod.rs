//! Alerts: what changed about flags and cases, told to those who asked for it. All of it is opt-in.
//!
//! The log is the queue. Each target has a cursor on disk, the first record that it has not been told
//! of, and is told one record after the other: a target that is away, or a collector that is
//! restarted, loses nothing. Nothing is ever given up; a target that does not take an alert is asked
//! again with growing pauses, and `domicile_alert_backlog_seconds` says how far behind it is. What was
//! delivered just before a crash goes out again under the same id, by which a receiver drops it.
//!
//! | module | what |
//! |---|---|
//! | `settings` | the table `[alerts]` of the configuration |
//! | [`alert`] | one alert, and its JSON |
//! | `source` | from records to alerts |
//! | `queue`, `cursor` | one target's loop and its place in the log |
//! | `webhook`, `post` | Standard Webhooks over HTTPS |
//! | `syslog` | RFC 5424 |
//! | `metrics` | counts for Prometheus and its Alertmanager |
//!
//! Start reading at [`Queue::run`].

pub mod alert;
mod cursor;
mod metrics;
mod post;
mod queue;
mod settings;
mod source;
mod syslog;
mod target;
mod webhook;

pub use alert::Alert;
pub use metrics::{Counts, text as metrics_text};
pub use queue::{Board, Pace, Place, Queue, Waiting};
pub use settings::{AlertSettings, SyslogSettings, WebhookSettings};
pub use source::Source;
pub use target::Target;
pub use webhook::{Secret, signature};

use crate::service::Service;
use crate::store::Store;
use domicile_diversion::flags::{Code, Severity};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Name of the folder with the cursors in the data directory.
pub const FOLDER: &str = "alerts";

/// Flags that are counted at a time.
const PAGE: usize = 1000;

/// Everything that is told, ready to run.
pub(crate) struct Alerts {
    queues: Vec<Queue<source::LogSource>>,
    board: Arc<Board>,
    metrics: Option<TcpListener>,
}

impl Alerts {
    /// Reads secrets and cursors, and binds the address of the metrics.
    ///
    /// # Errors
    /// [`AlertError`] naming the target.
    pub(crate) async fn open(
        settings: &AlertSettings,
        service: &Service,
        data: &std::path::Path,
    ) -> Result<Self, AlertError> {
        let origin = service.store.origin();
        let source = Arc::new(source::LogSource(service.store.clone()));
        let board = Arc::new(Board::default());
        let folder = data.join(FOLDER);
        let place = Place {
            folder: &folder,
            origin: &origin,
            end: service.store.size(),
        };
        let open = |target| {
            let kept = (service.clock.clone(), Arc::clone(&board));
            Queue::open(Arc::clone(&source), target, &place, settings.pace(), kept)
        };
        let targets = settings.targets(&origin)?.into_iter();
        let queues = targets.map(open).collect::<Result<_, _>>()?;
        let metrics = match settings.metrics_listen {
            None => None,
            Some(address) => {
                let bound = TcpListener::bind(address).await;
                Some(bound.map_err(|error| AlertError {
                    name: "metrics-listen".into(),
                    problem: format!("cannot listen on {address} (TCP): {error}"),
                })?)
            }
        };
        Ok(Self {
            queues,
            board,
            metrics,
        })
    }

    /// Where the metrics are served, if anywhere.
    pub(crate) fn metrics_address(&self) -> Option<std::net::SocketAddr> {
        self.metrics.as_ref()?.local_addr().ok()
    }

    /// Runs every target until `stop` turns true.
    pub(crate) fn spawn(
        self,
        service: &Arc<Service>,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let queues = self.queues.into_iter();
        let mut tasks: Vec<_> = queues
            .map(|queue| tokio::spawn(queue.run(stop.clone())))
            .collect();
        if let Some(listener) = self.metrics {
            let (service, board) = (Arc::clone(service), self.board);
            let counts = move || counts(&service, &board);
            tasks.push(tokio::spawn(metrics::run(listener, counts, stop.clone())));
        }
        tasks
    }
}

fn counts(service: &Service, board: &Board) -> Counts {
    let now_ms = service.clock.now_ms();
    let (cases, overdue) = service.docket.counts(now_ms);
    let records = service.store.size();
    let followed = service.followed.load(Ordering::Relaxed);
    Counts {
        flags: tokio::task::block_in_place(|| open_flags(&service.store)),
        cases,
        overdue,
        targets: board.read(),
        records,
        lag: records.saturating_sub(followed),
        now_ms,
    }
}

/// Open flags by code and severity; what cannot be read is not counted, and said in the log.
fn open_flags(store: &Store) -> BTreeMap<(Code, Severity), u64> {
    let (mut counts, mut after) = (BTreeMap::new(), None::<Vec<u8>>);
    loop {
        let page = match store.open_flags(after.as_deref(), PAGE) {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(%error, "open flags cannot be counted");
                return counts;
            }
        };
        for (_, _, row) in &page {
            let severity = Severity::of_name(&row.severity);
            if let (Some(code), Some(severity)) = (Code::of_name(&row.code), severity) {
                *counts.entry((code, severity)).or_default() += 1;
            }
        }
        match page.into_iter().nth(PAGE - 1) {
            Some((key, ..)) => after = Some(key),
            None => return counts,
        }
    }
}

/// An alert target cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("`alerts`: target {name:?}: {problem}")]
pub struct AlertError {
    /// Its name.
    pub name: String,
    /// What is wrong, and what to do.
    pub problem: String,
}
