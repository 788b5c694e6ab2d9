//! How a process shuts itself in before it reads its first byte from outside.
//!
//! Layers, in the order in which they go up: no new privileges, no capabilities, no dumps, the
//! files that may be opened (Landlock), the system calls that may be made (seccomp). None can be
//! taken down again, and children inherit all. A layer that this kernel or container does not
//! give is named; the agent then does not run unless it was told `--allow-unconfined`.
//!
//! - [`Rules`]: what one process may still do
//! - [`calls`]: the lists of system calls
//! - [`confine`]: puts the layers up
//!
//! Start reading at [`confine`].

pub mod calls;
mod ffi;
mod files;
mod privileges;

pub use ffi::close_inherited;
pub use files::{Access, Grant};

use calls::Calls;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What a process may still do once it is confined.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Files and folders; everything else can no longer be opened.
    pub files: Vec<Grant>,
    /// Ports that it may open TCP connections to; it never binds one.
    pub tcp_ports: BTreeSet<u16>,
    /// Whether signals to processes outside are cut off by Landlock too.
    pub scope_signals: bool,
    /// System calls; every other is denied.
    pub calls: Calls,
}

/// What the kernel does at a system call that is not on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// Ends the process: a network process that tries is not one to go on.
    Kill,
    /// Answers with this error number: a driver's library may ask for what it does not need.
    Errno(u32),
}

/// One layer, and whether it is up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Whether it is up.
    pub up: bool,
    /// What exactly is up, or why it is not.
    pub detail: String,
}

/// The layers of a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// In the order in which they went up.
    pub layers: Vec<Layer>,
}

impl Confinement {
    /// The layers that are not up.
    pub fn missing(&self) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(|layer| !layer.up)
    }

    /// In one line.
    pub fn summary(&self) -> String {
        let mut line = String::new();
        for layer in &self.layers {
            let mark = if layer.up { "" } else { "MISSING " };
            let comma = if line.is_empty() { "" } else { "; " };
            // Writing to a String cannot fail.
            let _ = write!(line, "{comma}{mark}{} ({})", layer.name, layer.detail);
        }
        line
    }
}

/// A layer is missing, and running without was not allowed.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot be confined here, so nothing was started: {}. Use a kernel or container that has it \
     (Landlock: Linux 5.13 and later, enabled by default in distributions' kernels), \
     or accept the risk with --allow-unconfined",
    .0.missing().map(|layer| format!("{} is missing: {}", layer.name, layer.detail)).collect::<Vec<_>>().join("; ")
)]
pub struct Unconfined(pub Confinement);

/// Puts every layer up that this kernel gives. The process must have one thread: the layers of
/// a thread are its own.
///
/// # Errors
/// [`Unconfined`] when a layer is missing and `allow_unconfined` is not set. The layers that
/// could be put up are up then, too.
pub fn confine(
    rules: &Rules,
    denied: Denied,
    allow_unconfined: bool,
) -> Result<Confinement, Unconfined> {
    // The first reading of a clock looks for the kernel's fast path, which it cannot do later.
    let _ = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicRaw);
    let confinement = Confinement {
        layers: vec![
            layer("one-thread", privileges::one_thread()),
            layer("no-new-privileges", privileges::no_new_privileges()),
            layer("no-capabilities", privileges::drop_capabilities()),
            layer("no-dumps", privileges::no_dumps()),
            layer("landlock", files::restrict(rules)),
            layer("seccomp", calls::restrict(&rules.calls, denied)),
        ],
    };
    for missing in confinement.missing() {
        tracing::warn!(
            layer = missing.name,
            reason = missing.detail,
            "NOT CONFINED by this layer"
        );
    }
    match allow_unconfined || confinement.missing().next().is_none() {
        true => Ok(confinement),
        false => Err(Unconfined(confinement)),
    }
}

fn layer(name: &str, result: Result<String, String>) -> Layer {
    let up = result.is_ok();
    let (Ok(detail) | Err(detail)) = result;
    Layer {
        name: name.into(),
        up,
        detail,
    }
}
