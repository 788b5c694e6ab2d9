//! Reading the index.

use super::index::{IndexError, decode_row, digest, number, row};
use super::rows::{DocumentRow, EvidenceRow, ForkRow, HostRow, IncidentRow, TokenRow};
use super::{Store, StoreError, apply};
use domicile_certs::x509::Serial;
use domicile_proto::types::{Digest, Key};

impl Store {
    /// The host with this key.
    ///
    /// # Errors
    /// [`StoreError::Index`], here and below.
    pub fn host(&self, key: &Key) -> Result<Option<HostRow>, StoreError> {
        Ok(self.shared.index.host(key)?)
    }

    /// When the host was last heard of after its enrolment, Unix ms; 0 before the first time.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn last_seen(&self, key: &Key, row: &HostRow) -> Result<u64, StoreError> {
        Ok(self.shared.index.seen_ms(key)?.max(row.logged_seen_ms))
    }

    /// Notes a contact in the index alone.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn touch(&self, key: &Key, at_ms: u64) -> Result<(), StoreError> {
        Ok(self.shared.index.touch(key, at_ms)?)
    }

    /// The accepted evidence with this hash.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn evidence(&self, id: &Digest) -> Result<Option<EvidenceRow>, StoreError> {
        Ok(self.shared.index.evidence(id)?)
    }

    /// The evidence accepted under this nonce of this host.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn nonce_use(&self, host: &Key, nonce: &[u8]) -> Result<Option<Digest>, StoreError> {
        let (tree, key) = self.shared.index.nonce_place(host, nonce)?;
        let value = tree.get(key).map_err(IndexError::from)?;
        Ok(value.map(|id| digest(&id)).transpose()?)
    }

    /// The first evidence with this epoch and sequence.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn by_sequence(
        &self,
        host: &Key,
        boot_epoch: &[u8],
        sequence: u64,
    ) -> Result<Option<Digest>, StoreError> {
        let key = apply::sequence_key(host, boot_epoch, sequence);
        let value = self
            .shared
            .index
            .sequences
            .get(key)
            .map_err(IndexError::from)?;
        Ok(value.map(|id| digest(&id)).transpose()?)
    }

    /// The first evidence that continues from `previous`.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn successor(&self, host: &Key, previous: &[u8]) -> Result<Option<Digest>, StoreError> {
        let key = [&host.0[..], previous].concat();
        let value = self
            .shared
            .index
            .successors
            .get(key)
            .map_err(IndexError::from)?;
        Ok(value.map(|id| digest(&id)).transpose()?)
    }

    /// Enrolments under a token.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn token_uses(&self, id: &[u8; 16]) -> Result<u32, StoreError> {
        let token: Option<TokenRow> = row(&self.shared.index.tokens, id, "tokens")?;
        Ok(token.map_or(0, |token| token.uses))
    }

    /// Log index of the certificate chain of a leaf.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn chain(&self, leaf_hash: &Digest) -> Result<Option<u64>, StoreError> {
        let value = self
            .shared
            .index
            .chains
            .get(leaf_hash.0)
            .map_err(IndexError::from)?;
        Ok(value.map(|index| number(&index)).transpose()?)
    }

    /// Where the device chain with this hash is logged.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn device_chain(&self, hash: &Digest) -> Result<Option<u64>, StoreError> {
        let value = self
            .shared
            .index
            .device_chains
            .get(hash.0)
            .map_err(IndexError::from)?;
        Ok(value.map(|index| number(&index)).transpose()?)
    }

    /// Serial numbers of all certificates that the host was given.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn serials(&self, host: &Key) -> Result<Vec<Serial>, StoreError> {
        let mut serials = Vec::new();
        for pair in self.shared.index.serials.scan_prefix(host.0) {
            let (key, _) = pair.map_err(IndexError::from)?;
            let serial = key.get(32..).and_then(|serial| serial.try_into().ok());
            serials.push(Serial(serial.ok_or(IndexError::Row("serials"))?));
        }
        Ok(serials)
    }

    /// Hashes of the other bytes that are logged as forks of this evidence, up to `limit`.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn forks_of(&self, first: &Digest, limit: usize) -> Result<Vec<Digest>, StoreError> {
        let mut found = Vec::new();
        for pair in self.shared.index.fork_ids.scan_prefix(first.0).take(limit) {
            let (key, _) = pair.map_err(IndexError::from)?;
            found.push(digest(key.get(32..).unwrap_or_default())?);
        }
        Ok(found)
    }

    /// When the collector was last known to be up, Unix ms: as noted in the index, or by the last
    /// record of the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn alive_ms(&self) -> Result<u64, StoreError> {
        let noted = self
            .shared
            .index
            .meta
            .get(b"alive")
            .map_err(IndexError::from)?;
        let noted = noted.map_or(Ok(0), |value| number(&value))?;
        let logged = match self.size().checked_sub(1) {
            Some(last) => self.read(last)?.time_ms,
            None => 0,
        };
        Ok(noted.max(logged))
    }

    /// Notes that the collector is up.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn set_alive(&self, at_ms: u64) -> Result<(), StoreError> {
        let value = at_ms.to_be_bytes();
        self.shared
            .index
            .meta
            .insert(b"alive", &value)
            .map_err(IndexError::from)?;
        Ok(())
    }

    /// Directory versions in the log, ascending.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn directories(&self) -> Result<Vec<(u64, DocumentRow)>, StoreError> {
        documents(&self.shared.index.directories)
    }

    /// Policies in the log, in the order in which they were logged.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn policies(&self) -> Result<Vec<(u64, DocumentRow)>, StoreError> {
        documents(&self.shared.index.policies)
    }

    /// Hosts after `after` in the order of their keys, up to `limit`.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn hosts(
        &self,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Vec<(Key, HostRow)>, StoreError> {
        let start = after.map_or(Vec::new(), |key| [&key.0[..], &[0]].concat());
        let mut hosts = Vec::new();
        for pair in self.shared.index.hosts.range(start..).take(limit) {
            let (key, value) = pair.map_err(IndexError::from)?;
            let key = Key(digest(&key)?.0);
            hosts.push((key, decode_row(&value, "hosts")?));
        }
        Ok(hosts)
    }

    /// Incidents of the anchors, in the order of their trust domains.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn incidents(&self, limit: usize) -> Result<Vec<IncidentRow>, StoreError> {
        let mut rows = Vec::new();
        for pair in self.shared.index.incidents.iter().take(limit) {
            rows.push(decode_row(&pair.map_err(IndexError::from)?.1, "incidents")?);
        }
        Ok(rows)
    }

    /// Forks, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn forks(&self, limit: usize) -> Result<Vec<ForkRow>, StoreError> {
        let mut rows = Vec::new();
        for pair in self.shared.index.forks.iter().take(limit) {
            rows.push(decode_row(&pair.map_err(IndexError::from)?.1, "forks")?);
        }
        Ok(rows)
    }

    /// Forgets the nonces of days that ended before `before_ms`: evidence under them is out of its
    /// submission window. Gives the number of days.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn drop_nonces(&self, before_ms: u64) -> Result<usize, StoreError> {
        Ok(self.shared.index.drop_nonces(before_ms)?)
    }
}

fn documents(tree: &sled::Tree) -> Result<Vec<(u64, DocumentRow)>, StoreError> {
    let mut rows = Vec::new();
    for pair in tree.iter() {
        let (key, value) = pair.map_err(IndexError::from)?;
        rows.push((number(&key)?, decode_row(&value, "documents")?));
    }
    Ok(rows)
}
