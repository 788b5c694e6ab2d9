//! The agent's TPM code and the verifier's, against software TPMs.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod enrolment;
#[allow(dead_code)]
#[path = "../harness/mod.rs"]
mod harness;
mod keys;
mod swtpm;
