//! Numbers of a few bits each, packed without gaps, highest bit first.

/// Reads what [`BitWriter`] wrote. Past the end it reads zeros, and
/// [`BitReader::ended_well`] tells.
#[derive(Debug)]
pub(crate) struct BitReader<'a> {
    input: &'a [u8],
    next: usize,
    held: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            next: 0,
            held: 0,
            count: 0,
        }
    }

    /// The next `width` bits (1 to 16).
    pub(crate) fn read(&mut self, width: u32) -> u16 {
        while self.count < width {
            let byte = self.input.get(self.next).copied().unwrap_or(0);
            self.next += 1;
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
        self.count -= width;
        let value = self.held >> self.count & ((1 << width) - 1);
        u16::try_from(value).expect("at most 16 bits")
    }

    /// Whether all of the input was used, no more, and the last byte's rest is zero.
    pub(crate) fn ended_well(&self) -> bool {
        self.next == self.input.len() && self.count < 8 && self.held & ((1 << self.count) - 1) == 0
    }
}

/// Packs numbers.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl BitWriter {
    /// Appends the lowest `width` bits (1 to 16) of `value`.
    pub(crate) fn write(&mut self, value: u16, width: u32) {
        self.held = self.held << width | u32::from(value) & ((1 << width) - 1);
        self.count += width;
        while self.count >= 8 {
            self.count -= 8;
            self.out.push((self.held >> self.count).to_be_bytes()[3]);
        }
    }

    /// The packed bytes; the last is filled up with zeros.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.write(0, 8 - self.count);
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(numbers in proptest::collection::vec((any::<u16>(), 1u32..=16), 0..200)) {
            let mut writer = BitWriter::default();
            for &(value, width) in &numbers {
                writer.write(value, width);
            }
            let bytes = writer.finish();
            let mut reader = BitReader::new(&bytes);
            for &(value, width) in &numbers {
                let mask = u16::try_from((1u32 << width) - 1).expect("16 bits");
                prop_assert_eq!(reader.read(width), value & mask);
            }
            prop_assert!(reader.ended_well());
            reader.read(16);
            prop_assert!(!reader.ended_well());
        }
    }
}
