//! What needs the disk, on a thread of its own, so that no session waits for it: keeping log
//! heads, and looking whether directory or revocation lists changed.

use crate::heads::{Head, HeadStore, Offered};
use crate::materials::DirectoryWatch;
use crate::shared::Shared;
use domicile_certs::revocation::Reload;
use domicile_proto::wire;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

/// Heads that wait for the disk. More are dropped: the next session brings the head again.
const WAITING_HEADS: usize = 64;

/// Where sessions hand in the heads they were shown.
#[derive(Debug, Clone)]
pub(crate) struct HeadInbox(SyncSender<wire::LogHead>);

impl HeadInbox {
    /// Hands in a head, not yet checked. Never waits.
    pub(crate) fn offer(&self, head: wire::LogHead) {
        if let Err(TrySendError::Full(_)) = self.0.try_send(head) {
            tracing::debug!("a log head was dropped: too many wait for the disk");
        }
    }
}

/// The channel from sessions to the thread.
pub(crate) fn inbox() -> (HeadInbox, Receiver<wire::LogHead>) {
    let (sender, receiver) = sync_channel(WAITING_HEADS);
    (HeadInbox(sender), receiver)
}

/// Starts the thread. It ends when every [`HeadInbox`] is gone and what was in it is kept.
pub(crate) fn start(
    shared: Arc<Shared>,
    inbox: Receiver<wire::LogHead>,
    store: HeadStore,
    watch: Option<DirectoryWatch>,
) -> std::io::Result<JoinHandle<()>> {
    let chores = Chores {
        shared,
        store,
        watch,
    };
    std::thread::Builder::new()
        .name("anchor-chores".into())
        .spawn(move || chores.run(&inbox))
}

struct Chores {
    shared: Arc<Shared>,
    store: HeadStore,
    watch: Option<DirectoryWatch>,
}

impl Chores {
    fn run(mut self, inbox: &Receiver<wire::LogHead>) {
        let interval = self.shared.settings.reload_interval;
        let mut next = Instant::now() + interval;
        loop {
            match inbox.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(head) => self.keep(&head),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if Instant::now() >= next {
                self.reload();
                next = Instant::now() + interval;
            }
        }
    }

    fn keep(&mut self, message: &wire::LogHead) {
        let directory = self.shared.directory();
        let head = match Head::open(message, &directory) {
            Ok(head) => head,
            Err(error) => {
                tracing::debug!(%error, "a log head was passed over");
                return;
            }
        };
        let (log, size) = (head.log_key, head.size);
        match self.store.offer(head) {
            Ok(Offered::Kept) => tracing::debug!(%log, size, "newest log head kept"),
            Ok(Offered::Known | Offered::Older | Offered::Conflict) => {}
            Err(error) => tracing::warn!(%error, "a log head could not be kept"),
        }
    }

    fn reload(&mut self) {
        match self.shared.revocations.reload_if_changed() {
            Ok(Reload::Reloaded) => tracing::info!("revocation lists reloaded"),
            Ok(Reload::Unchanged) => {}
            Err(error) => {
                tracing::warn!(%error, "revocation list refused: the one before stays in force");
            }
        }
        let Some(watch) = &mut self.watch else {
            return;
        };
        match watch.look(&self.shared.directory()) {
            Ok(Some(directory)) => {
                tracing::info!(version = directory.version, "directory reloaded");
                self.shared.replace_directory(directory);
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "directory refused: the one before stays in use");
            }
        }
    }
}
