//! The CA tool as a process in a folder of its own.
#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

use domicile_certs::Trust;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Folder(tempfile::TempDir);

pub struct Answer {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Folder {
    /// An empty folder.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with a CA in `ca`.
    pub fn with_ca() -> Self {
        let folder = Self::new();
        folder.done("init ca");
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Runs the tool in this folder with an open umask; arguments are split at spaces.
    pub fn run(&self, arguments: &str) -> Answer {
        self.run_with_umask(arguments, "000")
    }

    pub fn run_with_umask(&self, arguments: &str, umask: &str) -> Answer {
        let output = Command::new("sh")
            .args([
                "-c",
                &format!("umask {umask}; exec \"$0\" \"$@\""),
                env!("CARGO_BIN_EXE_domicile-certs"),
            ])
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Answer {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    pub fn done(&self, arguments: &str) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, Some(0), "{arguments}: {}", answer.err);
        assert!(!answer.out.contains("PRIVATE"));
        answer.out
    }

    /// Runs what must be refused, changing no file, with `said` in the message.
    pub fn refused(&self, arguments: &str, code: i32, said: &str) {
        let before = self.files();
        let answer = self.run(arguments);
        assert_eq!(
            answer.code,
            Some(code),
            "{arguments}: {}{}",
            answer.out,
            answer.err
        );
        assert!(answer.err.contains(said), "{arguments}: {}", answer.err);
        assert_eq!(self.files(), before, "{arguments}");
    }

    /// Every file with its bytes.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.0.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name() != Some(".lock".as_ref()) {
                    found.push((path.clone(), std::fs::read(path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }

    pub fn trust(&self) -> Trust {
        Trust::load(&self.path("ca/trust.toml")).unwrap()
    }
}

pub fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
