//! What a TPM answers, as the agent reads it: to a quote, to the search for its keys, to an
//! activation. The process with the TPM takes any answer, says no more than may travel, and ends.

use domicile_daemon::device::activation::{MAX_CERTIFICATE, MAX_MESSAGE};
use domicile_daemon::device::tpm::command::Handle;
use domicile_daemon::device::tpm::enrol::{activate, offer};
use domicile_daemon::device::tpm::link::Tpm;
use domicile_daemon::device::tpm::quote;
use domicile_proto::{codec, wire};
use std::io::{self, Read, Write};

/// A device that takes every command and reads as these bytes, a few at a time, to their end.
struct Says<'a>(&'a [u8]);

impl Read for Says<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // One answer in each read, as the kernel gives it, if the next bytes are one.
        let stated = self.0.get(2..6).and_then(|length| length.try_into().ok());
        let stated = usize::try_from(stated.map_or(0, u32::from_be_bytes)).unwrap_or(0);
        let next = stated.clamp(1, into.len().max(1)).min(self.0.len());
        let (now, later) = self.0.split_at(next);
        into[..next].copy_from_slice(now);
        self.0 = later;
        Ok(next)
    }
}

impl Write for Says<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Checks one input: what is asked, then every answer.
pub fn check(bytes: &[u8]) {
    let Some((asked, answers)) = bytes.split_first() else {
        return;
    };
    match asked % 3 {
        0 => {
            if let Ok(signed) = quote(Says(answers), &[7; 32]) {
                assert!(signed.attest.len() + signed.signature.len() < answers.len());
            }
        }
        1 => {
            if let Ok(offered) = offer(&mut Tpm::new(Says(answers))) {
                assert!(offered.identity.ek_certificate.len() <= MAX_CERTIFICATE);
                let message = codec::encode(&offered.identity);
                let again = codec::decode::<wire::TpmIdentity>(&message, 3 * MAX_MESSAGE);
                assert_eq!(again, Ok(offered.identity));
            }
        }
        _ => {
            let activation = wire::Activation {
                credential: vec![1; 68],
                encrypted_secret: vec![2; 68],
            };
            let mut tpm = Tpm::new(Says(answers));
            let _ = activate(&mut tpm, Handle(0x8000_0001), &activation, &[3; 16]);
        }
    }
}
