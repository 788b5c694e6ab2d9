//! Sessions of a time in which nothing changes, told as few records.
//!
//! The rules look at runs (so many in a row, no contrary one in between) and at the last session
//! that said something. Both are kept exactly: sessions that say the same are told as one record with
//! a count, which ends when the last of them was, drawn as independent draws would have it; and of
//! sessions that disagree with others in the same time only the run at the end is told, which is all
//! that is left of them. That no longer run stood in between is a matter of chance: a run of a month
//! of sessions of which one in twelve disagrees has a probability of 10⁻²⁷.

use super::life::{Happened, Note, record};
use super::place::{REQUIRED, Session};
use super::profile::Profile;
use super::weather::Span;
use crate::trials::Random;
use domicile_diversion::flags::{Belief, DAY, Event, HOUR, Name, Plausibility, Sessions, Verdicts};
use domicile_proto::types::Key;
use domicile_proto::wire::VerdictValue;

/// Whose sessions, and what is drawn and counted for them.
pub(super) struct Teller<'a> {
    pub(super) host: Key,
    pub(super) number: u32,
    pub(super) votes: &'a [Name],
    pub(super) records: &'a mut u64,
    pub(super) random: &'a mut Random,
}

/// Tells all sessions in a time, one an hour.
pub(super) fn tell(profile: &Profile, span: Span, mut teller: Teller<'_>, out: &mut Vec<Happened>) {
    let hours = (span.until_ms - span.from_ms) / HOUR;
    if hours == 0 {
        return;
    }
    let mut kinds: Vec<(&Session, usize)> = Vec::new();
    for session in &profile.sessions {
        match kinds
            .iter_mut()
            .find(|(one, _)| one.values == session.values)
        {
            Some((_, count)) => *count += 1,
            None => kinds.push((session, 1)),
        }
    }
    if kinds.iter().any(|(session, _)| accuses(session)) {
        match &kinds[..] {
            [(session, _)] => teller.weekly(session, span, out),
            _ => teller.hourly(profile, span, out),
        }
        return teller.belief(profile.implausible, hours, span, out);
    }
    // Nothing in them accuses, so they may be told when the first is measured.
    let mut agree = hours;
    let all = profile.sessions.len();
    let mut records = Vec::new();
    for (session, count) in kinds {
        let share = ratio(count, all);
        let ago = teller.since_last(share).min(hours);
        if ago == hours {
            continue;
        }
        if session.values[1] == VerdictValue::Confined {
            agree = agree.min(ago);
        }
        let sessions = of_share(hours, share, span, ago);
        records.push((ago, teller.verdicts(session, sessions)));
    }
    records.sort_by_key(|(ago, _)| std::cmp::Reverse(*ago));
    out.extend(records.into_iter().map(|(_, one)| (span.from_ms, one)));
    teller.belief(profile.implausible, agree, span, out);
}

impl Teller<'_> {
    /// What the belief says; physics last said something else `agree` sessions ago.
    fn belief(&mut self, implausible: f64, agree: u64, span: Span, out: &mut Vec<Happened>) {
        let hours = (span.until_ms - span.from_ms) / HOUR;
        let ago = self.since_last(1.0 - implausible).min(hours);
        let run = ago.min(agree);
        if ago < hours {
            let mut sessions = of_share(hours, 1.0 - implausible, span, ago);
            if implausible > 0.0 {
                // Among others there is no long run of them.
                (sessions.count, sessions.from_ms) = (1, sessions.until_ms);
            }
            let says = self.says(Plausibility::Plausible, sessions);
            out.push((span.from_ms, says));
        }
        if run > 0 {
            let sessions = Sessions {
                count: u32::try_from(run).unwrap_or(u32::MAX),
                from_ms: span.until_ms - run * HOUR,
                until_ms: span.until_ms - 1,
            };
            let says = self.says(Plausibility::Implausible, sessions);
            out.push((span.from_ms, says));
        }
    }

    fn says(&mut self, says: Plausibility, sessions: Sessions) -> Note {
        Note::Event(Event::Belief(Belief {
            host: self.host,
            says,
            votes: self.votes.to_vec(),
            sessions,
            record: record(self.number, self.records),
        }))
    }

    /// How many sessions ago the last of a share was; all of them, when it is none.
    fn since_last(&mut self, share: f64) -> u64 {
        if share >= 1.0 {
            return 0;
        }
        if share <= 0.0 {
            return u64::MAX;
        }
        let ago = (1.0 - self.random.unit()).ln() / (1.0 - share).ln();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // some hundred
        let whole = ago as u64;
        whole
    }

    /// Sessions that all accuse, week by week: nobody may know them before they are measured.
    fn weekly(&mut self, session: &Session, span: Span, out: &mut Vec<Happened>) {
        let mut from_ms = span.from_ms;
        while from_ms + HOUR <= span.until_ms {
            let until_ms = span.until_ms.min(from_ms + 7 * DAY);
            let week = Span { from_ms, until_ms };
            let sessions = of_share((until_ms - from_ms) / HOUR, 1.0, week, 0);
            out.push((until_ms - 1, self.verdicts(session, sessions)));
            from_ms = until_ms;
        }
    }

    /// Sessions of which some accuse, each by itself.
    fn hourly(&mut self, profile: &Profile, span: Span, out: &mut Vec<Happened>) {
        let mut at_ms = span.from_ms;
        while at_ms + HOUR <= span.until_ms {
            let one = &profile.sessions[self.random.below(profile.sessions.len())];
            out.push((at_ms, self.verdicts(one, Sessions::one(at_ms))));
            at_ms += HOUR;
        }
    }

    fn verdicts(&mut self, session: &Session, sessions: Sessions) -> Note {
        Note::Event(Event::Verdicts(Verdicts {
            host: self.host,
            values: session.values,
            required: REQUIRED,
            votes: session.votes.clone(),
            sessions,
            record: record(self.number, self.records),
        }))
    }
}

/// A share of the sessions of a time, of which the last was so many sessions ago.
fn of_share(hours: u64, share: f64, span: Span, ago: u64) -> Sessions {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )] // some thousand
    let count = (hours as f64 * share) as u32;
    let until_ms = span.until_ms - 1 - ago * HOUR;
    Sessions {
        count: count.max(1),
        from_ms: span.from_ms.min(until_ms),
        until_ms,
    }
}

#[allow(clippy::cast_precision_loss)] // a dozen
fn ratio(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

fn accuses(session: &Session) -> bool {
    session.values.iter().any(|value| {
        matches!(
            value,
            VerdictValue::PermittedExcluded
                | VerdictValue::Inconsistent
                | VerdictValue::IdentityConflict
        )
    })
}
