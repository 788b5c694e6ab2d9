//! Why a command failed, and with which exit code.

use crate::config::ConfigError;
use crate::device::attest::interlock::Refused;
use crate::directory::DirectoryError;
use crate::disk::DiskError;
use crate::report::ReportError;
use crate::sandbox::Unconfined;
use crate::spool::PushError;
use crate::state::StateError;
use crate::state::enrolment::EnrolmentError;
use crate::state::lock::LockError;
use crate::zone::ZoneError;
use domicile_certs::trust::TrustError;
use domicile_proto::codec::CodecError;
use domicile_proto::draw::UnknownMetro;
use domicile_proto::typed::TypedError;
use domicile_proto::wire::StatusCode;

/// Exit codes of `domiciled`. 0 is success; 2 is a wrong command line.
pub mod exit {
    /// Anything without a code of its own: configuration, state, disk.
    pub const FAILED: u8 = 1;
    /// A wrong command line, as clap has it.
    pub const USAGE: u8 = 2;
    /// Not enrolled, or enrolled on another machine.
    pub const NOT_ENROLLED: u8 = 3;
    /// The collector refused.
    pub const REFUSED: u8 = 4;
    /// The collector cannot be reached; what was measured waits in the spool.
    pub const UNREACHABLE: u8 = 5;
    /// Another domiciled is active on the same state.
    pub const ACTIVE: u8 = 6;
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// State folder.
    #[error(transparent)]
    State(#[from] StateError),
    /// Disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The mark of what GPUs were asked.
    #[error(transparent)]
    Interlock(#[from] Refused),
    /// Another process.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Enrolment or identity.
    #[error(transparent)]
    Enrolment(#[from] EnrolmentError),
    /// Directory or pinned trust.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Coarse mode has no zone.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// Trust file.
    #[error("trust: {0}")]
    Trust(#[from] TrustError),
    /// The declared metro is not in the directory.
    #[error(transparent)]
    Metro(#[from] UnknownMetro),
    /// The collector.
    #[error(transparent)]
    Report(Box<ReportError>),
    /// The spool.
    #[error(transparent)]
    Spool(#[from] PushError),
    /// Not a nonce as an inspector's tool shows it.
    #[error("the nonce is not as shown: {0}")]
    Nonce(#[from] TypedError),
    /// Not a token.
    #[error("token: {0}")]
    Token(String),
    /// Enrolled already.
    #[error(
        "this host is enrolled already (metro {metro}); `domiciled withdraw` first to enrol anew"
    )]
    AlreadyEnrolled {
        /// The declared metro.
        metro: String,
    },
    /// A bounded field.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The challenge is bound to another directory.
    #[error(
        "the collector works with directory version {collector}, installed here is {installed}: \
         get version {collector} from the vendor and `domiciled directory install` it"
    )]
    OtherDirectory {
        /// The collector's.
        collector: u64,
        /// Installed here.
        installed: u64,
    },
    /// Nothing to range against without a collector.
    #[error(
        "{0}; there is no earlier report whose hash could serve as the nonce, so nothing was measured"
    )]
    NoFirstNonce(Box<ReportError>),
    /// A full spool and no collector.
    #[error("{source}; {spool}, so nothing was measured")]
    SpoolFull {
        /// Why the collector was not reached.
        source: Box<ReportError>,
        /// The spool's state.
        spool: Box<PushError>,
    },
    /// Measured and kept, not delivered.
    #[error("measured and kept, not delivered yet ({reports} reports wait): {source}")]
    NotDelivered {
        /// Reports in the spool.
        reports: usize,
        /// Why not.
        source: Box<ReportError>,
    },
    /// A report was delivered and refused for good.
    #[error("the report was refused and set aside in the spool's `refused` folder: {0}")]
    SetAside(Box<ReportError>),
    /// A socket could not be opened.
    #[error("opening the socket: {0} (check `bind`)")]
    Socket(std::io::Error),
    /// The proxy's user and password.
    #[error(transparent)]
    ProxyCredentials(#[from] crate::net::tunnels::CredentialsError),
    /// A layer of confinement is missing.
    #[error(transparent)]
    Unconfined(#[from] Unconfined),
    /// Too few file descriptors.
    #[error(
        "at most {limit} files may be open here, and the agent needs {needed}: see `ulimit -n`"
    )]
    Descriptors {
        /// What the system allows.
        limit: u64,
        /// What is needed.
        needed: u64,
    },
    /// A child process could not be started or was killed.
    #[error("{0}")]
    Child(String),
    /// The configuration cannot be written as TOML.
    #[error("the configuration cannot be printed: {0}")]
    Print(String),
    /// Anything from the system.
    #[error("{0}")]
    System(std::io::Error),
}

impl Error {
    /// The collector's status, if that is why.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Report(error) => error.status(),
            _ => None,
        }
    }

    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Enrolment(EnrolmentError::NotEnrolled | EnrolmentError::Cloned) => {
                exit::NOT_ENROLLED
            }
            Self::Lock(LockError::Active) => exit::ACTIVE,
            Self::Nonce(_) => exit::USAGE,
            Self::Report(error)
            | Self::NoFirstNonce(error)
            | Self::NotDelivered { source: error, .. }
            | Self::SpoolFull { source: error, .. }
            | Self::SetAside(error) => {
                if error.is_unreachable() {
                    exit::UNREACHABLE
                } else if error.status().is_some() {
                    exit::REFUSED
                } else {
                    exit::FAILED
                }
            }
            _ => exit::FAILED,
        }
    }
}

impl From<ReportError> for Error {
    fn from(error: ReportError) -> Self {
        Self::Report(Box::new(error))
    }
}
