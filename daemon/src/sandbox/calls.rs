//! seccomp: the system calls that may still be made. Everything that is not listed is denied.
//!
//! Start reading at [`network`].

use super::Denied;
use libc::c_long;
use rustix::process::Pid;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use std::collections::BTreeMap;

/// A list of system calls.
#[derive(Debug, Clone)]
pub struct Calls {
    name: &'static str,
    allowed: BTreeMap<i64, Vec<SeccompRule>>,
    names: BTreeMap<i64, &'static str>,
}

/// A system call's name, after `SYS_`, and number.
type Named = (&'static str, c_long);

macro_rules! named {
    ($($call:ident),* $(,)?) => { &[$((stringify!($call), libc::$call)),*] };
}

/// Memory, time, signals to itself, waiting, and the files and sockets that are open already.
const ALWAYS: &[Named] = named![
    SYS_brk,
    SYS_clock_getres,
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_close,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_exit,
    SYS_exit_group,
    SYS_fcntl,
    SYS_fstat,
    SYS_futex,
    SYS_getegid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getpid,
    SYS_getrandom,
    SYS_gettid,
    SYS_gettimeofday,
    SYS_getuid,
    SYS_lseek,
    SYS_madvise,
    SYS_mremap,
    SYS_munmap,
    SYS_nanosleep,
    SYS_newfstatat,
    SYS_ppoll,
    SYS_pread64,
    SYS_read,
    SYS_readv,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_restart_syscall,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sched_yield,
    SYS_sendmsg,
    SYS_sendto,
    SYS_sigaltstack,
    SYS_statx,
    SYS_write,
    SYS_writev
];

/// Opening and listing what Landlock leaves.
const OPEN: &[Named] = named![SYS_getdents64, SYS_openat];

/// Keeping state: whole files are written beside the old ones and renamed.
const KEEP: &[Named] = named![
    SYS_fchmod,
    SYS_fdatasync,
    SYS_flock,
    SYS_fsync,
    SYS_ftruncate,
    SYS_linkat,
    SYS_mkdirat,
    SYS_renameat2,
    SYS_unlinkat
];

/// Asking about the sockets that are open.
const SOCKETS: &[Named] = named![
    SYS_getpeername,
    SYS_getsockname,
    SYS_getsockopt,
    SYS_shutdown
];

/// What a driver's library does beside its ioctls.
const DRIVER: &[Named] = named![
    SYS_dup,
    SYS_eventfd2,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_ioctl,
    SYS_readlinkat,
    SYS_sched_getaffinity,
    SYS_sysinfo,
    SYS_uname
];

/// What the device process's mark on the disk takes: one file, replaced as a whole, and a lock.
const MARK: &[Named] = named![SYS_flock, SYS_fsync, SYS_renameat2];

/// Starting this program again, and what it does until it is confined.
const START: &[Named] = named![
    SYS_capget,
    SYS_capset,
    SYS_clone,
    SYS_clone3,
    SYS_close_range,
    SYS_dup3,
    SYS_epoll_create1,
    SYS_execve,
    SYS_getsockname,
    SYS_getsockopt,
    SYS_landlock_add_rule,
    SYS_landlock_create_ruleset,
    SYS_landlock_restrict_self,
    SYS_pipe2,
    SYS_prctl,
    SYS_prlimit64,
    SYS_rseq,
    SYS_seccomp,
    SYS_set_robust_list,
    SYS_set_tid_address,
    SYS_setpgid,
    SYS_setsockopt,
    SYS_wait4,
    SYS_waitid,
    SYS_mmap,
    SYS_mprotect
];

/// Calls that newer architectures have only under another name.
#[cfg(target_arch = "x86_64")]
mod old {
    use super::Named;
    pub(super) const ALWAYS: &[Named] = named![SYS_epoll_wait, SYS_poll];
    pub(super) const OPEN: &[Named] = named![SYS_lstat, SYS_open, SYS_stat];
    pub(super) const KEEP: &[Named] = named![
        SYS_link,
        SYS_mkdir,
        SYS_rename,
        SYS_renameat,
        SYS_rmdir,
        SYS_unlink
    ];
    pub(super) const DRIVER: &[Named] = named![SYS_access, SYS_readlink];
    pub(super) const MARK: &[Named] = named![SYS_rename];
    pub(super) const START: &[Named] = named![SYS_arch_prctl, SYS_dup2, SYS_fork, SYS_vfork];
}
#[cfg(not(target_arch = "x86_64"))]
mod old {
    use super::Named;
    pub(super) const ALWAYS: &[Named] = named![];
    pub(super) const OPEN: &[Named] = named![];
    pub(super) const KEEP: &[Named] = named![];
    pub(super) const DRIVER: &[Named] = named![];
    pub(super) const MARK: &[Named] = named![SYS_renameat];
    pub(super) const START: &[Named] = named![];
}

/// The network process. Its sockets are open; `device_socket` says whether it connects to
/// systemd's Unix socket for each reading, for which it may make Unix sockets and no others.
pub fn network(device_socket: bool) -> Calls {
    let mut calls = Calls::new("network")
        .all(ALWAYS)
        .all(old::ALWAYS)
        .all(OPEN)
        .all(old::OPEN)
        .all(KEEP)
        .all(old::KEEP)
        .all(SOCKETS)
        .no_new_code();
    if device_socket {
        calls = calls
            .all(named![SYS_connect])
            .when(named![SYS_socket][0], &[is(0, libc::AF_UNIX)]);
    }
    calls
}

impl Calls {
    /// And TCP connections, made as tokio makes them: it may connect, and neither bind, listen nor
    /// accept.
    pub fn with_tunnels(mut self) -> Self {
        let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
        for family in [libc::AF_INET, libc::AF_INET6] {
            self = self.when(named![SYS_socket][0], &[is(0, family), is(1, kind)]);
        }
        self.all(named![SYS_connect]).when(
            named![SYS_setsockopt][0],
            &[is(1, libc::IPPROTO_TCP), is(2, libc::TCP_NODELAY)],
        )
    }
}

/// What uses a socket that is open.
const MESSAGES: &[Named] = named![SYS_recvfrom, SYS_recvmsg, SYS_sendmsg, SYS_sendto];

/// The answer to an inspector: reading files. It makes no socket and uses none.
pub fn answer() -> Calls {
    Calls::new("answer")
        .all(ALWAYS)
        .all(old::ALWAYS)
        .all(OPEN)
        .all(old::OPEN)
        .without(MESSAGES)
        .no_new_code()
}

/// What a reading of the devices takes. It makes no socket of any kind.
fn reading(process: &'static str) -> Calls {
    Calls::new(process)
        .all(ALWAYS)
        .all(old::ALWAYS)
        .all(OPEN)
        .all(old::OPEN)
        .all(DRIVER)
        .all(old::DRIVER)
        .all(MARK)
        .all(old::MARK)
}

/// The device process.
pub fn device() -> Calls {
    reading("device").no_new_code()
}

/// The supervisor: its children inherit this list, so it has to hold what a device process does
/// from its start on. Of signals it may send one, to one process: the end of `network`.
pub fn supervisor(network: Pid) -> Calls {
    reading("supervisor")
        .all(START)
        .all(old::START)
        .when(named![SYS_socketpair][0], &[is(0, libc::AF_UNIX)])
        .when(
            named![SYS_kill][0],
            &[is(0, network.as_raw_nonzero().get()), is(1, libc::SIGTERM)],
        )
}

/// An argument's lower half equals `value`.
fn is(argument: u8, value: i32) -> SeccompCondition {
    let value = u64::from(value.cast_unsigned());
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
        .expect("a system call has six arguments")
}

impl Calls {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            allowed: BTreeMap::new(),
            names: BTreeMap::new(),
        }
    }

    fn all(mut self, calls: &[Named]) -> Self {
        for &(name, call) in calls {
            self.allowed.insert(call, Vec::new());
            self.names.insert(call, name);
        }
        self
    }

    fn without(mut self, calls: &[Named]) -> Self {
        for (_, call) in calls {
            self.allowed.remove(call);
            self.names.remove(call);
        }
        self
    }

    fn when(mut self, (name, call): Named, conditions: &[SeccompCondition]) -> Self {
        let rule = SeccompRule::new(conditions.to_vec()).expect("there is a condition");
        self.allowed.entry(call).or_default().push(rule);
        self.names.insert(call, name);
        self
    }

    /// Memory may be mapped, but not as code.
    fn no_new_code(self) -> Self {
        let executable = libc::PROT_EXEC.cast_unsigned().into();
        let not_code = SeccompCondition::new(
            2,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::MaskedEq(executable),
            0,
        )
        .expect("a system call has six arguments");
        self.when(named![SYS_mmap][0], std::slice::from_ref(&not_code))
            .when(named![SYS_mprotect][0], &[not_code])
    }

    /// Whose list it is.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The numbers of the calls that may be made, some of them with certain arguments only.
    pub fn numbers(&self) -> impl Iterator<Item = i64> {
        self.allowed.keys().copied()
    }

    /// The calls by name; one that is allowed with certain arguments only ends with `(…)`.
    pub fn names(&self) -> Vec<String> {
        let name = |(call, rules): (&i64, &Vec<SeccompRule>)| {
            let name = self.names[call].trim_start_matches("SYS_");
            let some = if rules.is_empty() { "" } else { "(…)" };
            format!("{name}{some}")
        };
        self.allowed.iter().map(name).collect()
    }

    /// As the kernel runs it.
    ///
    /// # Errors
    /// On an architecture that has no lists here.
    pub fn program(&self, denied: Denied) -> Result<BpfProgram, String> {
        let action = match denied {
            Denied::Kill => SeccompAction::KillProcess,
            Denied::Errno(number) => SeccompAction::Errno(number),
        };
        let architecture = std::env::consts::ARCH
            .try_into()
            .map_err(|error: seccompiler::BackendError| error.to_string())?;
        SeccompFilter::new(
            self.allowed.clone(),
            action,
            SeccompAction::Allow,
            architecture,
        )
        .and_then(BpfProgram::try_from)
        .map_err(|error| error.to_string())
    }
}

/// Leaves the listed calls and takes every other.
pub(super) fn restrict(calls: &Calls, denied: Denied) -> Result<String, String> {
    let program = calls.program(denied)?;
    seccompiler::apply_filter(&program).map_err(|error| error.to_string())?;
    let otherwise = match denied {
        Denied::Kill => "killed".into(),
        Denied::Errno(number) => format!("error {number}"),
    };
    Ok(format!(
        "list `{}` of {} calls in {} instructions, otherwise {otherwise}",
        calls.name,
        calls.allowed.len(),
        program.len()
    ))
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
