//! From rows with the lines they stand on to a registry that holds together.

use super::Registry;
use super::rows::{Customer, Device, Licence, Row, SEPARATOR, Site};
use domicile_geo::{Territories, TerritoryCode};
use domicile_proto::codec;
use std::collections::{BTreeMap, HashSet};

/// Longest text of one cell, bytes.
const MAX_TEXT: usize = 1000;

/// Most members of one list.
const MAX_LIST: usize = 300;

/// Longest limit of a licence, days.
const MAX_DAYS: u32 = 3650;

/// Longest line of parents.
const MAX_PARENTS: usize = 64;

/// Why a registry was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The file cannot be read as what it should be. The text names the line.
    #[error("{file}: {problem}")]
    File {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A row does not hold together with the others.
    #[error("{file}, line {line}, `{key}`: {problem}")]
    Row {
        /// The file.
        file: String,
        /// The line on which the row begins.
        line: u64,
        /// The key or column.
        key: &'static str,
        /// What is wrong, and what is expected.
        problem: String,
    },
}

/// A row and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Placed<T> {
    pub(super) line: u64,
    pub(super) row: T,
}

/// The rows of one table and the file they stand in.
#[derive(Debug, Clone)]
pub(super) struct Rows<T> {
    pub(super) file: String,
    pub(super) rows: Vec<Placed<T>>,
}

/// The rows of all tables.
pub(super) struct Everything {
    pub(super) customers: Rows<Customer>,
    pub(super) sites: Rows<Site>,
    pub(super) licences: Rows<Licence>,
    pub(super) devices: Rows<Device>,
}

type Check = Result<(), (&'static str, String)>;

impl Everything {
    pub(super) fn check(self) -> Result<Registry, RegistryError> {
        // Rows by key first, so that references can be checked whatever the order.
        let registry = Registry {
            customers: by_key(&self.customers)?,
            sites: by_key(&self.sites)?,
            licences: by_key(&self.licences)?,
            devices: by_key(&self.devices)?,
        };
        each(&self.customers, |row| customer(row, &registry))?;
        each(&self.sites, |row| site(row, &registry))?;
        each(&self.licences, |row| licence(row, &registry))?;
        each(&self.devices, |row| device(row, &registry))?;
        Ok(registry)
    }
}

fn by_key<T: Row>(rows: &Rows<T>) -> Result<BTreeMap<String, T>, RegistryError> {
    let mut map = BTreeMap::new();
    for Placed { line, row } in &rows.rows {
        let wrong = |problem: String| RegistryError::Row {
            file: rows.file.clone(),
            line: *line,
            key: T::COLUMNS[0],
            problem,
        };
        codec::name(T::COLUMNS[0], row.key()).map_err(|error| wrong(error.to_string()))?;
        if map.insert(row.key().to_owned(), row.clone()).is_some() {
            return Err(wrong(format!("{:?} stands twice", row.key())));
        }
    }
    Ok(map)
}

fn each<T>(rows: &Rows<T>, check: impl Fn(&T) -> Check) -> Result<(), RegistryError> {
    rows.rows.iter().try_for_each(|placed| {
        check(&placed.row).map_err(|(key, problem)| RegistryError::Row {
            file: rows.file.clone(),
            line: placed.line,
            key,
            problem,
        })
    })
}

fn text(key: &'static str, text: &str) -> Check {
    if text.is_empty()
        || text.len() > MAX_TEXT
        || text.trim() != text
        || text.contains(char::is_control)
    {
        let problem = format!(
            "1 to {MAX_TEXT} bytes without blanks around them or control characters are expected"
        );
        return Err((key, problem));
    }
    Ok(())
}

fn list(key: &'static str, list: &[String]) -> Check {
    if list.len() > MAX_LIST {
        return Err((
            key,
            format!(
                "{} members where at most {MAX_LIST} are allowed",
                list.len()
            ),
        ));
    }
    let mut seen = HashSet::new();
    for member in list {
        text(key, member)?;
        if member.contains(SEPARATOR) {
            return Err((
                key,
                format!("a member must not hold `{SEPARATOR}`, which separates members in CSV"),
            ));
        }
        if !seen.insert(member) {
            return Err((key, format!("{member:?} stands twice")));
        }
    }
    Ok(())
}

fn territory(key: &'static str, text: &str) -> Check {
    let known = text
        .parse::<TerritoryCode>()
        .is_ok_and(|code| Territories::builtin().index_of(code).is_some());
    if known {
        return Ok(());
    }
    let shown: String = text.chars().take(16).collect();
    Err((
        key,
        format!("{shown:?} is no territory of the data (ISO 3166 alpha-2, like \"SG\")"),
    ))
}

fn known<T>(key: &'static str, id: &str, table: &BTreeMap<String, T>) -> Check {
    if table.contains_key(id) {
        return Ok(());
    }
    let shown: String = id.chars().take(64).collect();
    Err((key, format!("{shown:?} is in no row")))
}

fn customer(row: &Customer, registry: &Registry) -> Check {
    text("name", &row.name)?;
    list("aliases", &row.aliases)?;
    territory("headquarters", &row.headquarters)?;
    let Some(parent) = &row.parent else {
        return Ok(());
    };
    known("parent", parent, &registry.customers)?;
    let family = registry.family(row).skip(1).take(MAX_PARENTS + 1);
    for (steps, ancestor) in family.enumerate() {
        if ancestor.id == row.id {
            return Err((
                "parent",
                format!("{:?} is, over {} steps, its own parent", row.id, steps + 1),
            ));
        }
        if steps == MAX_PARENTS {
            return Err((
                "parent",
                format!("more than {MAX_PARENTS} parents one above the other, or a circle above"),
            ));
        }
    }
    Ok(())
}

fn site(row: &Site, registry: &Registry) -> Check {
    known("customer", &row.customer, &registry.customers)?;
    territory("territory", &row.territory)
}

fn licence(row: &Licence, registry: &Registry) -> Check {
    text("authority", &row.authority)?;
    list("models", &row.models)?;
    list("sites", &row.sites)?;
    list("permitted", &row.permitted)?;
    list("conditions", &row.conditions)?;
    if row.models.is_empty() {
        return Err(("models", "at least one model is expected".into()));
    }
    if row.permitted.is_empty() {
        return Err(("permitted", "at least one territory is expected".into()));
    }
    if row.quantity == 0 {
        return Err(("quantity", "at least one device is expected".into()));
    }
    known("consignee", &row.consignee, &registry.customers)?;
    known("end-user", &row.end_user, &registry.customers)?;
    territory("end-user-headquarters", &row.end_user_headquarters)?;
    row.permitted
        .iter()
        .try_for_each(|code| territory("permitted", code))?;
    if row.validity().is_empty() {
        return Err(("valid-until", "must lie after `valid-from`".into()));
    }
    let limits = [
        ("silence-days", row.silence_days),
        ("unconfirmed-days", row.unconfirmed_days),
        ("transit-days", row.transit_days),
        ("absence-days", row.absence_days),
    ];
    for (key, days) in limits {
        if days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
            return Err((key, format!("1 to {MAX_DAYS} days are expected")));
        }
    }
    for id in &row.sites {
        known("sites", id, &registry.sites)?;
        let territory = &registry.sites[id].territory;
        if !row.permitted.contains(territory) {
            return Err((
                "sites",
                format!("{id:?} is in {territory}, which the licence does not permit"),
            ));
        }
    }
    Ok(())
}

fn device(row: &Device, registry: &Registry) -> Check {
    text("model", &row.model)?;
    if let Some(licence) = &row.licence {
        known("licence", licence, &registry.licences)?;
    }
    if let Some(site) = &row.site {
        known("site", site, &registry.sites)?;
    }
    Ok(())
}
