//! The Domicile anchor: a surveyed position and a stopwatch.
//!
//! An anchor times how long an agent takes to answer. It sends sixteen unpredictable numbers
//! over QUIC datagrams, stamps each before it leaves and after its answer has been read, and
//! signs a receipt for what the agent then signed. It knows nothing about GPUs, keeps nothing on
//! disk but its key and the newest log heads it was shown, and writes no peer's address anywhere.
//!
//! | Module | Owns |
//! |---|---|
//! | [`server`] | sockets, the accept loop, the orderly end |
//! | `session` | one connection: hello, rounds, transcript, account, receipt |
//! | `rounds` | the timed rounds over datagrams |
//! | [`stopwatch`] | the clock that bounds distances, and its check against the others |
//! | `mesh` | ranging with the other anchors, and reporting it |
//! | [`limits`] | what one agent may ask |
//! | [`heads`] | the newest head of each log, and conflicts |
//! | [`config`], [`materials`] | `anchor.toml` and the files that it names |
//! | [`cli`] | the command line |
//! | `chores` | the thread that touches the disk |
//!
//! Start reading at [`server::Anchor`], then `session.rs` from top to bottom; the timing rules
//! stand in [`domicile_proto::ranging`].

mod chores;
pub mod cli;
pub mod config;
mod endpoint;
pub mod heads;
pub mod limits;
pub mod materials;
mod mesh;
mod rounds;
pub mod server;
mod session;
mod shared;
pub mod stopwatch;
mod stream;
#[cfg(feature = "testing")]
pub mod virtual_net;

pub use config::Config;
pub use endpoint::EndpointError;
pub use materials::Materials;
pub use server::{Anchor, AnchorError, serve};
pub use shared::Summary;
pub use stopwatch::{RawStopwatch, Stopwatch};
