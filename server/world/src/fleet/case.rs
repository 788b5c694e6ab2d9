//! The diversion of one world: host 0, from a day on.

use super::kind::{Kind, Leak, Shows};
use super::life::{Happened, Life};
use super::weather::about;
use crate::trials::Random;
use domicile_diversion::flags::DAY;

/// Between a device that leaks and the next, ms.
const LEAK: u64 = 28 * DAY;

/// A diversion.
pub(super) struct Case {
    shows: Shows,
    random: Random,
}

impl Case {
    pub(super) fn new(kind: Kind, mut random: Random) -> Self {
        Self {
            shows: kind.shows(&mut random),
            random,
        }
    }

    /// None: chance passes the host by as it does one that is diverted, to compare with.
    pub(super) fn none() -> Self {
        Self {
            shows: Shows::Nothing,
            random: Random::of_trial(0, 0),
        }
    }

    /// Whether anything of what is recorded changes.
    pub(super) fn is_seen(&self) -> bool {
        self.shows != Shows::Nothing
    }

    /// Does the next step; when there is another. `other` is a host of another licence.
    pub(super) fn step(
        &mut self,
        step: usize,
        at_ms: u64,
        (host, other): (&mut Life, &mut Life),
        out: &mut Vec<Happened>,
    ) -> Option<u64> {
        // Chance is left to the honest.
        host.next_fate_ms = None;
        match self.shows {
            Shows::From(whence) => {
                let away = 3 * DAY + about(4 * DAY, &mut self.random);
                host.unheard(at_ms, away.min(13 * DAY), out);
                host.elsewhere = Some(whence);
            }
            Shows::Silence => host.unheard(at_ms, u64::MAX / 4, out),
            Shows::Declared(state) => host.declared_away(at_ms, state, u64::MAX / 4, out),
            Shows::NobodySigns => {
                for device in &mut host.devices {
                    device.signs = false;
                }
                out.push((at_ms, host.sighting(at_ms)));
            }
            Shows::Leak(Leak::Told) => {
                host.devices.pop();
                out.push((at_ms, host.sighting(at_ms)));
                return (!host.devices.is_empty()).then_some(at_ms + LEAK);
            }
            Shows::Leak(Leak::Denied) => {
                let device = host.devices.get_mut(step)?;
                device.signs = false;
                out.push((at_ms, host.sighting(at_ms)));
                return (step + 1 < host.devices.len()).then_some(at_ms + LEAK);
            }
            Shows::Reappear => {
                out.push((at_ms, host.sighting(at_ms)));
                host.unheard(at_ms, u64::MAX / 4, out);
                let carried = 5 * DAY + about(10 * DAY, &mut self.random);
                other.devices.clone_from(&host.devices);
                let seen_ms = at_ms + carried;
                out.push((seen_ms, other.sighting(seen_ms)));
            }
            Shows::Nothing => {}
        }
        None
    }
}
