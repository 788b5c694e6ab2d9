//! What one request may see of the fleet, and whose hosts its answer is about.
//!
//! A host outside the caller's scope is answered as one that does not exist. So a cursor, which may name
//! the last host looked at, is sealed for callers with a scope: they get bytes that only this collector
//! reads, and only from the same user.

use super::problem::Problem;
use super::{cursor, detail};
use crate::access::{Caller, Scope};
use crate::service::Service;
use crate::store::{ErasureRow, HostRow};
use data_encoding::BASE64URL_NOPAD;
use domicile_proto::sign::sha256;
use domicile_proto::types::{Digest, Key};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::collections::{BTreeSet, HashMap};

/// What the keys of sealed cursors are derived from, beside the collector's own key.
const CURSOR_DOMAIN: &[u8] = b"domicile/api/cursor/v1\0";

/// The scope of one request.
pub(super) struct Sight<'s> {
    service: &'s Service,
    scope: Scope,
    user: String,
    /// Whose each host is that was asked for; `None` for what may not be seen or is not there.
    known: HashMap<Key, Option<String>>,
    operators: BTreeSet<String>,
}

impl<'s> Sight<'s> {
    /// That of a caller.
    pub(super) fn of(service: &'s Service, caller: &Caller) -> Self {
        Self {
            service,
            scope: caller.scope(),
            user: caller.person.user.to_string(),
            known: HashMap::new(),
            operators: BTreeSet::new(),
        }
    }

    /// Whether it is every host.
    pub(super) fn is_all(&self) -> bool {
        self.scope.is_all()
    }

    /// Whether this host may be seen.
    pub(super) fn sees(&mut self, key: &Key) -> Result<bool, Problem> {
        if !self.known.contains_key(key) {
            let row = self.service.store.host(key)?;
            let whose = match row {
                Some(row) => self.covers(&row)?.then_some(row.operator),
                None => None,
            };
            self.known.insert(*key, whose);
        }
        Ok(self.is_all() || self.known.get(key).is_some_and(Option::is_some))
    }

    /// The same of a host whose row is at hand.
    pub(super) fn sees_row(&mut self, key: &Key, row: &HostRow) -> Result<bool, Problem> {
        let seen = self.covers(row)?;
        self.known.insert(*key, seen.then(|| row.operator.clone()));
        Ok(seen)
    }

    /// The same of a host's key in bytes.
    pub(super) fn sees_bytes(&mut self, key: &[u8]) -> Result<bool, Problem> {
        match Key::read("host", key) {
            Ok(key) => self.sees(&key),
            Err(_) => Ok(self.is_all()),
        }
    }

    /// Whether an erasure may be seen: it names nobody else's hosts.
    pub(super) fn sees_erasure(&mut self, erasure: &ErasureRow) -> Result<bool, Problem> {
        self.sees_each(&erasure.subjects)
    }

    /// Whether there are hosts with these keys and all of them may be seen.
    pub(super) fn sees_each(&mut self, keys: &[Vec<u8>]) -> Result<bool, Problem> {
        for key in keys {
            if !self.sees_bytes(key)? {
                return Ok(false);
            }
        }
        Ok(self.is_all() || !keys.is_empty())
    }

    /// Notes that this host is in the answer; it must have been asked for.
    pub(super) fn shows(&mut self, key: &Key) {
        if let Some(Some(operator)) = self.known.get(key)
            && !self.operators.contains(operator)
        {
            self.operators.insert(operator.clone());
        }
    }

    /// The same of a key in bytes.
    pub(super) fn shows_bytes(&mut self, key: &[u8]) {
        if let Ok(key) = Key::read("host", key) {
            self.shows(&key);
        }
    }

    /// Whose hosts are in the answer.
    pub(super) fn operators(self) -> BTreeSet<String> {
        self.operators
    }

    fn covers(&self, row: &HostRow) -> Result<bool, Problem> {
        self.scope.covers(&row.operator, &row.territory, || {
            let Ok(id) = Digest::read("verdict", &row.verdict_evidence) else {
                return Ok(None);
            };
            match self.service.store.evidence(&id)? {
                Some(evidence) if evidence.judged => {
                    detail::verdict(self.service, evidence.verdict_index).map(Some)
                }
                _ => Ok(None),
            }
        })
    }

    /// A cursor as this caller may have it.
    pub(super) fn seal(&self, cursor: String) -> String {
        if self.is_all() {
            return cursor;
        }
        let mut bytes = cursor.into_bytes();
        // One nonce for one text: the same cursor again is the same bytes, and that is all it tells.
        let nonce = &sha256(&[CURSOR_DOMAIN, &self.cursor_key(), &bytes].concat()).0[..NONCE_LEN];
        let nonce: [u8; NONCE_LEN] = nonce.try_into().expect("as long as a nonce");
        self.cipher()
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(self.user.as_bytes()),
                &mut bytes,
            )
            .expect("a cursor is short");
        BASE64URL_NOPAD.encode(&[&nonce[..], &bytes].concat())
    }

    /// The cursor that this caller gives back.
    pub(super) fn open(&self, text: Option<&str>) -> Result<Option<String>, Problem> {
        let Some(text) = text else { return Ok(None) };
        if self.is_all() {
            return Ok(Some(text.to_owned()));
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let bytes = bytes.filter(|bytes| bytes.len() > NONCE_LEN);
        let mut bytes = bytes.ok_or_else(cursor::unreadable)?;
        let mut sealed = bytes.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&bytes).map_err(|_| cursor::unreadable())?;
        let opened = self
            .cipher()
            .open_in_place(nonce, Aad::from(self.user.as_bytes()), &mut sealed)
            .map_err(|_| cursor::unreadable())?;
        let text = std::str::from_utf8(opened).map_err(|_| cursor::unreadable())?;
        Ok(Some(text.to_owned()))
    }

    /// Known to whoever has the collector's key, over restarts too: Ed25519 signs the same text the
    /// same way, and nothing else signs this one.
    fn cursor_key(&self) -> [u8; 32] {
        let signature = self.service.key.ring().sign(CURSOR_DOMAIN);
        sha256(signature.as_ref()).0
    }

    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.cursor_key());
        LessSafeKey::new(key.expect("32 bytes are a key"))
    }
}
