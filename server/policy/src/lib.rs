//! Policy with dates: what the rules of export control said about a device at a place, on any day,
//! as far as it was known on any other day; and the registry of customers, sites, licences and devices.
//!
//! Pure: no I/O, no clock; days are arguments. A decision states what is enforceable, what is only
//! said, what cannot be decided and which facts that would need. It accuses nobody: it is an input of
//! people who decide.
//!
//! Verdicts are still given by the policy file of `domicile-appraise`, one list of permitted and one of
//! denied territories for each licence. [`build`] makes that file from packs and registry, so that
//! packs count today without being in the path of a verdict.
//!
//! | module | what |
//! |---|---|
//! | [`pack`] | packs of dated rules: TOML, checks, examples, signatures |
//! | [`judge`] | rules and facts in, standings out |
//! | [`facts`] | what is known of a device; unknown stays unknown |
//! | [`registry`] | customers, sites, licences, devices: TOML, CSV, change log |
//! | [`licence`] | what a licence permits beside the rules, and conflicts |
//! | [`build`] | the policy file of `domicile-appraise`, made from packs and registry |
//! | [`hosts`] | lists of hosts, and whose answer changes from one judge to another |
//! | [`shipped`] | the packs that come with Domicile |
//! | [`words`] | status, outcome, activity, layer |
//! | [`day`] | days and half-open periods |
//!
//! Start reading at [`judge::Judge`], then [`pack`] for the format.

pub mod build;
pub mod day;
pub mod facts;
pub mod hosts;
pub mod judge;
pub mod licence;
pub mod pack;
pub mod registry;

pub mod shipped;
pub mod words;
