//! Time stamps on checkpoints: every so often an independent authority (RFC 3161) stamps the newest
//! published one, signatures and all.
//!
//! A task of its own: nothing waits for the authority. What comes back is verified before it is kept,
//! under the roots of the configuration; the checkpoint's note and its token then lie in
//! `DATA/timestamps`, named by the size of the log, and stay.

use super::PublishError;
use super::settings::StampSettings;
use super::state::Publication;
use crate::net;
use domicile_certs::files;
use domicile_certs::random::{self, System};
use domicile_http::client::{Client, Url};
use domicile_timestamp::{MAX_TOKEN, REQUEST_TYPE, request, token_of, verify};
use ring::digest::{SHA256, digest};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::block_in_place;

/// Name of the folder in the data directory.
pub const FOLDER: &str = "timestamps";

/// Largest file of roots, bytes.
const MAX_ROOTS: usize = 1024 * 1024;

/// Has checkpoints stamped.
pub(crate) struct Stamper {
    client: Client,
    roots: Vec<CertificateDer<'static>>,
    folder: PathBuf,
    every: Duration,
    publication: Arc<Publication>,
}

impl Stamper {
    /// Reads the roots and makes the folder.
    ///
    /// # Errors
    /// [`PublishError::Stamp`] when either fails.
    pub(crate) fn open(
        settings: &StampSettings,
        data: &Path,
        publication: Arc<Publication>,
    ) -> Result<Self, PublishError> {
        let wrong = |problem: String| PublishError::Stamp(problem);
        let url: Url = settings.url.parse()?;
        let path = &settings.certificates;
        let bytes = files::read(path, MAX_ROOTS).map_err(|error| wrong(error.to_string()))?;
        let roots = CertificateDer::pem_slice_iter(&bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(format!("{}: {error}", path.display())))?;
        if roots.is_empty() {
            return Err(wrong(format!("{}: no certificate in it", path.display())));
        }
        let folder = data.join(FOLDER);
        std::fs::create_dir_all(&folder)
            .map_err(|error| wrong(format!("{}: {error}", folder.display())))?;
        Ok(Self {
            client: Client::new(url, settings.timeout),
            roots,
            folder,
            every: settings.every,
            publication,
        })
    }

    /// Runs until `stop` turns true. What goes wrong is reported and tried again the next time.
    pub(crate) async fn run(mut self, stop: watch::Receiver<bool>) {
        let mut stopped = pin!(net::stopped(stop));
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                () = &mut stopped => return,
            }
            if let Err(problem) = self.stamp().await {
                tracing::warn!(problem, "no time stamp on the checkpoint");
            }
        }
    }

    /// Has the newest published checkpoint stamped, if it is not yet.
    async fn stamp(&mut self) -> Result<(), String> {
        let Some(checkpoint) = self.publication.published() else {
            return Ok(());
        };
        let size = checkpoint.head().size;
        let (note, token) = (self.path(size, "note"), self.path(size, "tst"));
        if token.exists() {
            return Ok(());
        }
        let text = checkpoint.note().as_bytes();
        let nonce = random::bytes(&mut System::default()).map_err(|error| error.to_string())?;
        let mut imprint = [0; 32];
        imprint.copy_from_slice(digest(&SHA256, text).as_ref());
        let asked = request(&imprint, nonce);
        let answer = self.client.post_as(REQUEST_TYPE, asked, MAX_TOKEN).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if answer.status != 200 {
            return Err(format!("the authority answers {}", answer.status));
        }
        let got = token_of(&answer.body).map_err(|error| error.to_string())?;
        let stamp =
            verify(got, text, Some(nonce), &self.roots).map_err(|error| error.to_string())?;
        // The note first: a token never lies there without what it is of.
        block_in_place(|| {
            files::replace(&note, text, files::PUBLIC)?;
            files::replace(&token, got, files::PUBLIC)
        })
        .map_err(|error| error.to_string())?;
        tracing::info!(size, time_ms = stamp.time_ms, "checkpoint stamped");
        Ok(())
    }

    fn path(&self, size: u64, kind: &str) -> PathBuf {
        self.folder.join(format!("{size}.{kind}"))
    }
}
