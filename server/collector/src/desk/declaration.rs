//! Declared absences: what an operator says of a host that will not, or cannot, report. They explain
//! silence and are labelled as declared; they show nothing, and hide nothing that a host reports.

use crate::service::Service;
use crate::store::{DeclarationRow, HostRow, StoreError};
use domicile_appraise::liveness::HostState;
use domicile_diversion::cases::{InputError, Text};
use domicile_proto::types::Key;
use domicile_proto::wire::{DeclarationRecord, DeclaredState};

const DAY_MS: u64 = 24 * 3600 * 1000;
/// A declaration may begin so long before it is made, ms.
const EARLIEST_MS: u64 = 31 * DAY_MS;
/// It may begin, and last, so long, ms.
const LONGEST_MS: u64 = 3653 * DAY_MS;

/// The states that can be declared, by their names.
pub const STATES: [(DeclaredState, &str); 7] = [
    (DeclaredState::InUse, "in-use"),
    (DeclaredState::Transit, "transit"),
    (DeclaredState::Storage, "storage"),
    (DeclaredState::Maintenance, "maintenance"),
    (DeclaredState::Rma, "rma"),
    (DeclaredState::AirGapped, "air-gapped"),
    (DeclaredState::Decommissioned, "decommissioned"),
];

/// Those in which a host is absent.
pub const ABSENT: &[(DeclaredState, &str)] = STATES.split_at(1).1;

/// Why a declaration is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeclarationError {
    /// No such state.
    #[error(
        "`state`: one of in-use, transit, storage, maintenance, rma, air-gapped, decommissioned is expected"
    )]
    State,
    /// The reason.
    #[error("`why`: {0}")]
    Why(#[from] InputError),
    /// It begins too early or too late.
    #[error("`from` may lie 31 days before now and ten years after it")]
    From,
    /// It ends before it begins, or lasts too long.
    #[error("`until` must be later than `from` and than now, by ten years at most")]
    Until,
    /// What is over for good, or takes something back, has no end.
    #[error("`until` is not for {0}")]
    NoEnd(&'static str),
    /// The operator took the host out.
    #[error("the host was withdrawn: there is nothing left to declare")]
    Withdrawn,
}

/// What somebody wants to declare.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// The state's name.
    pub state: &'w str,
    /// From when, Unix ms; now when it is not said.
    pub from_ms: Option<u64>,
    /// Until when, Unix ms; until another declaration when it is not said.
    pub until_ms: Option<u64>,
    /// Why.
    pub why: &'w str,
}

/// The name of a state; `unknown` for what this version does not know.
pub fn name(state: DeclaredState) -> &'static str {
    let mut known = STATES.iter();
    let found = known.find(|(one, _)| *one == state);
    found.map_or("unknown", |(_, name)| name)
}

/// What is to be logged for a declaration.
///
/// # Errors
/// [`DeclarationError`] naming the field.
pub fn declare(
    host: &Key,
    row: &HostRow,
    wanted: &Wanted<'_>,
    (user, role): (&str, &str),
    now_ms: u64,
) -> Result<DeclarationRecord, DeclarationError> {
    if row.withdrawn_ms != 0 {
        return Err(DeclarationError::Withdrawn);
    }
    let state = STATES.iter().find(|(_, name)| *name == wanted.state);
    let &(state, name) = state.ok_or(DeclarationError::State)?;
    let why: Text = wanted.why.parse()?;
    let from_ms = wanted.from_ms.unwrap_or(now_ms);
    if from_ms < now_ms.saturating_sub(EARLIEST_MS) || from_ms > now_ms.saturating_add(LONGEST_MS) {
        return Err(DeclarationError::From);
    }
    let until_ms = wanted.until_ms.unwrap_or(0);
    if until_ms != 0 {
        if matches!(state, DeclaredState::InUse | DeclaredState::Decommissioned) {
            return Err(DeclarationError::NoEnd(name));
        }
        let longest = from_ms.saturating_add(LONGEST_MS);
        if until_ms <= from_ms || until_ms <= now_ms || until_ms > longest {
            return Err(DeclarationError::Until);
        }
    }
    Ok(DeclarationRecord {
        agent_key: host.to_vec(),
        state: state.into(),
        from_ms,
        until_ms,
        why: why.to_string(),
        user: user.to_owned(),
        role: role.to_owned(),
        operator: row.operator.clone(),
        at_ms: now_ms,
    })
}

impl DeclarationRow {
    /// Whether it says that the host is absent at this time, Unix ms.
    pub fn stands_at(&self, at_ms: u64) -> bool {
        self.stands_within(at_ms, at_ms.saturating_add(1))
    }

    /// Whether it says that the host is absent in any of this half-open time, Unix ms.
    pub fn stands_within(&self, from_ms: u64, until_ms: u64) -> bool {
        let absent = !matches!(
            self.state(),
            DeclaredState::InUse | DeclaredState::Unspecified
        );
        absent && self.from_ms < until_ms && (self.until_ms == 0 || from_ms < self.until_ms)
    }
}

impl Service {
    /// The declaration of a host that stands now, with its log index: the newest, if it is for now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn declared(
        &self,
        host: &Key,
        now_ms: u64,
    ) -> Result<Option<(u64, DeclarationRow)>, StoreError> {
        let newest = self.store.declarations(host)?.pop();
        Ok(newest.filter(|(_, row)| row.stands_at(now_ms)))
    }
}

/// How a host's state reads beside what is declared of it: what it does counts for more than what was
/// said.
pub fn shown(
    state: HostState,
    last_seen_ms: u64,
    declared: Option<&DeclarationRow>,
) -> &'static str {
    use domicile_appraise::text::Named as _;
    match (state, declared) {
        (HostState::Withdrawn, _) | (_, None) => state.name(),
        (HostState::Reporting, Some(row)) if last_seen_ms > row.from_ms.max(row.at_ms) => {
            state.name()
        }
        (_, Some(row)) => name(row.state()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NOW: u64 = 20_000 * DAY_MS;

    fn wanted(state: &'static str, from: Option<u64>, until: Option<u64>) -> Wanted<'static> {
        Wanted {
            state,
            from_ms: from,
            until_ms: until,
            why: "moved to the new hall",
        }
    }

    fn made(wanted: &Wanted<'_>) -> Result<DeclarationRecord, DeclarationError> {
        declare(
            &Key([1; 32]),
            &HostRow::default(),
            wanted,
            ("oda", "operator"),
            NOW,
        )
    }

    #[test]
    fn a_declaration_says_from_when_until_when_and_why() {
        let record = made(&wanted("transit", None, Some(NOW + DAY_MS))).unwrap();
        assert_eq!((record.from_ms, record.until_ms), (NOW, NOW + DAY_MS));
        assert_eq!(record.state(), DeclaredState::Transit);
        for (refused, with) in [
            (wanted("lost", None, None), DeclarationError::State),
            (
                wanted("rma", Some(NOW - 40 * DAY_MS), None),
                DeclarationError::From,
            ),
            (
                wanted("rma", Some(NOW + 4000 * DAY_MS), None),
                DeclarationError::From,
            ),
            (wanted("rma", None, Some(NOW)), DeclarationError::Until),
            (
                wanted("rma", Some(NOW + 2), Some(NOW + 1)),
                DeclarationError::Until,
            ),
            (
                wanted("rma", None, Some(NOW + 4000 * DAY_MS)),
                DeclarationError::Until,
            ),
            (
                wanted("in-use", None, Some(NOW + 1)),
                DeclarationError::NoEnd("in-use"),
            ),
        ] {
            assert_eq!(made(&refused), Err(with), "{refused:?}");
        }
        let silent = Wanted {
            why: " ",
            ..wanted("rma", None, None)
        };
        assert!(matches!(made(&silent), Err(DeclarationError::Why(_))));
        let gone = HostRow {
            withdrawn_ms: 1,
            ..HostRow::default()
        };
        let gone = declare(
            &Key([1; 32]),
            &gone,
            &wanted("rma", None, None),
            ("oda", ""),
            NOW,
        );
        assert_eq!(gone, Err(DeclarationError::Withdrawn));
    }

    #[test]
    fn a_host_that_reports_is_shown_as_what_it_does() {
        let row = DeclarationRow {
            state: DeclaredState::Storage.into(),
            from_ms: NOW,
            at_ms: NOW,
            ..DeclarationRow::default()
        };
        assert!(row.stands_at(NOW) && !row.stands_at(NOW - 1));
        assert_eq!(shown(HostState::Reporting, NOW - 5, Some(&row)), "storage");
        assert_eq!(
            shown(HostState::Reporting, NOW + 5, Some(&row)),
            "reporting"
        );
        assert_eq!(shown(HostState::Silent, NOW + 5, Some(&row)), "storage");
        assert_eq!(shown(HostState::Withdrawn, NOW, Some(&row)), "withdrawn");
        assert_eq!(shown(HostState::Silent, NOW, None), "silent");
    }
}
