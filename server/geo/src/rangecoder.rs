//! An adaptive binary range coder, which keeps the territory file small.
//!
//! Each bit is coded with a probability that adapts to its context (11 bits, shift 5; the
//! carry-less 32-bit coder in wide use). Decoding never fails: past the end of the input
//! it reads zeros, and [`Decoder::overran`] tells.

/// Probability of a zero bit in 1/2048.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bit(u16);

impl Default for Bit {
    fn default() -> Self {
        Self(1024)
    }
}

impl Bit {
    fn bound(self, range: u32) -> u32 {
        (range >> 11) * u32::from(self.0)
    }

    fn adapt(&mut self, bit: bool) {
        if bit {
            self.0 -= self.0 >> 5;
        } else {
            self.0 += (2048 - self.0) >> 5;
        }
    }
}

/// Reads bits coded by [`Encoder`].
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    input: &'a [u8],
    at: usize,
    range: u32,
    code: u32,
}

impl<'a> Decoder<'a> {
    /// Starts at the first byte of `input`.
    pub(crate) fn new(input: &'a [u8]) -> Self {
        let mut decoder = Self {
            input,
            at: 0,
            range: u32::MAX,
            code: 0,
        };
        for _ in 0..5 {
            decoder.code = decoder.code << 8 | u32::from(decoder.next_byte());
        }
        decoder
    }

    fn next_byte(&mut self) -> u8 {
        let byte = self.input.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    /// Whether more bytes were read than the input has.
    pub(crate) fn overran(&self) -> bool {
        self.at > self.input.len()
    }

    /// Bytes read so far.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next bit under the context `probability`.
    pub(crate) fn bit(&mut self, probability: &mut Bit) -> bool {
        let bound = probability.bound(self.range);
        let bit = self.code >= bound;
        if bit {
            self.code -= bound;
            self.range -= bound;
        } else {
            self.range = bound;
        }
        probability.adapt(bit);
        if self.range < 1 << 24 {
            self.range <<= 8;
            self.code = self.code << 8 | u32::from(self.next_byte());
        }
        bit
    }
}

/// Writes bits for [`Decoder`].
#[derive(Debug)]
pub(crate) struct Encoder {
    low: u64,
    range: u32,
    cache: u8,
    pending: u64,
    out: Vec<u8>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            low: 0,
            range: u32::MAX,
            cache: 0,
            pending: 1,
            out: Vec::new(),
        }
    }
}

impl Encoder {
    /// Appends a bit under the context `probability`.
    pub(crate) fn bit(&mut self, probability: &mut Bit, bit: bool) {
        let bound = probability.bound(self.range);
        if bit {
            self.low += u64::from(bound);
            self.range -= bound;
        } else {
            self.range = bound;
        }
        probability.adapt(bit);
        if self.range < 1 << 24 {
            self.range <<= 8;
            self.shift_low();
        }
    }

    fn shift_low(&mut self) {
        if self.low < 0xff00_0000 || self.low >> 32 != 0 {
            let carry = u8::from(self.low >> 32 != 0);
            let mut byte = self.cache;
            while self.pending > 0 {
                self.out.push(byte.wrapping_add(carry));
                byte = 0xff;
                self.pending -= 1;
            }
            self.cache = self.low.to_be_bytes()[4];
        }
        self.pending += 1;
        self.low = (self.low & 0x00ff_ffff) << 8;
    }

    /// The coded bytes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        for _ in 0..5 {
            self.shift_low();
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
        fn what_goes_in_comes_out(bits in proptest::collection::vec((0usize..5, proptest::bool::weighted(0.05)), 0..4000)) {
            let mut contexts = [Bit::default(); 5];
            let mut encoder = Encoder::default();
            for &(context, bit) in &bits {
                encoder.bit(&mut contexts[context], bit);
            }
            let bytes = encoder.finish();
            let mut contexts = [Bit::default(); 5];
            let mut decoder = Decoder::new(&bytes);
            for &(context, bit) in &bits {
                prop_assert_eq!(decoder.bit(&mut contexts[context]), bit);
            }
            prop_assert!(!decoder.overran());
        }
    }
}
