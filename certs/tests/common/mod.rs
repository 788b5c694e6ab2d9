//! CAs, clocks and TLS handshakes in memory.
#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

use domicile_certs::authority::{Authority, Ca};
use domicile_certs::issue::{DAY_MS, Period, Profile};
use domicile_certs::random::Seeded;
use domicile_certs::{Identity, tls};
use domicile_proto::types::Key;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::Arc;
use std::time::Duration;

/// 2026-01-01.
pub const NOW_MS: u64 = 1_767_225_600_000;
pub const ALPN: &[u8] = b"test/1";

#[derive(Debug)]
pub struct Clock(pub u64);

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_millis(self.0)))
    }
}

pub fn authority(seed: u64) -> Authority {
    Authority::generate(&mut Seeded::new(seed), NOW_MS).unwrap()
}

/// An identity of `profile` whose certificate holds for `period`; its serial is `seed`.
pub fn identity(
    authority: &Authority,
    profile: Profile<'_>,
    seed: u64,
    period: Period,
) -> Identity {
    let key = key(seed);
    let ca = match profile {
        Profile::Server(_) => Ca::Server,
        Profile::Auditor(_) => Ca::Auditor,
        _ => Ca::Agent,
    };
    let leaf = issue(authority, ca, profile, &key.public(), seed, period);
    Identity::new(key, vec![leaf]).unwrap()
}

pub fn key(seed: u64) -> domicile_proto::sign::SigningKey {
    let bytes = domicile_certs::random::bytes(&mut Seeded::new(seed)).unwrap();
    domicile_proto::sign::SigningKey::from_seed(&bytes)
}

pub fn issue(
    authority: &Authority,
    ca: Ca,
    profile: Profile<'_>,
    key: &Key,
    serial: u64,
    period: Period,
) -> CertificateDer<'static> {
    let issuer = authority.ca(ca);
    issuer
        .issue(profile, key, serial_of(serial), period)
        .unwrap()
}

pub fn serial_of(number: u64) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

pub const fn valid() -> Period {
    Period {
        from_ms: NOW_MS - DAY_MS,
        until_ms: NOW_MS + DAY_MS,
    }
}

pub const fn expired() -> Period {
    Period {
        from_ms: NOW_MS - DAY_MS / 2,
        until_ms: NOW_MS - 1000,
    }
}

pub const fn future() -> Period {
    Period {
        from_ms: NOW_MS + DAY_MS,
        until_ms: NOW_MS + 2 * DAY_MS,
    }
}

/// Which side ended the handshake, and why.
#[derive(Debug)]
pub enum Refused {
    ByClient(rustls::Error),
    ByServer(rustls::Error),
}

pub struct Connected {
    pub client: ClientConnection,
    pub server: ServerConnection,
}

/// Runs a handshake, then one byte each way.
pub fn connect(client: &ClientConfig, server: &ServerConfig) -> Result<Connected, Refused> {
    let name = ServerName::try_from(tls::SERVER_NAME).unwrap();
    let mut client = ClientConnection::new(Arc::new(client.clone()), name).unwrap();
    let mut server = ServerConnection::new(Arc::new(server.clone())).unwrap();
    use std::io::Write as _;
    client.writer().write_all(b"c").unwrap();
    server.writer().write_all(b"s").unwrap();
    while client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        feed(&mut server, &wire).map_err(Refused::ByServer)?;
        wire.clear();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        feed(&mut client, &wire).map_err(Refused::ByClient)?;
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    Ok(Connected { client, server })
}

fn feed<Side>(
    connection: &mut rustls::ConnectionCommon<Side>,
    mut wire: &[u8],
) -> Result<(), rustls::Error> {
    while !wire.is_empty() {
        connection.read_tls(&mut wire).unwrap();
        connection.process_new_packets()?;
    }
    Ok(())
}
