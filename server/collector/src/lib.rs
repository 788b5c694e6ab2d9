//! The Domicile collector: the verifier of the fleet
