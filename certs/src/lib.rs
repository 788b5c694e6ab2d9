//! Identities, pinned roots, rustls configurations and the CA tool of Domicile
