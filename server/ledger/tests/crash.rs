//! A writer in a process of its own, killed at random moments, run into a real file size limit, and on a file
//! system whose power is cut.
//!
//! The tests here start this very test binary again, with the writer below as its only test.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/volume.rs"]
mod volume;

use common::{ORIGIN, assert_holds, entries, entry, open, scratch};
use domicile_ledger::{Error, Kind, Log, Options, Spans, may_be_erased};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use volume::Volume;

/// Segments large enough that a file size limit is met within one.
const LARGE: Options = Options {
    segment_bytes: 1 << 20,
};

/// Command line that runs [`writer`] in a child, in the manner given.
fn child(dir: &Path, manner: &str) -> Command {
    let mut command = Command::new("sh");
    // SIGXFSZ ignored, so that a write over the limit fails instead of killing the child.
    let limit = if manner == "limited" {
        "trap '' XFSZ; ulimit -f 64;"
    } else {
        ""
    };
    command
        .args(["-c", &format!("{limit} exec \"$0\" \"$@\"")])
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "writer", "--nocapture"])
        .env("LEDGER_CRASH_DIR", dir)
        .env("LEDGER_CRASH_MANNER", manner)
        .stdout(Stdio::piped());
    command
}

/// One test of this file at a time: a child that one starts holds, until it is the program that it is
/// to be, the locks of every log that another has open.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
#[ignore = "the child process of the tests in this file"]
fn writer() {
    let Some(dir) = env::var_os("LEDGER_CRASH_DIR") else {
        return;
    };
    let dir = Path::new(&dir);
    let manner = env::var("LEDGER_CRASH_MANNER").unwrap();
    let limited = manner == "limited";
    let options = if limited { LARGE } else { common::SMALL };
    let (mut log, _) = Log::open(dir, ORIGIN, &options, |_, _| ()).unwrap();
    let mut out = std::io::stdout();
    let mut batch = 17;
    for round in 0.. {
        let from = log.size();
        match log.append(&entries(from, from + batch)) {
            Ok(_) => writeln!(out, "acknowledged {}", log.size()).unwrap(),
            Err(Error::NotAppended { .. }) if batch > 1 => {
                assert_eq!(log.size(), from);
                writeln!(out, "full {from}").unwrap();
                batch = 1;
            }
            Err(Error::NotAppended { .. }) => break,
            Err(e) => panic!("{e}"),
        }
        if manner == "erasing" {
            let last = (from..from + batch).filter(|n| may_be_erased(entry(*n).kind));
            let spans = Spans::of(last);
            let at = log.append(&[common::erasure(&spans)]).unwrap()[0].index;
            writeln!(out, "acknowledged {}", log.size()).unwrap();
            log.erase(at, |_, _| ()).unwrap();
            log.compact(from.saturating_sub(300)..at).unwrap();
        }
        if !limited && round % 5 == 4 {
            let head = log.sign_head(&common::key().0).unwrap();
            writeln!(out, "acknowledged {}", head.size).unwrap();
        }
        out.flush().unwrap();
    }
    // No closing: what is durable must not depend on it.
    std::mem::forget(log);
}

/// The last size that the child acknowledged, or `min` if none.
fn acknowledged(line: &str) -> Option<u64> {
    // The test harness may have printed the test's name on the same line.
    line.split("acknowledged ").nth(1)?.trim().parse().ok()
}

#[test]
fn a_killed_writer_loses_nothing_acknowledged() {
    let _alone = alone();
    let kills = env::var("LEDGER_KILLS").map_or(25, |kills| kills.parse().unwrap());
    let dir = scratch();
    let mut promised = 0;
    for round in 0..kills {
        let mut child = child(dir.path(), "endless").spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Different moments: after so many acknowledgements, and then at once.
        let mut wanted = 1 + (round * 7u32) % 23;
        while wanted > 0 {
            let line = lines
                .next()
                .expect("the writer goes on until it is killed")
                .unwrap();
            if let Some(size) = acknowledged(&line) {
                promised = size;
                wanted -= 1;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had still said before it died counts too. The last line may be cut.
        for line in lines.map_while(Result::ok) {
            promised = acknowledged(&line).unwrap_or(0).max(promised);
        }
        if round % 6 == 5 {
            fs::remove_dir_all(dir.path().join("derived")).unwrap();
        }
        let (log, recovery) = open(dir.path());
        assert!(
            log.size() >= promised,
            "{} of {promised}: {recovery:?}",
            log.size()
        );
        assert_holds(&log, promised);
        let head = log.head().map_or(0, |h| h.size);
        assert!(head <= log.size());
    }
    let (log, _) = open(dir.path());
    assert_eq!(log.verify(None, |_, _| ()).unwrap().records, log.size());
}

/// Everything that the kernel holds in memory is lost, and the writer goes on until it notices. The number of
/// cuts is `LEDGER_POWER_CUTS`; where the system does not allow it, that is said, and is a failure with
/// `DOMICILE_REQUIRE_LOOP`.
#[test]
fn a_power_cut_under_a_writer_loses_nothing_acknowledged() {
    let _alone = alone();
    let cuts = env::var("LEDGER_POWER_CUTS").map_or(4, |cuts| cuts.parse().unwrap());
    let volume = match Volume::new() {
        Ok(volume) => volume,
        Err(why) => {
            assert!(env::var_os("DOMICILE_REQUIRE_LOOP").is_none(), "{why}");
            println!("SKIPPED: no file system can be mounted and shut down here: {why}");
            return;
        }
    };
    let dir = volume.path().join("log");
    fs::create_dir(&dir).unwrap();
    fs::File::open(volume.path()).unwrap().sync_all().unwrap();
    let (mut promised, mut lost) = (0, 0);
    for round in 0..cuts {
        let mut child = child(&dir, "endless")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let heard = Arc::new(AtomicU64::new(0));
        let hearing = Arc::clone(&heard);
        let ear = std::thread::spawn(move || {
            let lines = lines.map_while(Result::ok);
            for size in lines.filter_map(|line| acknowledged(&line)) {
                hearing.store(size, Ordering::SeqCst);
            }
        });
        let first = promised + 17 * (1 + (round * 5) % 17);
        while heard.load(Ordering::SeqCst) < first {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "it goes on until the cut");
            std::thread::sleep(Duration::from_micros(100));
        }
        let unsynced = volume.path().join(format!("unsynced-{round}"));
        fs::write(&unsynced, [1; 4096]).unwrap();
        // Only what was heard before the cut counts: a sync that is under way while ext4 shuts down may
        // return as if it had been done. Where the power is gone nobody hears that.
        promised = heard.load(Ordering::SeqCst);
        volume.cut().unwrap();
        let _ended = child.kill();
        child.wait().unwrap();
        ear.join().unwrap();
        volume.restore().unwrap();
        // Its name may be there: a sync of anything else commits the journal.
        lost += u32::from(fs::read(&unsynced).map_or(true, |bytes| bytes.is_empty()));
        let (log, recovery) = open(&dir);
        assert!(
            log.size() >= promised,
            "{} of {promised}: {recovery:?}",
            log.size()
        );
        assert_holds(&log, promised);
        promised = log.size();
        // Checksums, commitments, and the root of the checkpoint that was signed last.
        assert_eq!(log.verify(None, |_, _| ()).unwrap().records, log.size());
    }
    // The cuts were cuts: what nobody had synced was lost.
    assert!(cuts == 0 || lost > 0);
    println!(
        "{cuts} power cuts: of {promised} records none acknowledged is lost, {lost} unsynced files are"
    );
}

#[test]
fn a_writer_killed_while_it_erases_damages_nothing() {
    let _alone = alone();
    let dir = scratch();
    let (mut promised, mut interrupted) = (0, 0);
    for round in 0..25u64 {
        let mut child = child(dir.path(), "erasing").spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut wanted = 1 + (round * 3) % 7;
        while wanted > 0 {
            let line = lines.next().expect("the writer goes on until it is killed");
            if let Some(size) = acknowledged(&line.unwrap()) {
                promised = size;
                wanted -= 1;
            }
        }
        // Somewhere in the erasure, or in the writing anew, that follow.
        std::thread::sleep(Duration::from_micros(round * 37));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            promised = acknowledged(&line).unwrap_or(0).max(promised);
        }
        let (mut log, recovery) = open(dir.path());
        interrupted += u64::from(recovery.erased > 0);
        assert!(
            log.size() >= promised,
            "{} of {promised}: {recovery:?}",
            log.size()
        );
        log.verify(None, |_, _| ()).unwrap();
        for at in 0..log.size() {
            let Some(read) = log.stored_record(at).unwrap().whole() else {
                continue;
            };
            let named = Spans::of_erasure(&read.payload, at);
            if let (Kind::Erasure, Ok(named)) = (read.kind, named) {
                log.erase(at, |_, _| ()).unwrap();
                assert!(named.iter().all(|n| log.read(n).is_err()));
            } else {
                let wanted = entry(at);
                assert_eq!((read.kind, read.payload), (wanted.kind, wanted.payload));
            }
        }
        assert_eq!(log.verify(None, |_, _| ()).unwrap().unfinished, 0);
    }
    println!("{interrupted} erasures were cut short and finished at opening");
}

#[test]
fn a_file_size_limit_refuses_appends_and_loses_nothing() {
    let _alone = alone();
    let dir = scratch();
    let output = child(dir.path(), "limited").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("full "), "{text}");
    let promised = text.lines().filter_map(acknowledged).next_back().unwrap();
    let refused: u64 = text
        .split("full ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        promised > refused,
        "smaller appends go on after the refused one: {text}"
    );
    let (mut log, recovery) = open(dir.path());
    assert_eq!((log.size(), recovery.torn), (promised, None));
    assert_holds(&log, promised);
    log.append(&[entry(promised)]).unwrap();
    assert_eq!(log.verify(None, |_, _| ()).unwrap().records, promised + 1);
}
