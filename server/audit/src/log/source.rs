//! Checkpoints and tiles over HTTP, or in a folder with a copy of them. Nothing is believed that is not
//! signed or hashed into what is.

use domicile_certs::files::{self, FileError};
use domicile_http::client::{BadUrl, Client, NoAnswer, Url};
use domicile_ledger::HeadError;
use domicile_ledger::tiles::{Question, Tile, TileKind, TileSet, bundle_leaves, tiles_for};
use domicile_ledger::witness::Checkpoint;
use domicile_ledger::{LogKeyRecord, LogKeys, LogKeysError, MAX_STATEMENTS_PAGE, STATEMENTS};
use domicile_proto::sign::sha256;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

const MAX_NOTE: usize = 64 * 1024;

/// A bundle of 256 of the longest leaves, bytes.
const MAX_TILE: usize = 256 * (2 + 256);

const MISSING: u16 = 404;

/// Why a page of a log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nobody answers, or not in time, or too much.
    #[error(transparent)]
    Away(#[from] NoAnswer),
    /// A file of a copy cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// An answer that is not the page.
    #[error("{url}/{page}: answered {status}")]
    Status {
        /// Where.
        url: String,
        /// What was asked for.
        page: String,
        /// HTTP status.
        status: u16,
    },
    /// A checkpoint that is not this log's.
    #[error("{url}: the checkpoint is refused: {source}")]
    Checkpoint {
        /// Where.
        url: String,
        /// Why.
        source: HeadError,
    },
    /// The statements about the log's keys.
    #[error("{url}/{STATEMENTS}: refused: {source}")]
    Statements {
        /// Where.
        url: String,
        /// Why.
        source: LogKeysError,
    },
    /// A tile that is too short or too long.
    #[error("{url}/{tile}: not as long as a tile of this width is")]
    Tile {
        /// Where.
        url: String,
        /// Which.
        tile: Tile,
    },
}

/// Where checkpoint and tiles are: `http://HOST[:PORT][/PREFIX]`, or else a folder with a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// As the log publishes them, now.
    Url(Url),
    /// As they were when somebody copied them.
    Folder(PathBuf),
}

impl FromStr for Place {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        match text.contains("://") {
            true => text.parse().map(Self::Url),
            false => Ok(Self::Folder(text.into())),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => write!(f, "{url}"),
            Self::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

#[derive(Debug)]
enum Pages {
    Web(Client),
    Folder(PathBuf),
}

/// Where a log, or a witness, is asked.
#[derive(Debug)]
pub struct Source {
    pages: Pages,
}

impl Source {
    /// A source; each question may take `wait`.
    pub fn new(url: Url, wait: Duration) -> Self {
        let pages = Pages::Web(Client::new(url, wait));
        Self { pages }
    }

    /// A source at a place; each question to a server may take `wait`.
    pub fn at(place: &Place, wait: Duration) -> Self {
        match place {
            Place::Url(url) => Self::new(url.clone(), wait),
            Place::Folder(path) => Self {
                pages: Pages::Folder(path.clone()),
            },
        }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        match &self.pages {
            Pages::Web(client) => client.url().to_string(),
            Pages::Folder(path) => path.display().to_string(),
        }
    }

    /// The log's published checkpoint.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn checkpoint(&mut self, log: &LogKeys) -> Result<Checkpoint, SourceError> {
        self.note("checkpoint", log).await
    }

    /// Learns which keys the log says that it has had: what it publishes beside its checkpoint, where it
    /// publishes that. Whether the statements stand in the log is not checked here.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn learn(&mut self, log: &mut LogKeys) -> Result<(), SourceError> {
        let page = self.statements_page().await?;
        let Some(page) = page else { return Ok(()) };
        let url = self.url();
        let learned = log.learn(&page);
        learned.map_err(|source| SourceError::Statements { url, source })
    }

    /// The statements that the log publishes, each checked by itself alone.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn statements(&mut self) -> Result<Vec<LogKeyRecord>, SourceError> {
        let page = self.statements_page().await?;
        let url = self.url();
        let read = LogKeyRecord::parse_page(&page.unwrap_or_default());
        read.map_err(|source| SourceError::Statements { url, source })
    }

    async fn statements_page(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        match self.page(STATEMENTS, MAX_STATEMENTS_PAGE).await {
            Err(SourceError::Status { status, .. }) if status == MISSING => Ok(None),
            other => other.map(Some),
        }
    }

    /// The checkpoint of a log that a witness saw last, where this is a witness; `None` if it has seen
    /// none.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn witnessed(&mut self, log: &LogKeys) -> Result<Option<Checkpoint>, SourceError> {
        let page = format!("checkpoint/{}", sha256(log.origin().as_bytes()));
        match self.note(&page, log).await {
            Err(SourceError::Status { status, .. }) if status == MISSING => Ok(None),
            other => other.map(Some),
        }
    }

    /// The tiles that answer these questions about the tree of `size` leaves.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn tiles(
        &mut self,
        questions: &[Question],
        size: u64,
    ) -> Result<TileSet, SourceError> {
        let mut set = TileSet::default();
        for &question in questions {
            for tile in tiles_for(question, size) {
                if set.has(&tile) {
                    continue;
                }
                let (tile, bytes) = self.tile(tile).await?;
                if !set.insert(tile, bytes) {
                    let url = self.url();
                    return Err(SourceError::Tile { url, tile });
                }
            }
        }
        Ok(set)
    }

    /// The leaf of record `index`, from its bundle in the tree of `size` leaves. Not proven to be it.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn leaf(&mut self, index: u64, size: u64) -> Result<Vec<u8>, SourceError> {
        let mut leaves = self.leaves(index, index + 1, size).await?;
        Ok(leaves.pop().unwrap_or_default())
    }

    /// The leaves of the records from `from` to below `until`, from their bundles in the tree of `size`
    /// leaves. Not proven to be them.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn leaves(
        &mut self,
        from: u64,
        until: u64,
        size: u64,
    ) -> Result<Vec<Vec<u8>>, SourceError> {
        let mut found = Vec::new();
        let mut index = from;
        while index < until {
            let (number, place) = (index / 256, index % 256);
            let end = until.min((number + 1) * 256) - number * 256;
            let missing = |url: String| SourceError::Status {
                url,
                page: format!("record {index}"),
                status: MISSING,
            };
            let bundle = Tile::in_tree(TileKind::Entries, number, size);
            let bundle = bundle.ok_or_else(|| missing(self.url()))?;
            let (tile, bytes) = self.tile(bundle).await?;
            let all = bundle_leaves(&bytes).unwrap_or_default();
            let range = usize::try_from(place).ok().zip(usize::try_from(end).ok());
            let wanted = range.and_then(|(place, end)| all.get(place..end));
            let url = self.url();
            let wanted = wanted.ok_or(SourceError::Tile { url, tile })?;
            found.extend(wanted.iter().map(|leaf| leaf.to_vec()));
            index = (number + 1) * 256;
        }
        Ok(found)
    }

    /// A tile; where an unfinished one is gone, the full one, which begins with it.
    async fn tile(&mut self, tile: Tile) -> Result<(Tile, Vec<u8>), SourceError> {
        match self.page(&tile.to_string(), MAX_TILE).await {
            Err(SourceError::Status { status, .. }) if status == MISSING && !tile.is_full() => {
                let full = tile.full();
                Ok((full, self.page(&full.to_string(), MAX_TILE).await?))
            }
            other => other.map(|bytes| (tile, bytes)),
        }
    }

    async fn note(&mut self, page: &str, log: &LogKeys) -> Result<Checkpoint, SourceError> {
        let bytes = self.page(page, MAX_NOTE).await?;
        log.open(&bytes).map_err(|source| SourceError::Checkpoint {
            url: self.url(),
            source,
        })
    }

    async fn page(&mut self, page: &str, limit: usize) -> Result<Vec<u8>, SourceError> {
        let status = match &mut self.pages {
            Pages::Web(client) => {
                let answer = client.get(page, limit).await?;
                if answer.status == 200 {
                    return Ok(answer.body);
                }
                answer.status
            }
            Pages::Folder(path) => {
                let path = path.join(page);
                if path.is_file() {
                    return Ok(files::read(&path, limit)?);
                }
                MISSING
            }
        };
        Err(SourceError::Status {
            url: self.url(),
            page: page.to_owned(),
            status,
        })
    }
}
