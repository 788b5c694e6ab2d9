//! The ways that lead to a server, by the names that `status` uses.

use domicile_proto::wire::Transport;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a server was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// QUIC over UDP.
    Quic,
    /// QUIC inside TLS over TCP.
    Tunnel,
    /// The same through the HTTP proxy of the configuration.
    ProxiedTunnel,
    /// Not at all: somebody on the way opens TLS.
    Intercepted,
}

impl Way {
    /// The way of a connection.
    pub fn of(transport: Transport, proxied: bool) -> Self {
        match (transport, proxied) {
            (Transport::TlsTcp, true) => Self::ProxiedTunnel,
            (Transport::TlsTcp, false) => Self::Tunnel,
            _ => Self::Quic,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quic => "QUIC",
            Self::Tunnel => "tunnel over TCP",
            Self::ProxiedTunnel => "tunnel through the proxy",
            Self::Intercepted => "intercepted",
        })
    }
}
