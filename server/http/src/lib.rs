//! Plain HTTP/1.1 for what is public and carries its own signatures: checkpoints, tiles,
//! cosignatures. No TLS: who changes an answer on its way is found out by a signature or a hash.
//! What needs a login is served elsewhere.
//!
//! [`server::serve`] bounds connections, headers, bodies and every wait; [`client::Client`] bounds
//! answers and waits. Start reading at either.

pub mod client;
pub mod server;
