//! Syslog after RFC 5424: over a Unix datagram socket, UDP (RFC 5426), or TCP with octet counting
//! (RFC 6587, 3.4.1).
//!
//! None of the three is acknowledged: a Unix datagram is with the system's logger when it is sent, a
//! message over UDP may be lost on its way, one over TCP when the connection breaks behind it. Who
//! must have every alert takes a webhook, or reads the log.

use super::Alert;
use domicile_diversion::flags::Severity;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, UdpSocket, UnixDatagram};
use tokio::time::timeout;

/// How long a message may take to be handed over.
const WAIT: Duration = Duration::from_secs(10);

/// The id of the structured data; the number is the one that RFC 5612 keeps for such use.
const SD_ID: &str = "domicile@32473";

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Where {
    Unix(PathBuf),
    Udp(SocketAddr),
    Tcp(SocketAddr),
}

impl FromStr for Where {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || {
            let shown: String = text.chars().take(100).collect();
            format!("{shown:?} where unix:/PATH, udp:ADDRESS:PORT or tcp:ADDRESS:PORT is expected")
        };
        let (way, place) = text.split_once(':').ok_or_else(bad)?;
        match way {
            "unix" if place.starts_with('/') => Ok(Self::Unix(place.into())),
            "udp" => place.parse().map(Self::Udp).map_err(|_| bad()),
            "tcp" => place.parse().map(Self::Tcp).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

/// A target.
#[derive(Debug)]
pub(super) struct Syslog {
    to: Where,
    facility: u8,
    /// The log's name, as far as a host name allows.
    hostname: String,
    stream: Option<TcpStream>,
}

impl Syslog {
    pub(super) fn new(to: Where, facility: u8, origin: &str) -> Self {
        let plain = origin.chars().filter(char::is_ascii_graphic);
        let hostname: String = plain.take(255).collect();
        Self {
            to,
            facility,
            hostname,
            stream: None,
        }
    }

    /// Hands one message over.
    ///
    /// # Errors
    /// Why it could not be.
    pub(super) async fn send(&mut self, alert: &Alert) -> Result<(), String> {
        let message = message(alert, self.facility, &self.hostname);
        match timeout(WAIT, self.hand_over(message.as_bytes())).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                self.stream = None;
                Err(error.to_string())
            }
            Err(_) => {
                self.stream = None;
                Err(format!("not taken within {WAIT:?}"))
            }
        }
    }

    async fn hand_over(&mut self, message: &[u8]) -> std::io::Result<()> {
        match &self.to {
            Where::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.send_to(message, path).await?;
            }
            Where::Udp(address) => {
                let local: SocketAddr = match address {
                    SocketAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
                    SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
                };
                let socket = UdpSocket::bind(local).await?;
                socket.send_to(message, address).await?;
            }
            Where::Tcp(address) => {
                let mut stream = match self.stream.take() {
                    Some(stream) if is_open(&stream) => stream,
                    _ => TcpStream::connect(address).await?,
                };
                let counted = [message.len().to_string().as_bytes(), b" ", message].concat();
                stream.write_all(&counted).await?;
                stream.flush().await?;
                self.stream = Some(stream);
            }
        }
        Ok(())
    }
}

/// Whether the other side has not closed it. A syslog server says nothing: anything read is an end.
fn is_open(stream: &TcpStream) -> bool {
    let read = stream.try_read(&mut [0]);
    matches!(read, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

/// `<PRI>1 TIME HOST domicile-collector - MSGID [data] text`
fn message(alert: &Alert, facility: u8, hostname: &str) -> String {
    let severity = match alert.severity() {
        Some(Severity::High) => 3,
        Some(Severity::Medium) => 4,
        Some(Severity::Low) | None => 5,
        Some(Severity::Note) => 6,
    };
    let priority = u32::from(facility) * 8 + severity;
    let (kind, subject, path) = (alert.kind(), alert.subject(), alert.path());
    let time = crate::api::time_text(alert.at_ms);
    let mut text = format!("<{priority}>1 {time} {hostname} domicile-collector - {kind} [{SD_ID}");
    let mut data = |name: &str, value: &str| {
        let _ = write!(text, " {name}=\"{}\"", escaped(value));
    };
    data("logIndex", &alert.index.to_string());
    data("subject", &subject);
    if let Some(severity) = alert.severity() {
        data("severity", &severity.to_string());
    }
    if let super::alert::Change::Flag { code, .. } = &alert.change {
        data("code", code.name());
        data("class", code.entry().class.name());
    }
    if let super::alert::Change::CaseStep { verb, .. } = &alert.change {
        data("step", verb.name());
    }
    data("path", &path);
    // The byte order mark says that what follows is UTF-8.
    let _ = write!(text, "] \u{feff}{kind} {subject} {path}");
    text
}

/// A parameter's value: `"`, `\` and `]` behind a backslash.
fn escaped(value: &str) -> String {
    value.chars().fold(String::new(), |mut out, c| {
        if matches!(c, '"' | '\\' | ']') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::alert::Change;
    use super::*;
    use domicile_diversion::flags::Code;

    #[test]
    fn a_message_is_of_the_form_and_what_is_hostile_in_it_is_escaped() {
        let alert = Alert {
            index: 7,
            at_ms: 1_767_225_600_000,
            change: Change::Flag {
                is_raised: true,
                id: "5".into(),
                code: Code::OutsidePermitted,
                severity: Severity::High,
                subject: "licence:a\"] b\\\n<1>".into(),
            },
        };
        assert_eq!(
            message(&alert, 16, "log.example/1"),
            "<131>1 2026-01-01T00:00:00.000Z log.example/1 domicile-collector - flag.raised \
             [domicile@32473 logIndex=\"7\" subject=\"licence:a\\\"\\] b\\\\<1>\" severity=\"high\" \
             code=\"outside-permitted\" class=\"finding\" path=\"/v1/flags/5\"] \
             \u{feff}flag.raised licence:a\"] b\\<1> /v1/flags/5"
        );
    }

    #[test]
    fn places_are_read() {
        let read = |text: &str| text.parse::<Where>();
        assert_eq!(read("unix:/dev/log"), Ok(Where::Unix("/dev/log".into())));
        assert!(matches!(read("udp:192.0.2.1:514"), Ok(Where::Udp(_))));
        assert!(matches!(read("tcp:[::1]:601"), Ok(Where::Tcp(_))));
        for bad in ["", "unix:log", "udp:host:514", "tls:192.0.2.1:1"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
