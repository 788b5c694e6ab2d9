//! Schema, wire types, signing and sans-IO ranging of Domicile
