//! Who sends a request.

use super::permission::{Permission, allows};
use super::scope::Scope;
use super::token::{Token, TokenHash};
use super::users::{User, Users};
use domicile_certs::tls::{Peer, Standing};
use domicile_diversion::cases::{Person, Role, UserId};
use domicile_geo::TerritoryCode;
use domicile_proto::types::Key;
use domicile_proto::wire::AuditReadRecord;

/// How a caller showed who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A certificate of the auditor CA.
    Certificate {
        /// Its key.
        key: Key,
        /// Its common name.
        name: String,
    },
    /// A bearer token.
    Token(TokenHash),
}

/// Somebody whom the access file lists, or an auditor where there is none: an extension of each
/// request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who, in which role, for which operator.
    pub person: Person,
    /// Which territories a regulator sees.
    pub territories: Option<Vec<TerritoryCode>>,
    /// What the caller showed.
    pub credential: Credential,
}

/// Why nobody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nothing was shown.
    #[error("show a certificate of the auditor CA or a bearer token")]
    Nobody,
    /// A certificate that does not hold, whatever else is shown.
    #[error("the certificate has expired, was revoked, or is no auditor's")]
    Certificate,
    /// A certificate of nobody in the access file.
    #[error("the access file lists nobody with this certificate")]
    Unlisted,
    /// Not a token of anybody, or no longer.
    #[error("the token is not known, or has expired")]
    Token,
    /// Certificate and token are of different people.
    #[error("certificate and token are not of the same user: show one of them")]
    TwoUsers,
    /// The user's time is over.
    #[error("the access of this user has expired")]
    Expired,
}

impl Caller {
    /// Who a request comes from. `users` is `None` without an access file. A certificate that was
    /// shown must hold, and decides: a token beside it adds nothing and never takes its place.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn identify(
        users: Option<&Users>,
        peer: Option<&Peer>,
        token: Option<&Token>,
        now_ms: u64,
    ) -> Result<Self, Denied> {
        let peer = match peer {
            Some(peer) if matches!(peer.standing, Standing::Auditor { .. }) => Some(peer),
            Some(_) => return Err(Denied::Certificate),
            None => None,
        };
        let Some(users) = users else {
            return peer.map(Self::auditor).ok_or(Denied::Nobody);
        };
        let by_token = token
            .map(|token| of_token(users, token, now_ms))
            .transpose()?;
        let caller = match peer {
            Some(peer) => {
                let user = users.of_certificate(&peer.key, peer.subject.as_deref());
                let user = user.ok_or(Denied::Unlisted)?;
                if by_token.is_some_and(|(other, _)| other.name != user.name) {
                    return Err(Denied::TwoUsers);
                }
                (user, certificate(peer))
            }
            None => by_token.ok_or(Denied::Nobody)?,
        };
        let (user, credential) = caller;
        match user.expires_ms {
            Some(expires_ms) if expires_ms <= now_ms => Err(Denied::Expired),
            _ => Ok(Self::of(user, credential)),
        }
    }

    fn of(user: &User, credential: Credential) -> Self {
        Self {
            person: Person {
                user: user.name.clone(),
                role: user.role,
                operator: user.operator.as_deref().map(Into::into),
            },
            territories: user
                .territories
                .as_ref()
                .map(|codes| codes.iter().copied().collect()),
            credential,
        }
    }

    /// Without an access file.
    fn auditor(peer: &Peer) -> Self {
        let named = peer.subject.as_deref().and_then(|name| name.parse().ok());
        let by_key = || -> UserId {
            let text = peer.key.to_string();
            text.parse()
                .expect("64 hexadecimal digits are a user's name")
        };
        Self {
            person: Person {
                user: named.unwrap_or_else(by_key),
                role: Role::Auditor,
                operator: None,
            },
            territories: None,
            credential: certificate(peer),
        }
    }

    /// Whether the role may do this.
    pub fn may(&self, permission: Permission) -> bool {
        allows(self.person.role, permission)
    }

    /// Which hosts the caller may know of.
    pub fn scope(&self) -> Scope {
        match (self.person.role, &self.person.operator, &self.territories) {
            (Role::Operator, Some(operator), _) => Scope::Operator(operator.to_string()),
            (Role::Regulator, _, Some(codes)) => Scope::Territories(codes.clone()),
            // Neither can come about; if it did, it would see nothing.
            (Role::Operator | Role::Regulator, ..) => Scope::Territories(Vec::new()),
            _ => Scope::All,
        }
    }

    /// The record of a request of this caller, to be completed.
    pub fn record(&self) -> AuditReadRecord {
        let mut record = AuditReadRecord {
            user: self.person.user.to_string(),
            role: self.person.role.name().to_owned(),
            ..AuditReadRecord::default()
        };
        match &self.credential {
            Credential::Certificate { key, name } => {
                record.auditor.clone_from(name);
                record.auditor_key = key.to_vec();
            }
            Credential::Token(hash) => record.token_hash = hash.0.to_vec(),
        }
        record
    }
}

fn certificate(peer: &Peer) -> Credential {
    Credential::Certificate {
        key: peer.key,
        name: peer.subject.clone().unwrap_or_default(),
    }
}

fn of_token<'u>(
    users: &'u Users,
    token: &Token,
    now_ms: u64,
) -> Result<(&'u User, Credential), Denied> {
    let hash = token.hash();
    let (user, expires_ms) = users.of_token(&hash).ok_or(Denied::Token)?;
    match expires_ms > now_ms {
        true => Ok((user, Credential::Token(hash))),
        false => Err(Denied::Token),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_certs::random::Seeded;
    use domicile_certs::x509::Serial;
    use domicile_proto::types::Digest;

    const NOW: u64 = 1_800_000_000_000;

    fn peer(name: &str, revoked: bool) -> Peer {
        let serial = Serial([1; 16]);
        Peer {
            key: Key([3; 32]),
            standing: match revoked {
                true => Standing::Revoked { serial },
                false => Standing::Auditor {
                    serial,
                    not_after_ms: NOW + 1,
                },
            },
            leaf_hash: Digest([0; 32]),
            subject: Some(name.to_owned()),
        }
    }

    fn users(token: &Token) -> Users {
        let text = format!(
            r#"
[[user]]
name = "ann"
role = "analyst"
certificate-names = ["Ann"]

[[user]]
name = "oda"
role = "operator"
operator = "acme"
tokens = [{{ sha256 = "{}", expires = "2030-01-01T00:00:00Z" }}]

[[user]]
name = "late"
role = "observer"
certificate-names = ["Late"]
expires = "2020-01-01T00:00:00Z"
"#,
            token.hash()
        );
        Users::parse(&text).unwrap()
    }

    #[test]
    fn a_certificate_that_was_shown_must_hold_whatever_token_comes_with_it() {
        let token = Token::generate(&mut Seeded::new(1)).unwrap();
        let users = users(&token);
        let who = |peer: Option<&Peer>, token| {
            let found = Caller::identify(Some(&users), peer, token, NOW);
            found.map(|caller| caller.person.user.to_string())
        };
        assert_eq!(who(None, Some(&token)), Ok("oda".into()));
        assert_eq!(who(Some(&peer("Ann", false)), None), Ok("ann".into()));
        assert_eq!(
            who(Some(&peer("Ann", true)), Some(&token)),
            Err(Denied::Certificate)
        );
        assert_eq!(
            who(Some(&peer("Ann", false)), Some(&token)),
            Err(Denied::TwoUsers)
        );
        assert_eq!(
            who(Some(&peer("Bob", false)), Some(&token)),
            Err(Denied::Unlisted)
        );
        assert_eq!(who(Some(&peer("Late", false)), None), Err(Denied::Expired));
        assert_eq!(who(None, None), Err(Denied::Nobody));
        let other = Token::generate(&mut Seeded::new(2)).unwrap();
        assert_eq!(who(None, Some(&other)), Err(Denied::Token));
        let late = Caller::identify(Some(&users), None, Some(&token), 1_893_456_000_000);
        assert_eq!(late, Err(Denied::Token));
    }

    #[test]
    fn without_a_file_certificates_are_auditors_and_tokens_nobody() {
        let token = Token::generate(&mut Seeded::new(1)).unwrap();
        let caller = Caller::identify(None, Some(&peer("auditor-1", false)), None, NOW).unwrap();
        assert_eq!(caller.person.user.to_string(), "auditor-1");
        assert_eq!(caller.person.role, Role::Auditor);
        let unspellable = Caller::identify(None, Some(&peer("The Auditor", false)), None, NOW);
        assert_eq!(
            unspellable.unwrap().person.user.to_string(),
            "03".repeat(32)
        );
        assert_eq!(
            Caller::identify(None, None, Some(&token), NOW),
            Err(Denied::Nobody)
        );
        let revoked = Caller::identify(None, Some(&peer("auditor-1", true)), None, NOW);
        assert_eq!(revoked, Err(Denied::Certificate));
    }
}
