//! Privileges that are given up: each function says what holds now, or why it does not.

use rustix::process::{DumpableBehavior, Resource, Rlimit, dumpable_behavior, getrlimit};
use rustix::process::{set_dumpable_behavior, setrlimit};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set,
    clear_ambient_capability_set, no_new_privs, remove_capability_from_bounding_set,
    set_capabilities, set_no_new_privs,
};
use std::fs;

type Outcome = Result<String, String>;

/// The layers bind the thread that puts them up, so there must be no other.
pub(super) fn one_thread() -> Outcome {
    match fs::read_dir("/proc/self/task").map(Iterator::count) {
        Ok(1) => Ok("all layers hold for it".into()),
        Ok(threads) => Err(format!("there are {threads}; all but one would be free")),
        Err(error) => Err(format!("/proc cannot be read: {error}")),
    }
}

/// Nothing that is executed from here on gains privileges.
pub(super) fn no_new_privileges() -> Outcome {
    let _ = set_no_new_privs(true);
    match no_new_privs() {
        Ok(true) => Ok("set".into()),
        _ => Err("the kernel refused it".into()),
    }
}

/// Root without capabilities is an ordinary user to the kernel's checks.
pub(super) fn drop_capabilities() -> Outcome {
    let _ = clear_ambient_capability_set();
    let mut bounded = 0;
    for capability in CapabilitySet::all().iter() {
        // Needs CAP_SETPCAP, which an ordinary user does not have, nor the use of the others.
        if remove_capability_from_bounding_set(capability).is_err()
            && capability_is_in_bounding_set(capability) == Ok(true)
        {
            bounded += 1;
        }
    }
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    // Refused by some containers, and unnecessary where there were none.
    let _ = set_capabilities(None, none);
    match capabilities(None) {
        Ok(held) if held.effective.is_empty() && held.permitted.is_empty() => Ok(match bounded {
            0 => "none held, none to be gained".into(),
            _ => format!(
                "none held; {bounded} stay in the bounding set, out of reach by no-new-privileges"
            ),
        }),
        Ok(held) => Err(format!("the kernel left {:?}", held.permitted)),
        Err(error) => Err(error.to_string()),
    }
}

/// No core file holds the key, and no process of the same user can attach.
pub(super) fn no_dumps() -> Outcome {
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    let core = getrlimit(Resource::Core).current;
    match (dumpable_behavior(), core) {
        (Ok(DumpableBehavior::NotDumpable), Some(0)) => Ok("not dumpable, no core file".into()),
        (dumpable, core) => Err(format!("dumpable {dumpable:?}, core limit {core:?}")),
    }
}
