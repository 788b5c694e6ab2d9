//! The Domicile agent: opt-in, read-only, egress-only
