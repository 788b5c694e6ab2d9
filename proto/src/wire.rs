//! The generated messages. Decode them with [`crate::codec::decode`], never with prost's own
//! `decode`, which drops unknown fields.
#![allow(missing_docs, clippy::all, clippy::pedantic, unreachable_pub)]

include!("gen/domicile.v1.rs");
