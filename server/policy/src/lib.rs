//! Policy with dates: what the rules of export control said about a device at a place, on any day,
//! as far as it was known on any other day; and the registry of customers, sites, licences and devices.
//!
//! Pure: no I/O, no clock; days are arguments. A decision states what is enforceable, what is only
//! said, what cannot be decided and which facts that would need. It accuses nobody: it is an input of
//! people who decide.
//!
//! | module | what |
//! |---|---|
//! | [`pack`] | packs of dated rules: TOML, checks, examples, signatures |
//! | [`judge`] | rules and facts in, standings out |
//! | [`facts`] | what is known of a device; unknown stays unknown |
//! | [`shipped`] | the packs that come with Domicile |
//! | [`words`] | status, outcome, activity, layer |
//! | [`day`] | days and half-open periods |
//!
//! Start reading at [`judge::Judge`], then [`pack`] for the format.

pub mod day;
pub mod facts;
pub mod judge;
pub mod pack;

pub mod shipped;
pub mod words;
