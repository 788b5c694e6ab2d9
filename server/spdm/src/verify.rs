//! One report, every check.

use crate::bytes::FormError;
use crate::chain::{Chain, ChainError};
use crate::check::{Check, Finding, Outcome};
use crate::pdi::{Device, Kind, Pdi};
use crate::reference::ReferenceValues;
use crate::report::Report;
use crate::revocation::Revocations;
use ring::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};

/// What a report is held against. Whatever is `None` leaves its check `unknown`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'a> {
    /// The nonce that the device had to sign.
    pub nonce: Option<[u8; 32]>,
    /// The kind that the host says it is.
    pub kind: Option<Kind>,
    /// What the host's inventory says.
    pub inventory: Option<Inventory<'a>>,
    /// Digests that somebody vouches for.
    pub reference: Option<&'a ReferenceValues>,
    /// Revocation lists and answers.
    pub revocations: Option<&'a Revocations>,
    /// The time at which the chain must be valid and lists are aged against, Unix ms.
    pub at_ms: u64,
}

/// What a host says of its devices. Nobody signs it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inventory<'a> {
    /// The driver's version; empty when not known.
    pub driver: &'a str,
    /// PDI and firmware version of each device whose PDI it states; the version may be empty.
    pub devices: &'a [(Pdi, &'a str)],
}

/// Everything found out about one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The report is read, or why not. Without it there is nothing to check.
    pub form: Result<(), FormError>,
    /// In the order of [`Check::ALL`].
    pub findings: [Finding; Check::ALL.len()],
    /// Which device, by its chain; `None` unless the chain passed.
    pub device: Option<Device>,
    /// SHA-256 of the leaf's key; `None` unless the chain passed.
    pub leaf_key_hash: Option<[u8; 32]>,
    /// What the report states; only as good as its signature.
    pub stated: Stated,
}

/// What a report states of its device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stated {
    /// Of SPDM.
    pub version: Option<&'static str>,
    /// The driver's version. Switches state none.
    pub driver: Option<String>,
    /// Of the VBIOS, or of a switch's firmware.
    pub firmware: Option<String>,
    /// Number of measurements.
    pub measurements: usize,
    /// Protected PCIe on or off.
    pub protected_pcie: Option<bool>,
    /// The vendor's mode: 0 SPT, 1 MPT, 2 PPCIE.
    pub mode: Option<u16>,
    /// PDIs of the devices at its links: a GPU's switches, a switch's GPUs. Sorted.
    pub peers: Vec<Pdi>,
}

impl Verification {
    /// A check's finding.
    pub fn finding(&self, check: Check) -> &Finding {
        let place = Check::ALL.iter().position(|one| *one == check);
        &self.findings[place.expect("every check is in the list")]
    }

    /// How a check ended.
    pub fn outcome(&self, check: Check) -> Outcome {
        self.finding(check).outcome
    }

    /// The device's own key signed these bytes: signature and chain hold. It says nothing of when.
    pub fn is_authentic(&self) -> bool {
        [Check::Signature, Check::Chain]
            .iter()
            .all(|check| self.outcome(*check) == Outcome::Passed)
    }

    /// Authentic, and no check failed.
    pub fn holds(&self) -> bool {
        let failed = |finding: &Finding| finding.outcome == Outcome::Failed;
        self.is_authentic() && !self.findings.iter().any(failed)
    }
}

/// Checks a report against its chain. `None` for the chain means that it is not at hand.
pub fn verify(
    report: &[u8],
    chain: Option<&Result<Chain, ChainError>>,
    expected: &Expected<'_>,
) -> Verification {
    let chain_finding = chain_finding(chain, expected.at_ms);
    let chain = chain.and_then(|chain| chain.as_ref().ok());
    let parsed = Report::parse(report);
    let believed = chain.filter(|_| chain_finding.outcome == Outcome::Passed);
    let device = believed.and_then(|chain| chain.device);
    let checks = Checks {
        report: parsed.as_ref().ok(),
        chain: believed,
        expected,
    };
    let findings = Check::ALL.map(|check| match check {
        Check::Signature => checks.signature(),
        Check::Chain => chain_finding.clone(),
        Check::Nonce => checks.nonce(),
        Check::Identity => checks.identity(),
        Check::Firmware => checks.firmware(),
        Check::Inventory => checks.inventory(),
        Check::Reference => checks.reference(),
        Check::Revocation => checks.revocation(),
        Check::Debug => checks.debug(),
    });
    let kind = device.map(|device| device.kind).or(expected.kind);
    let stated = parsed.as_ref().map(|report| stated(report, kind));
    Verification {
        findings,
        device,
        leaf_key_hash: believed.map(|chain| chain.leaf_key_hash),
        stated: stated.unwrap_or_default(),
        form: parsed.map(|_| ()),
    }
}

fn stated(report: &Report<'_>, kind: Option<Kind>) -> Stated {
    let opaque = &report.opaque;
    Stated {
        version: Some(report.version.name()),
        driver: opaque.driver(),
        firmware: opaque.firmware(),
        measurements: report.measurements.len(),
        protected_pcie: opaque.protected_pcie(),
        mode: opaque.mode(),
        peers: match kind {
            Some(Kind::Gpu) => opaque.switches(),
            Some(Kind::Switch) => opaque.gpus(),
            None => Vec::new(),
        },
    }
}

fn chain_finding(chain: Option<&Result<Chain, ChainError>>, at_ms: u64) -> Finding {
    match chain {
        None => Finding::unknown("the chain is not at hand"),
        Some(Err(error)) => Finding::failed(error.to_string()),
        Some(Ok(chain)) if !chain.is_valid_at(at_ms) => {
            Finding::failed("a certificate is not valid at this time")
        }
        Some(Ok(chain)) => Finding::passed(match chain.device {
            Some(device) => format!("{device}, to a pinned root"),
            None => "to a pinned root".into(),
        }),
    }
}

/// The checks of one report. The chain is there only if it passed.
struct Checks<'a> {
    report: Option<&'a Report<'a>>,
    chain: Option<&'a Chain>,
    expected: &'a Expected<'a>,
}

impl Checks<'_> {
    fn signature(&self) -> Finding {
        let Some(report) = self.report else {
            return Finding::failed("no report can be read");
        };
        let Some(chain) = self.chain else {
            return Finding::unknown("there is no key to check it with: see the chain");
        };
        let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, chain.leaf_key);
        match key.verify(&report.message(), &report.signature) {
            Ok(()) => Finding::passed(format!("SPDM {}, P-384", report.version.name())),
            Err(_) => Finding::failed("it does not verify under the leaf's key"),
        }
    }

    fn nonce(&self) -> Finding {
        match (self.report, self.expected.nonce) {
            (None, _) => unread(),
            (_, None) => Finding::unknown("no nonce was given to compare with"),
            (Some(report), Some(nonce)) if report.nonce == nonce => Finding::passed("as expected"),
            _ => Finding::failed("the report was made for another nonce"),
        }
    }

    fn identity(&self) -> Finding {
        let (Some(report), Some(chain)) = (self.report, self.chain) else {
            return Finding::unknown("it needs a report and a chain");
        };
        let Some(device) = chain.device else {
            return Finding::unknown("the boot ROM's certificate names no device");
        };
        if let Some(claimed) = self.expected.kind.filter(|kind| *kind != device.kind) {
            return Finding::failed(format!(
                "said to be a {}, certified as a {}",
                claimed.name(),
                device.kind.name()
            ));
        }
        match (device.kind, report.opaque.own_pdi()) {
            (Kind::Switch, Some(own)) if own != device.pdi => {
                Finding::failed(format!("it states PDI {own}, its chain {}", device.pdi))
            }
            (Kind::Switch, None) => Finding::absent("the switch does not state its PDI"),
            _ => Finding::passed(device.to_string()),
        }
    }

    fn firmware(&self) -> Finding {
        let Some(report) = self.report else {
            return unread();
        };
        let Some(stated) = report.opaque.fwid() else {
            return Finding::absent(
                "the report states no FWID, as old drivers and switches do not",
            );
        };
        let Some(chain) = self.chain else {
            return Finding::unknown("there is no chain to compare with");
        };
        match &chain.dice {
            None => Finding::unknown("the leaf has no DICE extension"),
            Some(dice) if dice.fwids.iter().any(|fwid| fwid == stated) => {
                Finding::passed("the report's FWID is the leaf's")
            }
            Some(_) => Finding::failed("the report's FWID is not the leaf's"),
        }
    }

    fn inventory(&self) -> Finding {
        let (Some(report), Some(chain)) = (self.report, self.chain) else {
            return Finding::unknown("it needs a report and a chain");
        };
        let Some(inventory) = self.expected.inventory else {
            return Finding::unknown("no inventory was given");
        };
        match chain.device {
            None => Finding::unknown("the boot ROM's certificate names no device"),
            Some(device) => compare(report, device, &inventory),
        }
    }

    fn reference(&self) -> Finding {
        match (self.report, self.expected.reference) {
            (None, _) => unread(),
            (_, None) => Finding::unknown("nobody has supplied any"),
            (Some(report), Some(reference)) => reference.check(report),
        }
    }

    fn revocation(&self) -> Finding {
        let Some(chain) = self.chain else {
            return Finding::unknown("there is no chain to look up");
        };
        match self.expected.revocations {
            None => Finding::absent("no list and no answer was given"),
            Some(lists) => lists.check(chain, self.expected.at_ms),
        }
    }

    /// Hopper's certificates and reports do not state it; there, only measurements that are known to
    /// be the vendor's say that the firmware is no debug build.
    fn debug(&self) -> Finding {
        let Some(chain) = self.chain else {
            return Finding::unknown("it needs a chain");
        };
        match chain.dice.as_ref().and_then(|dice| dice.flags) {
            Some(flags) if flags.debug() => {
                Finding::failed("the leaf's flags say debug, recovery or not secure")
            }
            Some(_) => Finding::passed("the leaf's flags say neither debug nor recovery"),
            None => match self.reference().outcome {
                Outcome::Passed => Finding::passed("every measurement is a reference value"),
                _ => Finding::unknown("this generation states it nowhere but in its measurements"),
            },
        }
    }
}

fn unread() -> Finding {
    Finding::unknown("no report can be read")
}

fn compare(report: &Report<'_>, device: Device, inventory: &Inventory<'_>) -> Finding {
    if inventory.devices.is_empty() {
        return Finding::absent("the inventory states no PDI");
    }
    let found = inventory.devices.iter().find(|(pdi, _)| *pdi == device.pdi);
    let Some((_, firmware)) = found else {
        return match device.kind {
            Kind::Gpu => Finding::failed(format!("the inventory has no device {}", device.pdi)),
            Kind::Switch => Finding::absent("inventories state PDIs of GPUs only"),
        };
    };
    let pairs = [
        ("driver", report.opaque.driver(), inventory.driver),
        ("firmware", report.opaque.firmware(), firmware),
    ];
    for (what, signed, said) in pairs {
        match signed {
            Some(signed) if !said.is_empty() && !signed.eq_ignore_ascii_case(said) => {
                return Finding::failed(format!("{what}: signed {signed}, inventory {said}"));
            }
            _ => {}
        }
    }
    Finding::passed("PDI and the versions stated by both")
}
