//! What is on the lists, and what is on none.
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

fn lists() -> [Calls; 4] {
    [network(false), device(), answer(), supervisor(Pid::INIT)]
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
fn who_answers_an_inspector_has_no_use_for_a_socket_and_writes_no_file() {
    let answer = answer();
    let allows = |call: &c_long| answer.allowed.contains_key(call);
    let named = MESSAGES.iter().chain(SOCKETS).chain(KEEP).chain(DRIVER);
    for (name, call) in named {
        assert!(!allows(call), "{name}");
    }
}

#[test]
fn a_child_needs_nothing_that_its_supervisor_lacks() {
    let parent = supervisor(Pid::INIT);
    for call in device().numbers() {
        assert!(parent.allowed[&call].is_empty(), "call {call}");
    }
}

#[test]
fn tunnels_add_connecting_and_nothing_that_a_stranger_could_reach() {
    let (without, with) = (network(false), network(false).with_tunnels());
    let added: Vec<i64> = with
        .allowed
        .keys()
        .filter(|call| !without.allowed.contains_key(call))
        .copied()
        .collect();
    let mut expected = [libc::SYS_connect, libc::SYS_setsockopt, libc::SYS_socket];
    expected.sort_unstable();
    assert_eq!(added, expected);
    // Two families, one kind of socket, one option: no rule at all would mean any.
    assert_eq!(with.allowed[&libc::SYS_socket].len(), 2);
    assert_eq!(with.allowed[&libc::SYS_setsockopt].len(), 1);
    assert!(with.program(Denied::Kill).is_ok());
}
