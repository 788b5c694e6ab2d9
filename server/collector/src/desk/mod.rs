//! Beside the path of a verdict: what the log says of the fleet, read again for flags, and what people
//! enter: the registry, declarations.
//!
//! | file | what |
//! |---|---|
//! | `follow` | follows the log and logs what changes about flags (`[flags]` in the configuration) |
//! | `outage` | says in the log when the collector was away |
//! | [`registry`] | customers, sites, licences, devices: the newest version, and what a change logs |
//! | [`declaration`] | what operators declare of hosts |
//!
//! Flags are a pure function of the log (`domicile_diversion::follow`): this module only reads records
//! in order, keeps the state beside the log, and sees to it that no change is logged twice.
//!
//! Start reading at `follow`.

pub mod declaration;
mod follow;
mod outage;
pub mod registry;

pub(crate) use follow::Following;
pub(crate) use outage::log_outage;

use serde::Deserialize;
use std::time::Duration;

/// How flags are made from the log. Without this table in the configuration none are, and nothing
/// about them is logged; turned on later, they are made from the whole log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct FlagSettings {
    /// How often the state is kept beside the log, so that a start need not read all of it.
    #[serde(with = "humantime_serde")]
    pub save_every: Duration,
}

impl Default for FlagSettings {
    fn default() -> Self {
        Self {
            save_every: Duration::from_secs(300),
        }
    }
}

#[cfg(test)]
mod tests;
