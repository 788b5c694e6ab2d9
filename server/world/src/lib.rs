//! Development world of Domicile: delay relay, demo, end-to-end tests
