//! The rows of the four tables, and how each is written as text.

use crate::day::{Day, Period};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// Between the members of a list in CSV.
pub(super) const SEPARATOR: char = ';';

/// A list: an array in TOML, text separated by `;` in CSV.
fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    struct Lists;

    impl<'de> Visitor<'de> for Lists {
        type Value = Vec<String>;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("a list of texts")
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            let members = text.split(SEPARATOR).map(str::trim);
            Ok(members
                .filter(|one| !one.is_empty())
                .map(ToOwned::to_owned)
                .collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut list = Vec::new();
            while let Some(member) = members.next_element()? {
                list.push(member);
            }
            Ok(list)
        }
    }

    // Not `deserialize_any`: CSV would take a list of one number for a number.
    from.deserialize_string(Lists)
}

/// Absent in TOML, empty in CSV.
fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

/// A row of a table: a key, and cells by name.
pub(super) trait Row: for<'de> Deserialize<'de> + Serialize + Clone + PartialEq {
    /// Which table.
    const TABLE: Table;
    /// The names of the cells, the key first.
    const COLUMNS: &'static [&'static str];

    /// The key.
    fn key(&self) -> &str;

    /// The cells as CSV writes them, in the order of the columns.
    fn cells(&self) -> Vec<String>;
}

/// One of the registry's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Table {
    /// Customers.
    Customer,
    /// Sites.
    Site,
    /// Licences.
    Licence,
    /// Devices.
    Device,
}

impl Table {
    /// The name of its tables in TOML.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Site => "site",
            Self::Licence => "licence",
            Self::Device => "device",
        }
    }

    /// The name of its CSV file.
    pub const fn csv(self) -> &'static str {
        match self {
            Self::Customer => "customers.csv",
            Self::Site => "sites.csv",
            Self::Licence => "licences.csv",
            Self::Device => "devices.csv",
        }
    }
}

/// Whom a vendor sells to, or a parent of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Customer {
    /// Its key.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Other names that it is known by.
    #[serde(default, deserialize_with = "list")]
    pub aliases: Vec<String>,
    /// The customer that owns it.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub parent: Option<String>,
    /// Its seat, ISO 3166.
    pub headquarters: String,
}

/// Where devices stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Site {
    /// Its key.
    pub id: String,
    /// The customer that runs it.
    pub customer: String,
    /// Where it is, ISO 3166.
    pub territory: String,
    /// Whether public money pays for it; `None` when that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_funding: Option<bool>,
    /// Whether an anchor stands there.
    pub on_site_anchor: bool,
}

/// What an authority permits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Licence {
    /// Its key.
    pub number: String,
    /// Who issued it.
    pub authority: String,
    /// The models it covers.
    #[serde(deserialize_with = "list")]
    pub models: Vec<String>,
    /// How many devices.
    pub quantity: u32,
    /// The customer the devices are sent to.
    pub consignee: String,
    /// The customer that uses them.
    pub end_user: String,
    /// The end user's seat as the licence states it.
    pub end_user_headquarters: String,
    /// The sites it names; none when it names none.
    #[serde(default, deserialize_with = "list")]
    pub sites: Vec<String>,
    /// Where the devices may be.
    #[serde(deserialize_with = "list")]
    pub permitted: Vec<String>,
    /// Its conditions, in words.
    #[serde(default, deserialize_with = "list")]
    pub conditions: Vec<String>,
    /// The first day of validity.
    pub valid_from: Day,
    /// The first day after.
    pub valid_until: Day,
    /// Days that a host may be silent; `None` when it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence_days: Option<u32>,
    /// Days that a host's place may go unconfirmed; `None` when it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfirmed_days: Option<u32>,
    /// Days that a declared transit may last; `None` when it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transit_days: Option<u32>,
    /// Days that any other declared absence may last; `None` when it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absence_days: Option<u32>,
    /// What confirms a host's place; `confined` when it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<ConfirmedBy>,
}

/// The verdict that a licence takes for a confirmed place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmedBy {
    /// Only `confined`.
    Confined,
    /// `confined` or `denied-excluded`.
    DeniedExcluded,
}

impl fmt::Display for ConfirmedBy {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Confined => "confined",
            Self::DeniedExcluded => "denied-excluded",
        })
    }
}

impl Licence {
    /// When it holds.
    pub fn validity(&self) -> Period {
        Period {
            from: self.valid_from,
            until: Some(self.valid_until),
        }
    }
}

/// A device and the licence it is under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Device {
    /// Its key: serial number, UUID or device identity.
    pub id: String,
    /// Its model.
    pub model: String,
    /// The number of its licence; `None` when it needs none.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub licence: Option<String>,
    /// Where it is declared to stand; `None` when that is not known.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub site: Option<String>,
}

fn joined(list: &[String]) -> String {
    list.join(&SEPARATOR.to_string())
}

fn or_empty<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

impl Row for Customer {
    const TABLE: Table = Table::Customer;
    const COLUMNS: &'static [&'static str] = &["id", "name", "aliases", "parent", "headquarters"];

    fn key(&self) -> &str {
        &self.id
    }

    fn cells(&self) -> Vec<String> {
        let Self {
            id,
            name,
            aliases,
            parent,
            headquarters,
        } = self;
        vec![
            id.clone(),
            name.clone(),
            joined(aliases),
            or_empty(parent.as_ref()),
            headquarters.clone(),
        ]
    }
}

impl Row for Site {
    const TABLE: Table = Table::Site;
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "customer",
        "territory",
        "public-funding",
        "on-site-anchor",
    ];

    fn key(&self) -> &str {
        &self.id
    }

    fn cells(&self) -> Vec<String> {
        let Self {
            id,
            customer,
            territory,
            public_funding,
            on_site_anchor,
        } = self;
        vec![
            id.clone(),
            customer.clone(),
            territory.clone(),
            or_empty(public_funding.as_ref()),
            on_site_anchor.to_string(),
        ]
    }
}

impl Row for Licence {
    const TABLE: Table = Table::Licence;
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "authority",
        "models",
        "quantity",
        "consignee",
        "end-user",
        "end-user-headquarters",
        "sites",
        "permitted",
        "conditions",
        "valid-from",
        "valid-until",
        "silence-days",
        "unconfirmed-days",
        "transit-days",
        "absence-days",
        "confirmed-by",
    ];

    fn key(&self) -> &str {
        &self.number
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.number.clone(),
            self.authority.clone(),
            joined(&self.models),
            self.quantity.to_string(),
            self.consignee.clone(),
            self.end_user.clone(),
            self.end_user_headquarters.clone(),
            joined(&self.sites),
            joined(&self.permitted),
            joined(&self.conditions),
            self.valid_from.to_string(),
            self.valid_until.to_string(),
            or_empty(self.silence_days.as_ref()),
            or_empty(self.unconfirmed_days.as_ref()),
            or_empty(self.transit_days.as_ref()),
            or_empty(self.absence_days.as_ref()),
            or_empty(self.confirmed_by.as_ref()),
        ]
    }
}

impl Row for Device {
    const TABLE: Table = Table::Device;
    const COLUMNS: &'static [&'static str] = &["id", "model", "licence", "site"];

    fn key(&self) -> &str {
        &self.id
    }

    fn cells(&self) -> Vec<String> {
        let Self {
            id,
            model,
            licence,
            site,
        } = self;
        vec![
            id.clone(),
            model.clone(),
            or_empty(licence.as_ref()),
            or_empty(site.as_ref()),
        ]
    }
}
