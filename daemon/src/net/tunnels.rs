//! Whether this agent may go through TCP, and how: out of the configuration and the installed
//! directory, once, before the process shuts itself in.
//!
//! A process may connect to no port but those that [`ports`] gives; with none, to nothing at all. A
//! directory that is installed later counts at the next session, its tunnels too, as long as they
//! stand on such a port. Another port needs a restart, and [`super::ConnectError::NewPort`] says so.

use crate::config::{Config, TunnelPolicy};
use crate::directory;
use crate::disk;
use crate::state::StateDir;
use domicile_tunnel::proxy::{Credentials, Proxy};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Longest file of a user name and a password, bytes.
const MAX_CREDENTIALS: usize = 1024;

/// How tunnels are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tunnels {
    /// Without waiting for UDP.
    pub always: bool,
    /// Through this proxy.
    pub proxy: Option<Proxy>,
    /// The ports that this process may connect to.
    pub ports: BTreeSet<u16>,
}

impl Tunnels {
    /// Whether this process, once it has shut itself in, can open a tunnel to `address`.
    pub fn may_connect(&self, address: SocketAddr) -> bool {
        let first = self.proxy.as_ref().map_or(address, |proxy| proxy.address);
        self.ports.contains(&first.port())
    }
}

/// The file with user and password for the proxy was refused. Its content is not repeated.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// It cannot be read.
    #[error("proxy-credentials: {0}")]
    Read(#[from] disk::DiskError),
    /// It is not there.
    #[error("proxy-credentials: `{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// It holds something else.
    #[error("proxy-credentials: {0}")]
    Content(#[from] domicile_tunnel::proxy::CredentialsError),
}

/// The TCP ports that a process with this configuration needs: those of the installed directory's
/// tunnels, or in their place the proxy's. None without tunnels.
pub fn ports(config: &Config) -> BTreeSet<u16> {
    if config.tunnel == TunnelPolicy::Never {
        return BTreeSet::new();
    }
    let listed = listed(config);
    match config.proxy {
        Some(proxy) if !listed.is_empty() => BTreeSet::from([proxy.port()]),
        _ => listed,
    }
}

fn listed(config: &Config) -> BTreeSet<u16> {
    let state = StateDir::new(&config.state_dir);
    let installed =
        directory::trust(config, &state).and_then(|trust| directory::installed(&state, &trust));
    let Ok(directory) = installed else {
        return BTreeSet::new();
    };
    let anchors = directory.anchors.iter().map(|one| &one.tunnel_addresses);
    let collectors = directory.collectors.iter().map(|one| &one.tunnel_addresses);
    let addresses = anchors.chain(collectors).flatten();
    addresses.map(|address| address.port()).collect()
}

/// What the configuration says about tunnels; `None` when there will be none. Reads the proxy's
/// user and password, if there is such a file.
///
/// # Errors
/// [`CredentialsError`].
pub fn of(config: &Config) -> Result<Option<Tunnels>, CredentialsError> {
    if config.tunnel == TunnelPolicy::Never {
        return Ok(None);
    }
    let credentials = match &config.proxy_credentials {
        None => None,
        Some(path) => {
            let bytes = disk::read(path, MAX_CREDENTIALS)?
                .ok_or_else(|| CredentialsError::Missing(path.clone()))?;
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| domicile_tunnel::proxy::CredentialsError)?;
            Some(Credentials::parse(text)?)
        }
    };
    let proxy = config.proxy.map(|address| Proxy {
        address,
        credentials,
    });
    Ok(Some(Tunnels {
        always: config.tunnel == TunnelPolicy::Always,
        proxy,
        ports: ports(config),
    }))
}
