//! Revocation, from lists (CRL, RFC 5280) and answers (OCSP, RFC 6960) that were given as files.
//!
//! Nothing is fetched. What is not covered by a list or answer is said to be `unknown`; what is
//! covered by an old one too, with its age.

mod crl;
mod ocsp;

use crate::chain::{Chain, Link};
use crate::check::Finding;
use crate::roots::Roots;
use crl::List;
use ocsp::Answer;

/// Largest list or answer read, bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Lists and answers held at most.
const MAX_FILES: usize = 64;

/// A file of revocations was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// Longer than [`MAX_BYTES`], or the 65th file.
    #[error("longer than {MAX_BYTES} bytes, or more than {MAX_FILES} files")]
    TooMany,
    /// Neither a revocation list nor an OCSP response.
    #[error("neither a revocation list nor an OCSP response (DER or PEM)")]
    Malformed,
    /// The responder gave no answer.
    #[error("the OCSP response is an error of the responder, no answer")]
    NoAnswer,
    /// It covers a part of what its issuer issued only, or changes to another list.
    #[error("a revocation list with a critical extension: a partial, indirect or delta list")]
    Partial,
    /// Signed with something else than ECDSA P-384 and SHA-384.
    #[error("it is not signed with ECDSA and SHA-384")]
    Algorithm,
}

/// Lists and answers. Their signatures are checked against the chain that they are asked about.
#[derive(Debug, Clone)]
pub struct Revocations {
    roots: Roots,
    lists: Vec<List>,
    answers: Vec<Answer>,
}

/// What one file says of one certificate, with the times of the file in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Statement {
    revoked: bool,
    this_update: i64,
    next_update: Option<i64>,
}

impl Revocations {
    /// None yet. Responders may be certified by these roots or by an authority of the chain.
    pub fn new(roots: Roots) -> Self {
        Self {
            roots,
            lists: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Adds a revocation list or an OCSP response, in DER or (lists) PEM.
    ///
    /// # Errors
    /// [`RevocationError`] when it is neither, or of a form that is not read.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), RevocationError> {
        if bytes.len() > MAX_BYTES || self.lists.len() + self.answers.len() >= MAX_FILES {
            return Err(RevocationError::TooMany);
        }
        match Answer::read(bytes) {
            Some(answer) => self.answers.push(answer?),
            None => self.lists.push(List::read(bytes)?),
        }
        Ok(())
    }

    /// What the files say of a chain at this time, Unix ms.
    pub(crate) fn check(&self, chain: &Chain, at_ms: u64) -> Finding {
        let at = i64::try_from(at_ms / 1000).unwrap_or(i64::MAX);
        let mut covered = 0_usize;
        let mut open = 0_usize;
        let mut oldest: Option<i64> = None;
        let mut stale = false;
        for (place, link) in chain.links.iter().enumerate() {
            let said = self.statements(chain, link);
            if let Some(one) = said.iter().find(|one| one.revoked) {
                let age = age(one.this_update, at);
                return Finding::failed(format!("certificate {} is revoked ({age})", place + 1));
            }
            let newest = said
                .into_iter()
                .filter(|one| one.this_update <= at)
                .max_by_key(|one| one.this_update);
            match newest {
                Some(newest) => {
                    covered += 1;
                    stale |= newest.next_update.is_some_and(|next| next < at);
                    let update = newest.this_update;
                    oldest = Some(oldest.map_or(update, |oldest| oldest.min(update)));
                }
                None if link.publishes => open += 1,
                None => {}
            }
        }
        let total = chain.links.len();
        let Some(oldest) = oldest else {
            return Finding::absent("no list or answer given speaks of this chain at this time");
        };
        let words = format!(
            "{covered} of {total} certificates looked up, oldest {}",
            age(oldest, at)
        );
        if stale {
            Finding::unknown(format!("{words}; past its next update"))
        } else if open > 0 {
            Finding::unknown(format!(
                "{words}; {open} with a published list are not covered"
            ))
        } else {
            Finding::passed(words)
        }
    }

    fn statements(&self, chain: &Chain, link: &Link) -> Vec<Statement> {
        let lists = self.lists.iter().filter_map(|list| list.says(link));
        let answers = self.answers.iter();
        let answers = answers.filter_map(|answer| answer.says(link, chain, &self.roots));
        lists.chain(answers).collect()
    }
}

fn age(update: i64, at: i64) -> String {
    match at.saturating_sub(update) {
        seconds @ 0.. => format!("{} days old", seconds / 86_400),
        _ => "dated later than now".into(),
    }
}
