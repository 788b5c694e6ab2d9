//! The Domicile agent: opt-in, read-only, egress-only.
//!
//! It measures round trips to anchors of a signed directory, lets each anchor sign what it
//! measured, and sends one signed report an hour to the collector. It changes nothing on the
//! machine but its own state folder, opens no listening socket, resolves no name and runs no
//! program but itself.
//!
//! - [`config`], [`state`], [`spool`], [`disk`]: what is on this machine's disk
//! - [`device`]: what is read from the machine; no network code
//! - [`net`], [`range`], [`report`]: the network; no device code
//! - [`evidence`], [`agent`], [`run`]: one report, one session, all of them
//! - [`directory`], [`enrol`]: installing, opting in and out
//! - [`zone`]: coarse mode, in which only the licence zone is revealed
//! - [`allow_list`]: which addresses the host's firewall may hold the agent to
//! - [`show`], [`status`], [`prove`]: what would be sent, what was, and behind which walls; they
//!   read files and /proc
//! - [`answer`]: what an inspector is told who stands before the host
//! - [`roles`], [`supervisor`], [`rules`], [`sandbox`]: the processes, and what each may do
//! - [`notify`]: the service manager
//! - [`host`]: time, randomness and disk as arguments
//!
//! Start reading at [`agent::Agent::session`].

pub mod agent;
pub mod allow_list;
pub mod answer;
pub mod cli;
pub mod config;
pub mod device;
pub mod directory;
pub mod disk;
pub mod enrol;
pub mod error;
pub mod evidence;
pub mod host;
pub mod net;
pub mod notify;
pub mod prove;
pub mod range;
pub mod refusal;
pub mod report;
pub mod roles;
pub mod rules;
pub mod run;
pub mod sandbox;
pub mod show;
pub mod spool;
pub mod state;
pub mod status;
pub mod supervisor;
pub mod time;
pub mod zone;

pub use config::Config;
pub use error::Error;
pub use host::Host;
