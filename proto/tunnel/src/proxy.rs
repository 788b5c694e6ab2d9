//! HTTP/1.1 `CONNECT` (RFC 9110, section 9.3.6): one request, and the head of one reply.
//!
//! A proxy is asked for a numeric address, so it resolves nothing. Its reply may hold any bytes:
//! only a status code is taken out of it, and only from a head that is well formed, ends within
//! [`MAX_REPLY`] bytes and has nothing behind it.

use data_encoding::BASE64;
use std::fmt;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest head of a reply, bytes.
pub const MAX_REPLY: usize = 4096;

/// Longest user name and longest password, bytes.
pub const MAX_CREDENTIAL: usize = 255;

/// A proxy on the way to every server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    /// Who this host is to the proxy, if it asks.
    pub credentials: Option<Credentials>,
}

/// A user name and a password. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// As the header has it: base64 of `user:password`.
    encoded: String,
}

/// Not a user name and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "one line `user:password` is expected: the user without a colon, each of 1 to {MAX_CREDENTIAL} \
     bytes without control characters"
)]
pub struct CredentialsError;

impl Credentials {
    /// Reads `user:password`, with or without the end of the line.
    ///
    /// # Errors
    /// [`CredentialsError`], which does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        let line = text.strip_suffix('\n').unwrap_or(text);
        let (user, password) = line.split_once(':').ok_or(CredentialsError)?;
        let sound = |part: &str| {
            (1..=MAX_CREDENTIAL).contains(&part.len()) && !part.chars().any(char::is_control)
        };
        match sound(user) && sound(password) {
            true => Ok(Self {
                encoded: BASE64.encode(line.as_bytes()),
            }),
            false => Err(CredentialsError),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// Why a proxy gave no way through.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// It wants other credentials, or any.
    #[error("the proxy asks for a user and a password, or other ones (status 407)")]
    Authentication,
    /// It said no.
    #[error("the proxy refused with status {0}")]
    Refused(u16),
    /// What it said is no reply to `CONNECT`.
    #[error("the proxy's answer was refused: {0}")]
    Reply(#[from] ReplyError),
    /// The connection to it broke.
    #[error("the connection to the proxy broke: {0}")]
    Broken(std::io::ErrorKind),
}

/// What is wrong with a proxy's reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// No end within [`MAX_REPLY`] bytes.
    #[error("its head is longer than {MAX_REPLY} bytes")]
    Long,
    /// The first line is no status line of HTTP/1.0 or 1.1.
    #[error("its first line is no HTTP/1.1 status line")]
    Status,
    /// A line is no header field.
    #[error("it has a line that is no header field")]
    Field,
    /// Something came behind the head, before anything was sent through.
    #[error("it goes on behind the head")]
    Behind,
}

/// The request for a way to `server`.
pub fn request(server: SocketAddr, credentials: Option<&Credentials>) -> String {
    let authorization = credentials
        .map(|one| format!("Proxy-Authorization: Basic {}\r\n", one.encoded))
        .unwrap_or_default();
    format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n{authorization}\r\n")
}

/// The status code of a reply's head; `None` while `bytes` are only its beginning.
///
/// # Errors
/// [`ReplyError`] as soon as the bytes cannot become a head, or hold more than one.
pub fn status(bytes: &[u8]) -> Result<Option<u16>, ReplyError> {
    let mut code = None;
    let mut rest = bytes;
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let line = &rest[..end];
        rest = &rest[end + 2..];
        match code {
            None => code = Some(status_line(line).ok_or(ReplyError::Status)?),
            Some(_) if line.is_empty() && rest.is_empty() => return Ok(code),
            Some(_) if line.is_empty() => return Err(ReplyError::Behind),
            Some(_) if is_field(line) => {}
            Some(_) => return Err(ReplyError::Field),
        }
    }
    match bytes.len() >= MAX_REPLY {
        true => Err(ReplyError::Long),
        false => Ok(None),
    }
}

/// `HTTP/1.1 200 Connection established`: the code.
fn status_line(line: &[u8]) -> Option<u16> {
    let rest = line
        .strip_prefix(b"HTTP/1.1 ")
        .or_else(|| line.strip_prefix(b"HTTP/1.0 "))?;
    let (digits, reason) = rest.split_first_chunk::<3>()?;
    let sound = digits.iter().all(u8::is_ascii_digit)
        && (b'1'..=b'5').contains(&digits[0])
        && (reason.is_empty() || reason[0] == b' ')
        && reason.iter().all(|byte| is_text(*byte));
    sound.then(|| {
        digits
            .iter()
            .fold(0, |code, digit| 10 * code + u16::from(digit - b'0'))
    })
}

/// A name of token characters, a colon, text.
fn is_field(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return false;
    };
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    colon > 0 && line[..colon].iter().all(token) && line[colon..].iter().all(|byte| is_text(*byte))
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// Asks the proxy behind `stream` for a way to `server`. The caller bounds the time.
///
/// # Errors
/// [`ProxyError`].
pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    server: SocketAddr,
    credentials: Option<&Credentials>,
) -> Result<(), ProxyError> {
    let broken = |error: std::io::Error| ProxyError::Broken(error.kind());
    let request = request(server, credentials);
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut head = [0; MAX_REPLY];
    let mut length = 0;
    loop {
        let count = stream.read(&mut head[length..]).await.map_err(broken)?;
        if count == 0 {
            return Err(ProxyError::Broken(std::io::ErrorKind::UnexpectedEof));
        }
        length += count;
        match status(&head[..length])? {
            None => {}
            Some(200..=299) => return Ok(()),
            Some(407) => return Err(ProxyError::Authentication),
            Some(code) => return Err(ProxyError::Refused(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_request_names_the_address_twice_and_the_user_only_if_told() {
        let server = "[2001:db8::1]:443".parse().unwrap();
        assert_eq!(
            request(server, None),
            "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n"
        );
        let credentials = Credentials::parse("Aladdin:open sesame\n").unwrap();
        let text = request("192.0.2.1:443".parse().unwrap(), Some(&credentials));
        let header = "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n";
        assert!(text.ends_with(header), "{text}");
        assert_eq!(format!("{credentials:?}"), "Credentials");
    }

    #[test]
    fn credentials_that_would_end_the_header_are_refused() {
        let long = "x".repeat(256);
        for bad in [
            "",
            "user",
            ":p",
            "u:",
            "u:p\r\nX: y",
            "u:p\n\n",
            &format!("u:{long}"),
        ] {
            assert_eq!(Credentials::parse(bad), Err(CredentialsError), "{bad:?}");
        }
        assert!(
            Credentials::parse("u:p:q").is_ok(),
            "a password may hold a colon"
        );
    }

    #[test]
    fn replies_are_read_strictly() {
        for (reply, expected) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", Ok(Some(200))),
            (
                "HTTP/1.0 200\r\nVia: squid\r\nX-Cache:\r\n\r\n",
                Ok(Some(200)),
            ),
            (
                "HTTP/1.1 407 Authentication\r\nContent-Length: 9\r\n\r\n",
                Ok(Some(407)),
            ),
            ("HTTP/1.1 200 OK\r\nVia: x\r\n", Ok(None)),
            ("", Ok(None)),
            ("HTTP/2 200 OK\r\n\r\n", Err(ReplyError::Status)),
            ("HTTP/1.1 2000 OK\r\n\r\n", Err(ReplyError::Status)),
            ("HTTP/1.1 20 OK\r\n\r\n", Err(ReplyError::Status)),
            ("HTTP/1.1 600 OK\r\n\r\n", Err(ReplyError::Status)),
            ("\r\nHTTP/1.1 200 OK\r\n\r\n", Err(ReplyError::Status)),
            ("HTTP/1.1 200 OK\nVia: x\r\n\r\n", Err(ReplyError::Status)),
            ("HTTP/1.1 200 OK\r\n folded\r\n\r\n", Err(ReplyError::Field)),
            (
                "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
                Err(ReplyError::Field),
            ),
            ("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", Err(ReplyError::Field)),
            ("HTTP/1.1 200 OK\r\n\r\nSSH-2.0", Err(ReplyError::Behind)),
        ] {
            assert_eq!(status(reply.as_bytes()), expected, "{reply:?}");
        }
        assert_eq!(status(&[b'x'; MAX_REPLY]), Err(ReplyError::Long));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..5000)) {
            if let Ok(Some(code)) = status(&bytes) {
                prop_assert!((100..600).contains(&code));
            }
        }

        /// However a reply is cut, no beginning of it says more than the whole.
        #[test]
        fn a_beginning_says_nothing(reason in "[ -~]{0,20}", value in "[ -~]{0,30}", cut in 0..200usize) {
            let whole = format!("HTTP/1.1 200 {reason}\r\nVia: {value}\r\n\r\n");
            prop_assert_eq!(status(whole.as_bytes()), Ok(Some(200)));
            let cut = cut.min(whole.len() - 1);
            prop_assert_eq!(status(&whole.as_bytes()[..cut]), Ok(None));
        }
    }
}
