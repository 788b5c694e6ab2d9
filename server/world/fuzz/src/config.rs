//! The agent's configuration, as an operator writes it.

use domicile_daemon::Config;
use std::path::Path;

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let _ = Config::parse(bytes, Path::new("domiciled.toml"));
}
