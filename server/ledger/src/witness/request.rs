//! The body of `add-checkpoint`: old size, consistency proof, checkpoint.

use crate::note::MAX_NOTE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// A longer body is refused unread, in bytes.
pub const MAX_REQUEST: usize = MAX_NOTE + 8 * 1024;

/// `Content-Type` of the size that a witness answers with where the old size is not its own.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

const MAX_LINES: usize = 63;

/// What a log asks of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the last checkpoint that the witness cosigned, as the log believes; 0 for none.
    pub old: u64,
    /// Consistency proof from there, leaf side first.
    pub proof: Vec<[u8; 32]>,
    /// The signed note.
    pub note: String,
}

/// Why a body is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RequestError {
    /// Over the limit.
    #[error("longer than {MAX_REQUEST} bytes")]
    TooLong,
    /// Not UTF-8, or no empty line before the checkpoint.
    #[error("not lines of text with an empty one before the checkpoint")]
    Form,
    /// The first line.
    #[error("the first line is not `old` and a size")]
    Old,
    /// A line of the proof.
    #[error("line {0} of the proof is not a hash in base64")]
    Hash(usize),
    /// Too many lines.
    #[error("more than {MAX_LINES} lines of proof")]
    TooManyHashes,
}

impl AddCheckpoint {
    /// The body.
    pub fn render(&self) -> String {
        let mut body = format!("old {}\n", self.old);
        for hash in &self.proof {
            body.push_str(&STANDARD.encode(hash));
            body.push('\n');
        }
        body.push('\n');
        body.push_str(&self.note);
        body
    }

    /// Reads a body. The note in it is not looked at.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn parse(body: &[u8]) -> Result<AddCheckpoint, RequestError> {
        if body.len() > MAX_REQUEST {
            return Err(RequestError::TooLong);
        }
        let text = std::str::from_utf8(body).map_err(|_| RequestError::Form)?;
        let (head, note) = text.split_once("\n\n").ok_or(RequestError::Form)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = old.and_then(decimal).ok_or(RequestError::Old)?;
        let mut proof = Vec::new();
        for (number, line) in (1..).zip(lines) {
            if number > MAX_LINES {
                return Err(RequestError::TooManyHashes);
            }
            let hash = STANDARD.decode(line).ok().and_then(|b| b.try_into().ok());
            proof.push(hash.ok_or(RequestError::Hash(number))?);
        }
        let note = note.to_owned();
        Ok(AddCheckpoint { old, proof, note })
    }
}

/// A number as it is written: no sign, no leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// The example of c2sp.org/tlog-witness.
    const EXAMPLE: &str = "old 20852014\n\
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
        \n\
        example.com/behind-the-sofa\n\
        20852163\n\
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
        \n\
        \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

    #[test]
    fn the_published_example_reads_and_writes_back() {
        let request = AddCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
        assert_eq!((request.old, request.proof.len()), (20_852_014, 4));
        assert!(
            request
                .note
                .starts_with("example.com/behind-the-sofa\n20852163\n")
        );
        assert_eq!(request.render(), EXAMPLE);
    }

    #[test]
    fn what_is_malformed_is_named() {
        let parse = |body: &str| AddCheckpoint::parse(body.as_bytes());
        assert_eq!(parse("old 1\n"), Err(RequestError::Form));
        assert_eq!(parse("old 01\n\nnote"), Err(RequestError::Old));
        assert_eq!(parse("old -1\n\nnote"), Err(RequestError::Old));
        assert_eq!(parse("old +1\n\nnote"), Err(RequestError::Old));
        assert_eq!(
            parse("old 18446744073709551616\n\nn"),
            Err(RequestError::Old)
        );
        assert_eq!(parse("new 1\n\nnote"), Err(RequestError::Old));
        assert_eq!(parse("old 1\nAAAA\n\nnote"), Err(RequestError::Hash(1)));
        let hash = STANDARD.encode([1; 32]);
        let lines = |n| format!("old 1\n{}\nnote", format!("{hash}\n").repeat(n));
        assert!(parse(&lines(63)).is_ok());
        assert_eq!(parse(&lines(64)), Err(RequestError::TooManyHashes));
        assert_eq!(
            parse(&"a".repeat(MAX_REQUEST + 1)),
            Err(RequestError::TooLong)
        );
        assert_eq!(
            AddCheckpoint::parse(b"old 1\n\n\xff"),
            Err(RequestError::Form)
        );
    }

    proptest! {
        #[test]
        fn bodies_read_back(old: u64, proof in proptest::collection::vec(any::<[u8; 32]>(), 0..=63), note in "[a-z\n]{0,40}") {
            let request = AddCheckpoint { old, proof, note };
            prop_assert_eq!(AddCheckpoint::parse(request.render().as_bytes()), Ok(request));
        }

        #[test]
        fn accepted_bytes_are_what_would_be_sent(body in "(old [0-9]{1,3}\n)?([A-Za-z0-9+/=]{44}\n){0,2}\n?[a-z\n]{0,9}") {
            if let Ok(request) = AddCheckpoint::parse(body.as_bytes()) {
                prop_assert_eq!(request.render(), body);
            }
        }
    }
}
