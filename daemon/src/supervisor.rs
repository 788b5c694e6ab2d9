//! By hand and in containers: the parent of the network process and of each device process.
//!
//! It opens no socket to the network and no device. It starts the network process once, and a
//! device process for each nonce that the network process sends; it passes the nonce on, passes
//! the answer back, and waits. It signals nobody but the network process, and never a reader: one
//! that is stuck in a driver is left to finish. Under systemd there is no supervisor; two units
//! and a socket do the same.
//!
//! Children get their socket as standard input.
//!
//! Start reading at [`supervise`].

use crate::device::frame::{self, HEADER, MAX_ANSWER, NO_READING, NONCE, Nonce};
use crate::error::Error;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as Blocking;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::pin::Pin;
use std::process::{Child, Command, ExitStatus, Stdio};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};

/// This program, whatever has become of its file.
const SELF: &str = "/proc/self/exe";

/// The arguments with which this program starts itself again.
#[derive(Debug, Clone)]
pub struct Arguments {
    /// For the network process.
    pub network: Vec<OsString>,
    /// For a device process.
    pub device: Vec<OsString>,
    /// For a device process that asks no GPU to sign.
    pub inventory: Vec<OsString>,
    /// For the TPM's process of an enrolment; `None` in a program without that feature.
    pub tpm: Option<Vec<OsString>>,
}

impl Arguments {
    /// For children of this process, which was started with these options.
    pub fn of_process(
        config: Option<&Path>,
        state_dir: Option<&Path>,
        allow_unconfined: bool,
    ) -> Self {
        let role = |name: &str| {
            let mut arguments: Vec<OsString> = Vec::new();
            for (option, path) in [("--config", config), ("--state-dir", state_dir)] {
                if let Some(path) = path {
                    arguments.extend([option.into(), path.into()]);
                }
            }
            arguments.push(name.into());
            if allow_unconfined {
                arguments.push("--allow-unconfined".into());
            }
            arguments
        };
        let device = role("device");
        let network = std::env::args_os().skip(1);
        Self {
            network: network.chain(["--supervised".into()]).collect(),
            inventory: [&device[..], &["--inventory-only".into()]].concat(),
            device,
            tpm: cfg!(feature = "tpm").then(|| role("tpm")),
        }
    }
}

/// Runs the network process until it ends, and device processes as it asks for them. `ready` is
/// called once the network process has been started and before anything is read from it.
///
/// # Errors
/// [`Error`] when a child cannot be started, `ready` fails, or the network process is killed.
/// Otherwise its exit code.
pub async fn supervise(
    arguments: &Arguments,
    ready: impl FnOnce(Pid) -> Result<(), Error>,
) -> Result<u8, Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::System)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::System)?;
    let mut child_ended = signal(SignalKind::child()).map_err(Error::System)?;
    let (near, far) = Blocking::pair().map_err(Error::System)?;
    let mut network = start(&arguments.network, far, false).map_err(Error::System)?;
    let pid = Pid::from_child(&network);
    ready(pid)?;
    let (mut requests, answers) = Requests::over(near).map_err(Error::System)?;
    let mut answers = Some(answers);
    let mut reading: Option<Relay<'_>> = None;
    let status = loop {
        tokio::select! {
            status = ended(&mut network, &mut child_ended) => break status.map_err(Error::System)?,
            // Already reaped or gone is no error: the first branch sees it.
            _ = terminate.recv() => { let _ = kill_process(pid, Signal::TERM); }
            _ = interrupt.recv() => { let _ = kill_process(pid, Signal::TERM); }
            Some(nonce) = requests.next(), if answers.is_some() && reading.is_none() => {
                reading = answers.take().map(|answers| -> Relay<'_> {
                    Box::pin(relay(arguments, nonce, answers))
                });
            }
            done = wait_for(&mut reading) => {
                reading = None;
                answers = done;
            }
        }
    };
    if reading.is_some() {
        tracing::warn!("a reader is still in a driver; waiting for it (it is never killed)");
        tokio::select! {
            _ = wait_for(&mut reading) => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
    exit_code(status)
}

fn exit_code(status: ExitStatus) -> Result<u8, Error> {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ok(u8::try_from(code).unwrap_or(crate::error::exit::FAILED)),
        (_, Some(libc::SIGSYS)) => Err(Error::Child(
            "the network process made a system call that it may not make, and was stopped by the kernel".into(),
        )),
        (_, signal) => Err(Error::Child(format!(
            "the network process was killed by signal {}",
            signal.unwrap_or_default()
        ))),
    }
}

type Relay<'a> = Pin<Box<dyn Future<Output = Option<OwnedWriteHalf>> + 'a>>;

/// One reading and its answer on the way back. Gives the socket back while it works.
async fn relay(
    arguments: &Arguments,
    nonce: Nonce,
    mut answers: OwnedWriteHalf,
) -> Option<OwnedWriteHalf> {
    let answer = match read_devices(arguments, nonce).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, "the device process could not be started");
            NO_READING.to_vec()
        }
    };
    answers.write_all(&answer).await.ok().map(|()| answers)
}

async fn wait_for(reading: &mut Option<Relay<'_>>) -> Option<OwnedWriteHalf> {
    match reading {
        Some(reading) => reading.await,
        None => std::future::pending().await,
    }
}

/// Starts a device process, gives it `nonce`, and waits until it has ended. Its answer is passed
/// on unread, but never more than one whole frame.
///
/// # Errors
/// The system's, when the process cannot be started.
async fn read_devices(arguments: &Arguments, nonce: Nonce) -> io::Result<Vec<u8>> {
    let mut child_ended = signal(SignalKind::child())?;
    let mut reader = Reader::start(&arguments.device, nonce).await?;
    let answer = reader.answer().await;
    let status = ended(&mut reader.child, &mut child_ended).await?;
    if !status.success() {
        tracing::warn!(%status, "the device process failed");
    }
    Ok(answer)
}

/// A device process that has been asked. Dropped or not, it is left to finish.
#[derive(Debug)]
pub struct Reader {
    child: Child,
    near: UnixStream,
    bytes: Vec<u8>,
}

impl Reader {
    /// Starts a device process with these arguments and gives it `nonce`.
    ///
    /// # Errors
    /// The system's, when the process cannot be started.
    pub async fn start(arguments: &[OsString], nonce: Nonce) -> io::Result<Self> {
        let (near, far) = Blocking::pair()?;
        let child = start(arguments, far, true)?;
        near.set_nonblocking(true)?;
        let mut near = UnixStream::from_std(near)?;
        // A reader that ended early says so by its exit status and by what is missing.
        let _ = near.write_all(&nonce).await;
        Ok(Self {
            child,
            near,
            bytes: Vec::new(),
        })
    }

    /// What it answers, once it has let go of its socket: then it has ended, or is about to. May
    /// be dropped at any moment and called again. Needs no call that only a parent may make.
    pub async fn answer(&mut self) -> Vec<u8> {
        let limit = HEADER + MAX_ANSWER;
        while self.bytes.len() < limit {
            let room = (limit - self.bytes.len()) as u64;
            match (&mut self.near).take(room).read_buf(&mut self.bytes).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        let whole = self
            .bytes
            .first_chunk::<HEADER>()
            .and_then(|header| frame::length(*header).ok())
            .is_some_and(|length| self.bytes.len() == HEADER + length);
        match whole {
            true => self.bytes.clone(),
            false => NO_READING.to_vec(),
        }
    }
}

/// Starts the TPM's process of an enrolment. Nobody waits for it: it ends with its socket, or when it
/// has said what it has to say.
///
/// # Errors
/// The system's, when the process cannot be started.
pub fn start_tpm(arguments: &[OsString]) -> io::Result<(UnixStream, Child)> {
    let (near, far) = Blocking::pair()?;
    let child = start(arguments, far, true)?;
    near.set_nonblocking(true)?;
    Ok((UnixStream::from_std(near)?, child))
}

/// Starts this program again with `socket` as standard input. A reader gets a process group of
/// its own: a terminal's Ctrl-C must not reach it inside a driver.
fn start(arguments: &[OsString], socket: Blocking, reader: bool) -> io::Result<Child> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that starts a process, and that process is this program"
    )]
    let mut command = Command::new(Path::new(SELF));
    command
        .arg0("domiciled")
        .args(arguments)
        .stdin(Stdio::from(OwnedFd::from(socket)));
    if reader {
        command.process_group(0);
    }
    command.spawn()
}

/// Waits until `child` has ended. May be dropped at any moment and called again.
async fn ended(child: &mut Child, child_ended: &mut Signals) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        child_ended.recv().await;
    }
}

/// The network process's requests.
struct Requests {
    stream: OwnedReadHalf,
    bytes: Vec<u8>,
}

impl Requests {
    fn over(stream: Blocking) -> io::Result<(Self, OwnedWriteHalf)> {
        stream.set_nonblocking(true)?;
        let (stream, answers) = UnixStream::from_std(stream)?.into_split();
        let bytes = Vec::with_capacity(NONCE);
        Ok((Self { stream, bytes }, answers))
    }

    /// The next nonce; never, once the network process has closed its end. May be dropped at any
    /// moment and called again.
    async fn next(&mut self) -> Option<Nonce> {
        loop {
            if let Ok(nonce) = Nonce::try_from(self.bytes.as_slice()) {
                self.bytes.clear();
                return Some(nonce);
            }
            let mut space = [0; NONCE];
            let wanted = NONCE - self.bytes.len();
            match self.stream.read(&mut space[..wanted]).await {
                Ok(0) | Err(_) => return std::future::pending().await,
                Ok(count) => self.bytes.extend_from_slice(&space[..count]),
            }
        }
    }
}
