//! Development world of Domicile: simulated geography, a relay that delays real packets, hosts
//! and anchors that lie, the demo and the end-to-end tests.
//!
//! Nothing here is part of the product and nothing of the product knows that it exists: the world
//! starts the real programs as separate processes and gives them real sockets.
//!
//! | Module | Owns |
//! |---|---|
//! | [`place`] | the geography: distances and honest round trips |
//! | [`measured`] | worlds out of measured round trips |
//! | [`eval`] | how well locating does on them |
//! | [`trials`], [`land`] | many independent trials on all cores, random places |
//! | [`synthetic`] | whether the truth is ever excluded, on made-up measurements |
//! | [`fleet`] | years of a fleet: flags on honest hosts, diversions that are seen |
//! | [`rejudge`] | a fleet judged again |
//! | [`plan`] | what a world consists of |
//! | [`relay`] | the network |
//! | [`process`], [`programs`] | child processes that cannot outlive the world |
//! | [`stage`] | a running world |
//! | [`hostile`], [`lying`] | hosts and anchors that lie |
//! | [`auditor`] | questions to the collector |
//! | [`demo`] | the demo itself |
//!
//! Start reading at [`demo::run`], then [`plan::Plan`] and [`stage::Stage::raise`].

pub mod auditor;
pub mod demo;
pub mod eval;
pub mod fleet;
pub mod hostile;
pub mod land;
pub mod lying;
pub mod measured;
pub mod place;
pub mod plan;
pub mod process;
pub mod programs;
pub mod rejudge;
pub mod relay;
pub mod stage;
pub mod synthetic;
pub mod trials;
