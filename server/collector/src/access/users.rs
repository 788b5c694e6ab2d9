//! The access file, read and checked.
//!
//! ```toml
//! [[user]]
//! name = "ann"
//! role = "analyst"
//! certificate-names = ["Ann Example"]
//!
//! [[user]]
//! name = "export-office.de"
//! role = "regulator"
//! territories = ["DE"]
//! tokens = [{ sha256 = "…64 hexadecimal digits…", expires = "2027-01-01T00:00:00Z" }]
//!
//! [[user]]
//! name = "oda@acme"
//! role = "operator"
//! operator = "acme"
//! certificate-keys = ["…64 hexadecimal digits…"]
//! expires = "2027-06-30T00:00:00Z"
//! ```

use super::token::TokenHash;
use data_encoding::HEXLOWER;
use domicile_diversion::cases::{Role, UserId};
use domicile_geo::{Territories, TerritoryCode};
use domicile_proto::codec;
use domicile_proto::types::Key;
use domicile_proto::wire::{AccessRecord, AccessToken, AccessUser};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

/// Largest access file, bytes.
pub const MAX_BYTES: usize = 512 * 1024;

/// Most users.
const MAX_USERS: usize = 1000;
/// Most credentials of each sort that a user has.
const MAX_CREDENTIALS: usize = 8;
/// Longest name of a certificate or an operator, bytes.
const MAX_NAME: usize = 128;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    #[serde(default)]
    user: Vec<UserText>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct UserText {
    name: String,
    role: String,
    operator: Option<String>,
    territories: Option<Vec<String>>,
    #[serde(default)]
    certificate_keys: Vec<String>,
    #[serde(default)]
    certificate_names: Vec<String>,
    #[serde(default)]
    tokens: Vec<TokenText>,
    expires: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct TokenText {
    sha256: String,
    expires: String,
}

/// Somebody who may use the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub name: UserId,
    /// What he may do.
    pub role: Role,
    /// Whose hosts he sees; of operators only.
    pub operator: Option<String>,
    /// Which territories he sees; of regulators only.
    pub territories: Option<BTreeSet<TerritoryCode>>,
    /// Keys of certificates of the auditor CA.
    pub certificate_keys: Vec<Key>,
    /// Common names of certificates of the auditor CA.
    pub certificate_names: Vec<String>,
    /// Tokens, and until when each holds, Unix ms.
    pub tokens: Vec<(TokenHash, u64)>,
    /// Until when he may use anything, Unix ms.
    pub expires_ms: Option<u64>,
}

impl User {
    fn read(text: UserText) -> Result<Self, String> {
        let name: UserId = text.name.parse().map_err(|error| format!("{error}"))?;
        let wrong = |problem: String| format!("user {name}: {problem}");
        let role = Role::of_name(&text.role).ok_or_else(|| {
            let names = Role::ALL.map(Role::name).join(", ");
            wrong(format!("role {:?}: one of {names} is expected", text.role))
        })?;
        let belongs = |what: &str, of: Role, given: bool| match (role == of, given) {
            (true, false) => Err(wrong(format!(
                "`{what}` is needed: the role is {}",
                of.name()
            ))),
            (false, true) => Err(wrong(format!(
                "`{what}` is only for the role {}",
                of.name()
            ))),
            _ => Ok(()),
        };
        belongs("operator", Role::Operator, text.operator.is_some())?;
        belongs("territories", Role::Regulator, text.territories.is_some())?;
        let mut names = text.operator.iter().chain(&text.certificate_names);
        if names
            .any(|name| name.is_empty() || name.len() > MAX_NAME || name.contains(char::is_control))
        {
            return Err(wrong(format!("a name has 1 to {MAX_NAME} printable bytes")));
        }
        let territories = text.territories.map(|codes| territories(&codes));
        let keys = text.certificate_keys.iter().map(|key| {
            key.parse::<Key>()
                .map_err(|_| wrong("`certificate-keys`: 64 hexadecimal digits each".into()))
        });
        let user = Self {
            certificate_keys: keys.collect::<Result<_, _>>()?,
            tokens: (text.tokens.iter().map(token).collect::<Result<Vec<_>, _>>())
                .map_err(wrong)?,
            territories: territories.transpose().map_err(wrong)?,
            expires_ms: (text.expires.as_deref().map(date).transpose()).map_err(wrong)?,
            certificate_names: text.certificate_names,
            operator: text.operator,
            role,
            name: name.clone(),
        };
        let counts = [
            user.certificate_keys.len(),
            user.certificate_names.len(),
            user.tokens.len(),
        ];
        match counts {
            [0, 0, 0] => Err(wrong(
                "no credential: give `certificate-keys`, `certificate-names` or `tokens`".into(),
            )),
            _ if counts.iter().any(|count| *count > MAX_CREDENTIALS) => Err(wrong(format!(
                "at most {MAX_CREDENTIALS} credentials of a sort"
            ))),
            _ => Ok(user),
        }
    }

    fn record(&self) -> AccessUser {
        AccessUser {
            name: self.name.to_string(),
            role: self.role.name().to_owned(),
            operator: self.operator.clone().unwrap_or_default(),
            territories: self
                .territories
                .iter()
                .flatten()
                .map(ToString::to_string)
                .collect(),
            certificate_keys: self
                .certificate_keys
                .iter()
                .map(|key| key.to_vec())
                .collect(),
            certificate_names: self.certificate_names.clone(),
            tokens: self
                .tokens
                .iter()
                .map(|(hash, expires_ms)| AccessToken {
                    hash: hash.0.to_vec(),
                    expires_ms: *expires_ms,
                })
                .collect(),
            expires_ms: self.expires_ms.unwrap_or(0),
        }
    }
}

fn territories(codes: &[String]) -> Result<BTreeSet<TerritoryCode>, String> {
    let known = Territories::builtin();
    let read = |code: &String| {
        let code: Option<TerritoryCode> = code.parse().ok();
        code.filter(|code| known.index_of(*code).is_some())
    };
    let mut read_codes = BTreeSet::new();
    for code in codes {
        let shown: String = code.chars().take(8).collect();
        read_codes
            .insert(read(code).ok_or(format!("`territories`: {shown:?} is none that is known"))?);
    }
    match read_codes.is_empty() {
        true => Err("`territories` names none".into()),
        false => Ok(read_codes),
    }
}

fn token(text: &TokenText) -> Result<(TokenHash, u64), String> {
    let bytes = HEXLOWER.decode(text.sha256.as_bytes()).ok();
    let hash = bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or("`sha256`: 64 hexadecimal digits, as `domicile-collector token` prints them")?;
    Ok((TokenHash(hash), date(&text.expires)?))
}

fn date(text: &str) -> Result<u64, String> {
    let time: Option<Timestamp> = text.parse().ok();
    let ms = time.and_then(|time| u64::try_from(time.as_millisecond()).ok());
    ms.filter(|ms| *ms > 0)
        .ok_or_else(|| "`expires`: a time like 2027-01-31T00:00:00Z is expected".into())
}

/// Everybody whom one version of the access file lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    users: Vec<User>,
    keys: BTreeMap<Key, usize>,
    names: BTreeMap<String, usize>,
    tokens: BTreeMap<TokenHash, usize>,
}

impl Users {
    /// Reads an access file's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        if file.user.is_empty() {
            return Err("no `[[user]]`: nobody could use the API".into());
        }
        if file.user.len() > MAX_USERS {
            return Err(format!(
                "{} users where {MAX_USERS} are allowed",
                file.user.len()
            ));
        }
        let mut users = file
            .user
            .into_iter()
            .map(User::read)
            .collect::<Result<Vec<_>, _>>()?;
        users.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(pair) = users.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(format!(
                "user {} is there twice: one name, one role",
                pair[0].name
            ));
        }
        let mut read = Self::default();
        for (at, user) in users.iter().enumerate() {
            let taken =
                |what: &str| format!("user {}: {what} is another's, or there twice", user.name);
            for key in &user.certificate_keys {
                claim(&mut read.keys, *key, at).ok_or_else(|| taken("a certificate key"))?;
            }
            for name in &user.certificate_names {
                claim(&mut read.names, name.clone(), at)
                    .ok_or_else(|| taken("a certificate name"))?;
            }
            for (hash, _) in &user.tokens {
                claim(&mut read.tokens, *hash, at).ok_or_else(|| taken("a token"))?;
            }
        }
        read.users = users;
        Ok(read)
    }

    /// Everybody, in the order of their names.
    pub fn all(&self) -> &[User] {
        &self.users
    }

    /// The user with this certificate: by its key, otherwise by its common name.
    pub fn of_certificate(&self, key: &Key, name: Option<&str>) -> Option<&User> {
        let by_name = || self.names.get(name?);
        let at = self.keys.get(key).or_else(by_name)?;
        self.users.get(*at)
    }

    /// The user with this token, and until when it holds, Unix ms.
    pub fn of_token(&self, hash: &TokenHash) -> Option<(&User, u64)> {
        let user = self.users.get(*self.tokens.get(hash)?)?;
        let (_, expires_ms) = user.tokens.iter().find(|(one, _)| one == hash)?;
        Some((user, *expires_ms))
    }

    /// What is logged of it: names, roles, keys and hashes.
    pub fn record(&self) -> Vec<u8> {
        codec::encode(&AccessRecord {
            users: self.users.iter().map(User::record).collect(),
        })
    }
}

fn claim<K: Ord + Hash>(taken: &mut BTreeMap<K, usize>, key: K, at: usize) -> Option<()> {
    taken.insert(key, at).is_none().then_some(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn user(name: &str, more: &str) -> String {
        format!("[[user]]\nname = \"{name}\"\n{more}\n")
    }

    const ANN: &str = "role = \"analyst\"\ncertificate-names = [\"Ann\"]";

    #[test]
    fn what_is_wrong_is_named() {
        let hash = "ab".repeat(32);
        let token = |expires: &str| {
            format!(
                "role = \"admin\"\ntokens = [{{ sha256 = \"{hash}\", expires = \"{expires}\" }}]"
            )
        };
        let twice = |a: &str, b: &str| format!("{}{}", user("ann", a), user("bob", b));
        for (text, says) in [
            (String::new(), "no `[[user]]`"),
            (user("Ann", ANN), "lower case"),
            (
                user("ann", "role = \"boss\"\ncertificate-names = [\"A\"]"),
                "observer, auditor",
            ),
            (user("ann", "role = \"analyst\""), "no credential"),
            (
                user("ann", "role = \"analyst\"\npassword = \"x\""),
                "password",
            ),
            (
                user("ann", "role = \"regulator\"\ncertificate-names = [\"A\"]"),
                "`territories` is needed",
            ),
            (
                user("ann", &format!("{ANN}\nterritories = [\"DE\"]")),
                "only for the role regulator",
            ),
            (
                user("ann", &format!("{ANN}\noperator = \"acme\"")),
                "only for the role operator",
            ),
            (
                user(
                    "ann",
                    "role = \"regulator\"\nterritories = [\"QQ\"]\ncertificate-names = [\"A\"]",
                ),
                "QQ",
            ),
            (
                user(
                    "ann",
                    "role = \"regulator\"\nterritories = []\ncertificate-names = [\"A\"]",
                ),
                "names none",
            ),
            (
                user("ann", "role = \"operator\"\ncertificate-names = [\"A\"]"),
                "`operator` is needed",
            ),
            (user("ann", &token("soon")), "expires"),
            (
                user("ann", &format!("{ANN}\nexpires = \"1960-01-01T00:00:00Z\"")),
                "expires",
            ),
            (
                user("ann", "role = \"admin\"\ncertificate-keys = [\"ab\"]"),
                "64 hexadecimal",
            ),
            (twice(ANN, ANN), "certificate name"),
            (
                twice(
                    &token("2030-01-01T00:00:00Z"),
                    &token("2030-01-01T00:00:00Z"),
                ),
                "a token",
            ),
            (format!("{}{}", user("ann", ANN), user("ann", ANN)), "twice"),
        ] {
            let error = Users::parse(&text).unwrap_err();
            assert!(error.contains(says), "{says}: {error}");
        }
    }

    #[test]
    fn credentials_lead_to_their_users() {
        let key = Key([7; 32]);
        let hash = TokenHash([9; 32]);
        let text = user("ann", ANN)
            + &user(
                "bob",
                &format!("role = \"approver\"\ncertificate-keys = [\"{key}\"]"),
            )
            + &user(
                "cid",
                &format!(
                    "role = \"operator\"\noperator = \"acme\"\ntokens = [{{ sha256 = \"{hash}\", expires = \"2030-01-01T00:00:00Z\" }}]"
                ),
            );
        let users = Users::parse(&text).unwrap();
        let of = |key: u8, name| {
            let user = users.of_certificate(&Key([key; 32]), name);
            user.map(|user| user.name.to_string())
        };
        assert_eq!(of(1, Some("Ann")).as_deref(), Some("ann"));
        assert_eq!(of(7, None).as_deref(), Some("bob"));
        // The key is stronger than the name.
        assert_eq!(of(7, Some("Ann")).as_deref(), Some("bob"));
        assert_eq!(of(1, Some("ann")), None);
        assert_eq!(of(1, None), None);
        let (cid, until) = users.of_token(&hash).unwrap();
        assert_eq!((cid.role, until), (Role::Operator, 1_893_456_000_000));
        assert!(users.of_token(&TokenHash([8; 32])).is_none());
        // The order in the file does not matter for what is logged.
        let record: AccessRecord = codec::decode(&users.record(), 1 << 20).unwrap();
        let names: Vec<_> = record.users.iter().map(|user| user.name.as_str()).collect();
        assert_eq!(names, ["ann", "bob", "cid"]);
    }
}
