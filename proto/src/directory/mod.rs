//! The signed list of servers in its checked form.

use crate::codec::{CodecError, name, territory};
use crate::sign::{self, Domain, OpenError};
use crate::types::{Digest, Key};
use crate::wire;
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};

/// Largest directory file, bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Most anchors in a directory.
pub const MAX_ANCHORS: usize = 4096;

const MAX_METROS: usize = 1024;
const MAX_COLLECTORS: usize = 64;
const MAX_ADDRESSES: usize = 8;

/// A directory whose signature and every field have been checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Directory {
    /// Rises with each issue.
    pub version: u64,
    /// Unix time, ms.
    pub issued_ms: u64,
    /// Unix time, ms.
    pub expires_ms: u64,
    /// *f*: votes that may lie or fail.
    pub lying_votes: u8,
    /// Distinct trust domains drawn near the declared metro, at least 2*f*+1.
    pub draw_near_domains: usize,
    /// Anchors drawn in all.
    pub draw_total: usize,
    /// Metros, in the order of the file.
    pub metros: Vec<Metro>,
    /// Anchors, in the order of the file.
    pub anchors: Vec<Anchor>,
    /// Collectors, in the order of the file.
    pub collectors: Vec<Collector>,
    /// SHA-256 of the encoded [`wire::Signed`].
    pub hash: Digest,
}

/// A place where hosts are declared to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Metro {
    /// Short name.
    pub id: String,
    /// ISO 3166 alpha-2.
    pub territory: [u8; 2],
    /// Its centre.
    pub position: Position,
}

/// An anchor: a pinned key at a surveyed position.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor {
    /// Its identity, in TLS and under receipts.
    pub key: Key,
    /// For people.
    pub name: String,
    /// Index into [`Directory::metros`].
    pub metro: usize,
    /// The vote it belongs to.
    pub trust_domain: String,
    /// Who runs it.
    pub operator: String,
    /// Numeric addresses, at least one.
    pub addresses: Vec<SocketAddr>,
    /// Numeric addresses for TLS over TCP, where UDP is blocked; may be empty.
    pub tunnel_addresses: Vec<SocketAddr>,
    /// Where it stands.
    pub position: Position,
    /// Unix time in ms, from which it counts.
    pub valid_from_ms: u64,
    /// Unix time in ms, until which it counts; afterwards it is retired.
    pub valid_until_ms: u64,
}

/// A collector and its log.
#[derive(Debug, Clone, PartialEq)]
pub struct Collector {
    /// Its identity, in TLS, under receipts and verdicts.
    pub key: Key,
    /// For people.
    pub name: String,
    /// Numeric addresses for agents (QUIC), at least one.
    pub addresses: Vec<SocketAddr>,
    /// Numeric addresses for TLS over TCP, where UDP is blocked; may be empty.
    pub tunnel_addresses: Vec<SocketAddr>,
    /// The key of its log.
    pub log_key: Key,
    /// The C2SP origin of its log.
    pub log_origin: String,
}

/// A surveyed position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Rises when it changes.
    pub version: u32,
    /// Unit vector: x to (0°, 0°), z to the north pole.
    pub unit: [f64; 3],
    /// 1e-7 degree.
    pub latitude_e7: i32,
    /// 1e-7 degree.
    pub longitude_e7: i32,
    /// Metres.
    pub survey_error_m: u32,
    /// Parts per million.
    pub clock_error_ppm: u32,
}

impl Directory {
    /// Checks an encoded [`wire::Signed`] directory under the vendor's directory key.
    ///
    /// # Errors
    /// [`OpenError`] when the signature fails, a field is out of range, a key or name appears
    /// twice, or a reference leads nowhere.
    pub fn open(bytes: &[u8], directory_key: &Key) -> Result<Self, OpenError> {
        let message: wire::Directory =
            sign::open_bytes(Domain::Directory, directory_key, bytes, MAX_BYTES)?;
        Ok(Self::validate(&message, sign::sha256(bytes))?)
    }

    /// Checks every field of a directory message; `hash` is that of its signed encoding.
    ///
    /// # Errors
    /// [`CodecError::Field`] naming the field that is out of range.
    pub fn validate(message: &wire::Directory, hash: Digest) -> Result<Self, CodecError> {
        within("metros", message.metros.len(), 1, MAX_METROS)?;
        within("anchors", message.anchors.len(), 1, MAX_ANCHORS)?;
        within("collectors", message.collectors.len(), 1, MAX_COLLECTORS)?;
        if message.issued_ms >= message.expires_ms {
            return Err(CodecError::field(
                "expires_ms",
                "must be later than issued_ms",
            ));
        }
        let lying_votes = u8::try_from(message.lying_votes)
            .ok()
            .filter(|f| *f <= 8)
            .ok_or_else(|| CodecError::field("lying_votes", "at most 8"))?;
        let metros = message
            .metros
            .iter()
            .map(Metro::validate)
            .collect::<Result<Vec<_>, _>>()?;
        unique("metros.id", metros.iter().map(|metro| &metro.id))?;
        let anchors = message
            .anchors
            .iter()
            .map(|anchor| Anchor::validate(anchor, &metros))
            .collect::<Result<Vec<_>, _>>()?;
        unique("anchors.key", anchors.iter().map(|anchor| anchor.key))?;
        let collectors = message
            .collectors
            .iter()
            .map(Collector::validate)
            .collect::<Result<Vec<_>, _>>()?;
        unique(
            "collectors.key",
            collectors.iter().map(|collector| collector.key),
        )?;
        let near = to_usize(message.draw_near_domains);
        let total = to_usize(message.draw_total);
        within(
            "draw_near_domains",
            near,
            2 * usize::from(lying_votes) + 1,
            MAX_ANCHORS,
        )?;
        within("draw_total", total, near, 64)?;
        Ok(Self {
            version: message.version,
            issued_ms: message.issued_ms,
            expires_ms: message.expires_ms,
            lying_votes,
            draw_near_domains: near,
            draw_total: total,
            metros,
            anchors,
            collectors,
            hash,
        })
    }

    /// The anchor with this key.
    pub fn anchor(&self, key: &Key) -> Option<&Anchor> {
        self.anchors.iter().find(|anchor| anchor.key == *key)
    }

    /// The collector with this key.
    pub fn collector(&self, key: &Key) -> Option<&Collector> {
        self.collectors
            .iter()
            .find(|collector| collector.key == *key)
    }

    /// The metro with this id.
    pub fn metro(&self, id: &str) -> Option<&Metro> {
        self.metros.iter().find(|metro| metro.id == id)
    }
}

impl Metro {
    fn validate(message: &wire::Metro) -> Result<Self, CodecError> {
        Ok(Self {
            id: name("metros.id", &message.id)?,
            territory: territory("metros.territory", &message.territory)?,
            position: Position::validate(message.position.as_ref())?,
        })
    }
}

impl Anchor {
    fn validate(message: &wire::AnchorEntry, metros: &[Metro]) -> Result<Self, CodecError> {
        if message.valid_from_ms >= message.valid_until_ms {
            return Err(CodecError::field(
                "valid_until_ms",
                "must be later than valid_from_ms",
            ));
        }
        Ok(Self {
            key: Key::read("anchors.key", &message.key)?,
            name: name("anchors.name", &message.name)?,
            metro: metros
                .iter()
                .position(|metro| metro.id == message.metro)
                .ok_or_else(|| {
                    CodecError::field("anchors.metro", "names no metro of this directory")
                })?,
            trust_domain: name("anchors.trust_domain", &message.trust_domain)?,
            operator: name("anchors.operator", &message.operator)?,
            addresses: addresses(&message.addresses, 1)?,
            tunnel_addresses: addresses(&message.tunnel_addresses, 0)?,
            position: Position::validate(message.position.as_ref())?,
            valid_from_ms: message.valid_from_ms,
            valid_until_ms: message.valid_until_ms,
        })
    }
}

impl Collector {
    fn validate(message: &wire::CollectorEntry) -> Result<Self, CodecError> {
        Ok(Self {
            key: Key::read("collectors.key", &message.key)?,
            name: name("collectors.name", &message.name)?,
            addresses: addresses(&message.addresses, 1)?,
            tunnel_addresses: addresses(&message.tunnel_addresses, 0)?,
            log_key: Key::read("collectors.log_key", &message.log_key)?,
            log_origin: name("collectors.log_origin", &message.log_origin)?,
        })
    }
}

impl Position {
    fn validate(message: Option<&wire::Position>) -> Result<Self, CodecError> {
        let p = message.ok_or_else(|| CodecError::field("position", "is missing"))?;
        let norm = p.x * p.x + p.y * p.y + p.z * p.z;
        if !norm.is_finite() || (norm - 1.0).abs() > 1e-9 {
            return Err(CodecError::field(
                "position",
                "x, y, z are not a unit vector",
            ));
        }
        if p.latitude_e7.abs() > 900_000_000 || p.longitude_e7.abs() > 1_800_000_000 {
            return Err(CodecError::field(
                "position",
                "latitude or longitude out of range",
            ));
        }
        if p.survey_error_m > 1_000_000 || p.clock_error_ppm > 10_000 {
            return Err(CodecError::field(
                "position",
                "survey error above 1,000 km or clock error above 1 %",
            ));
        }
        Ok(Self {
            version: p.version,
            unit: [p.x, p.y, p.z],
            latitude_e7: p.latitude_e7,
            longitude_e7: p.longitude_e7,
            survey_error_m: p.survey_error_m,
            clock_error_ppm: p.clock_error_ppm,
        })
    }

    /// Square of the chord to another position, in units of the earth's radius. Orders places by
    /// distance with + − × alone.
    pub fn chord_squared(&self, other: &Self) -> f64 {
        let [dx, dy, dz] = [0, 1, 2].map(|axis| self.unit[axis] - other.unit[axis]);
        dx * dx + dy * dy + dz * dz
    }
}

fn addresses(
    messages: &[wire::SocketAddress],
    least: usize,
) -> Result<Vec<SocketAddr>, CodecError> {
    within("addresses", messages.len(), least, MAX_ADDRESSES)?;
    messages.iter().map(address).collect()
}

fn address(message: &wire::SocketAddress) -> Result<SocketAddr, CodecError> {
    let ip: IpAddr = match message.ip.len() {
        4 => <[u8; 4]>::try_from(&message.ip[..]).map(IpAddr::from),
        _ => <[u8; 16]>::try_from(&message.ip[..]).map(IpAddr::from),
    }
    .map_err(|_| CodecError::field("addresses.ip", "4 or 16 bytes are required"))?;
    let port = u16::try_from(message.port).ok().filter(|port| *port != 0);
    let port = port.ok_or_else(|| CodecError::field("addresses.port", "1 to 65535 is required"))?;
    Ok(SocketAddr::new(ip, port))
}

/// The message of an address.
pub fn address_to_wire(address: SocketAddr) -> wire::SocketAddress {
    let ip = match address.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    wire::SocketAddress {
        ip,
        port: address.port().into(),
    }
}

fn within(field: &'static str, actual: usize, least: usize, most: usize) -> Result<(), CodecError> {
    if (least..=most).contains(&actual) {
        return Ok(());
    }
    Err(CodecError::field(
        field,
        format!("{actual} where {least} to {most} are allowed"),
    ))
}

fn unique<T: std::hash::Hash + Eq>(
    field: &'static str,
    items: impl Iterator<Item = T>,
) -> Result<(), CodecError> {
    let mut seen = HashSet::new();
    for item in items {
        if !seen.insert(item) {
            return Err(CodecError::field(field, "appears twice"));
        }
    }
    Ok(())
}

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
pub(crate) mod tests;
