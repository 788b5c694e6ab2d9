//! What each fuzz target checks, as functions: libFuzzer calls them with inputs it makes
//! (`targets/`), and a test of the workspace with every input of `corpus/`.

pub mod attested;
pub mod bundle;
pub mod certificate;
pub mod config;
pub mod device;
pub mod directory;
pub mod evidence;
pub mod files;
pub mod ledger;
pub mod messages;
pub mod ranging;
pub mod reading;
pub mod replies;
pub mod show;
pub mod state;
pub mod sysfs;
pub mod token;
pub mod tpm_answers;
pub mod tpm_certificate;
pub mod tpm_public;
pub mod tpm_quote;
pub mod tunnel;
pub mod typed;

/// Takes one input; panics where something is wrong.
pub type Check = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Check); 23] = [
    ("attested", attested::check),
    ("bundle", bundle::check),
    ("certificate", certificate::check),
    ("config", config::check),
    ("device", device::check),
    ("directory", directory::check),
    ("evidence", evidence::check),
    ("files", files::check),
    ("ledger", ledger::check),
    ("messages", messages::check),
    ("ranging", ranging::check),
    ("reading", reading::check),
    ("replies", replies::check),
    ("show", show::check),
    ("state", state::check),
    ("sysfs", sysfs::check),
    ("token", token::check),
    ("tpm_answers", tpm_answers::check),
    ("tpm_certificate", tpm_certificate::check),
    ("tpm_public", tpm_public::check),
    ("tpm_quote", tpm_quote::check),
    ("tunnel", tunnel::check),
    ("typed", typed::check),
];
