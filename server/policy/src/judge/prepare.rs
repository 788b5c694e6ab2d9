//! Making a judge: what holds on the day, names resolved, lines sorted by territory.

use super::compiled::{Clause, Device, Members, Names};
use super::rule_set::RuleSet;
use super::tri::Tri;
use super::{Entry, Judge, Prepared, Subject};
use crate::day::Day;
use crate::pack::{Group, MAX_LINES, MAX_RULES, Pack, Place, Rule};
use crate::words::Layer;
use domicile_geo::{Territories, TerritoryCode, TerritoryMask};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Why packs cannot be used together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JudgeError {
    /// Two rules, or two classes, of one name.
    #[error("{0:?} stands twice in the packs used together")]
    Twice(String),
    /// Too many rules.
    #[error("{0} rules hold on that day where at most {MAX_RULES} can be used together")]
    TooMany(usize),
    /// A rule of too many lines.
    #[error("{0:?} has more than {MAX_LINES} lines in `when`")]
    TooLong(String),
    /// Rules that replace each other in a circle: none of them would be left.
    #[error("{0:?} is replaced, over others, by itself")]
    Circle(String),
    /// A name that none of the packs defines.
    #[error("{rule:?} uses {name:?}, which no pack used together with it defines")]
    Name {
        /// The rule.
        rule: String,
        /// The class or group.
        name: String,
    },
}

struct Dictionary {
    groups: HashMap<String, Members>,
    classes: HashMap<String, Arc<[Device]>>,
}

impl Names for Dictionary {
    fn group(&self, name: &str) -> Option<Members> {
        self.groups.get(name).copied()
    }

    fn class(&self, name: &str) -> Arc<[Device]> {
        self.classes.get(name).cloned().unwrap_or_default()
    }
}

impl Dictionary {
    fn new(packs: &[Pack], as_of: Day, known_on: Day) -> Self {
        let holds =
            |group: &&Group| group.recorded_at <= known_on && group.period().contains(as_of);
        let mut newest: HashMap<&str, &Group> = HashMap::new();
        for group in packs.iter().flat_map(|pack| &pack.groups).filter(holds) {
            let kept = newest.entry(&group.name).or_insert(group);
            // What was recorded last corrects what was recorded before.
            let order = |group: &Group| (group.recorded_at, group.period().from);
            if order(group) > order(kept) {
                *kept = group;
            }
        }
        let groups = newest
            .into_iter()
            .map(|(name, group)| {
                let members = Members {
                    sure: mask(&group.members),
                    perhaps: mask(&group.uncertain_members),
                };
                (name.to_owned(), members)
            })
            .collect();
        let classes = packs
            .iter()
            .flat_map(|pack| &pack.classes)
            .map(|class| {
                (
                    class.name.clone(),
                    class.any.iter().map(Device::new).collect(),
                )
            })
            .collect();
        Self { groups, classes }
    }
}

/// The set of these codes; the pack's checks have refused what is none.
fn mask(codes: &[String]) -> TerritoryMask {
    let territories = Territories::builtin();
    let mut mask = TerritoryMask::EMPTY;
    codes
        .iter()
        .filter_map(|code| code.parse::<TerritoryCode>().ok())
        .filter_map(|code| territories.index_of(code))
        .for_each(|index| mask.insert(index));
    mask
}

impl Judge {
    /// Takes from the packs what holds on `as_of`, as far as it was recorded on or before `known_on`.
    ///
    /// # Errors
    /// [`JudgeError`] when the packs do not fit together.
    pub fn new(packs: &[Pack], as_of: Day, known_on: Day) -> Result<Self, JudgeError> {
        check_together(packs)?;
        let mut held: Vec<(Subject, &Rule)> = Vec::new();
        for pack in packs {
            for rule in &pack.rules {
                if rule.recorded_at <= known_on && rule.period().contains(as_of) {
                    held.push((subject(rule, rule.layer(pack.mode)), rule));
                }
            }
        }
        if held.len() > MAX_RULES {
            return Err(JudgeError::TooMany(held.len()));
        }
        held.sort_by(|a, b| (&a.0, &a.1.id).cmp(&(&b.0, &b.1.id)));
        let mut subjects: Vec<Subject> = held.iter().map(|(subject, _)| subject.clone()).collect();
        subjects.dedup();
        let names = Dictionary::new(packs, as_of, known_on);
        let place: HashMap<&str, (usize, Layer)> = held
            .iter()
            .enumerate()
            .map(|(at, (subject, rule))| (rule.id.as_str(), (at, subject.layer)))
            .collect();
        let rules: Vec<Prepared> = held
            .iter()
            .map(|(subject, rule)| Prepared {
                subject: small(subjects.partition_point(|other| other < subject)),
                replaces: replaces(rule, subject.layer, &place),
                clauses: rule
                    .when
                    .iter()
                    .map(|condition| Clause::new(condition, &names))
                    .collect(),
                rule: (*rule).clone(),
            })
            .collect();
        Ok(Self {
            as_of,
            known_on,
            by_territory: by_territory(&rules),
            subjects,
            rules,
        })
    }
}

fn subject(rule: &Rule, layer: Layer) -> Subject {
    Subject {
        jurisdiction: rule.jurisdiction.clone(),
        activity: rule.activity,
        layer,
    }
}

/// The rules that this one makes give way. What is only said never replaces what is enforceable; a
/// shadow replaces shadows only, and nothing else replaces it.
fn replaces(rule: &Rule, layer: Layer, place: &HashMap<&str, (usize, Layer)>) -> RuleSet {
    let may = |replaced: Layer| match layer {
        Layer::Enforceable => replaced != Layer::Shadow,
        Layer::Said | Layer::Shadow => replaced == layer,
    };
    rule.replaces
        .iter()
        .filter_map(|id| place.get(id.as_str()))
        .filter(|(_, replaced)| may(*replaced))
        .map(|(at, _)| *at)
        .collect()
}

fn by_territory(rules: &[Prepared]) -> Vec<Vec<Entry>> {
    let known = (0..Territories::builtin().codes().len()).map(|index| u8::try_from(index).ok());
    known
        .chain([None])
        .map(|territory| {
            let mut entries = Vec::new();
            for (rule, prepared) in rules.iter().enumerate() {
                for (clause, line) in prepared.clauses.iter().enumerate() {
                    let at = line.at(territory);
                    if at != Tri::No {
                        entries.push(Entry {
                            rule: small(rule),
                            clause: small(clause),
                            at,
                        });
                    }
                }
            }
            entries
        })
        .collect()
}

fn small(number: usize) -> u16 {
    u16::try_from(number).expect("rules and lines are limited to far fewer")
}

/// Rules and classes stand once; classes and groups that are used stand somewhere.
fn check_together(packs: &[Pack]) -> Result<(), JudgeError> {
    let (mut rules, mut classes) = (HashSet::new(), HashSet::new());
    for pack in packs {
        for rule in &pack.rules {
            if !rules.insert(&rule.id) {
                return Err(JudgeError::Twice(rule.id.clone()));
            }
            if rule.when.len() > MAX_LINES {
                return Err(JudgeError::TooLong(rule.id.clone()));
            }
        }
        for class in &pack.classes {
            if !classes.insert(&class.name) {
                return Err(JudgeError::Twice(class.name.clone()));
            }
        }
    }
    if let Some(rule) = circle(packs) {
        return Err(JudgeError::Circle(rule.to_owned()));
    }
    let groups: HashSet<&String> = packs
        .iter()
        .flat_map(|p| &p.groups)
        .map(|g| &g.name)
        .collect();
    for rule in packs.iter().flat_map(|pack| &pack.rules) {
        for condition in &rule.when {
            let asked = [&condition.device_class, &condition.not_device_class];
            let class = asked
                .into_iter()
                .flatten()
                .find(|name| !classes.contains(name));
            let mut places = condition.places().flat_map(|(_, list)| list);
            let group = places.find_map(|place| match place {
                Place::Group(name) if !groups.contains(name) => Some(name),
                _ => None,
            });
            if let Some(name) = class.or(group) {
                return Err(JudgeError::Name {
                    rule: rule.id.clone(),
                    name: name.clone(),
                });
            }
        }
    }
    Ok(())
}

/// A rule that stands in a circle of replacements, if there is one.
pub(crate) fn circle(packs: &[Pack]) -> Option<&str> {
    let rules: Vec<&Rule> = packs.iter().flat_map(|pack| &pack.rules).collect();
    let place: HashMap<&str, usize> = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| (rule.id.as_str(), at))
        .collect();
    let replaces = |at: usize| {
        rules[at]
            .replaces
            .iter()
            .filter_map(|id| place.get(id.as_str()))
    };
    // What nothing replaces any more is taken away; what is left at the end stands in a circle or
    // is replaced by one.
    let mut replacers = vec![0_usize; rules.len()];
    (0..rules.len())
        .flat_map(replaces)
        .for_each(|at| replacers[*at] += 1);
    let mut free: Vec<usize> = (0..rules.len()).filter(|at| replacers[*at] == 0).collect();
    while let Some(at) = free.pop() {
        for replaced in replaces(at) {
            replacers[*replaced] -= 1;
            if replacers[*replaced] == 0 {
                free.push(*replaced);
            }
        }
    }
    let left = replacers.iter().position(|count| *count > 0)?;
    Some(&rules[left].id)
}
