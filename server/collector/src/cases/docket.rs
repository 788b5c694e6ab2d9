//! All cases.

use crate::keyed_locks::{KeyedGuard, KeyedLocks};
use crate::store::{Store, StoreError};
use domicile_diversion::cases::{Case, Entry, Linked, Opening, Refusal, State, Step};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::types::Digest;
use domicile_proto::wire::CaseRecord;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Longest record of a case, bytes.
const MAX_RECORD: usize = 2 * 1024 * 1024;

/// Why nothing was done with a case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// There is none of this number.
    #[error("there is no case {0}: see /v1/cases")]
    Missing(u64),
    /// It is not allowed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// An open case is about the same.
    #[error("case {0} is about that already: take a step there")]
    Known(u64),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A case and where its records are.
#[derive(Debug, Clone)]
pub struct Held {
    /// What its records make of it.
    pub case: Case,
    /// When it was opened, Unix ms.
    pub opened_ms: u64,
    /// When it last had a step, Unix ms.
    pub changed_ms: u64,
    /// Log indices of its opening and its steps.
    pub records: Vec<u64>,
}

/// All cases.
#[derive(Debug, Default)]
pub struct Docket {
    cases: RwLock<BTreeMap<u64, Arc<Held>>>,
    locks: KeyedLocks<u64>,
    /// Held while one is opened: it takes the next number.
    opening: tokio::sync::Mutex<()>,
}

/// What was checked and is to be logged. Until it is dropped, nobody else opens a case, or takes a step
/// in the same one.
#[must_use = "what is checked is to be logged"]
pub struct Pending<'d> {
    docket: &'d Docket,
    held: Held,
    record: Vec<u8>,
    _alone: Alone<'d>,
}

/// The lock that is held meanwhile, for no more than that.
#[allow(dead_code)]
enum Alone<'d> {
    Opening(tokio::sync::MutexGuard<'d, ()>),
    Case(KeyedGuard<u64>),
}

impl Docket {
    /// Replays what the log holds.
    ///
    /// # Errors
    /// [`StoreError`] when a record cannot be read, or is none that a case could have.
    pub fn open(store: &Store) -> Result<Self, StoreError> {
        let mut cases: BTreeMap<u64, Arc<Held>> = BTreeMap::new();
        for (number, index) in store.case_records()? {
            let wrong = |problem: String| {
                StoreError::Closed(format!("record {index} of the log: {problem}"))
            };
            let entry = read(store, index)?.map_err(wrong)?;
            let held = match (&entry, cases.get(&number)) {
                (Entry::Opening(opening), None) => Held::open(opening, index),
                (Entry::Step { step, .. }, Some(held)) => held.after(step, index),
                _ => {
                    return Err(wrong(format!(
                        "case {number} is opened twice or not at all"
                    )));
                }
            };
            let held = held.map_err(|refusal| wrong(refusal.to_string()))?;
            cases.insert(number, Arc::new(held));
        }
        Ok(Self {
            cases: RwLock::new(cases),
            ..Self::default()
        })
    }

    /// Checks an opening; its number is the next one, whatever it says.
    ///
    /// # Errors
    /// [`CaseError`]: nothing is to be logged.
    pub async fn open_case(&self, mut opening: Opening) -> Result<Pending<'_>, CaseError> {
        let alone = Alone::Opening(self.opening.lock().await);
        if let Some(number) = self.about(&opening.flags, &opening.verdicts) {
            return Err(CaseError::Known(number));
        }
        opening.number = self.next_number();
        Ok(Pending {
            docket: self,
            held: Held::open(&opening, 0)?,
            record: codec::encode(&Entry::Opening(opening).record()),
            _alone: alone,
        })
    }

    /// Checks a step.
    ///
    /// # Errors
    /// [`CaseError`]: nothing is to be logged.
    pub async fn step(&self, number: u64, step: Step) -> Result<Pending<'_>, CaseError> {
        let alone = Alone::Case(self.locks.lock(number).await);
        let held = self.case(number).ok_or(CaseError::Missing(number))?;
        Ok(Pending {
            docket: self,
            held: held.after(&step, 0)?,
            record: codec::encode(&Entry::Step { number, step }.record()),
            _alone: alone,
        })
    }

    /// The case of this number.
    pub fn case(&self, number: u64) -> Option<Arc<Held>> {
        self.read().get(&number).cloned()
    }

    /// Cases behind `after`, in the order of their numbers, that `wanted` wants.
    pub fn list(
        &self,
        after: Option<u64>,
        wanted: impl Fn(&Held) -> bool,
        most: usize,
    ) -> Vec<Arc<Held>> {
        let from = after.map_or(0, |after| after.saturating_add(1));
        let cases = self.read();
        let found = cases.range(from..).map(|(_, held)| held);
        found
            .filter(|held| wanted(held))
            .take(most)
            .cloned()
            .collect()
    }

    /// How many there are in each state, and how many are overdue.
    pub fn counts(&self, now_ms: u64) -> (BTreeMap<State, u64>, u64) {
        let (mut states, mut overdue) = (BTreeMap::new(), 0);
        for held in self.read().values() {
            *states.entry(held.case.state()).or_default() += 1;
            overdue += u64::from(held.case.is_overdue(now_ms));
        }
        (states, overdue)
    }

    /// The case that is open about one of these flags or verdicts.
    fn about(&self, flags: &[Linked], verdicts: &[Digest]) -> Option<u64> {
        let cases = self.read();
        let open = cases
            .values()
            .filter(|held| held.case.state() != State::Closed);
        let is_about = |held: &&Arc<Held>| {
            let case = &held.case;
            flags
                .iter()
                .any(|one| case.flags().iter().any(|known| known.is(one)))
                || verdicts.iter().any(|one| case.verdicts().contains(one))
        };
        let mut open = open;
        open.find(is_about).map(|held| held.case.number())
    }

    fn next_number(&self) -> u64 {
        self.read().keys().next_back().map_or(1, |last| last + 1)
    }

    fn keep(&self, held: Held) -> Arc<Held> {
        let held = Arc::new(held);
        let mut cases = self.cases.write().unwrap_or_else(PoisonError::into_inner);
        cases.insert(held.case.number(), Arc::clone(&held));
        held
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<u64, Arc<Held>>> {
        self.cases.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending<'_> {
    /// The case as it will be.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// What is to be logged.
    pub fn record(&self) -> (Kind, Vec<u8>) {
        (Kind::Case, self.record.clone())
    }

    /// It is durable in the log, at this index: from now on the case is so.
    pub fn logged(self, index: u64) -> Arc<Held> {
        let mut held = self.held;
        if let Some(last) = held.records.last_mut() {
            *last = index;
        }
        self.docket.keep(held)
    }
}

impl Held {
    pub(super) fn open(opening: &Opening, index: u64) -> Result<Self, Refusal> {
        Ok(Self {
            case: Case::open(opening)?,
            opened_ms: opening.at_ms,
            changed_ms: opening.at_ms,
            records: vec![index],
        })
    }

    pub(super) fn after(&self, step: &Step, index: u64) -> Result<Self, Refusal> {
        let mut records = self.records.clone();
        records.push(index);
        Ok(Self {
            case: self.case.apply(step)?,
            opened_ms: self.opened_ms,
            changed_ms: step.at_ms,
            records,
        })
    }

    /// Its opening and its steps, read from the log.
    ///
    /// # Errors
    /// [`StoreError`] when one cannot be read.
    pub fn history(&self, store: &Store) -> Result<Vec<(u64, Entry)>, StoreError> {
        let read = |index: &u64| {
            let entry = read(store, *index)?.map_err(StoreError::Closed)?;
            Ok((*index, entry))
        };
        self.records.iter().map(read).collect()
    }
}

fn read(store: &Store, index: u64) -> Result<Result<Entry, String>, StoreError> {
    let logged = store.read(index)?;
    let record = codec::decode::<CaseRecord>(&logged.payload, MAX_RECORD);
    let record = record.map_err(|error| error.to_string());
    Ok(record.and_then(|record| Entry::read(&record).map_err(|error| error.to_string())))
}
