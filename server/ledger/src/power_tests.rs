//! Power cuts, simulated: at any moment the disk may hold, of what was written since the last sync of a
//! file, any sectors and no others, and any length in between. From every such image the log opens, and
//! holds what it had acknowledged. `LEDGER_POWER_CUTS` says how many (default 120).
#![allow(clippy::unwrap_used)]

use crate::files::{Disk, OsDisk};
use crate::{Kind, Log, NewEntry, Options, checkpoint};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const ORIGIN: &str = "log.example.com/power";
const SECTOR: usize = 512;

const SMALL: Options = Options {
    segment_bytes: 8 * 1024,
};

/// What is known of the disk under the log.
#[derive(Debug)]
struct Power {
    /// Contents that a sync made durable.
    durable: HashMap<PathBuf, Vec<u8>>,
    random: u64,
    /// Records that the log has acknowledged, and their root.
    acknowledged: (u64, [u8; 32]),
    log: PathBuf,
    images: PathBuf,
    cuts: Vec<Cut>,
    wanted: usize,
}

/// The disk as it was when the power went.
#[derive(Debug)]
struct Cut {
    image: PathBuf,
    acknowledged: (u64, [u8; 32]),
}

#[derive(Debug, Clone)]
struct PowerDisk(Arc<Mutex<Power>>);

impl Power {
    fn draw(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % below as u64).unwrap()
    }

    /// The power may go now.
    fn maybe(&mut self) {
        if self.cuts.len() >= self.wanted || self.draw(3) > 0 {
            return;
        }
        let image = self.images.join(self.cuts.len().to_string());
        for folder in ["segments", "derived"] {
            fs::create_dir_all(image.join(folder)).unwrap();
            for entry in fs::read_dir(self.log.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let to = image.join(folder).join(path.file_name().unwrap());
                let written = fs::read(&path).unwrap();
                let kept = match folder {
                    "segments" => self.segment(&path, &written),
                    _ => self.mangled(written),
                };
                if let Some(kept) = kept {
                    fs::write(to, kept).unwrap();
                }
            }
        }
        // Replaced by rename after a sync of file and folder: the old one or the new one.
        if self.log.join("checkpoint").exists() {
            fs::copy(self.log.join("checkpoint"), image.join("checkpoint")).unwrap();
        }
        let acknowledged = self.acknowledged;
        self.cuts.push(Cut {
            image,
            acknowledged,
        });
    }

    /// What is left of a segment; `None` if not even its name.
    fn segment(&mut self, path: &Path, written: &[u8]) -> Option<Vec<u8>> {
        let named = self.durable.get(path).cloned();
        if named.is_none() && self.draw(2) == 0 {
            return None;
        }
        let durable = named.unwrap_or_default();
        let lengths = [durable.len(), written.len()];
        let (least, most) = (
            *lengths.iter().min().unwrap(),
            *lengths.iter().max().unwrap(),
        );
        let len = least + self.draw(most - least + 1);
        let mut kept = vec![0; len];
        for (number, sector) in kept.chunks_mut(SECTOR).enumerate() {
            let from = match self.draw(2) {
                0 => &durable,
                _ => written,
            };
            let start = (number * SECTOR).min(from.len());
            let end = (start + sector.len()).min(from.len());
            sector[..end - start].copy_from_slice(&from[start..end]);
        }
        // What is durable stays: only what came after may be anything.
        let same = written
            .iter()
            .zip(&durable)
            .take_while(|(a, b)| a == b)
            .count();
        let same = same.min(kept.len());
        kept[..same].copy_from_slice(&durable[..same]);
        Some(kept)
    }

    /// Derived files are never synced: they may be anything.
    fn mangled(&mut self, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        match self.draw(4) {
            0 => None,
            1 => Some(bytes),
            2 => {
                let len = self.draw(bytes.len() + 1);
                bytes.truncate(len);
                Some(bytes)
            }
            _ => {
                for _ in 0..3 {
                    let at = self.draw(bytes.len().max(1));
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 0x55;
                    }
                }
                Some(bytes)
            }
        }
    }
}

fn path_of(file: &File) -> PathBuf {
    fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap()
}

impl Disk for PowerDisk {
    fn write_all_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut power = self.0.lock().unwrap();
        power.maybe();
        OsDisk.write_all_at(file, bytes, offset)?;
        power.maybe();
        Ok(())
    }

    fn sync_data(&self, file: &File) -> io::Result<()> {
        let mut power = self.0.lock().unwrap();
        power.maybe();
        OsDisk.sync_data(file)?;
        let path = path_of(file);
        let bytes = fs::read(&path)?;
        power.durable.insert(path, bytes);
        power.maybe();
        Ok(())
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        OsDisk.set_len(file, len)
    }
}

fn entry(n: u64) -> NewEntry {
    NewEntry {
        kind: Kind::Evidence,
        time_ms: n,
        salt: [u8::try_from(n % 251).unwrap(); 32],
        payload: vec![u8::try_from(n % 253).unwrap(); usize::try_from(n * 97 % 1500).unwrap()],
    }
}

/// The image opens, and holds what was acknowledged under the same root; it can be written on.
fn check(cut: &Cut, key: &Ed25519KeyPair) {
    let (size, root) = cut.acknowledged;
    let (mut log, recovery) = Log::open(&cut.image, ORIGIN, &SMALL, |_, _| ())
        .unwrap_or_else(|error| panic!("{}: {error}", cut.image.display()));
    assert!(log.size() >= size, "{} of {size}: {recovery:?}", log.size());
    assert_eq!(log.root_at(size).unwrap(), root);
    for n in 0..log.size() {
        let (read, wanted) = (log.read(n).unwrap(), entry(n));
        assert_eq!((read.salt, read.payload), (wanted.salt, wanted.payload));
    }
    if let Some(head) = log.head().cloned() {
        let public = key.public_key().as_ref().try_into().unwrap();
        let note = fs::read(cut.image.join("checkpoint")).unwrap();
        let kept = checkpoint::Head::from_note(&note, ORIGIN, &public).unwrap();
        assert_eq!(log.root_at(kept.size).unwrap(), head.root);
    }
    let next = log.size();
    log.append(&[entry(next)]).unwrap();
    assert_eq!(log.verify(None, |_, _| ()).unwrap().records, next + 1);
}

#[test]
fn after_a_power_cut_at_any_moment_nothing_acknowledged_is_lost() {
    let wanted = std::env::var("LEDGER_POWER_CUTS").map_or(120, |cuts| cuts.parse().unwrap());
    let dir = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    let power = Arc::new(Mutex::new(Power {
        durable: HashMap::new(),
        random: 0x9e37_79b9_7f4a_7c15,
        acknowledged: (0, crate::EMPTY_ROOT),
        log: dir.path().join("log"),
        images: dir.path().join("images"),
        cuts: Vec::new(),
        wanted,
    }));
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let path = dir.path().join("log");
    let mut round = 0;
    while power.lock().unwrap().cuts.len() < wanted {
        // Closed and opened again now and then, as after a restart.
        let disk = Box::new(PowerDisk(Arc::clone(&power)));
        let (mut log, _) = Log::open_on(disk, &path, ORIGIN, &SMALL, |_, _| ()).unwrap();
        for _ in 0..12 {
            let from = log.size();
            let batch: Vec<NewEntry> = (from..from + 1 + round % 7).map(entry).collect();
            log.append(&batch).unwrap();
            power.lock().unwrap().acknowledged = (log.size(), log.root());
            if round % 3 == 0 {
                log.sign_head(&key).unwrap();
            }
            round += 1;
        }
        if log.size() > 400 {
            // Small images stay quick: begin a new log.
            drop(log);
            fs::remove_dir_all(&path).unwrap();
            let mut power = power.lock().unwrap();
            power.durable.clear();
            power.acknowledged = (0, crate::EMPTY_ROOT);
        }
    }
    let power = power.lock().unwrap();
    assert_eq!(power.cuts.len(), wanted);
    let torn = power
        .cuts
        .iter()
        .filter(|cut| cut.acknowledged.0 > 0)
        .count();
    assert!(torn * 10 > wanted * 8, "cuts at a log that holds something");
    for cut in &power.cuts {
        check(cut, &key);
    }
}
