//! What a licence permits beside the rules of a day.
//!
//! A licence says where its devices may be. The rules say where a licence is needed and where none is
//! to be had. Where both speak, a [`Conflict`] is for people: a licence granted before a rule changed
//! may well go on to hold, so that nothing here accuses anybody.

use crate::facts::{Attribute, AttributeSet, DeviceAttributes, Facts, Licence, LicenceFacts};
use crate::judge::{Judge, Standing, Subject};
use crate::words::{Activity, Layer, Outcome};
use domicile_geo::{Territories, TerritoryCode, TerritoryMask};

/// Whether a licence covers a device at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// It does, in each of its terms.
    Covers,
    /// It does not, by these of its terms.
    Not(AttributeSet),
    /// It may; these facts are missing.
    Undecided(AttributeSet),
}

/// Whether the licence covers the facts on the judge's day: validity, model, end user's seat and
/// territory. `licence` in the set stands for its validity.
pub fn cover(licence: &LicenceFacts, facts: &Facts, judge: &Judge) -> Cover {
    let (mut against, mut missing) = (AttributeSet::default(), AttributeSet::default());
    let mut ask = |attribute, met: Option<bool>| match met {
        Some(true) => {}
        Some(false) => against.insert(attribute),
        None => missing.insert(attribute),
    };
    ask(
        Attribute::Licence,
        Some(licence.validity.contains(judge.as_of())),
    );
    let model = facts.device.model.as_deref();
    ask(
        Attribute::Model,
        model.map(|model| {
            licence
                .models
                .iter()
                .any(|one| one.eq_ignore_ascii_case(model))
        }),
    );
    ask(
        Attribute::Headquarters,
        facts
            .headquarters
            .map(|seats| seats.is_subset(&licence.headquarters)),
    );
    let territory = facts
        .territory
        .and_then(|code| Territories::builtin().index_of(code));
    ask(
        Attribute::Territory,
        territory.map(|index| licence.permitted.contains(index)),
    );
    match (against.is_empty(), missing.is_empty()) {
        (false, _) => Cover::Not(against),
        (true, false) => Cover::Undecided(missing),
        (true, true) => Cover::Covers,
    }
}

/// Where the licence and a rule do not agree, or where that cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The territory that the licence permits.
    pub territory: TerritoryCode,
    /// A model that the licence covers.
    pub model: String,
    /// Whose rules.
    pub subject: Subject,
    /// What they say.
    pub standing: Standing,
}

/// Where devices under a licence may be, and must not be, as the rules of the day have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// What the licence permits, without what an enforceable rule denies to each of its models.
    pub permitted: TerritoryMask,
    /// What the licence does not permit and where, for each of its models, an enforceable rule asks
    /// for a licence or denies. A territory of which that cannot be decided is not in here.
    pub denied: TerritoryMask,
    /// For people.
    pub conflicts: Vec<Conflict>,
}

/// What the rules say for sure about one model at one place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    Nothing,
    LicenceNeeded,
    Denied,
}

/// Where devices of these models may be under the licence.
pub fn reach(judge: &Judge, licence: &LicenceFacts, models: &[DeviceAttributes]) -> Reach {
    let territories = Territories::builtin();
    let mut reach = Reach {
        permitted: licence.permitted,
        denied: TerritoryMask::EMPTY,
        conflicts: Vec::new(),
    };
    for (index, code) in (0..=u8::MAX).zip(territories.codes()) {
        let permitted = licence.permitted.contains(index);
        let mut least = None;
        for device in models {
            let facts = Facts {
                device: device.clone(),
                territory: Some(*code),
                headquarters: Some(licence.headquarters),
                licence: Licence::Held(licence.clone()),
                ..Facts::default()
            };
            let sure = sure(judge, &facts, |subject, standing| {
                if permitted {
                    reach.conflicts.push(Conflict {
                        territory: *code,
                        model: device.model.clone().unwrap_or_default(),
                        subject: subject.clone(),
                        standing,
                    });
                }
            });
            least = Some(least.map_or(sure, |least: Sure| least.min(sure)));
        }
        match (permitted, least.unwrap_or(Sure::Nothing)) {
            (true, Sure::Denied) => reach.permitted.remove(index),
            (false, Sure::LicenceNeeded | Sure::Denied) => reach.denied.insert(index),
            _ => {}
        }
    }
    reach
}

/// What the enforceable rules on supply, import and use say for sure. `conflict` hears of denials, of
/// what only said rules deny or advise against, and of what may be denied.
fn sure(judge: &Judge, facts: &Facts, mut conflict: impl FnMut(&Subject, Standing)) -> Sure {
    let mut sure = Sure::Nothing;
    for (subject, standing) in judge.decide(facts).iter(judge) {
        if subject.activity == Activity::Departure || subject.layer == Layer::Shadow {
            continue;
        }
        let against = match standing {
            Standing::Decided(outcome) => {
                outcome == Outcome::Denied
                    || (subject.layer == Layer::Said && outcome == Outcome::Discouraged)
            }
            Standing::Undecided { possible, .. } => possible.contains(Outcome::Denied),
        };
        if against {
            conflict(subject, standing);
        }
        if subject.layer == Layer::Enforceable {
            sure = sure.max(for_sure(standing));
        }
    }
    sure
}

fn for_sure(standing: Standing) -> Sure {
    let of = |outcome: Outcome| match outcome {
        Outcome::Denied => Sure::Denied,
        outcome if outcome.needs_licence() => Sure::LicenceNeeded,
        _ => Sure::Nothing,
    };
    match standing {
        Standing::Decided(outcome) => of(outcome),
        Standing::Undecided {
            perhaps_silent: true,
            ..
        } => Sure::Nothing,
        Standing::Undecided { possible, .. } => {
            possible.iter().map(of).min().unwrap_or(Sure::Nothing)
        }
    }
}
