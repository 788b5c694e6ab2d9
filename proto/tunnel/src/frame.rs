//! A QUIC packet behind its length: 2 bytes, big-endian, 1 to [`MAX_PACKET`].

/// Longest packet, bytes. QUIC's are 1,200 here: neither end looks for a larger path MTU.
pub const MAX_PACKET: usize = 1500;

/// Bytes of a length.
pub const HEADER: usize = 2;

/// Bytes that a [`Decoder`] holds: two packets at most.
const CAPACITY: usize = 2 * (HEADER + MAX_PACKET);

/// The far side does not speak this protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a packet of {0} bytes; 1 to {MAX_PACKET} are allowed")]
pub struct FrameError(pub usize);

/// Appends `packet` with its length to `out`.
///
/// # Errors
/// [`FrameError`] when the packet is empty or too long; `out` is then unchanged.
pub fn encode(packet: &[u8], out: &mut Vec<u8>) -> Result<(), FrameError> {
    let length = u16::try_from(packet.len())
        .ok()
        .filter(|length| (1..=MAX_PACKET).contains(&usize::from(*length)))
        .ok_or(FrameError(packet.len()))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(packet);
    Ok(())
}

/// Cuts a byte stream into packets, in fixed memory.
#[derive(Debug)]
pub struct Decoder {
    bytes: Box<[u8; CAPACITY]>,
    start: usize,
    end: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            bytes: Box::new([0; CAPACITY]),
            start: 0,
            end: 0,
        }
    }
}

impl Decoder {
    /// Where the next bytes of the stream go. Never empty after [`packet`](Self::packet) gave nothing.
    pub fn space(&mut self) -> &mut [u8] {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        &mut self.bytes[self.end..]
    }

    /// Says that the first `count` bytes of [`space`](Self::space) were filled.
    pub fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(CAPACITY);
    }

    /// The next whole packet, if it is here.
    ///
    /// # Errors
    /// [`FrameError`] at a length out of range, again and again: the stream is lost.
    pub fn packet(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let held = &self.bytes[self.start..self.end];
        let Some((header, rest)) = held.split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes(*header));
        if !(1..=MAX_PACKET).contains(&length) {
            return Err(FrameError(length));
        }
        if rest.len() < length {
            return Ok(None);
        }
        let packet = self.start + HEADER;
        self.start = packet + length;
        Ok(Some(&self.bytes[packet..self.start]))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// Feeds `stream` in pieces of at most `piece` bytes.
    fn decode(mut stream: &[u8], piece: usize) -> Result<Vec<Vec<u8>>, FrameError> {
        let mut decoder = Decoder::default();
        let mut packets = Vec::new();
        loop {
            while let Some(packet) = decoder.packet()? {
                packets.push(packet.to_vec());
            }
            if stream.is_empty() {
                return Ok(packets);
            }
            let space = decoder.space();
            let count = space.len().min(piece).min(stream.len());
            assert!(count > 0, "there is always room for the rest of a packet");
            space[..count].copy_from_slice(&stream[..count]);
            decoder.filled(count);
            stream = &stream[count..];
        }
    }

    #[test]
    fn lengths_out_of_range_are_refused_on_both_sides() {
        let mut out = Vec::new();
        assert_eq!(encode(&[], &mut out), Err(FrameError(0)));
        assert_eq!(
            encode(&[0; MAX_PACKET + 1], &mut out),
            Err(FrameError(MAX_PACKET + 1))
        );
        assert_eq!(
            encode(&vec![0; 1 << 16], &mut out),
            Err(FrameError(1 << 16))
        );
        assert!(out.is_empty());
        assert_eq!(decode(&[0, 0, 1], 9), Err(FrameError(0)));
        assert_eq!(decode(&[5, 221, 1], 9), Err(FrameError(1501)));
        assert_eq!(decode(&[255, 255], 1), Err(FrameError(65535)));
    }

    proptest! {
        #[test]
        fn packets_come_out_as_they_went_in(
            packets in proptest::collection::vec(
                proptest::collection::vec(any::<u8>(), 1..=MAX_PACKET), 0..6),
            piece in 1..4000usize,
        ) {
            let mut stream = Vec::new();
            for packet in &packets {
                encode(packet, &mut stream).unwrap();
            }
            prop_assert_eq!(decode(&stream, piece).unwrap(), packets);
        }

        #[test]
        fn any_bytes_are_answered_and_bounded(
            stream in proptest::collection::vec(any::<u8>(), 0..6000),
            piece in 1..4000usize,
        ) {
            if let Ok(packets) = decode(&stream, piece) {
                prop_assert!(packets.iter().all(|packet| packet.len() <= MAX_PACKET));
                let carried: usize = packets.iter().map(|packet| packet.len() + HEADER).sum();
                prop_assert!(carried <= stream.len());
            }
        }
    }
}
