//! The workspace's binaries: built by the cargo that runs the world, found beside it.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Packages whose binaries a world needs.
const PACKAGES: [&str; 7] = [
    // Itself, so that features come out as in the build that made it.
    "domicile-world",
    "domicile-certs",
    "domicile-daemon",
    "domicile-anchor",
    "domicile-collector",
    "domicile-witness",
    "domicile-audit",
];

/// Paths of the binaries.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The agent.
    pub agent: PathBuf,
    /// The anchor.
    pub anchor: PathBuf,
    /// The collector.
    pub collector: PathBuf,
    /// The witness.
    pub witness: PathBuf,
    /// The auditor's tool.
    pub audit: PathBuf,
    /// The CA tool.
    pub certs: PathBuf,
    /// The world itself.
    pub world: PathBuf,
}

impl Programs {
    /// Builds the workspace's binaries with the cargo named by the environment's `CARGO`, in the
    /// profile that `world` was built in, and finds them beside it. Without `CARGO` they have to
    /// be there already. Cargo's own progress goes to standard error.
    ///
    /// # Errors
    /// When the build fails or a binary is missing; the text says what to run.
    pub fn build(world: &Path) -> Result<Self> {
        let folder = world
            .parent()
            .with_context(|| format!("{} has no folder", world.display()))?;
        if let Some(cargo) = std::env::var_os("CARGO") {
            let mut build = Command::new(cargo);
            for (name, _) in std::env::vars_os() {
                if is_about_the_caller(&name.to_string_lossy()) {
                    build.env_remove(name);
                }
            }
            let status = build
                .args(arguments(folder))
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .status()
                .context("cannot start cargo")?;
            if !status.success() {
                bail!("building the programs failed ({status})");
            }
        }
        let find = |name: &str| {
            let path = folder.join(name);
            if !path.is_file() {
                bail!(
                    "{} is missing: run `cargo build` in the workspace first, or start the demo with `cargo demo`",
                    path.display()
                );
            }
            Ok(path)
        };
        Ok(Self {
            agent: find("domiciled")?,
            anchor: find("domicile-anchor")?,
            collector: find("domicile-collector")?,
            witness: find("domicile-witness")?,
            audit: find("domicile-audit")?,
            certs: find("domicile-certs")?,
            world: world.to_owned(),
        })
    }
}

/// Variables that cargo set to tell this program about itself. Some build scripts (ring's) run
/// again when they change, and everything above them would be built again.
fn is_about_the_caller(name: &str) -> bool {
    let prefixes = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_TARGET_TMPDIR",
    ];
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// Cargo's arguments to build into `folder`, whose last part is the profile's name.
fn arguments(folder: &Path) -> Vec<String> {
    let profile = folder
        .file_name()
        .map_or_else(|| "debug".into(), |name| name.to_string_lossy());
    let profile = match profile.as_ref() {
        "debug" => "dev",
        other => other,
    };
    let mut arguments = vec![
        "build".into(),
        "--bins".into(),
        "--profile".into(),
        profile.into(),
    ];
    for package in PACKAGES {
        arguments.extend(["--package".into(), package.into()]);
    }
    if let Some(target) = folder.parent() {
        arguments.extend(["--target-dir".into(), target.display().to_string()]);
    }
    arguments
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_what_cargo_says_about_the_caller_is_kept_from_the_build() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "CARGO_BIN_EXE_x"] {
            assert!(is_about_the_caller(name));
        }
        for name in [
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_TARGET_DIR",
            "RUSTFLAGS",
            "PATH",
        ] {
            assert!(!is_about_the_caller(name));
        }
    }

    #[test]
    fn the_profile_is_that_of_the_folder() {
        let of = |folder| arguments(Path::new(folder)).join(" ");
        assert!(of("/w/target/debug").contains("--profile dev "));
        assert!(of("/w/target/release").contains("--profile release "));
        assert!(of("/w/target/agent").ends_with("--target-dir /w/target"));
    }
}
