//! Anchors: where the directory says that they stand, and what the mesh finds wrong with them.

use super::{Follower, Record, Unreadable, decode, signed};
use crate::flags::{Anomaly, Change, DAY, Event, Name, RecordId};
use domicile_proto::types::Key;
use domicile_proto::wire;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An incident may be so much older than its record, ms: the mesh is examined by what was measured
/// today and the day before.
const EXAMINED: u64 = 2 * DAY;

/// What is known of the anchors.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Anchors {
    version: u64,
    /// Vote and metro of each, by the newest directory that has it.
    places: BTreeMap<Key, (Name, Name)>,
    /// Kinds of incident that are open, with the earliest time that any of them may go back to.
    open: BTreeMap<Key, (u64, BTreeSet<String>)>,
}

impl Anchors {
    pub(super) fn directory(&mut self, payload: &[u8]) -> Result<(), Unreadable> {
        let directory: wire::Directory = signed(payload)?;
        let newer = directory.version >= self.version;
        self.version = self.version.max(directory.version);
        for anchor in &directory.anchors {
            let key = Key::read("key", &anchor.key)?;
            if newer || !self.places.contains_key(&key) {
                let place = (
                    Name::from(anchor.trust_domain.as_str()),
                    Name::from(anchor.metro.as_str()),
                );
                self.places.insert(key, place);
            }
        }
        Ok(())
    }
}

impl Follower {
    pub(super) fn incident(
        &mut self,
        record: &Record<'_>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let incident: wire::AnchorIncidentRecord = decode(record.payload)?;
        let anchor = Key::read("anchor_key", &incident.anchor_key)?;
        let Some((vote, metro)) = self.anchors.places.get(&anchor).cloned() else {
            return Ok(());
        };
        let open = &mut self.anchors.open;
        let at_ms = incident.at_ms;
        let (from_ms, kinds) = open
            .entry(anchor)
            .or_insert_with(|| (at_ms.saturating_sub(EXAMINED), BTreeSet::new()));
        let from_ms = *from_ms;
        match incident.closed {
            true => kinds.remove(&incident.kind),
            false => kinds.insert(incident.kind),
        };
        let over = kinds.is_empty();
        if over {
            open.remove(&anchor);
        }
        let event = Event::Anomaly(Anomaly {
            anchor,
            vote,
            metro,
            from_ms,
            until_ms: over.then_some(at_ms),
            record: RecordId::Log(record.index),
        });
        self.handle(&event, changes);
        Ok(())
    }
}
