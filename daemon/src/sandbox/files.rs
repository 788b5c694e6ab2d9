//! Landlock: the files that may still be opened.

use super::Rules;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, LandlockStatus,
    NetPort, PathBeneath, PathFd, PathFdError, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
    RulesetStatus, Scope,
};
use serde::Serialize;
use std::io;
use std::path::PathBuf;

/// The newest interface of Landlock that is asked for; older kernels give what they have.
const NEWEST: ABI = ABI::V9;

/// What may be done with a file, or with everything below a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// List folders.
    List,
    /// Read files, list folders.
    Read,
    /// Read and execute files.
    Execute,
    /// Make, read, write, rename and remove files and folders.
    Keep,
    /// Read, write and ioctl: a driver's query is an ioctl, on a node opened for both.
    Device,
    /// Connect to the Unix socket there.
    Connect,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// A file or folder; one that does not exist when the layer goes up grants nothing.
    pub path: PathBuf,
    /// What may be done with it.
    pub access: Access,
}

impl Grant {
    /// `access` to `path`.
    pub fn new(path: impl Into<PathBuf>, access: Access) -> Self {
        Self {
            path: path.into(),
            access,
        }
    }
}

impl Access {
    fn rights(self) -> BitFlags<AccessFs> {
        use AccessFs as A;
        match self {
            Self::List => A::ReadDir.into(),
            Self::Read => A::ReadFile | A::ReadDir,
            Self::Execute => A::ReadFile | A::ReadDir | A::Execute,
            Self::Keep => {
                A::ReadFile
                    | A::ReadDir
                    | A::WriteFile
                    | A::Truncate
                    | A::MakeReg
                    | A::MakeDir
                    | A::RemoveFile
                    | A::RemoveDir
                    | A::Refer
            }
            Self::Device => A::ReadFile | A::WriteFile | A::IoctlDev,
            Self::Connect => A::ResolveUnix.into(),
        }
    }
}

/// Leaves what the rules grant and takes everything else: files, TCP, abstract Unix sockets.
pub(super) fn restrict(rules: &Rules) -> Result<String, String> {
    let applied = apply(rules).map_err(|error| error.to_string())?;
    match (applied.ruleset, applied.landlock) {
        (RulesetStatus::NotEnforced, status) => Err(format!(
            "this kernel or container does not give it ({status:?})"
        )),
        (_, LandlockStatus::Available { effective_abi, .. }) => Ok(format!(
            "interface {effective_abi:?}, {} rules",
            rules.files.len() + rules.tcp_ports.len()
        )),
        (_, status) => Ok(format!("{status:?}")),
    }
}

fn apply(rules: &Rules) -> Result<landlock::RestrictionStatus, Box<dyn std::error::Error>> {
    let mut scope = BitFlags::from(Scope::AbstractUnixSocket);
    if rules.scope_signals {
        scope |= Scope::Signal;
    }
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(scope)?
        .create()?;
    for grant in &rules.files {
        let file = match PathFd::new(&grant.path) {
            Ok(file) => file,
            Err(PathFdError::OpenCall { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let mut rights = grant.access.rights();
        if !grant.path.is_dir() {
            rights &= AccessFs::from_file(NEWEST);
        }
        ruleset = ruleset.add_rule(PathBeneath::new(file, rights))?;
    }
    for &port in &rules.tcp_ports {
        ruleset = ruleset.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
    }
    Ok(ruleset.restrict_self()?)
}
