//! A reader of DER: tag, definite length in its shortest form, content. Enough for the extension
//! that holds firmware hashes and for OCSP responses.

/// Tags that are read here.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;

    /// Context-specific, primitive.
    pub(crate) const fn primitive(number: u8) -> u8 {
        0x80 | number
    }

    /// Context-specific, constructed.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// With tag and length.
    pub(crate) whole: &'a [u8],
}

/// Reads elements one after the other. Whatever is not DER ends it with `None`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Der<'a> {
    rest: &'a [u8],
}

impl<'a> Der<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The one element that the bytes are, if its tag is this.
    pub(crate) fn only(bytes: &'a [u8], tag: u8) -> Option<&'a [u8]> {
        let mut der = Self::new(bytes);
        let content = der.expect(tag)?;
        der.is_empty().then_some(content)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn next(&mut self) -> Option<Element<'a>> {
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

    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next_if(tag)
    }

    /// The next element if its tag is this; else nothing is read.
    pub(crate) fn next_if(&mut self, tag: u8) -> Option<&'a [u8]> {
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
