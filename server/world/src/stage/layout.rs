//! Where the files of a staged world lie.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Where everything lies below a world's folder.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout below `root`; makes its fixed folders.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn create(root: &Path) -> Result<Self> {
        let layout = Self {
            root: root.to_owned(),
        };
        for folder in [layout.logs(), layout.servers(), layout.collector()] {
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        Ok(layout)
    }

    /// The world's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The CA tool's folder.
    pub fn ca(&self) -> PathBuf {
        self.root.join("ca")
    }

    /// What every program is told out of band.
    pub fn trust(&self) -> PathBuf {
        self.ca().join("trust.toml")
    }

    /// The signed directory.
    pub fn directory(&self) -> PathBuf {
        self.root.join("directory.bin")
    }

    /// Output of all programs.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Keys and certificates of servers and of the auditor.
    pub fn servers(&self) -> PathBuf {
        self.root.join("servers")
    }

    /// The collector's folder.
    pub fn collector(&self) -> PathBuf {
        self.root.join("collector")
    }

    /// The auditor's profile: how to reach this world's collector.
    pub fn auditor_profile(&self) -> PathBuf {
        self.root.join("auditor.toml")
    }

    /// An anchor's folder.
    pub fn anchor(&self, name: &str) -> PathBuf {
        self.root.join("anchors").join(name)
    }

    /// A host's folder.
    pub fn host(&self, name: &str) -> PathBuf {
        self.root.join("hosts").join(name)
    }

    /// A host's configuration file.
    pub fn host_config(&self, name: &str) -> PathBuf {
        self.host(name).join("domiciled.toml")
    }

    /// A host's state folder.
    pub fn host_state(&self, name: &str) -> PathBuf {
        self.host(name).join("state")
    }
}
