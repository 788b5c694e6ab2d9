//! Big-endian fields out of bytes that nobody vouches for.

/// Why bytes are not the structure that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// They end inside this field.
    #[error("it ends inside `{0}`")]
    Short(&'static str),
    /// Something follows the last field.
    #[error("{0} bytes follow its end")]
    Trailing(usize),
    /// This field has a length or value that is not supported.
    #[error("its `{field}` is {value:#x}")]
    Value {
        /// The field, as part 2 of the specification names it.
        field: &'static str,
        /// What stands there.
        value: u64,
    },
}

impl ReadError {
    pub(crate) fn value(field: &'static str, value: impl Into<u64>) -> Self {
        Self::Value {
            field,
            value: value.into(),
        }
    }
}

/// The bytes that are not read yet.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], ReadError> {
        let (array, rest) = self.0.split_first_chunk().ok_or(ReadError::Short(field))?;
        self.0 = rest;
        Ok(*array)
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, ReadError> {
        self.array(field).map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self, field: &'static str) -> Result<u16, ReadError> {
        self.array(field).map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, ReadError> {
        self.array(field).map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self, field: &'static str) -> Result<u64, ReadError> {
        self.array(field).map(u64::from_be_bytes)
    }

    /// A field that begins with its length (`TPM2B_…`), of at most `most` bytes.
    pub(crate) fn sized(
        &mut self,
        field: &'static str,
        most: usize,
    ) -> Result<&'a [u8], ReadError> {
        let length = self.u16(field)?;
        if usize::from(length) > most {
            return Err(ReadError::value(field, length));
        }
        let (bytes, rest) = self
            .0
            .split_at_checked(length.into())
            .ok_or(ReadError::Short(field))?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A number of at most `N` bytes behind its length, with zeros in front.
    pub(crate) fn number<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], ReadError> {
        let bytes = self.sized(field, N)?;
        let mut padded = [0; N];
        padded[N - bytes.len()..].copy_from_slice(bytes);
        Ok(padded)
    }

    /// The next 16 bits, which can be only this.
    pub(crate) fn exactly(&mut self, field: &'static str, value: u16) -> Result<(), ReadError> {
        match self.u16(field)? {
            found if found == value => Ok(()),
            found => Err(ReadError::value(field, found)),
        }
    }

    /// Ends the reading.
    pub(crate) fn end(self) -> Result<(), ReadError> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(ReadError::Trailing(left)),
        }
    }
}
