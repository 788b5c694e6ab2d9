//! What ties a session to something that can be known again: one function picks, the strongest first.

use crate::devices::Account;
use crate::verify::{Appraised, tpm_binds};
use domicile_proto::wire::Binding;

/// The binding of one session; it is never inherited by another.
///
/// `software` is the agent's key, in a session that at least one anchor confirms. `tpm` needs that
/// too, and a quote that [`tpm_binds`]; `gpu` a GPU's own signature.
pub(super) fn of(appraised: &Appraised, devices: &Account) -> Binding {
    if appraised.invalid.is_some() || appraised.observations.is_empty() {
        Binding::None
    } else if devices.binds() {
        Binding::Gpu
    } else if appraised.tpm.as_ref().is_some_and(tpm_binds) {
        Binding::Tpm
    } else {
        Binding::Software
    }
}
