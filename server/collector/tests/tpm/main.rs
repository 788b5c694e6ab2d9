//! The agent's TPM code and the verifier's, against software TPMs.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod enrolment;
#[path = "../harness/mod.rs"]
mod harness;
mod keys;
mod swtpm;
