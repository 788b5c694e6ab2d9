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
}

/// Memory, time, signals to itself, waiting, and the files and sockets that are open already.
const ALWAYS: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Opening and listing what Landlock leaves.
const OPEN: &[c_long] = &[libc::SYS_getdents64, libc::SYS_openat];

/// Keeping state: whole files are written beside the old ones and renamed.
const KEEP: &[c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_linkat,
    libc::SYS_mkdirat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
];

/// Asking about the sockets that are open.
const SOCKETS: &[c_long] = &[
    libc::SYS_getpeername,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_shutdown,
];

/// What a driver's library does beside its ioctls.
const DRIVER: &[c_long] = &[
    libc::SYS_dup,
    libc::SYS_eventfd2,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_ioctl,
    libc::SYS_readlinkat,
    libc::SYS_sched_getaffinity,
    libc::SYS_sysinfo,
    libc::SYS_uname,
];

/// Starting this program again, and what it does until it is confined.
const START: &[c_long] = &[
    libc::SYS_capget,
    libc::SYS_capset,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_close_range,
    libc::SYS_dup3,
    libc::SYS_epoll_create1,
    libc::SYS_execve,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_restrict_self,
    libc::SYS_pipe2,
    libc::SYS_prctl,
    libc::SYS_prlimit64,
    libc::SYS_rseq,
    libc::SYS_seccomp,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_setpgid,
    libc::SYS_setsockopt,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_mmap,
    libc::SYS_mprotect,
];

/// Calls that newer architectures have only under another name.
#[cfg(target_arch = "x86_64")]
mod old {
    use super::c_long;
    pub(super) const ALWAYS: &[c_long] = &[libc::SYS_epoll_wait, libc::SYS_poll];
    pub(super) const OPEN: &[c_long] = &[libc::SYS_lstat, libc::SYS_open, libc::SYS_stat];
    pub(super) const KEEP: &[c_long] = &[
        libc::SYS_link,
        libc::SYS_mkdir,
        libc::SYS_rename,
        libc::SYS_rmdir,
        libc::SYS_unlink,
    ];
    pub(super) const DRIVER: &[c_long] = &[libc::SYS_access, libc::SYS_readlink];
    pub(super) const START: &[c_long] = &[
        libc::SYS_arch_prctl,
        libc::SYS_dup2,
        libc::SYS_fork,
        libc::SYS_vfork,
    ];
}
#[cfg(not(target_arch = "x86_64"))]
mod old {
    use super::c_long;
    pub(super) const ALWAYS: &[c_long] = &[];
    pub(super) const OPEN: &[c_long] = &[];
    pub(super) const KEEP: &[c_long] = &[];
    pub(super) const DRIVER: &[c_long] = &[];
    pub(super) const START: &[c_long] = &[];
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
            .all(&[libc::SYS_connect])
            .when(libc::SYS_socket, &[is(0, libc::AF_UNIX)]);
    }
    calls
}

/// The device process. It makes no socket of any kind.
pub fn device() -> Calls {
    Calls::new("device")
        .all(ALWAYS)
        .all(old::ALWAYS)
        .all(OPEN)
        .all(old::OPEN)
        .all(DRIVER)
        .all(old::DRIVER)
        .no_new_code()
}

/// The supervisor: its children inherit this list, so it has to hold what a device process does
/// from its start on. Of signals it may send one, to one process: the end of `network`.
pub fn supervisor(network: Pid) -> Calls {
    Calls::new("supervisor")
        .all(ALWAYS)
        .all(old::ALWAYS)
        .all(OPEN)
        .all(old::OPEN)
        .all(DRIVER)
        .all(old::DRIVER)
        .all(START)
        .all(old::START)
        .when(libc::SYS_socketpair, &[is(0, libc::AF_UNIX)])
        .when(
            libc::SYS_kill,
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
        }
    }

    fn all(mut self, calls: &[c_long]) -> Self {
        self.allowed
            .extend(calls.iter().map(|&call| (call, Vec::new())));
        self
    }

    fn when(mut self, call: c_long, conditions: &[SeccompCondition]) -> Self {
        let rule = SeccompRule::new(conditions.to_vec()).expect("there is a condition");
        self.allowed.entry(call).or_default().push(rule);
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
        self.when(libc::SYS_mmap, std::slice::from_ref(&not_code))
            .when(libc::SYS_mprotect, &[not_code])
    }

    /// Whose list it is.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The numbers of the calls that may be made, some of them with certain arguments only.
    pub fn numbers(&self) -> impl Iterator<Item = i64> {
        self.allowed.keys().copied()
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What no process of the agent may ever do once it is confined.
    const NEVER: &[c_long] = &[
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_bind,
        libc::SYS_bpf,
        libc::SYS_chroot,
        libc::SYS_delete_module,
        libc::SYS_finit_module,
        libc::SYS_init_module,
        libc::SYS_io_uring_setup,
        libc::SYS_kexec_load,
        libc::SYS_keyctl,
        libc::SYS_listen,
        libc::SYS_mount,
        libc::SYS_perf_event_open,
        libc::SYS_pidfd_open,
        libc::SYS_pivot_root,
        libc::SYS_process_vm_writev,
        libc::SYS_ptrace,
        libc::SYS_reboot,
        libc::SYS_setns,
        libc::SYS_setuid,
        libc::SYS_socket,
        libc::SYS_tkill,
        libc::SYS_umount2,
        libc::SYS_unshare,
        libc::SYS_userfaultfd,
    ];
    /// What the two processes that hear from outside may not do either.
    const NEVER_CONFINED: &[c_long] = &[
        libc::SYS_clone,
        libc::SYS_clone3,
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_kill,
        libc::SYS_prctl,
        libc::SYS_socketpair,
        libc::SYS_tgkill,
        libc::SYS_connect,
    ];

    fn lists() -> [Calls; 3] {
        [network(false), device(), supervisor(Pid::INIT)]
    }

    #[test]
    fn no_list_is_empty_and_each_compiles_to_a_filter() {
        for list in lists() {
            assert!(list.numbers().count() > 30, "{}", list.name());
            let kill = list.program(Denied::Kill).unwrap();
            assert!(kill.len() > list.numbers().count(), "{}", list.name());
            assert_ne!(kill, list.program(Denied::Errno(1)).unwrap());
        }
    }

    #[test]
    fn what_must_never_be_done_is_on_no_list() {
        for list in lists() {
            let allows = |call: c_long| list.allowed.contains_key(&call);
            let never = NEVER.iter().chain(match list.name() {
                "supervisor" => &[],
                _ => NEVER_CONFINED,
            });
            let found: Vec<_> = never.filter(|call| allows(**call)).collect();
            assert!(found.is_empty(), "{}: {found:?}", list.name());
        }
        assert!(!device().allowed.contains_key(&libc::SYS_unlinkat));
        assert!(!network(true).allowed.contains_key(&libc::SYS_ioctl));
    }

    #[test]
    fn a_child_needs_nothing_that_its_supervisor_lacks() {
        let parent = supervisor(Pid::INIT);
        for call in device().numbers() {
            assert!(parent.allowed[&call].is_empty(), "call {call}");
        }
    }
}
