//! What a server's status code means for the operator.

use domicile_proto::wire::{DropReason, StatusCode};

/// What the agent does about a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// All is well.
    Fine,
    /// Try again later; a report stays in the spool.
    Later,
    /// The certificate has to be renewed first.
    Renew,
    /// This one message will never be taken.
    Never,
    /// This host is not served: the operator has to act.
    Stop,
}

/// What the agent does about a status.
pub fn meaning(code: StatusCode) -> Meaning {
    use StatusCode as S;
    match code {
        S::Ok => Meaning::Fine,
        S::Busy | S::StoreFull | S::Internal => Meaning::Later,
        S::CertificateExpired => Meaning::Renew,
        S::Unspecified
        | S::Malformed
        | S::KeyMismatch
        | S::SignatureInvalid
        | S::NonceForeign
        | S::NonceStale
        | S::NonceUsed
        | S::DirectoryUnknown
        | S::ClockFault
        | S::TranscriptMismatch => Meaning::Never,
        S::TokenInvalid
        | S::TokenUsed
        | S::TokenExpired
        | S::AlreadyEnrolled
        | S::Cloned
        | S::NotEnrolled
        | S::CertificateRevoked
        | S::Withdrawn => Meaning::Stop,
    }
}

/// What happened and what to do about it, as one sentence.
pub fn sentence(code: StatusCode) -> &'static str {
    use StatusCode as S;
    match code {
        S::Unspecified => "the server answered without a status: report this to the vendor",
        S::Ok => "done",
        S::Malformed => {
            "the server does not understand this agent's message: update the agent or report this to the vendor"
        }
        S::Busy => "the server is over a limit: try again in a few minutes",
        S::StoreFull => {
            "the server cannot keep more reports now: nothing is lost here, it is sent again later"
        }
        S::TokenInvalid => {
            "the token is not one of this vendor's, or is for another scope: ask the vendor for a token for this site"
        }
        S::TokenUsed => "the token has been used as often as it may be: ask the vendor for another",
        S::TokenExpired => {
            "the token is past its date, or not valid yet: ask the vendor for another"
        }
        S::AlreadyEnrolled => {
            "this key is enrolled already: if the certificate was lost here, `domiciled withdraw` and enrol with a new token"
        }
        S::Cloned => {
            "this state was enrolled on another machine: remove it here (`domiciled withdraw` on the copy alone) and enrol with a token of its own"
        }
        S::NotEnrolled => {
            "the collector does not know this host: `domiciled withdraw`, then enrol with a new token"
        }
        S::CertificateExpired => "the certificate has expired: it is renewed at the next session",
        S::CertificateRevoked => "the vendor has revoked this host's certificate: ask the vendor",
        S::Withdrawn => {
            "this host was withdrawn: `domiciled withdraw` here, then enrol with a new token if that was a mistake"
        }
        S::KeyMismatch => {
            "the report was signed by another key than this connection's: it is another host's and is set aside"
        }
        S::SignatureInvalid => "the report's signature does not verify: it is set aside",
        S::NonceForeign => "the report's nonce was not issued there for this host: it is set aside",
        S::NonceStale => "the report is older than the collector takes (30 days): it is set aside",
        S::NonceUsed => {
            "another report was accepted under the same nonce: is a copy of this host's state in use elsewhere? It is set aside"
        }
        S::DirectoryUnknown => {
            "the collector does not serve this directory version: get the current one from the vendor and `domiciled directory install` it"
        }
        S::ClockFault => "the anchor's clocks disagree: it voided the session, nothing to do here",
        S::TranscriptMismatch => {
            "the anchor says that another transcript was signed than it sent: report this to the vendor"
        }
        S::Internal => "the server has a fault: try again later",
    }
}

/// A status code for people.
pub fn name(code: StatusCode) -> String {
    kebab(code.as_str_name(), "STATUS_CODE_")
}

/// A drop reason for people.
pub fn reason(reason: DropReason) -> String {
    kebab(reason.as_str_name(), "DROP_REASON_")
}

fn kebab(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix)
        .to_ascii_lowercase()
        .replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_code_has_a_sentence_of_its_own_and_a_meaning() {
        let codes: Vec<StatusCode> = (0..100)
            .filter_map(|code| StatusCode::try_from(code).ok())
            .collect();
        assert_eq!(codes.len(), 23);
        let sentences: HashSet<&str> = codes.iter().map(|code| sentence(*code)).collect();
        assert_eq!(sentences.len(), codes.len());
        for code in codes {
            assert_eq!(meaning(code) == Meaning::Fine, code == StatusCode::Ok);
        }
    }

    #[test]
    fn names_are_kebab_case() {
        assert_eq!(name(StatusCode::TokenUsed), "token-used");
        assert_eq!(reason(DropReason::AllRoundsLost), "all-rounds-lost");
    }
}
