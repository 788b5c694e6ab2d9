//! One command out, one answer in.

use super::command::Command;
use std::io::{self, Read, Write};

/// Longest answer of a TPM, bytes (the PC Client profile's buffer).
const MAX_ANSWER: usize = 4096;
/// Bytes of an answer before its body: tag, length, code.
const HEADER: usize = 10;

/// The kernel's device, or a test's socket: a command is one write.
pub trait Link: Read + Write {}

impl<T: Read + Write> Link for T {}

/// Why the TPM gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum TpmError {
    /// The device cannot be written or read.
    #[error("the TPM's device failed: {0}")]
    Device(#[from] io::Error),
    /// The TPM refused a command.
    #[error("the TPM refused {command} with code {code:#x}")]
    Refused {
        /// Its name in the specification.
        command: &'static str,
        /// `TPM_RC`.
        code: u32,
    },
    /// The answer is not one to this command.
    #[error("the TPM's answer is not {0}")]
    Answer(&'static str),
}

/// A TPM behind its device.
pub struct Tpm<L> {
    link: L,
}

/// The body of an answer: what follows the code.
pub struct Answer {
    pub(super) body: Vec<u8>,
}

impl<L: Link> Tpm<L> {
    /// A TPM to send commands to.
    pub fn new(link: L) -> Self {
        Self { link }
    }

    /// Sends a command and waits for its answer, as long as the TPM takes.
    ///
    /// # Errors
    /// [`TpmError`].
    pub fn run(&mut self, command: &Command) -> Result<Answer, TpmError> {
        if self.link.write(&command.bytes)? != command.bytes.len() {
            return Err(io::Error::from(io::ErrorKind::WriteZero).into());
        }
        let bytes = self.answer()?;
        let code = u32::from_be_bytes([bytes[6], bytes[7], bytes[8], bytes[9]]);
        if code != 0 {
            return Err(TpmError::Refused {
                command: command.name,
                code,
            });
        }
        Ok(Answer {
            body: bytes[HEADER..].to_vec(),
        })
    }

    /// One whole answer. The kernel gives it in one piece; a socket may not.
    fn answer(&mut self) -> Result<Vec<u8>, TpmError> {
        let mut bytes = vec![0; MAX_ANSWER];
        let mut have = 0;
        loop {
            match self.link.read(&mut bytes[have..]) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Ok(count) => have += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
            if let Some(header) = bytes[..have].first_chunk::<HEADER>() {
                let length = u32::from_be_bytes([header[2], header[3], header[4], header[5]]);
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                if !(HEADER..=MAX_ANSWER).contains(&length) || have > length {
                    return Err(TpmError::Answer("of the length that it states"));
                }
                if have == length {
                    bytes.truncate(have);
                    return Ok(bytes);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::device::tpm::command::flush;

    /// Takes every command and answers with these pieces.
    struct Says(Vec<Vec<u8>>);

    impl Read for Says {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            into[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    impl Write for Says {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn said(pieces: &[&[u8]]) -> Result<Vec<u8>, TpmError> {
        let pieces = pieces.iter().map(|piece| piece.to_vec()).collect();
        let command = flush(crate::device::tpm::command::Handle(1));
        Tpm::new(Says(pieces))
            .run(&command)
            .map(|answer| answer.body)
    }

    #[test]
    fn an_answer_may_come_in_pieces_and_must_have_its_stated_length() {
        let whole = [0x80, 1, 0, 0, 0, 12, 0, 0, 0, 0, 7, 8];
        assert_eq!(said(&[&whole]).unwrap(), [7, 8]);
        assert_eq!(
            said(&[&whole[..3], &whole[3..11], &whole[11..]]).unwrap(),
            [7, 8]
        );
        assert!(said(&[&whole[..11]]).is_err(), "ends early");
        let mut long = whole.to_vec();
        long.push(9);
        assert!(said(&[&long]).is_err(), "more than it states");
        for length in [[0, 0, 0, 9], [0, 0, 0x10, 1], [255; 4]] {
            let mut bad = whole;
            bad[2..6].copy_from_slice(&length);
            assert!(said(&[&bad]).is_err());
        }
        let refused = [0x80, 1, 0, 0, 0, 10, 0, 0, 1, 1];
        let error = said(&[&refused]).unwrap_err().to_string();
        assert_eq!(error, "the TPM refused TPM2_FlushContext with code 0x101");
    }
}
