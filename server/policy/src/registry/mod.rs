//! The registry: customers with their parents, sites, licences, and which device is under which
//! licence.
//!
//! One TOML file, or one CSV file for each table (`customers.csv`, `sites.csv`, `licences.csv`,
//! `devices.csv`) with the same keys as columns and lists separated by `;`:
//!
//! ```toml
//! [[customer]]
//! id = "acme-sg"
//! name = "Acme Cloud Pte"
//! aliases = ["Acme Singapore"]
//! parent = "acme"                # a customer; left out when there is none
//! headquarters = "SG"
//!
//! [[site]]
//! id = "sin-1"
//! customer = "acme-sg"
//! territory = "SG"
//! public-funding = false         # left out when it is not known
//! on-site-anchor = true
//!
//! [[licence]]
//! number = "D1234567"
//! authority = "Bureau of Industry and Security"
//! models = ["H200"]
//! quantity = 64
//! consignee = "acme-sg"
//! end-user = "acme-sg"
//! end-user-headquarters = "SG"
//! sites = ["sin-1"]
//! permitted = ["SG", "MY"]
//! conditions = ["no reexport"]
//! valid-from = "2026-01-20"      # this day counts
//! valid-until = "2028-01-20"     # this day no longer does
//! silence-days = 14              # these are for flags; what is left out has no limit
//! unconfirmed-days = 30
//! transit-days = 60
//! absence-days = 180
//! confirmed-by = "confined"      # or "denied-excluded"; left out: "confined"
//!
//! [[device]]
//! id = "GPU-5f1e…"
//! model = "H200"
//! licence = "D1234567"
//! site = "sin-1"
//! ```
//!
//! Errors name file, line and key. A [`Registry`] holds together: everything named exists, no parents
//! in a circle, no licence that permits nothing.

mod change;
mod check;
mod csv_files;
mod rows;
mod toml_file;

pub use change::{Change, ChangeSet, Unexplained, What, changes};
pub use check::RegistryError;
pub use csv_files::{CsvFiles, put_csv, read_csv, write_csv};
pub use rows::{ConfirmedBy, Customer, Device, Licence, Site, Table};
pub use toml_file::{read_toml, write_toml};

use crate::facts::LicenceFacts;
use domicile_geo::{Territories, TerritoryMask};
use std::collections::BTreeMap;

/// Largest file, bytes.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

/// A registry that holds together. Tables are in order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registry {
    pub(crate) customers: BTreeMap<String, Customer>,
    pub(crate) sites: BTreeMap<String, Site>,
    pub(crate) licences: BTreeMap<String, Licence>,
    pub(crate) devices: BTreeMap<String, Device>,
}

impl Registry {
    /// Every customer, in order of id.
    pub fn customers(&self) -> impl Iterator<Item = &Customer> {
        self.customers.values()
    }

    /// Every site, in order of id.
    pub fn sites(&self) -> impl Iterator<Item = &Site> {
        self.sites.values()
    }

    /// Every licence, in order of number.
    pub fn licences(&self) -> impl Iterator<Item = &Licence> {
        self.licences.values()
    }

    /// Every device, in order of id.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.values()
    }

    /// A customer.
    pub fn customer(&self, id: &str) -> Option<&Customer> {
        self.customers.get(id)
    }

    /// A site.
    pub fn site(&self, id: &str) -> Option<&Site> {
        self.sites.get(id)
    }

    /// A licence.
    pub fn licence(&self, number: &str) -> Option<&Licence> {
        self.licences.get(number)
    }

    /// The customer and its parents, nearest first.
    pub fn family<'r>(&'r self, customer: &'r Customer) -> impl Iterator<Item = &'r Customer> {
        std::iter::successors(Some(customer), |child| {
            child.parent.as_deref().and_then(|id| self.customer(id))
        })
    }

    /// The seats of a customer and of all its parents.
    pub fn seats(&self, customer: &Customer) -> TerritoryMask {
        mask(self.family(customer).map(|one| one.headquarters.as_str()))
    }

    /// What a licence says, for decisions: its end user's seats are those it names and those of the
    /// end user's family.
    pub fn licence_facts(&self, licence: &Licence) -> LicenceFacts {
        let named = mask([licence.end_user_headquarters.as_str()]);
        let family = self
            .customer(&licence.end_user)
            .map_or(TerritoryMask::EMPTY, |end_user| self.seats(end_user));
        LicenceFacts {
            number: licence.number.clone(),
            authority: licence.authority.clone(),
            models: licence.models.clone(),
            headquarters: named.union(&family),
            permitted: mask(licence.permitted.iter().map(String::as_str)),
            validity: licence.validity(),
        }
    }
}

/// The set of these codes; checks have refused what is none.
fn mask<'c>(codes: impl IntoIterator<Item = &'c str>) -> TerritoryMask {
    let territories = Territories::builtin();
    let mut mask = TerritoryMask::EMPTY;
    for code in codes {
        if let Some(index) = code
            .parse()
            .ok()
            .and_then(|code| territories.index_of(code))
        {
            mask.insert(index);
        }
    }
    mask
}
