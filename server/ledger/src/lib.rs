//! Append-only payload segments, Merkle tree and proofs of Domicile
