//! The world's programs as child processes that cannot outlive it.
//!
//! Each child leads a process group of its own, so that a Ctrl-C at the terminal reaches only the
//! world, which then ends its children in its own order. Each is started through `leash`, which
//! asks the kernel to kill it when the world dies by whatever cause. Output goes to files, so that
//! no child ever waits for a reader.

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often a waiting world looks at its children.
const LOOK: Duration = Duration::from_millis(4);

/// Starts programs and keeps their output.
#[derive(Debug, Clone)]
pub struct Launcher {
    leash: PathBuf,
    logs: PathBuf,
}

/// One running program. Dropping it kills its process group and waits for its end.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    output: PathBuf,
    errors: PathBuf,
}

/// What a program that has ended left.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub output: Vec<u8>,
    /// Its standard error.
    pub errors: String,
}

impl Launcher {
    /// `leash` is the world's own binary; `logs` an existing folder for the children's output.
    pub fn new(leash: PathBuf, logs: PathBuf) -> Self {
        Self { leash, logs }
    }

    /// Starts `program` under a name that is unique among the running ones.
    ///
    /// # Errors
    /// When it cannot be started or its output files cannot be made.
    pub fn start<S: AsRef<OsStr>>(
        &self,
        name: &str,
        program: &Path,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Program> {
        let output = self.logs.join(format!("{name}.out"));
        let errors = self.logs.join(format!("{name}.err"));
        let file = |path: &Path| {
            File::create(path).with_context(|| format!("cannot create {}", path.display()))
        };
        let mut command = Command::new(&self.leash);
        command
            .arg("leash")
            .arg("--parent")
            .arg(std::process::id().to_string())
            .arg("--")
            .arg(program)
            .args(arguments)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(file(&output)?)
            .stderr(file(&errors)?)
            .process_group(0);
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Program {
            name: name.to_owned(),
            child,
            output,
            errors,
        })
    }

    /// Starts a program and waits for its end, whatever its exit status.
    ///
    /// # Errors
    /// When it cannot be started or is not done within `limit` (it is killed then).
    pub async fn run<S: AsRef<OsStr>>(
        &self,
        name: &str,
        program: &Path,
        arguments: impl IntoIterator<Item = S>,
        limit: Duration,
    ) -> Result<Ended> {
        self.start(name, program, arguments)?.ended(limit).await
    }

    /// Starts a program that has to succeed and answers its standard output.
    ///
    /// # Errors
    /// As [`Launcher::run`], and when it exits with another status than 0.
    pub async fn succeed<S: AsRef<OsStr>>(
        &self,
        name: &str,
        program: &Path,
        arguments: impl IntoIterator<Item = S>,
        limit: Duration,
    ) -> Result<Vec<u8>> {
        let ended = self.run(name, program, arguments, limit).await?;
        if !ended.status.success() {
            bail!(
                "{name} ended with {}:\n{}",
                ended.status,
                tail(&ended.errors)
            );
        }
        Ok(ended.output)
    }
}

impl Program {
    /// The first line of its output that starts with `ready`, without that word.
    ///
    /// # Errors
    /// When it ends or `limit` passes before.
    pub async fn ready(&mut self, limit: Duration) -> Result<String> {
        let start = Instant::now();
        loop {
            let ended = self.child.try_wait()?;
            let output = fs::read_to_string(&self.output).unwrap_or_default();
            let complete = output.rsplit_once('\n').map_or("", |(lines, _)| lines);
            let ready = complete
                .lines()
                .find_map(|line| line.trim().strip_prefix("ready"));
            if let Some(rest) = ready {
                return Ok(rest.trim().to_owned());
            }
            if let Some(status) = ended {
                bail!(
                    "{} ended with {status} before it was ready:\n{}",
                    self.name,
                    tail(&self.errors())
                );
            }
            if start.elapsed() > limit {
                bail!(
                    "{} was not ready within {limit:?}:\n{}",
                    self.name,
                    tail(&self.errors())
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When `limit` passes before; it is killed then.
    pub async fn ended(mut self, limit: Duration) -> Result<Ended> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                let output = fs::read(&self.output)
                    .with_context(|| format!("cannot read {}", self.output.display()))?;
                let errors = self.errors();
                return Ok(Ended {
                    status,
                    output,
                    errors,
                });
            }
            if start.elapsed() > limit {
                bail!(
                    "{} was not done within {limit:?}:\n{}",
                    self.name,
                    tail(&self.errors())
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Asks it to end (SIGTERM).
    pub fn terminate(&self) {
        // It may have ended by itself.
        let _ = kill_process_group(self.group(), Signal::TERM);
    }

    /// Kills its process group; dropping it then waits for its end.
    pub fn kill(&mut self) {
        // A child that was not waited for keeps its number, so the group is still ours.
        if self.is_running() {
            let _ = kill_process_group(self.group(), Signal::KILL);
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it has written to standard error so far.
    pub fn errors(&self) -> String {
        fs::read(&self.errors)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    fn group(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}

/// Asks all to end, waits up to `limit`, kills the rest. Answers the names of those killed.
pub async fn end_all(mut programs: Vec<Program>, limit: Duration) -> Vec<String> {
    programs.iter().for_each(Program::terminate);
    let start = Instant::now();
    while start.elapsed() < limit {
        programs.retain_mut(Program::is_running);
        if programs.is_empty() {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    programs.iter_mut().for_each(Program::kill);
    programs
        .iter()
        .map(|program| program.name.clone())
        .collect()
}

/// The body of `leash`: binds this process to the life of its parent, then becomes `program`.
///
/// # Errors
/// When the parent is gone already or the program cannot be started; it never returns otherwise.
pub fn leash(parent: u32, program: &OsStr, arguments: &[std::ffi::OsString]) -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // The parent may have died before the line above.
    let actual = rustix::process::getppid().map(Pid::as_raw_nonzero);
    if actual.is_none_or(|pid| u32::try_from(pid.get()) != Ok(parent)) {
        bail!("process {parent}, for which this was started, is gone");
    }
    let error = Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", Path::new(program).display()))
}

/// The last lines of a log.
pub fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let from = lines.len().saturating_sub(15);
    lines[from..]
        .iter()
        .map(|line| format!("  | {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A launcher whose leash is the shell: `sh leash --parent N -- prog args` needs a script.
    fn launcher(folder: &Path) -> Launcher {
        let leash = folder.join("leash.sh");
        fs::write(&leash, "#!/bin/sh\nshift 4\nexec \"$@\"\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&leash, mode).unwrap();
        Launcher::new(leash, folder.to_path_buf())
    }

    #[tokio::test]
    async fn output_status_and_ready_line_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let launcher = launcher(folder.path());
        let shell = Path::new("/bin/sh");
        let script = "echo hello; echo ready 127.0.0.1:7; echo trouble >&2; exec sleep 60";
        let mut program = launcher.start("a", shell, ["-c", script]).unwrap();
        let ready = program.ready(Duration::from_secs(5)).await.unwrap();
        assert_eq!(ready, "127.0.0.1:7");
        assert!(program.is_running());

        let ended = launcher
            .run("b", shell, ["-c", "echo x; exit 3"], Duration::from_secs(5))
            .await
            .unwrap();
        assert_eq!(ended.status.code(), Some(3));
        assert_eq!(ended.output, b"x\n");

        let error = launcher
            .succeed(
                "c",
                shell,
                ["-c", "echo why >&2; exit 1"],
                Duration::from_secs(5),
            )
            .await
            .unwrap_err();
        assert!(error.to_string().contains("why"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_ends_or_hangs_is_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        let launcher = launcher(folder.path());
        let shell = Path::new("/bin/sh");
        let mut ended = launcher.start("a", shell, ["-c", "echo no >&2"]).unwrap();
        assert!(ended.ready(Duration::from_secs(5)).await.is_err());
        let mut hangs = launcher.start("b", shell, ["-c", "exec sleep 60"]).unwrap();
        assert!(hangs.ready(Duration::from_millis(20)).await.is_err());
    }

    #[tokio::test]
    async fn dropping_kills_the_whole_group_even_when_it_ignores_the_request() {
        let folder = tempfile::tempdir().unwrap();
        let launcher = launcher(folder.path());
        let script = "trap '' TERM; sleep 60 & echo ready $!; wait; sleep 60";
        let mut program = launcher
            .start("a", Path::new("/bin/sh"), ["-c", script])
            .unwrap();
        let grandchild: i32 = program
            .ready(Duration::from_secs(5))
            .await
            .unwrap()
            .parse()
            .unwrap();
        let killed = end_all(vec![program], Duration::from_millis(50)).await;
        assert_eq!(killed, ["a"]);
        let gone = || {
            fs::read_to_string(format!("/proc/{grandchild}/stat"))
                .map_or(true, |stat| stat.contains(") Z "))
        };
        let start = Instant::now();
        while !gone() && start.elapsed() < Duration::from_secs(5) {
            tokio::time::sleep(LOOK).await;
        }
        assert!(gone());
    }
}
