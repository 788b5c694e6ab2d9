//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use domicile_certs::authority::Ca;
use domicile_certs::registry::Reason;
use domicile_certs::x509::Serial;
use domicile_proto::types::Key;
use std::path::PathBuf;

/// Makes Domicile's CAs, certificates, enrolment tokens, directory and revocation lists.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit status: 0 done, 1 refused or failed (nothing half-written), 2 wrong usage."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a root, three CAs, the directory and token keys, trust.toml and empty revocation lists
    Init {
        /// A folder that is empty or does not exist yet
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Issue a key and certificate to an anchor, collector or auditor
    Issue(Issue),
    /// Make the key of a collector's log: FILE and its public half beside it as FILE.pub
    LogKey {
        /// The private key's file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Mint an enrolment token
    Token(Token),
    /// Sign or show the directory of anchors and collectors
    #[command(subcommand)]
    Directory(DirectoryCommand),
    /// Revoke a certificate and issue its CA's next revocation list
    Revoke(Revoke),
    /// Issue all revocation lists again, with later dates
    Lists {
        /// The CA folder
        #[arg(long, value_name = "DIR")]
        ca: PathBuf,
    },
    /// Show a certificate, revocation list, token or key file
    Show {
        /// The file
        file: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    Anchor,
    Collector,
    Auditor,
}

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// What the certificate is for
    pub(crate) role: Role,
    /// The CA folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The holder's name: in the certificate, and of the files
    #[arg(long)]
    pub(crate) name: String,
    /// The folder for NAME.key and NAME.crt
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Days of validity [default: 730, auditors 365]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: Option<u32>,
    /// Certify this public key (64 hexadecimal digits), made elsewhere: writes NAME.crt only
    #[arg(long, value_name = "HEX")]
    pub(crate) public_key: Option<Key>,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    /// The CA folder (its token.key)
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The vendor's customer
    #[arg(long)]
    pub(crate) customer: String,
    /// Who runs the hosts, spelled as in the directory's anchors
    #[arg(long)]
    pub(crate) operator: String,
    /// The declared site
    #[arg(long)]
    pub(crate) site: String,
    /// The declared metro, an id of the directory
    #[arg(long)]
    pub(crate) metro: String,
    /// The declared territory, ISO 3166 alpha-2
    #[arg(long)]
    pub(crate) territory: String,
    /// Check metro and territory against this signed directory
    #[arg(long, value_name = "FILE")]
    pub(crate) directory: Option<PathBuf>,
    /// The licence, a name in the policy
    #[arg(long)]
    pub(crate) licence: String,
    /// How many hosts it may enrol
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) uses: u32,
    /// How long it may be redeemed, e.g. 12h or 30d
    #[arg(long, default_value = "30d", value_parser = crate::text::duration_ms)]
    pub(crate) valid_for: u64,
    /// The token's file, to be kept secret
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DirectoryCommand {
    /// Check directory.toml and sign it
    Sign {
        /// The CA folder (its directory.key)
        #[arg(long, value_name = "DIR")]
        ca: PathBuf,
        /// The directory in TOML
        #[arg(long = "in", value_name = "FILE")]
        input: PathBuf,
        /// The signed directory; an older one there is replaced
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Verify a signed directory and print it
    Show {
        /// The signed directory
        file: PathBuf,
        /// trust.toml
        #[arg(long, value_name = "FILE")]
        trust: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum IssuerName {
    #[value(name = "server-ca")]
    Server,
    #[value(name = "agent-ca")]
    Agent,
    #[value(name = "auditor-ca")]
    Auditor,
}

impl From<IssuerName> for Ca {
    fn from(name: IssuerName) -> Self {
        match name {
            IssuerName::Server => Self::Server,
            IssuerName::Agent => Self::Agent,
            IssuerName::Auditor => Self::Auditor,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReasonName {
    Unspecified,
    KeyCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    PrivilegeWithdrawn,
}

impl From<ReasonName> for Reason {
    fn from(name: ReasonName) -> Self {
        match name {
            ReasonName::Unspecified => Self::Unspecified,
            ReasonName::KeyCompromise => Self::KeyCompromise,
            ReasonName::AffiliationChanged => Self::AffiliationChanged,
            ReasonName::Superseded => Self::Superseded,
            ReasonName::CessationOfOperation => Self::CessationOfOperation,
            ReasonName::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
        }
    }
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["cert", "serial"]))]
pub(crate) struct Revoke {
    /// The CA folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The certificate
    #[arg(long, value_name = "FILE", conflicts_with = "issuer")]
    pub(crate) cert: Option<PathBuf>,
    /// The CA that issued it
    #[arg(long, requires = "serial")]
    pub(crate) issuer: Option<IssuerName>,
    /// Its serial number
    #[arg(long, value_name = "HEX", requires = "issuer")]
    pub(crate) serial: Option<Serial>,
    /// Why
    #[arg(long, default_value = "unspecified")]
    pub(crate) reason: ReasonName,
}
