//! What the agent learns from the machine: reads only, and no network code.
//!
//! Start reading at [`pci::inventory`].

pub mod pci;
