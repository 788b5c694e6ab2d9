//! What was checked, what each check proves, and what none of them does.

use domicile_appraise::text::name_of;
use domicile_appraise::verify::Appraised;
use domicile_ledger::LogKeys;
use domicile_ledger::witness::{Policy, Witnessed};
use domicile_proto::wire::{self, EkStanding, Premise, TpmOutcome};

/// A check, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Every part is there and of its kind.
    Form,
    /// The vendor's signature under each directory.
    Directories,
    /// The head's signature by the log of a collector in a directory.
    LogHead,
    /// Each record's place under that head.
    Inclusion,
    /// The verdict's signature by that collector.
    VerdictSignature,
    /// The enrolment and the vendor's signature under its token.
    Enrolment,
    /// The host's certificate under the agent CA, at the measurement.
    Certificate,
    /// The host's signature, and the anchors' and the host's under each session.
    Evidence,
    /// The sessions that it was compared with, in the same way.
    Compared,
    /// The policy file that the verdict names.
    Policy,
    /// The territory data and the rules that the verdict names are those of this program.
    Rules,
    /// The inputs stand in the log before the verdict.
    Order,
    /// The verdict, computed again, has the same bytes.
    Replay,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 13] = [
        Self::Form,
        Self::Directories,
        Self::LogHead,
        Self::Inclusion,
        Self::VerdictSignature,
        Self::Enrolment,
        Self::Certificate,
        Self::Evidence,
        Self::Compared,
        Self::Policy,
        Self::Rules,
        Self::Order,
        Self::Replay,
    ];

    /// Its short name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Directories => "directories",
            Self::LogHead => "log-head",
            Self::Inclusion => "inclusion",
            Self::VerdictSignature => "verdict-signature",
            Self::Enrolment => "enrolment",
            Self::Certificate => "certificate",
            Self::Evidence => "evidence",
            Self::Compared => "compared",
            Self::Policy => "policy",
            Self::Rules => "rules",
            Self::Order => "order",
            Self::Replay => "replay",
        }
    }

    /// What it proves when it passes.
    pub fn proves(self) -> &'static str {
        match self {
            Self::Form => "the bundle has every record that its verdict rests on",
            Self::Directories => "the vendor stated these anchors, keys, positions and votes",
            Self::LogHead => "the collector's log committed itself to one history of this size",
            Self::Inclusion => "each record here is in that history, unaltered",
            Self::VerdictSignature => "the collector named in the directory gave this verdict",
            Self::Enrolment => "the vendor allowed this host's customer, site and licence",
            Self::Certificate => "the vendor's CA knew this host's key when it was measured",
            Self::Evidence => "the host's key and each counted anchor signed these measurements",
            Self::Compared => "the same for the sessions that it was compared with",
            Self::Policy => "this is the policy that the verdict names",
            Self::Rules => "this program has the territories and rules that the verdict names",
            Self::Order => "the verdict was logged after what it rests on",
            Self::Replay => "the verdict follows from these records, to the byte",
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds. The text says what was seen.
    Passed(String),
    /// It does not. The text says what is wrong.
    Failed(String),
    /// An earlier one failed.
    NotReached,
}

/// A check and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// Which.
    pub check: Check,
    /// How.
    pub outcome: Outcome,
}

/// The result of verifying a bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct BundleReport {
    /// Every check, in order.
    pub checks: Vec<CheckResult>,
    /// The verdict, once its signature has been checked.
    pub verdict: Option<wire::Verdict>,
    /// What follows under another policy, if one was given and every check passed.
    pub rejudged: Option<wire::Verdict>,
    /// The evidence, once every check has passed.
    pub appraised: Option<Appraised>,
    /// Who signed the bundle's head beside the log, once somebody said which witnesses count.
    pub witnessed: Option<Witnessed>,
    /// Whether the makers of TPMs that the auditor gave were asked about this host's.
    pub tpm_maker_checked: bool,
}

impl BundleReport {
    pub(super) fn new() -> Self {
        let unreached = |check| CheckResult {
            check,
            outcome: Outcome::NotReached,
        };
        Self {
            checks: Check::ALL.map(unreached).into(),
            verdict: None,
            rejudged: None,
            appraised: None,
            witnessed: None,
            tpm_maker_checked: false,
        }
    }

    /// Whether every check passed.
    pub fn is_verified(&self) -> bool {
        self.checks
            .iter()
            .all(|result| matches!(result.outcome, Outcome::Passed(_)))
    }

    /// The first check that failed, and why.
    pub fn failure(&self) -> Option<(Check, &str)> {
        self.checks.iter().find_map(|result| match &result.outcome {
            Outcome::Failed(why) => Some((result.check, why.as_str())),
            Outcome::Passed(_) | Outcome::NotReached => None,
        })
    }

    /// Runs a check: what it gives and what was seen, or what is wrong.
    pub(super) fn check<T>(
        &mut self,
        check: Check,
        result: Result<(T, String), String>,
    ) -> Option<T> {
        let (value, outcome) = match result {
            Ok((value, seen)) => (Some(value), Outcome::Passed(seen)),
            Err(problem) => (None, Outcome::Failed(problem)),
        };
        if let Some(entry) = self.checks.iter_mut().find(|entry| entry.check == check) {
            entry.outcome = outcome;
        }
        value
    }

    /// Judges the witnesses' signatures on the bundle's checkpoint: they count if it is of the head that
    /// the records stand under.
    pub fn judge_witnesses(&mut self, bundle: &wire::Bundle, log: &LogKeys, policy: &Policy) {
        let checkpoint = log.open(&bundle.checkpoint).ok();
        let same = checkpoint.filter(|checkpoint| {
            let (ours, theirs) = (checkpoint.head(), bundle.head.as_ref());
            theirs.is_some_and(|head| head.size == ours.size && head.root == ours.root)
        });
        self.witnessed = Some(match same {
            Some(checkpoint) => policy.judge(&checkpoint),
            None => Witnessed {
                by: Vec::new(),
                needed: policy.needed(),
            },
        });
    }

    /// What a verified bundle does not prove: the verdict's premises, and what no bundle can show.
    pub fn not_proven(&self) -> Vec<String> {
        let premises = self.verdict.iter().flat_map(|verdict| {
            let words = |raw: &i32| premise(*raw, verdict.lying_votes);
            verdict.premises.iter().map(words)
        });
        let same_for_all = match &self.witnessed {
            Some(witnessed) if witnessed.is_enough() => None,
            Some(witnessed) => Some(format!(
                "that the log shows everyone the same history: {} of the {} witnesses needed have \
                 signed this head (UNWITNESSED)",
                witnessed.by.len(),
                witnessed.needed
            )),
            None => Some(
                "that the log shows everyone the same history: no witness was asked for (--log)"
                    .to_owned(),
            ),
        };
        let always = [
            "that the certificate was not revoked, and that this policy was the one in force, at the measurement",
            "that the host has no other sessions than those compared here",
        ];
        let tpm = self.tpm_not_proven().into_iter();
        premises
            .chain(same_for_all)
            .chain(tpm.chain(always).map(str::to_owned))
            .collect()
    }

    /// What the collector alone saw of a TPM whose quote holds.
    fn tpm_not_proven(&self) -> Vec<&'static str> {
        let tpm = self.verdict.as_ref().and_then(|verdict| verdict.tpm);
        let Some(tpm) = tpm.filter(|tpm| tpm.outcome() == TpmOutcome::Holds) else {
            return Vec::new();
        };
        let mut unseen = vec![
            "that the quoting key is in the TPM with this endorsement key: the collector saw that at enrolment",
        ];
        if tpm.ek() == EkStanding::Certified && !self.tpm_maker_checked {
            unseen.push(
                "that the TPM's maker is one to believe: the collector found so at enrolment (see --tpm-roots)",
            );
        }
        unseen
    }
}

/// A premise as a plain sentence.
fn premise(raw: i32, lying_votes: u32) -> String {
    match Premise::try_from(raw) {
        Ok(Premise::SessionNotDelegated) => {
            "that the responder is the host: whoever holds the session's secrets can answer for it"
                .into()
        }
        Ok(Premise::OnLand) => "that the responder stands on land".into(),
        Ok(Premise::AtMostFLyingVotes) => {
            format!("that at most {lying_votes} of the trust domains lie or fail")
        }
        Ok(Premise::NoPathFasterThanTier) => {
            "that no signal path is faster than the required tier".into()
        }
        Ok(Premise::DeviceWithResponder) => {
            "that the device stands where the responder does".into()
        }
        Ok(Premise::NonceIssuedByCollector) => {
            "that the collector issued the nonce: it alone can check that".into()
        }
        Ok(Premise::Unspecified) | Err(_) => {
            format!(
                "a premise that this program does not know ({})",
                name_of::<Premise>(raw)
            )
        }
    }
}
