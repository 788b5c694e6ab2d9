//! The host's TPM 2.0: an attestation key that quotes the session's nonce.
//!
//! Eight commands, written and read here, over the kernel's resource manager: no library of TPMs is
//! loaded, so nothing has to be found, linked or trusted beside the kernel, and every byte that this
//! program can send to a TPM stands in [`command`]. None of them changes what the TPM keeps: no key is
//! stored in it, no index written, no register extended, nothing cleared, no authorisation set.
//!
//! The attestation key is a primary key: the TPM makes it anew, the same each time, out of its own
//! endorsement seed and the template in [`template`]. So this program keeps no key blob, and leaves
//! nothing in the TPM's memory.
//!
//! - [`command`]: the bytes of each command and of its answer
//! - [`link`]: one command out, one answer in
//! - [`template`]: the keys that are asked for
//! - [`enrol`]: the keys that are offered at enrolment, and the proof that they are in one TPM
//!
//! Start reading at [`quote`].

pub mod command;
pub mod enrol;
pub mod link;
pub mod template;

use command::{Handle, flush, quote_nonce};
use domicile_proto::wire;
use link::{Link, Tpm, TpmError};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Opens the TPM at `device` (normally `/dev/tpmrm0`); `None` where none is configured (an empty
/// path) or there is none.
///
/// # Errors
/// The system's; when it may not be opened, this account lacks the group that owns it.
pub fn open(device: &Path) -> io::Result<Option<File>> {
    if device.as_os_str().is_empty() {
        return Ok(None);
    }
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NOCTTY)
        .open(device);
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lets the attestation key sign `nonce`.
///
/// # Errors
/// [`TpmError`]; nothing stays in the TPM then either.
pub fn quote(link: impl Link, nonce: &[u8; 32]) -> Result<wire::TpmQuote, TpmError> {
    let mut tpm = Tpm::new(link);
    let (ak, _) = tpm.primary(&template::attestation_key())?;
    let quoted = tpm
        .run(&quote_nonce(ak, nonce))
        .and_then(|answer| command::quoted(&answer));
    let flushed = tpm.run(&flush(ak));
    let quote = quoted?;
    flushed?;
    Ok(quote)
}

impl<L: Link> Tpm<L> {
    /// Makes the primary key of a template in the endorsement hierarchy. Gives its handle and public
    /// area.
    fn primary(&mut self, template: &[u8]) -> Result<(Handle, Vec<u8>), TpmError> {
        let answer = self.run(&command::create_primary(template))?;
        command::created(&answer)
    }
}
