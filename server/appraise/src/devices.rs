//! What the devices of a host signed: each report held against its chain and this session.
//!
//! A GPU's or switch's own key signs a nonce that only this session gives
//! ([`domicile_proto::device_nonce`]), so device and location are one statement. It says "that key
//! signed after the last anchor's rounds and before the receipt", never "it stands where the
//! responder does": whoever holds the session can carry the nonce to a GPU elsewhere. The verdict
//! names that premise and the time.
//!
//! Nothing here makes a verdict `invalid`. The agent passes on what the driver gave it and cannot
//! judge it: a fault of driver or firmware must not frame an honest host. What fails takes the
//! binding away and is reported.
//!
//! Reference values and revocation lists are no inputs of a verdict yet: their checks say `unknown`
//! and `absent`; `domicile-audit device-report verify` takes both.

use crate::verify::Appraised;
use domicile_proto::device_nonce::device_nonce;
use domicile_proto::sign::sha256;
use domicile_proto::types::Digest;
use domicile_proto::wire::{
    Binding, CcState, DeviceKind, DeviceOutcome, DeviceReport, DeviceResult, Inventory,
};
use domicile_spdm::board::{Board, Member};
use domicile_spdm::cache::{ChainCache, Verified};
use domicile_spdm::check::{Check, Outcome};
use domicile_spdm::pdi::{Kind, Pdi};
use domicile_spdm::verify::{self as spdm, Expected, Verification};
use std::collections::BTreeMap;

/// The chains that a report's devices name, verified up to pinned roots, as far as they are at hand.
#[derive(Debug, Clone, Default)]
pub struct DeviceChains {
    roots_hash: [u8; 32],
    chains: BTreeMap<Digest, Verified>,
}

impl DeviceChains {
    /// Of these device reports: the chains in them, and for those named by hash alone what `find`
    /// gives.
    ///
    /// # Errors
    /// Those of `find`.
    pub fn of<E>(
        reports: &[DeviceReport],
        cache: &mut ChainCache,
        mut find: impl FnMut(&Digest) -> Result<Option<Vec<Vec<u8>>>, E>,
    ) -> Result<Self, E> {
        let mut found = Self {
            roots_hash: cache.roots().hash(),
            chains: BTreeMap::new(),
        };
        for report in reports {
            let Ok(named) = Digest::read("chain_hash", &report.chain_hash) else {
                continue; // `Report::read` refuses it
            };
            if found.chains.contains_key(&named) {
                continue;
            }
            let verified = match (report.chain.as_slice(), cache.get(&named.0)) {
                (_, Some(kept)) => Some(kept),
                ([], None) => find(&named)?.map(|chain| cache.verify(&chain)),
                (chain, None) => Some(cache.verify(chain)),
            };
            if let Some(verified) = verified {
                found.chains.insert(named, verified);
            }
        }
        Ok(found)
    }

    /// The chains that are at hand and hold: those worth keeping.
    pub fn holding(&self) -> impl Iterator<Item = &Digest> {
        let holds = |(hash, chain): (_, &Verified)| chain.is_ok().then_some(hash);
        self.chains.iter().filter_map(holds)
    }
}

/// What the devices' reports of one session amount to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Account {
    pub(crate) results: Vec<DeviceResult>,
    pub(crate) roots_hash: Vec<u8>,
    pub(crate) missing: Vec<Vec<u8>>,
}

impl Account {
    /// Holds every device report of a session against its chain and the nonce that it derives.
    pub(crate) fn of(appraised: &Appraised, chains: &DeviceChains) -> Self {
        let report = &appraised.report;
        if report.device_reports.is_empty() {
            return Self::default();
        }
        let transcripts = report
            .rangings
            .iter()
            .map(|ranging| sha256(&ranging.transcript));
        let nonce = device_nonce(&report.agent_key, report.nonce.as_bytes(), transcripts);
        let stated = stated(report.inventory.as_ref());
        let case = Case {
            chains,
            nonce,
            inventory: report.inventory.as_ref(),
            stated: &stated,
            received_ms: appraised.received_ms,
            confirmed: appraised.invalid.is_none() && !appraised.observations.is_empty(),
        };
        let (results, members): (Vec<_>, Vec<_>) = report
            .device_reports
            .iter()
            .map(|report| case.result(report))
            .unzip();
        let members: Vec<Member> = members.into_iter().flatten().collect();
        let board = Board::of(&members);
        let mut missing: Vec<Vec<u8>> = board
            .missing
            .keys()
            .map(|device| device.pdi.0.to_vec())
            .collect();
        missing.sort_unstable();
        Self {
            results,
            roots_hash: chains.roots_hash.to_vec(),
            missing,
        }
    }

    /// At least one GPU's own key signed this session.
    pub(crate) fn binds(&self) -> bool {
        let gpu = |result: &DeviceResult| result.binding() == Binding::Gpu;
        self.results.iter().any(gpu)
    }
}

/// What every device report of a session is held against.
struct Case<'a> {
    chains: &'a DeviceChains,
    nonce: [u8; 32],
    inventory: Option<&'a Inventory>,
    stated: &'a [(Pdi, &'a str)],
    received_ms: u64,
    /// An anchor's session counts and nothing is invalid.
    confirmed: bool,
}

impl Case<'_> {
    /// The result, and the device as a member of its board if it is one.
    fn result(&self, report: &DeviceReport) -> (DeviceResult, Option<Member>) {
        let named = Digest::read("chain_hash", &report.chain_hash).ok();
        let chain = named.and_then(|named| self.chains.chains.get(&named));
        let inventory = self.inventory.map(|inventory| spdm::Inventory {
            driver: &inventory.driver,
            devices: self.stated,
        });
        let expected = Expected {
            nonce: Some(self.nonce),
            kind: kind_of(report.kind()),
            inventory,
            at_ms: self.received_ms,
            ..Expected::default()
        };
        let found = spdm::verify(&report.report, chain.map(AsRef::as_ref), &expected);
        let result = self.written(report, &found);
        let of_this_session = found.is_authentic() && passed(&found, Check::Nonce);
        let member = found.device.filter(|_| of_this_session);
        let member = member.map(|device| Member {
            device,
            peers: found.stated.peers,
        });
        (result, member)
    }

    fn written(&self, report: &DeviceReport, found: &Verification) -> DeviceResult {
        let authentic = found.is_authentic();
        let signed = |text: &Option<String>| {
            let text = text.clone().filter(|_| authentic);
            text.unwrap_or_default()
        };
        let kind = found
            .device
            .map_or(report.kind(), |device| match device.kind {
                Kind::Gpu => DeviceKind::Gpu,
                Kind::Switch => DeviceKind::Switch,
            });
        // A host that says so of itself is believed.
        let debug = self
            .inventory
            .is_some_and(|inventory| inventory.cc() == CcState::Debug);
        let debug_off = match debug {
            true => DeviceOutcome::Failed,
            false => outcome(found.outcome(Check::Debug)),
        };
        let of = |check| outcome(found.outcome(check)) as i32;
        DeviceResult {
            report_hash: sha256(&report.report).to_vec(),
            kind: kind as i32,
            pdi: found.device.map_or(Vec::new(), |one| one.pdi.0.to_vec()),
            leaf_key_hash: found.leaf_key_hash.map_or(Vec::new(), |hash| hash.to_vec()),
            chain_hash: report.chain_hash.clone(),
            signature: of(Check::Signature),
            chain: of(Check::Chain),
            nonce: of(Check::Nonce),
            identity: of(Check::Identity),
            firmware: of(Check::Firmware),
            inventory: of(Check::Inventory),
            reference: of(Check::Reference),
            revocation: of(Check::Revocation),
            debug_off: debug_off as i32,
            driver: signed(&found.stated.driver),
            firmware_version: signed(&found.stated.firmware),
            peers: match authentic {
                true => found
                    .stated
                    .peers
                    .iter()
                    .map(|pdi| pdi.0.to_vec())
                    .collect(),
                false => Vec::new(),
            },
            binding: match self.confirmed && kind == DeviceKind::Gpu && binds(found) && !debug {
                true => Binding::Gpu,
                false => Binding::None,
            } as i32,
        }
    }
}

/// The device's own key signed this session: signature, chain and nonce hold, and neither is the
/// device another than claimed, nor its firmware another than its key's, nor is debugging allowed.
/// Where a generation does not state debugging (Hopper), that check is `unknown` and does not count.
fn binds(found: &Verification) -> bool {
    let failed = |check| found.outcome(check) == Outcome::Failed;
    found.is_authentic()
        && passed(found, Check::Nonce)
        && found.device.is_some()
        && ![
            Check::Identity,
            Check::Firmware,
            Check::Revocation,
            Check::Debug,
        ]
        .into_iter()
        .any(failed)
}

fn passed(found: &Verification, check: Check) -> bool {
    found.outcome(check) == Outcome::Passed
}

fn outcome(outcome: Outcome) -> DeviceOutcome {
    match outcome {
        Outcome::Passed => DeviceOutcome::Passed,
        Outcome::Failed => DeviceOutcome::Failed,
        Outcome::Absent => DeviceOutcome::Absent,
        Outcome::Unknown => DeviceOutcome::Unknown,
    }
}

fn kind_of(kind: DeviceKind) -> Option<Kind> {
    match kind {
        DeviceKind::Gpu => Some(Kind::Gpu),
        DeviceKind::Switch => Some(Kind::Switch),
        DeviceKind::Unspecified => None,
    }
}

/// The PDIs in an inventory with the firmware versions beside them.
fn stated(inventory: Option<&Inventory>) -> Vec<(Pdi, &str)> {
    let devices = inventory.map_or(&[][..], |inventory| &inventory.devices);
    devices
        .iter()
        .filter_map(|device| {
            let details = device.details.as_ref()?;
            let pdi = details.pdi.as_slice().try_into().ok()?;
            Some((Pdi(pdi), details.firmware.as_str()))
        })
        .collect()
}
