//! Development world of Domicile: simulated geography, a relay that delays real packets, hosts
//! and anchors that lie, the demo and the end-to-end tests.
//!
//! Nothing here is part of the product and nothing of the product knows that it exists: the world
//! starts the real programs as separate processes and gives them real sockets. Start reading at
//! [`place`] (the geography) and [`relay`] (the network).

pub mod map;
pub mod measured;
pub mod place;
pub mod process;
pub mod relay;
