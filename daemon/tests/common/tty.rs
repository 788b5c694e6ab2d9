//! A terminal's line in the place of a TPM's device. Where the kernel offers no virtual TPM
//! (`/dev/vtpmx`), this is a character device with a path of its own that a program can open, write
//! a command to and read an answer from.

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// The line. It hangs up with its value.
pub struct Tty {
    master: File,
    /// Open, so that a program that leaves does not hang it up.
    _slave: File,
    path: PathBuf,
}

impl Tty {
    /// A new line that passes bytes on as they are.
    pub fn open() -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_bytes();
        let path = PathBuf::from(std::ffi::OsString::from_vec(name));
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true);
        let slave = options.custom_flags(libc::O_NOCTTY).open(&path).unwrap();
        let mut modes = tcgetattr(&slave).unwrap();
        modes.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &modes).unwrap();
        Self {
            master: master.into(),
            _slave: slave,
            path,
        }
    }

    /// The device's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Connects the line with a TPM's socket, for good.
    pub fn lead_to(&self, mut tpm: UnixStream) {
        let mut line = self.master.try_clone().unwrap();
        let mut commands = tpm.try_clone().unwrap();
        std::thread::spawn(move || io::copy(&mut line, &mut commands));
        let mut line = self.master.try_clone().unwrap();
        std::thread::spawn(move || io::copy(&mut tpm, &mut line));
    }
}
