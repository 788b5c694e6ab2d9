//! A reader that never goes past its end, and why bytes are no report.

/// Why bytes are not a measurement report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Longer than [`crate::MAX_REPORT_BYTES`].
    #[error("{0} bytes; a report has at most {max}", max = crate::MAX_REPORT_BYTES)]
    TooLong(usize),
    /// It ends inside something.
    #[error("it ends inside the {what}: {needed} bytes are needed, {left} are left")]
    Short {
        /// What is cut off.
        what: &'static str,
        /// Bytes that it takes.
        needed: usize,
        /// Bytes that are there.
        left: usize,
    },
    /// A field has another value than it can have.
    #[error("{what}: {found:#04x}, where {expected} is expected")]
    Value {
        /// Which field.
        what: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: u64,
    },
    /// Two lengths or counts that do not fit each other.
    #[error("{0}")]
    Inconsistent(&'static str),
}

/// Reads from the front of a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(
        &mut self,
        what: &'static str,
        needed: usize,
    ) -> Result<&'a [u8], FormError> {
        let left = self.rest.len();
        let (taken, rest) =
            self.rest
                .split_at_checked(needed)
                .ok_or(FormError::Short { what, needed, left })?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(
        &mut self,
        what: &'static str,
    ) -> Result<[u8; N], FormError> {
        let taken = self.take(what, N)?;
        Ok(taken.try_into().expect("`take` gives as many as asked for"))
    }

    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, FormError> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    /// Little-endian, two bytes.
    pub(crate) fn le16(&mut self, what: &'static str) -> Result<u16, FormError> {
        self.array(what).map(u16::from_le_bytes)
    }

    /// Little-endian, three bytes.
    pub(crate) fn le24(&mut self, what: &'static str) -> Result<usize, FormError> {
        let [a, b, c] = self.array(what)?;
        Ok(usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16)
    }

    /// A byte that can only be this.
    pub(crate) fn exactly(
        &mut self,
        what: &'static str,
        expected: &'static str,
        value: u8,
    ) -> Result<(), FormError> {
        match self.byte(what)? {
            found if found == value => Ok(()),
            found => Err(FormError::Value {
                what,
                expected,
                found: found.into(),
            }),
        }
    }
}
