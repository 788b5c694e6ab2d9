//! `directory.toml`: the directory as people write it, turned into the message to be signed.

use crate::text::time_ms;
use domicile_certs::x509;
use domicile_certs::{files, keys, pem};
use domicile_proto::directory::address_to_wire;
use domicile_proto::types::Key;
use domicile_proto::wire;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::value::Datetime;

/// A time: a TOML date-time or the same in quotes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Time {
    Native(Datetime),
    Text(String),
}

impl Time {
    fn ms(&self, field: &str) -> Result<u64, String> {
        let text = match self {
            Self::Native(time) => time.to_string(),
            Self::Text(text) => text.clone(),
        };
        time_ms(&text).map_err(|problem| format!("`{field}`: {problem}"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    version: u64,
    issued: Option<Time>,
    expires: Time,
    lying_votes: u32,
    draw_near_domains: u32,
    draw_total: u32,
    #[serde(default)]
    metro: Vec<Metro>,
    #[serde(default)]
    anchor: Vec<Anchor>,
    #[serde(default)]
    collector: Vec<Collector>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Metro {
    id: String,
    territory: String,
    latitude: f64,
    longitude: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Anchor {
    name: String,
    metro: String,
    trust_domain: String,
    operator: String,
    addresses: Vec<String>,
    #[serde(default)]
    tunnel_addresses: Vec<String>,
    certificate: Option<PathBuf>,
    key: Option<String>,
    latitude: f64,
    longitude: f64,
    survey_error_m: u32,
    clock_error_ppm: u32,
    position_version: u32,
    valid_from: Time,
    valid_until: Time,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Collector {
    name: String,
    addresses: Vec<String>,
    #[serde(default)]
    tunnel_addresses: Vec<String>,
    certificate: Option<PathBuf>,
    key: Option<String>,
    log_key: String,
    log_origin: String,
}

/// Reads `directory.toml`. Paths in it start at `folder`; `now_ms` stands for a missing `issued`.
///
/// # Errors
/// What is wrong, with the entry's name. The values themselves are checked by
/// `Directory::validate` afterwards.
pub(crate) fn parse(bytes: &[u8], folder: &Path, now_ms: u64) -> Result<wire::Directory, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let issued = file.issued.as_ref().map(|time| time.ms("issued"));
    Ok(wire::Directory {
        version: file.version,
        issued_ms: issued.transpose()?.unwrap_or(now_ms),
        expires_ms: file.expires.ms("expires")?,
        lying_votes: file.lying_votes,
        draw_near_domains: file.draw_near_domains,
        draw_total: file.draw_total,
        metros: list(&file.metro, |metro| (&metro.id, metro.message()))?,
        anchors: list(&file.anchor, |anchor| {
            (&anchor.name, anchor.message(folder))
        })?,
        collectors: list(&file.collector, |collector| {
            (&collector.name, collector.message(folder))
        })?,
    })
}

fn list<'a, T, M>(
    entries: &'a [T],
    message: impl Fn(&'a T) -> (&'a String, Result<M, String>),
) -> Result<Vec<M>, String> {
    let named = |(name, message): (&String, Result<M, String>)| {
        message.map_err(|problem| format!("`{}`: {problem}", name.escape_default()))
    };
    entries.iter().map(|entry| named(message(entry))).collect()
}

impl Metro {
    fn message(&self) -> Result<wire::Metro, String> {
        Ok(wire::Metro {
            id: self.id.clone(),
            territory: self.territory.clone(),
            position: Some(wire::Position {
                version: 1,
                ..position(self.latitude, self.longitude)?
            }),
        })
    }
}

impl Anchor {
    fn message(&self, folder: &Path) -> Result<wire::AnchorEntry, String> {
        Ok(wire::AnchorEntry {
            key: identity(self.key.as_deref(), self.certificate.as_deref(), folder)?.to_vec(),
            name: self.name.clone(),
            metro: self.metro.clone(),
            trust_domain: self.trust_domain.clone(),
            operator: self.operator.clone(),
            addresses: addresses(&self.addresses)?,
            tunnel_addresses: addresses(&self.tunnel_addresses)?,
            position: Some(wire::Position {
                version: self.position_version,
                survey_error_m: self.survey_error_m,
                clock_error_ppm: self.clock_error_ppm,
                ..position(self.latitude, self.longitude)?
            }),
            valid_from_ms: self.valid_from.ms("valid-from")?,
            valid_until_ms: self.valid_until.ms("valid-until")?,
        })
    }
}

impl Collector {
    fn message(&self, folder: &Path) -> Result<wire::CollectorEntry, String> {
        Ok(wire::CollectorEntry {
            key: identity(self.key.as_deref(), self.certificate.as_deref(), folder)?.to_vec(),
            name: self.name.clone(),
            addresses: addresses(&self.addresses)?,
            tunnel_addresses: addresses(&self.tunnel_addresses)?,
            log_key: log_key(&self.log_key, folder)?.to_vec(),
            log_origin: self.log_origin.clone(),
        })
    }
}

/// The position of geodetic coordinates in degrees, on the plain sphere.
fn position(latitude: f64, longitude: f64) -> Result<wire::Position, String> {
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        return Err("`latitude` is -90 to 90 degrees, `longitude` -180 to 180".into());
    }
    let (sin_lat, cos_lat) = latitude.to_radians().sin_cos();
    let (sin_lon, cos_lon) = longitude.to_radians().sin_cos();
    #[allow(clippy::cast_possible_truncation)] // at most 1.8e9 by the check above
    let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
    Ok(wire::Position {
        x: cos_lat * cos_lon,
        y: cos_lat * sin_lon,
        z: sin_lat,
        latitude_e7: e7(latitude),
        longitude_e7: e7(longitude),
        ..wire::Position::default()
    })
}

/// Numeric addresses, for UDP or for the tunnel over TCP.
fn addresses(texts: &[String]) -> Result<Vec<wire::SocketAddress>, String> {
    let address = |text: &String| {
        let parsed: Result<SocketAddr, _> = text.parse();
        parsed.map(address_to_wire).map_err(|_| {
            format!(
                "address `{}` is not ip:port, like 192.0.2.1:4433 or [2001:db8::1]:4433; agents do not resolve names",
                text.escape_default()
            )
        })
    };
    texts.iter().map(address).collect()
}

/// The key to pin: given as such, or that of a certificate.
fn identity(key: Option<&str>, certificate: Option<&Path>, folder: &Path) -> Result<Key, String> {
    match (key, certificate) {
        (Some(key), None) => key.parse().map_err(|error| format!("`key`: {error}")),
        (None, Some(path)) => {
            let chain = pem::load(&folder.join(path)).map_err(|error| error.to_string())?;
            let leaf = chain.first().ok_or("no certificate")?;
            x509::key(leaf).map_err(|error| format!("{}: {error}", path.display()))
        }
        _ => Err("give `certificate` or `key`, one of them".into()),
    }
}

/// A log's public key: hexadecimal, or a file with that, or the private key's file.
fn log_key(text: &str, folder: &Path) -> Result<Key, String> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    let path = folder.join(text);
    let bytes = files::read(&path, 4096).map_err(|error| {
        format!("`log-key` is 64 hexadecimal digits, or a file that holds them; {error}")
    })?;
    let held = String::from_utf8_lossy(&bytes);
    if held.contains("-----BEGIN PRIVATE KEY-----") {
        let key = keys::load(&path).map_err(|error| error.to_string())?;
        return Ok(key.public());
    }
    held.parse()
        .map_err(|_| format!("`log-key`: {} holds no key", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_proto::directory::Directory;
    use domicile_proto::types::Digest;
    use proptest::prelude::*;

    const KEY: &str = "0101010101010101010101010101010101010101010101010101010101010101";

    fn sample() -> String {
        format!(
            r#"
version = 3
expires = 2027-01-01T00:00:00Z
lying-votes = 1
draw-near-domains = 3
draw-total = 8

[[metro]]
id = "sin"
territory = "SG"
latitude = 1.29
longitude = 103.85

[[anchor]]
name = "sin-1"
metro = "sin"
trust-domain = "hoster-a"
operator = "acme"
addresses = ["192.0.2.1:4433", "[2001:db8::1]:4433"]
tunnel-addresses = ["192.0.2.1:443"]
key = "{KEY}"
latitude = 1.3
longitude = 103
survey-error-m = 50
clock-error-ppm = 100
position-version = 1
valid-from = "2026-01-01T00:00:00Z"
valid-until = "2027-01-01T00:00:00+08:00"

[[collector]]
name = "c1"
addresses = ["192.0.2.9:443"]
key = "{KEY}"
log-key = "{KEY}"
log-origin = "example.org/log"
"#
        )
    }

    fn read(text: &str) -> Result<wire::Directory, String> {
        parse(text.as_bytes(), Path::new("/nowhere"), 1_767_225_600_000)
    }

    #[test]
    fn the_sample_is_read_and_valid() {
        let message = read(&sample()).unwrap();
        let directory = Directory::validate(&message, Digest([0; 32])).unwrap();
        assert_eq!(directory.issued_ms, 1_767_225_600_000);
        let anchor = &directory.anchors[0];
        assert_eq!(anchor.addresses[1].to_string(), "[2001:db8::1]:4433");
        assert_eq!(anchor.tunnel_addresses[0].to_string(), "192.0.2.1:443");
        assert!(directory.collectors[0].tunnel_addresses.is_empty());
        assert_eq!(
            anchor.valid_until_ms - anchor.valid_from_ms,
            (365 * 24 - 8) * 3_600_000
        );
        let place = anchor.position;
        assert_eq!(
            (place.latitude_e7, place.longitude_e7),
            (13_000_000, 1_030_000_000)
        );
        // cos(1.3°) cos(103°), cos(1.3°) sin(103°), sin(1.3°), from tables
        let expected = [-0.224_893, 0.974_119, 0.022_687];
        for (got, expected) in place.unit.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6, "{:?}", place.unit);
        }
    }

    #[test]
    fn each_mistake_is_named() {
        for (from, to, said) in [
            (
                "version = 3",
                "version = 3\nextra = 1",
                "unknown field `extra`",
            ),
            ("version = 3", "", "missing field `version`"),
            (
                "192.0.2.1:4433",
                "host.example:4433",
                "agents do not resolve names",
            ),
            ("192.0.2.1:4433", "192.0.2.1", "is not ip:port"),
            (
                "latitude = 1.3\n",
                "latitude = 91\n",
                "`sin-1`: `latitude` is -90 to 90",
            ),
            (
                "latitude = 1.29",
                "latitude = nan",
                "`sin`: `latitude` is -90 to 90",
            ),
            (
                "2026-01-01T00:00:00Z",
                "yesterday",
                "`valid-from`: `yesterday` is not a time",
            ),
            (
                "expires = 2027-01-01T00:00:00Z",
                "expires = 2027-01-01",
                "`expires`",
            ),
            (
                "key = \"0101",
                "certificate = \"a.crt\"\nkey = \"0101",
                "one of them",
            ),
            (
                "log-key = \"01",
                "log-key = \"x",
                "`log-key` is 64 hexadecimal digits",
            ),
        ] {
            let text = sample().replacen(from, to, 1);
            let error = read(&text).unwrap_err();
            assert!(error.contains(said), "{to}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(parse(&bytes, Path::new("/nowhere"), 0).is_err());
        }

        #[test]
        fn any_change_is_answered(at in 0_usize..800, byte in any::<u8>()) {
            let mut bytes = sample().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(message) = parse(&bytes, Path::new("/nowhere"), 0) {
                let _ = Directory::validate(&message, Digest([0; 32]));
            }
        }

        #[test]
        fn positions_are_unit_vectors(lat in -90.0..=90.0, lon in -180.0..=180.0) {
            let p = position(lat, lon).unwrap();
            prop_assert!((p.x * p.x + p.y * p.y + p.z * p.z - 1.0).abs() < 1e-12);
        }
    }
}
