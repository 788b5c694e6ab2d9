//! The desk of Domicile: flags are looked at, cases decided, the registry kept, absences declared, over
//! the collector's API. Every command is somebody's: the collector knows whose, checks that their role
//! may do it, and logs it before it answers.
//!
//! | module | what |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`client`] | questions and writes over HTTPS with the collector's pinned key |
//! | [`commands`] | what each command does |
//! | [`output`] | cases and flags as tables |
//! | [`pack`] | a case taken away for an authority, and checked |
//!
//! What only reads and verifies is `domicile-audit`, whose library gives profile, connection and tables.
//!
//! Start reading at [`commands::run`].

pub mod cli;
pub mod client;
pub mod commands;
pub mod output;
pub mod pack;
