//! The one system call of confinement that has no safe wrapper.
#![allow(unsafe_code)]

use std::io;

/// Closes every descriptor from 3 on: what the parent left open by mistake is not ours to keep.
/// Call it first in `main`.
///
/// # Errors
/// The system's; a kernel before 5.9 has no such call.
pub fn close_inherited() -> io::Result<()> {
    // SAFETY: the call takes three integers. At the start of `main` no value of this program
    // owns a descriptor above 2, so none is closed behind its owner's back.
    let result = unsafe { libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 0u32) };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
