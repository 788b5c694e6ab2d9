//! What a confined process must not manage, each with arguments that do no harm where it does.
#![allow(unsafe_code, unreachable_pub, clippy::unwrap_used)]

use std::ffi::{CString, c_long};
use std::fs::{File, OpenOptions};
use std::path::Path;

/// What stands in the way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// seccomp answers with the number that the test chose.
    Calls,
    /// Landlock answers EACCES.
    Files,
}

pub struct Attempt {
    pub name: &'static str,
    pub wall: Wall,
    /// 0, or the error number.
    pub run: Box<dyn Fn() -> i32>,
}

fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap()
}

fn call(name: &'static str, number: c_long, arguments: [c_long; 5]) -> Attempt {
    let [a, b, c, d, e] = arguments;
    let run = move || {
        // SAFETY: every pointer among the arguments is null, and the kernel checks the rest.
        match unsafe { libc::syscall(number, a, b, c, d, e) } {
            -1 => errno(),
            _ => 0,
        }
    };
    Attempt {
        name,
        wall: Wall::Calls,
        run: Box::new(run),
    }
}

fn file(name: &'static str, run: impl Fn() -> std::io::Result<()> + 'static) -> Attempt {
    Attempt {
        name,
        wall: Wall::Files,
        run: Box::new(move || run().err().map_or(0, |e| e.raw_os_error().unwrap_or(-1))),
    }
}

fn fork() -> i32 {
    // SAFETY: the child, if there is one, ends at once.
    match unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) } {
        -1 => errno(),
        0 => unsafe { libc::_exit(0) },
        child => {
            let child = i32::try_from(child).unwrap();
            // SAFETY: no status is asked for.
            unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
            0
        }
    }
}

fn execute() -> i32 {
    let path = CString::new("/nonexistent").unwrap();
    // SAFETY: the path ends with a zero; no arguments and no environment are allowed on Linux.
    let result = unsafe {
        libc::syscall(
            libc::SYS_execve,
            path.as_ptr(),
            std::ptr::null::<u8>(),
            std::ptr::null::<u8>(),
        )
    };
    assert_eq!(result, -1);
    errno()
}

/// Calls that no confined process may make, the supervisor included.
pub fn never() -> Vec<Attempt> {
    let parent = c_long::from(std::os::unix::process::parent_id().cast_signed());
    let gone = c_long::from(1 << 30);
    let inet = c_long::from(libc::AF_INET);
    vec![
        call("kill another process", libc::SYS_kill, [parent, 0, 0, 0, 0]),
        call(
            "tgkill another thread",
            libc::SYS_tgkill,
            [parent, parent, 0, 0, 0],
        ),
        call("pidfd_open", libc::SYS_pidfd_open, [parent, 0, 0, 0, 0]),
        call("ptrace", libc::SYS_ptrace, [16, gone, 0, 0, 0]),
        call(
            "process_vm_writev",
            libc::SYS_process_vm_writev,
            [gone, 0, 0, 0, 0],
        ),
        call("reboot", libc::SYS_reboot, [0; 5]),
        call("kexec_load", libc::SYS_kexec_load, [0, 17, 0, 0, 0]),
        call("init_module", libc::SYS_init_module, [0; 5]),
        call("finit_module", libc::SYS_finit_module, [-1, 0, 0, 0, 0]),
        call("delete_module", libc::SYS_delete_module, [0; 5]),
        call("mount", libc::SYS_mount, [0; 5]),
        call("umount", libc::SYS_umount2, [0; 5]),
        call("pivot_root", libc::SYS_pivot_root, [0; 5]),
        call("chroot", libc::SYS_chroot, [0; 5]),
        call("unshare", libc::SYS_unshare, [1, 0, 0, 0, 0]),
        call("setns", libc::SYS_setns, [-1, 0, 0, 0, 0]),
        call("bpf", libc::SYS_bpf, [-1, 0, 0, 0, 0]),
        call(
            "perf_event_open",
            libc::SYS_perf_event_open,
            [0, 0, -1, -1, 0],
        ),
        call("io_uring_setup", libc::SYS_io_uring_setup, [0; 5]),
        call("userfaultfd", libc::SYS_userfaultfd, [-1, 0, 0, 0, 0]),
        call("keyctl", libc::SYS_keyctl, [-1, 0, 0, 0, 0]),
        call("setuid", libc::SYS_setuid, [-1, 0, 0, 0, 0]),
        call("settimeofday", libc::SYS_settimeofday, [0; 5]),
        call("sethostname", libc::SYS_sethostname, [0, -1, 0, 0, 0]),
        call("listen", libc::SYS_listen, [-1, 1, 0, 0, 0]),
        call("accept", libc::SYS_accept, [-1, 0, 0, 0, 0]),
        call("accept4", libc::SYS_accept4, [-1, 0, 0, 0, 0]),
        call("bind", libc::SYS_bind, [-1, 0, 0, 0, 0]),
        call("socket for TCP", libc::SYS_socket, [inet, 1, 0, 0, 0]),
        call("socket for UDP", libc::SYS_socket, [inet, 2, 0, 0, 0]),
        call(
            "socket for netlink",
            libc::SYS_socket,
            [c_long::from(libc::AF_NETLINK), 3, 0, 0, 0],
        ),
        call("symlink", libc::SYS_symlinkat, [0; 5]),
        call("truncate by path", libc::SYS_truncate, [0; 5]),
        call("chmod by path", libc::SYS_fchmodat, [-1, 0, 0, 0, 0]),
        call("chown by path", libc::SYS_fchownat, [-1, 0, 0, 0, 0]),
        call("mknod", libc::SYS_mknodat, [-1, 0, 0, 0, 0]),
    ]
}

/// Calls that the supervisor makes, and the processes that hear from outside must not.
pub fn never_for_children() -> Vec<Attempt> {
    let anonymous = c_long::from(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    let code = c_long::from(libc::PROT_READ | libc::PROT_EXEC);
    vec![
        Attempt {
            name: "fork",
            wall: Wall::Calls,
            run: Box::new(fork),
        },
        call("clone3", libc::SYS_clone3, [0; 5]),
        Attempt {
            name: "exec",
            wall: Wall::Calls,
            run: Box::new(execute),
        },
        call("prctl", libc::SYS_prctl, [-1, 0, 0, 0, 0]),
        call("socket of its own", libc::SYS_socket, [1, 1, 0, 0, 0]),
        call("connect", libc::SYS_connect, [-1, 0, 0, 0, 0]),
        call(
            "map memory as code",
            libc::SYS_mmap,
            [0, 4096, code, anonymous, -1],
        ),
    ]
}

/// Changes to a file that may be read, and beside it.
pub fn changes(kept: &Path, new: &Path) -> Vec<Attempt> {
    let (kept, new) = (kept.to_owned(), new.to_owned());
    vec![
        file("write what it reads", move || {
            OpenOptions::new().append(true).open(&kept).map(drop)
        }),
        file("make a file beside it", move || {
            File::create(&new).map(drop)
        }),
    ]
}

/// Files outside of what the process was granted. `outside` exists and may be written by this
/// user; `others` is what another process of the agent is granted.
pub fn files(outside: &Path, others: &Path) -> Vec<Attempt> {
    let (read, write, others) = (outside.to_owned(), outside.to_owned(), others.to_owned());
    vec![
        file("read a system file", || File::open("/etc/passwd").map(drop)),
        file("read its own /proc", || {
            File::open("/proc/self/status").map(drop)
        }),
        file("read a file beside its state", move || {
            File::open(&read).map(drop)
        }),
        file("write a file beside its state", move || {
            OpenOptions::new().append(true).open(&write).map(drop)
        }),
        file("open a device", || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .open("/dev/null")
                .map(drop)
        }),
        file("list the root", || std::fs::read_dir("/").map(drop)),
        file(
            "open what another process of the agent is granted",
            move || File::open(&others).map(drop),
        ),
    ]
}
