//! Every command that this program can send to a TPM, and how its answer is read.
//!
//! TPM 2.0 Library, part 3, revision 1.59. A command is tag, length, code, handles, authorisations,
//! parameters; all numbers are big-endian.

use super::link::{Answer, TpmError};
use super::template::sized;
use domicile_proto::wire;

const NO_SESSIONS: u16 = 0x8001;
const SESSIONS: u16 = 0x8002;
const RH_NULL: Handle = Handle(0x4000_0007);
const RH_ENDORSEMENT: Handle = Handle(0x4000_000b);
const RS_PW: Handle = Handle(0x4000_0009);
const SE_POLICY: u8 = 1;
const ALG_SHA256: u16 = 0x000b;
const ALG_NULL: u16 = 0x0010;

/// The commands: name and code. A test holds this list against what changes a TPM.
pub const COMMANDS: [(&str, u32); 8] = [
    CREATE_PRIMARY,
    QUOTE,
    START_AUTH_SESSION,
    POLICY_SECRET,
    ACTIVATE_CREDENTIAL,
    NV_READ_PUBLIC,
    NV_READ,
    FLUSH_CONTEXT,
];
const CREATE_PRIMARY: (&str, u32) = ("TPM2_CreatePrimary", 0x131);
const QUOTE: (&str, u32) = ("TPM2_Quote", 0x158);
const START_AUTH_SESSION: (&str, u32) = ("TPM2_StartAuthSession", 0x176);
const POLICY_SECRET: (&str, u32) = ("TPM2_PolicySecret", 0x151);
const ACTIVATE_CREDENTIAL: (&str, u32) = ("TPM2_ActivateCredential", 0x147);
const NV_READ_PUBLIC: (&str, u32) = ("TPM2_NV_ReadPublic", 0x169);
const NV_READ: (&str, u32) = ("TPM2_NV_Read", 0x14e);
const FLUSH_CONTEXT: (&str, u32) = ("TPM2_FlushContext", 0x165);

/// What a TPM calls a key, session or index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle(pub u32);

/// One command, ready to be sent.
pub struct Command {
    /// Its name in the specification.
    pub name: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Command {
    fn new(
        (name, code): (&'static str, u32),
        handles: &[Handle],
        authorised_by: &[Handle],
        parameters: &[u8],
    ) -> Self {
        let tag = match authorised_by {
            [] => NO_SESSIONS,
            _ => SESSIONS,
        };
        let mut body: Vec<u8> = handles
            .iter()
            .flat_map(|handle| handle.0.to_be_bytes())
            .collect();
        if !authorised_by.is_empty() {
            // Session, no nonce, no attributes, an empty password.
            let area: Vec<u8> = authorised_by
                .iter()
                .flat_map(|session| [&session.0.to_be_bytes()[..], &[0; 5]].concat())
                .collect();
            body.extend(length(area.len()));
            body.extend(area);
        }
        body.extend(parameters);
        let mut bytes = tag.to_be_bytes().to_vec();
        bytes.extend(length(2 + 4 + 4 + body.len()));
        bytes.extend(code.to_be_bytes());
        bytes.extend(body);
        Self { name, bytes }
    }
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes)
        .expect("what a TPM is sent is far below 4 GiB")
        .to_be_bytes()
}

/// Makes a key out of the endorsement seed: the same for the same template.
pub fn create_primary(template: &[u8]) -> Command {
    let mut parameters = Vec::new();
    sized(&mut parameters, &[0; 4]); // no password, no data
    sized(&mut parameters, template);
    sized(&mut parameters, &[]); // outsideInfo
    parameters.extend(0u32.to_be_bytes()); // creationPCR
    Command::new(CREATE_PRIMARY, &[RH_ENDORSEMENT], &[RS_PW], &parameters)
}

/// The key's handle and public area.
pub(super) fn created(answer: &Answer) -> Result<(Handle, Vec<u8>), TpmError> {
    let mut fields = Fields(&answer.body);
    let key = Handle(fields.u32()?);
    fields.u32()?; // length of the parameters
    Ok((key, fields.sized()?.to_vec()))
}

/// Signs a nonce, and no PCR: what was booted is not told.
pub fn quote_nonce(key: Handle, nonce: &[u8; 32]) -> Command {
    let mut parameters = Vec::new();
    sized(&mut parameters, nonce);
    parameters.extend(ALG_NULL.to_be_bytes()); // the key's own scheme
    parameters.extend(0u32.to_be_bytes()); // no PCR
    Command::new(QUOTE, &[key], &[RS_PW], &parameters)
}

/// The statement and its signature.
pub(super) fn quoted(answer: &Answer) -> Result<wire::TpmQuote, TpmError> {
    let mut fields = Fields(&answer.body);
    let length = usize::try_from(fields.u32()?).unwrap_or(usize::MAX);
    let mut parameters = Fields(fields.take(length)?);
    Ok(wire::TpmQuote {
        attest: parameters.sized()?.to_vec(),
        signature: parameters.0.to_vec(),
    })
}

/// A session in which a policy is shown to hold.
pub fn start_policy(nonce: &[u8; 16]) -> Command {
    let mut parameters = Vec::new();
    sized(&mut parameters, nonce);
    sized(&mut parameters, &[]); // no salt
    parameters.push(SE_POLICY);
    parameters.extend(ALG_NULL.to_be_bytes());
    parameters.extend(ALG_SHA256.to_be_bytes());
    Command::new(START_AUTH_SESSION, &[RH_NULL, RH_NULL], &[], &parameters)
}

/// The session's handle.
pub(super) fn started(answer: &Answer) -> Result<Handle, TpmError> {
    Fields(&answer.body).u32().map(Handle)
}

/// Shows in a session that this caller may use the endorsement hierarchy (its password is empty
/// unless an owner set one).
pub fn policy_secret(session: Handle) -> Command {
    let mut parameters = Vec::new();
    for _ in ["nonceTPM", "cpHashA", "policyRef"] {
        sized(&mut parameters, &[]);
    }
    parameters.extend(0u32.to_be_bytes()); // does not expire
    Command::new(
        POLICY_SECRET,
        &[RH_ENDORSEMENT, session],
        &[RS_PW],
        &parameters,
    )
}

/// Releases the secret of a credential that was made for `ak` and enciphered to `ek`.
pub fn activate(ak: Handle, ek: Handle, session: Handle, activation: &wire::Activation) -> Command {
    let mut parameters = Vec::new();
    sized(&mut parameters, &activation.credential);
    sized(&mut parameters, &activation.encrypted_secret);
    Command::new(
        ACTIVATE_CREDENTIAL,
        &[ak, ek],
        &[RS_PW, session],
        &parameters,
    )
}

/// The secret.
pub(super) fn activated(answer: &Answer) -> Result<[u8; 32], TpmError> {
    let mut fields = Fields(&answer.body);
    fields.u32()?; // length of the parameters
    let secret = fields.sized()?;
    secret
        .try_into()
        .map_err(|_| TpmError::Answer("a secret of 32 bytes"))
}

/// Asks what is stored at an index.
pub fn nv_read_public(index: Handle) -> Command {
    Command::new(NV_READ_PUBLIC, &[index], &[], &[])
}

/// Bytes stored at an index.
pub(super) fn nv_size(answer: &Answer) -> Result<u16, TpmError> {
    let mut fields = Fields(&answer.body);
    let mut public = Fields(fields.sized()?);
    public.take(4 + 2 + 4)?; // index, name's algorithm, attributes
    public.sized()?; // policy
    public.u16()
}

/// Reads a part of an index that anybody may read.
pub fn nv_read(index: Handle, offset: u16, bytes: u16) -> Command {
    let parameters = [bytes.to_be_bytes(), offset.to_be_bytes()].concat();
    Command::new(NV_READ, &[index, index], &[RS_PW], &parameters)
}

/// The part.
pub(super) fn nv_data(answer: &Answer) -> Result<Vec<u8>, TpmError> {
    let mut fields = Fields(&answer.body);
    fields.u32()?; // length of the parameters
    fields.sized().map(<[u8]>::to_vec)
}

/// Takes a key or session out of the TPM's memory.
pub fn flush(handle: Handle) -> Command {
    Command::new(FLUSH_CONTEXT, &[], &[], &handle.0.to_be_bytes())
}

/// The bytes of an answer that are not read yet.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], TpmError> {
        let short = TpmError::Answer("as long as its fields");
        let (taken, rest) = self.0.split_at_checked(count).ok_or(short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, TpmError> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&mut self) -> Result<u32, TpmError> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn sized(&mut self) -> Result<&'a [u8], TpmError> {
        let length = self.u16()?;
        self.take(length.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_command_changes_what_a_tpm_keeps() {
        // Part 2, table 12: every command that writes an index, extends a register, keeps a key,
        // clears, sets a password, a hierarchy, a clock or a lockout, or updates firmware.
        let changing = [
            0x11f, 0x120, 0x121, 0x122, 0x124, 0x125, 0x126, 0x127, 0x128, 0x129, 0x12a, 0x12b,
            0x12c, 0x12d, 0x12e, 0x12f, 0x130, 0x132, 0x133, 0x134, 0x135, 0x136, 0x137, 0x138,
            0x139, 0x13a, 0x13b, 0x13c, 0x13d, 0x13e, 0x140, 0x144, 0x145, 0x150, 0x179, 0x182,
            0x185,
        ];
        for (name, code) in COMMANDS {
            assert!(!changing.contains(&code), "{name}");
        }
    }

    #[test]
    fn a_command_is_what_the_specification_says() {
        let bytes = quote_nonce(Handle(0x8000_0001), &[0xab; 32]).bytes;
        let stated = [
            &[0x80, 0x02, 0, 0, 0, 67, 0, 0, 0x01, 0x58][..], // tag, length, code
            &[0x80, 0, 0, 1],                                 // key
            &[0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0],      // password
            &[0, 32],
            &[0xab; 32],
            &[0, 0x10, 0, 0, 0, 0], // own scheme, no PCR
        ]
        .concat();
        assert_eq!(bytes, stated);
        assert_eq!(
            flush(Handle(2)).bytes,
            [0x80, 1, 0, 0, 0, 14, 0, 0, 1, 0x65, 0, 0, 0, 2]
        );
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let answer = Answer { body };
            let _ = (created(&answer), started(&answer), activated(&answer));
            let _ = (nv_size(&answer), nv_data(&answer));
            if let Ok(quote) = quoted(&answer) {
                prop_assert!(quote.attest.len() + quote.signature.len() < answer.body.len());
            }
        }
    }
}
