//! Telling systemd that the service is ready and alive: datagrams on a socket that is connected
//! before the process is confined.
//!
//! `NOTIFY_SOCKET` names it; without that, nothing is told to anybody.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The way to the service manager.
#[derive(Debug)]
pub struct Manager {
    socket: Option<UnixDatagram>,
    /// How often it wants to hear that the service is alive.
    pub watchdog: Option<Duration>,
}

impl Manager {
    /// Connects to the manager that started this process, by its environment.
    ///
    /// # Errors
    /// When it named a socket that cannot be reached.
    pub fn of_environment() -> io::Result<Self> {
        Self::connect(
            std::env::var_os("NOTIFY_SOCKET"),
            std::env::var("WATCHDOG_USEC").ok().as_deref(),
        )
    }

    fn connect(socket: Option<OsString>, watchdog_us: Option<&str>) -> io::Result<Self> {
        let address = match socket {
            None => None,
            Some(name) => Some(match name.as_bytes().strip_prefix(b"@") {
                Some(name) => SocketAddr::from_abstract_name(name)?,
                None => SocketAddr::from_pathname(name)?,
            }),
        };
        let socket = address.map(|address| {
            let socket = UnixDatagram::unbound()?;
            socket.connect_addr(&address)?;
            socket.set_nonblocking(true)?;
            Ok::<_, io::Error>(socket)
        });
        // Half of what the manager waits, as it asks for.
        let half = |us: &str| Some(Duration::from_micros(us.parse::<u64>().ok()? / 2));
        Ok(Self {
            watchdog: watchdog_us
                .and_then(half)
                .filter(|half| !half.is_zero() && socket.is_some()),
            socket: socket.transpose()?,
        })
    }

    /// The service works from now on.
    pub fn ready(&self) {
        self.tell(b"READY=1");
    }

    /// The service is alive.
    pub fn alive(&self) {
        self.tell(b"WATCHDOG=1");
    }

    /// The service is about to end.
    pub fn stopping(&self) {
        self.tell(b"STOPPING=1");
    }

    fn tell(&self, what: &[u8]) {
        if let Some(Err(error)) = self.socket.as_ref().map(|socket| socket.send(what)) {
            tracing::warn!(%error, "the service manager was not told");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_manager_hears_and_none_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let listening = UnixDatagram::bind(&path).unwrap();
        let manager = Manager::connect(Some(path.into()), Some("120000000")).unwrap();
        assert_eq!(manager.watchdog, Some(Duration::from_secs(60)));
        manager.ready();
        manager.alive();
        let mut space = [0; 32];
        for said in [&b"READY=1"[..], b"WATCHDOG=1"] {
            let length = listening.recv(&mut space).unwrap();
            assert_eq!(&space[..length], said);
        }
        let nobody = Manager::connect(None, Some("120000000")).unwrap();
        assert_eq!(nobody.watchdog, None);
        nobody.ready();
        assert!(Manager::connect(Some("/nonexistent/notify".into()), None).is_err());
    }
}
