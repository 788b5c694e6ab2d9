//! Identities, pinned roots, rustls configurations and the CA tool of Domicile.
//!
//! Every key is Ed25519. Agents check servers by the key that the signed directory pins, never by
//! name or date; servers check agents and auditors by the chain to the pinned CAs of `trust.toml`
//! and their revocation lists. TLS 1.3 only, ring only, mutual, no resumption, no early data.
//!
//! | Module | Owns |
//! |---|---|
//! | [`keys`] | private key files, [`Identity`] |
//! | [`trust`] | `trust.toml`: what a program is told out of band |
//! | [`zone`] | zone files: the limits of coarse sessions |
//! | [`tls`] | the two rustls configurations, and [`tls::peer`], the only source of a [`tls::Standing`] |
//! | [`revocation`] | revocation lists, reloaded while a server runs |
//! | [`issue`] | certificates and revocation lists for bare public keys |
//! | [`authority`] | a whole set of CAs in memory or in a folder: the CA tool's core, and tests' |
//! | [`registry`] | what a CA has revoked, the source of its list |
//! | [`files`], [`pem`], [`random`], [`x509`], [`one_line()`] | small parts of the above |
//!
//! Start reading at [`tls::client`] and [`tls::server`], then [`tls::peer`], then
//! [`authority::Authority`].

pub mod authority;
pub mod files;
pub mod issue;
pub mod keys;
mod one_line;
pub mod pem;
pub mod random;
pub mod registry;
pub mod revocation;
pub mod tls;
pub mod trust;
pub mod x509;
pub mod zone;

pub use keys::Identity;
pub use one_line::one_line;
pub use trust::Trust;
pub use zone::Zone;
