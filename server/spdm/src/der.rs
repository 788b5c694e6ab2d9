//! A reader of DER: tag, definite length in its shortest form, content. Enough for the extension
//! that holds firmware hashes, for OCSP responses and for time stamps.

/// Tags that are read here.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// OID.
    pub const OID: u8 = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: u8 = 0x0a;
    /// GENERALIZED TIME.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// SEQUENCE.
    pub const SEQUENCE: u8 = 0x30;

    /// Context-specific, primitive.
    pub const fn primitive(number: u8) -> u8 {
        0x80 | number
    }

    /// Context-specific, constructed.
    pub const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its tag, one byte.
    pub tag: u8,
    /// Behind tag and length.
    pub content: &'a [u8],
    /// With tag and length.
    pub whole: &'a [u8],
}

/// Reads elements one after the other. Whatever is not DER ends it with `None`.
#[derive(Debug, Clone, Copy)]
pub struct Der<'a> {
    rest: &'a [u8],
}

impl<'a> Der<'a> {
    /// A reader of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The one element that the bytes are, if its tag is this.
    pub fn only(bytes: &'a [u8], tag: u8) -> Option<&'a [u8]> {
        let mut der = Self::new(bytes);
        let content = der.expect(tag)?;
        der.is_empty().then_some(content)
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever its tag.
    // An iterator would hide that a wrong byte and the end look the same.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Element<'a>> {
        let (tag, behind) = self.rest.split_first()?;
        if tag & 0x1f == 0x1f {
            return None; // tags of several bytes
        }
        let (first, behind) = behind.split_first()?;
        let (length, behind) = match *first {
            short @ ..0x80 => (usize::from(short), behind),
            long => long_length(behind, usize::from(long & 0x7f))?,
        };
        let (content, rest) = behind.split_at_checked(length)?;
        let whole = &self.rest[..self.rest.len() - rest.len()];
        self.rest = rest;
        Some(Element {
            tag: *tag,
            content,
            whole,
        })
    }

    /// The content of the next element, which must have this tag.
    pub fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next_if(tag)
    }

    /// The next element if its tag is this; else nothing is read.
    pub fn next_if(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let element = ahead.next().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element.content)
    }
}

fn long_length(bytes: &[u8], count: usize) -> Option<(usize, &[u8])> {
    if !(1..=3).contains(&count) {
        return None;
    }
    let (digits, behind) = bytes.split_at_checked(count)?;
    let length = digits
        .iter()
        .fold(0, |length, digit| length << 8 | usize::from(*digit));
    let shortest = length >= 0x80 && digits[0] != 0;
    shortest.then_some((length, behind))
}

/// DER of the algorithm ECDSA with SHA-384.
const ECDSA_SHA384: &[u8] = &[
    0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03,
];

/// What certificates, revocation lists and OCSP answers have in common: something, the algorithm and
/// the signature over it. Read here to the byte, so that nothing around a signature can be altered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedDer<'a> {
    /// What is signed, with tag and length.
    pub(crate) signed: Element<'a>,
    /// DER of r and s.
    pub(crate) signature: &'a [u8],
    /// Elements behind the signature.
    pub(crate) behind: Der<'a>,
}

impl<'a> SignedDer<'a> {
    /// `None` when the bytes are no such structure; `Some(None)` when another algorithm is stated.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Option<Self>> {
        let mut fields = Der::new(Der::only(bytes, tag::SEQUENCE)?);
        let signed = fields.next().filter(|one| one.tag == tag::SEQUENCE)?;
        let algorithm = fields.next().filter(|one| one.tag == tag::SEQUENCE)?;
        let (unused, signature) = fields.expect(tag::BIT_STRING)?.split_first()?;
        if algorithm.whole != ECDSA_SHA384 {
            return Some(None);
        }
        (*unused == 0).then_some(Some(Self {
            signed,
            signature,
            behind: fields,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_one_form_and_stay_inside() {
        assert_eq!(Der::only(&[4, 2, 1, 2], 4), Some(&[1, 2][..]));
        for bad in [
            &[4, 3, 1, 2][..],            // past the end
            &[4, 1, 1, 2],                // something behind
            &[4, 0x81, 2, 1, 2],          // longer than needed
            &[4, 0x80, 1, 2, 0, 0],       // indefinite
            &[0x1f, 0x84, 0x01, 1, 1],    // a tag of several bytes
            &[4, 0x84, 0, 0, 0, 2, 1, 2], // four digits
            &[4],
            &[],
        ] {
            assert_eq!(Der::only(bad, 4), None, "{bad:?}");
        }
    }
}
