//! What the agent learns from the machine: reads only, and no network code.
//!
//! The process that has the network opens no device. Another process, started for one reading,
//! does; between them goes a nonce one way and an answer the other.
//!
//! - [`pci`]: what sysfs says
//! - [`nvml`]: what NVIDIA's library says
//! - [`inventory`]: both as one list
//! - [`attest`]: what a GPU signs, and what keeps it from being asked too much
//! - `tpm`: what the host's TPM signs (feature `tpm`)
//! - [`frame`]: the two messages
//! - [`serve`]: the device process: one nonce, one reading, one answer
//! - [`activation`]: the network process's side of an enrolment with a TPM
//! - [`ask`]: the network process's side, which believes nothing it has not checked
//!
//! Start reading at [`serve::answer`].

pub mod activation;
pub mod ask;
pub mod attest;
pub mod frame;
pub mod inventory;
pub mod nvml;
pub mod pci;
pub mod serve;
#[cfg(feature = "tpm")]
pub mod tpm;
