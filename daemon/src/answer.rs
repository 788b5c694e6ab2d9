//! `domiciled answer`: what an inspector who stands before the host is told.
//!
//! The inspector types a nonce; the program prints a code in which the agent's key signs it together
//! with digests of the devices that were read just now and of the newest report
//! ([`domicile_proto::inspection`]). It is an operator's command and no message: nothing from the network
//! can ask for it. It needs no running agent and no network, and writes nothing.
//!
//! The devices are read first, by a process of their own. Then this one gives up everything but reading
//! the state folder ([`crate::rules::answer`]): when it opens the key it can neither make a socket nor use one.
//!
//! Start reading at [`answer`].

use crate::config::Config;
use crate::error::Error;
use crate::state::{StateDir, chain, enrolment, load};
use domicile_proto::inspection::{self, Nonce, Statement};
use domicile_proto::types::Key;
use domicile_proto::wire::Inventory;
use std::fmt;

/// What is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The agent's key.
    pub agent: Key,
    /// What the code says beside.
    pub statement: Statement,
    /// Thirty groups in six lines.
    pub code: String,
}

/// Signs `nonce` with the agent's key. Reads the state folder, writes nothing.
///
/// # Errors
/// [`Error`] when the host is not enrolled, its state is another machine's or user's, or cannot be read.
pub fn answer(config: &Config, nonce: &Nonce, inventory: &Inventory) -> Result<Answered, Error> {
    let state = StateDir::new(&config.state_dir);
    let (_, identity) = enrolment::enrolled(&state, &config.machine_id_file)?;
    let newest = load::<chain::Stored>(&state.chain())?.and_then(|stored| stored.last);
    let statement = Statement::of(inventory, newest.as_ref().map(|last| &last.hash));
    Ok(Answered {
        agent: identity.key.public(),
        statement,
        code: inspection::answer(&identity.key, nonce, &statement),
    })
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.code.lines() {
            writeln!(f, "  {line}")?;
        }
        let said = &self.statement;
        let names = match said.names {
            Some(_) => "and their serial numbers",
            None => "(no serial numbers known)",
        };
        let report = match said.newest {
            Some(_) => "its newest report",
            None => "that it has made no report yet",
        };
        writeln!(
            f,
            "Signed by agent {}. The code tells, besides: {} accelerators, digests of their kinds {names}, and {report}.",
            self.agent, said.devices
        )
    }
}
