//! Where one frame of a WebSocket ends and the next begins (RFC 6455 §5.2).

/// What has passed of a stream of frames. Of the frames themselves nothing is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Frames {
    /// The first bytes of a head that has not passed as a whole.
    head: [u8; LONGEST_HEAD],
    head_length: usize,
    /// How much of a payload is still to come.
    payload: u64,
}

impl Frames {
    /// Whether a frame may begin here.
    pub(crate) fn is_between(&self) -> bool {
        self.head_length == 0 && self.payload == 0
    }

    /// More of the stream passes.
    pub(crate) fn pass(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.payload > 0 {
                let passed = usize::try_from(self.payload).unwrap_or(usize::MAX).min(bytes.len());
                self.payload -= passed as u64;
                bytes = &bytes[passed..];
                continue;
            }
            self.head[self.head_length] = first;
            self.head_length += 1;
            bytes = rest;
            if let Some(payload) = payload_behind(&self.head[..self.head_length]) {
                (self.payload, self.head_length) = (payload, 0);
            }
        }
    }
}

/// The length of the payload; `None` while the head is not whole.
fn payload_behind(head: &[u8]) -> Option<u64> {
    let second = *head.get(1)?;
    let length_bytes = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mask_bytes = if second & 0x80 == 0 { 0 } else { 4 };
    if head.len() < 2 + length_bytes + mask_bytes {
        return None;
    }
    Some(match length_bytes {
        0 => u64::from(second & 0x7f),
        _ => head[2..2 + length_bytes].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
    })
}

/// A frame that closes (RFC 6455 §5.5.1), as a server sends it.
pub(crate) fn close(code: u16, reason: &str) -> Vec<u8> {
    let reason = &reason.as_bytes()[..reason.len().min(MOST_REASON)];
    let mut frame = vec![0x88, (2 + reason.len()) as u8];
    frame.extend_from_slice(&code.to_be_bytes());
    frame.extend_from_slice(reason);
    frame
}

const LONGEST_HEAD: usize = 14;
/// A control frame has at most 125 bytes, two of which are the code. Reasons are ASCII.
const MOST_REASON: usize = 123;

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut frame = vec![0x82];
        match length {
            0..126 => frame.push(mask | length as u8),
            126..65_536 => {
                frame.push(mask | 126);
                frame.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                frame.push(mask | 127);
                frame.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(if masked { b"mask" } else { b"" });
        frame.resize(frame.len() + length, 0xff);
        frame
    }

    #[test]
    fn frames_end_where_their_heads_say_however_the_bytes_come() {
        let lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000];
        let all: Vec<Vec<u8>> =
            lengths.into_iter().flat_map(|length| [frame(length, false), frame(length, true)]).collect();
        for piece in [1, 2, 3, 7, 1000, usize::MAX] {
            let mut frames = Frames::default();
            for bytes in &all {
                assert!(frames.is_between());
                let (most, last) = bytes.split_at(bytes.len() - 1);
                for bytes in most.chunks(piece) {
                    frames.pass(bytes);
                    assert!(!frames.is_between());
                }
                frames.pass(last);
            }
            assert!(frames.is_between());
        }
    }

    #[test]
    fn closing_frame_is_one_whole_control_frame() {
        for reason in ["", "INVOKER_PERMISSION_DENIED", &"x".repeat(200)] {
            let bytes = close(4401, reason);
            let mut frames = Frames::default();
            frames.pass(&bytes);
            assert!(frames.is_between() && bytes[0] == 0x88 && bytes[1] <= 125);
            assert_eq!(&bytes[2..4], &4401_u16.to_be_bytes());
        }
    }
}
