//! Asked seldom, one after the other, and never again after a failure.
#![allow(clippy::unwrap_used)]
use super::interlock::{Record, arm, look};
use super::*;
use crate::disk::RealDisk;
use crate::disk::tests::DyingDisk;
use domicile_certs::pem;
use std::cell::{Cell, RefCell};
use std::io;
use std::path::Path;
use std::time::Duration;

const NONCE: [u8; 32] = [5; 32];
const HOUR_MS: u64 = 3_600_000;
const DAY: Duration = Duration::from_secs(24 * 3600);
const NOW: u64 = 1_800_000_000_000;

use Manner::{BadChain, Empty, Fails, LacksFunction, NotSupported, Signs};

/// What a GPU does when it is asked.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Signs,
    Fails,
    NotSupported,
    BadChain,
    Empty,
    LacksFunction,
}

/// A GPU that counts, and looks at what is on the disk while it is asked.
struct Gpu<'a> {
    manner: Manner,
    calls: &'a Cell<u32>,
    folder: &'a Path,
    seen: &'a RefCell<Vec<Record>>,
}

impl Signer for Gpu<'_> {
    fn can_attest(&self) -> bool {
        self.manner != LacksFunction
    }

    fn certificates(&self) -> Result<Vec<u8>, Refusal> {
        let count = if self.manner == BadChain { 1 } else { 5 };
        Ok(pem::encode("CERTIFICATE", &[0x30, 7])
            .repeat(count)
            .into_bytes())
    }

    fn report(&self, nonce: &[u8; 32]) -> Result<Vec<u8>, Refusal> {
        self.calls.set(self.calls.get() + 1);
        self.seen.borrow_mut().push(look(self.folder).unwrap());
        match self.manner {
            Fails => Err(Refusal::Failed(999)),
            NotSupported => Err(Refusal::NotSupported),
            Empty => Ok(vec![]),
            _ => Ok(nonce.to_vec()),
        }
    }
}

/// A host's disk, its GPUs, and how it is configured.
struct Host {
    root: tempfile::TempDir,
    calls: Cell<u32>,
    seen: RefCell<Vec<Record>>,
    allowance: Allowance,
}

impl Host {
    fn new(in_cc_mode: bool) -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
            calls: Cell::new(0),
            seen: RefCell::new(vec![]),
            allowance: Allowance {
                in_cc_mode,
                interval: DAY,
            },
        }
    }

    fn armed() -> Self {
        let host = Self::new(true);
        arm(&RealDisk, host.root.path()).unwrap();
        host
    }

    /// A device process: it knows nothing but what is on the disk. Gives the number of reports,
    /// and of calls that were made.
    fn process(&self, manners: &[Manner], mode: Confidential, now_ms: u64) -> (usize, u32) {
        self.process_on(&RealDisk, manners, mode, now_ms)
    }

    fn process_on(
        &self,
        disk: &dyn Disk,
        manners: &[Manner],
        mode: Confidential,
        now_ms: u64,
    ) -> (usize, u32) {
        self.calls.set(0);
        let gpu = |manner: &Manner| Gpu {
            manner: *manner,
            calls: &self.calls,
            folder: self.root.path(),
            seen: &self.seen,
        };
        let gpus: Vec<_> = manners
            .iter()
            .enumerate()
            .map(|(index, manner)| (gpu(manner), format!("GPU-{index}")))
            .collect();
        let settings = Settings {
            folder: self.root.path().to_owned(),
            allowance: self.allowance,
        };
        let reports = ask(&gpus, mode, &settings, disk, now_ms, &NONCE);
        assert!(reports.iter().all(|report| report.report == NONCE));
        (reports.len(), self.calls.get())
    }
}

#[test]
fn in_cc_mode_nothing_is_asked_unless_configured_and_armed() {
    for mode in [Confidential::On, Confidential::Debug, Confidential::Unknown] {
        let never = Host::new(false);
        arm(&RealDisk, never.root.path()).unwrap();
        assert_eq!(never.process(&[Signs], mode, NOW), (0, 0), "{mode:?}");
        // A folder that is new, or went with its container.
        let unarmed = Host::new(true);
        assert_eq!(unarmed.process(&[Signs], mode, NOW), (0, 0), "{mode:?}");
        assert_eq!(
            Host::armed().process(&[Signs], mode, NOW),
            (1, 1),
            "{mode:?}"
        );
    }
}

#[test]
fn outside_it_no_arming_is_needed_and_where_there_is_no_such_mode_nothing_is_asked() {
    let host = Host::new(false);
    assert_eq!(
        host.process(&[Signs, Signs], Confidential::Off, NOW),
        (2, 2)
    );
    let none = Host::new(false);
    assert_eq!(none.process(&[Signs], Confidential::Absent, NOW), (0, 0));
    assert_eq!(
        none.process(&[LacksFunction], Confidential::Off, NOW),
        (0, 0)
    );
    assert_eq!(look(none.root.path()).unwrap(), Record::default());
}

#[test]
fn after_a_failure_no_gpu_is_asked_again_over_any_number_of_restarts() {
    for (manner, mode) in [
        (Fails, Confidential::On),
        (NotSupported, Confidential::On),
        (BadChain, Confidential::On),
        (Empty, Confidential::On),
        (Fails, Confidential::Off),
    ] {
        let host = Host::armed();
        // The second GPU fails: the first has signed, the third is left alone.
        let (signed, _) = host.process(&[Signs, manner, Signs], mode, NOW);
        assert_eq!(signed, 1);
        let record = look(host.root.path()).unwrap();
        assert_eq!(record.unfinished.as_deref(), Some("GPU-1"));
        for days in 0..1000 {
            let later = NOW + days * 24 * HOUR_MS;
            for gpus in [&[Signs, Signs, Signs][..], &[Signs]] {
                assert_eq!(host.process(gpus, mode, later), (0, 0), "day {days}");
            }
        }
        arm(&RealDisk, host.root.path()).unwrap();
        assert_eq!(host.process(&[Signs], mode, NOW + HOUR_MS), (1, 1));
    }
}

#[test]
fn the_mark_is_on_the_disk_while_the_call_is_made() {
    let host = Host::armed();
    host.process(&[Signs, Signs], Confidential::On, NOW);
    let seen = host.seen.borrow();
    let marks: Vec<_> = seen
        .iter()
        .map(|record| record.unfinished.as_deref())
        .collect();
    assert_eq!(marks, [Some("GPU-0"), Some("GPU-1")]);
    assert!(seen.iter().all(|record| record.last_ms == NOW));
    assert_eq!(look(host.root.path()).unwrap().unfinished, None);
}

#[test]
fn not_more_often_than_the_interval_even_when_the_clock_is_set_back() {
    let host = Host::armed();
    let on = Confidential::On;
    assert_eq!(host.process(&[Signs, Signs], on, NOW), (2, 2));
    assert_eq!(host.process(&[Signs], on, NOW + 23 * HOUR_MS), (0, 0));
    assert_eq!(host.process(&[Signs], on, NOW + 24 * HOUR_MS), (1, 1));
    // Back by a year: a whole interval from there, and no longer.
    let back = NOW - 365 * 24 * HOUR_MS;
    assert_eq!(host.process(&[Signs], on, back), (0, 0));
    assert_eq!(host.process(&[Signs], on, back + 23 * HOUR_MS), (0, 0));
    assert_eq!(host.process(&[Signs], on, back + 24 * HOUR_MS), (1, 1));
}

#[test]
fn outside_cc_mode_a_gpu_without_the_function_is_no_failure() {
    let host = Host::new(false);
    let off = Confidential::Off;
    assert_eq!(host.process(&[NotSupported, Signs], off, NOW), (1, 2));
    assert_eq!(look(host.root.path()).unwrap().unfinished, None);
    assert_eq!(
        host.process(&[NotSupported], off, NOW + HOUR_MS),
        (0, 0),
        "not every hour"
    );
}

#[test]
fn where_the_mark_cannot_be_kept_nothing_is_asked() {
    for after in 0..3 {
        let host = Host::armed();
        let disk = DyingDisk::new(after, io::ErrorKind::StorageFull);
        let asked = host.process_on(&disk, &[Signs, Signs], Confidential::On, NOW);
        assert_eq!(asked, (0, 0), "after {after} operations");
    }
    let host = Host::armed();
    std::fs::write(host.root.path().join("attestation.json"), b"{\"armed\":tr").unwrap();
    assert_eq!(host.process(&[Signs], Confidential::On, NOW), (0, 0));
    let missing = Host::new(false);
    std::fs::remove_dir(missing.root.path()).unwrap();
    assert_eq!(missing.process(&[Signs], Confidential::Off, NOW), (0, 0));
    std::fs::create_dir(missing.root.path()).unwrap();
}

#[test]
fn a_mark_that_cannot_be_taken_away_stays() {
    // Three operations mark the first call; the fourth is the first of taking the mark away.
    let host = Host::armed();
    let disk = DyingDisk::new(3, io::ErrorKind::StorageFull);
    let (_, calls) = host.process_on(&disk, &[Signs, Signs], Confidential::On, NOW);
    assert_eq!(calls, 1);
    assert_eq!(
        host.process(&[Signs], Confidential::On, NOW + 48 * HOUR_MS),
        (0, 0)
    );
}

#[test]
fn two_processes_do_not_ask_at_once() {
    let host = Host::armed();
    let allowance = host.allowance;
    let held = Interlock::permit(&RealDisk, host.root.path(), allowance, true, NOW).unwrap();
    assert_eq!(host.process(&[Signs], Confidential::On, NOW), (0, 0));
    drop(held);
    assert_eq!(host.process(&[Signs], Confidential::On, NOW), (1, 1));
}

#[test]
fn the_reports_of_many_gpus_stay_within_one_message() {
    let host = Host::new(false);
    let many = [Signs; 64];
    let (signed, _) = host.process(&many, Confidential::Off, NOW);
    assert_eq!(signed, MAX_REPORTS);
}
