//! What the tool and the first program of the guest tell each other over the control port; guest/run/run.h says it too.

use std::io::{self, Read};
use std::time::Duration;

/// Longest body of a message.
const MAX_BODY: u32 = 4096;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ProgramEnd {
    /// With this exit code.
    Code(u8),
    /// By this signal.
    Signal(u8),
}

impl ProgramEnd {
    /// The tool's exit code, as a shell has it.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => signal.saturating_add(128),
        }
    }
}

/// What the guest says.
#[derive(Clone, Debug, PartialEq)]
pub enum FromGuest {
    /// Its first program runs.
    Hello,
    /// The user's program runs.
    Started,
    /// Something the user should know.
    Warning(String),
    /// It can't be done; the exit code, and why.
    Failed { code: u8, text: String },
    /// A signal has stopped the program.
    Stopped(u32),
    /// The program reads its standard input no more.
    StdinClosed,
    /// The answer to [`ToGuest::AskKeys`]: whether the terminal's keys make signals.
    Keys(bool),
    /// The program has ended, after so many bytes of its standard input.
    Exited { end: ProgramEnd, stdin_read: u64 },
}

/// What the host says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ToGuest {
    /// The terminal's size: rows, columns, width and height in pixels.
    Size([u16; 4]),
    /// A signal for the program and its process group.
    Signal(i32),
    /// A stopped program is to go on.
    Continue { foreground: bool },
    /// Do the terminal's keys make signals?
    AskKeys,
    /// The time, since 1970: the answer to [`FromGuest::Hello`].
    Time(Duration),
}

impl ToGuest {
    /// The message as it is sent.
    pub fn to_bytes(self) -> Vec<u8> {
        let (kind, body) = match self {
            Self::Size(size) => (1u32, size.iter().flat_map(|n| n.to_le_bytes()).collect()),
            Self::Signal(signal) => (2, signal.to_le_bytes().to_vec()),
            Self::Continue { foreground } => (3, u32::from(foreground).to_le_bytes().to_vec()),
            Self::AskKeys => (4, Vec::new()),
            Self::Time(time) => {
                (5, [&time.as_secs().to_le_bytes()[..], &time.subsec_nanos().to_le_bytes()].concat())
            }
        };
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend((body.len() as u32).to_le_bytes());
        bytes.extend(body);
        bytes
    }
}

/// Reads the next message; an error at the end of the stream too.
pub fn read_message(from: &mut impl Read) -> io::Result<FromGuest> {
    let mut head = [0; 8];
    from.read_exact(&mut head)?;
    let (kind, length) = (word(&head, 0), word(&head, 4));
    if length > MAX_BODY {
        return Err(nonsense());
    }
    let mut body = vec![0; length as usize];
    from.read_exact(&mut body)?;
    parse(kind, &body).ok_or_else(nonsense)
}

fn nonsense() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the control port carries nonsense")
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn parse(kind: u32, body: &[u8]) -> Option<FromGuest> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(match (kind, body.len()) {
        (1, _) => FromGuest::Hello,
        (2, _) => FromGuest::Started,
        (3, _) => FromGuest::Warning(text(body)),
        (4, 4..) => FromGuest::Failed { code: body[0], text: text(&body[4..]) },
        (5, 4..) => FromGuest::Stopped(word(body, 0)),
        (6, _) => FromGuest::StdinClosed,
        (7, 4..) => FromGuest::Keys(word(body, 0) != 0),
        (8, 16..) => FromGuest::Exited {
            end: match (word(body, 0), body[4]) {
                (0, code) => ProgramEnd::Code(code),
                (_, signal) => ProgramEnd::Signal(signal),
            },
            stdin_read: u64::from(word(body, 8)) | u64::from(word(body, 12)) << 32,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u32, body: &[u8]) -> Vec<u8> {
        [&kind.to_le_bytes()[..], &(body.len() as u32).to_le_bytes(), body].concat()
    }

    #[test]
    fn messages_from_the_guest() {
        let mut all = message(1, b"");
        all.extend(message(4, b"\x7f\0\0\0no such program"));
        all.extend(message(8, b"\0\0\0\0\x03\0\0\0\x05\0\0\0\x01\0\0\0"));
        all.extend(message(8, b"\x01\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0"));
        let mut from = all.as_slice();
        assert_eq!(read_message(&mut from).unwrap(), FromGuest::Hello);
        let failed = FromGuest::Failed { code: 127, text: "no such program".into() };
        assert_eq!(read_message(&mut from).unwrap(), failed);
        let exited = FromGuest::Exited { end: ProgramEnd::Code(3), stdin_read: 0x1_0000_0005 };
        assert_eq!(read_message(&mut from).unwrap(), exited);
        let FromGuest::Exited { end, .. } = read_message(&mut from).unwrap() else { panic!("no end") };
        assert_eq!(end.exit_code(), 137);
        assert_eq!(read_message(&mut from).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn nonsense_is_an_error() {
        for bytes in [message(99, b""), message(8, b"short"), [0, 0, 0, 1, 255, 255, 255, 255].to_vec()] {
            let kind = read_message(&mut bytes.as_slice()).unwrap_err().kind();
            assert_eq!(kind, io::ErrorKind::InvalidData);
        }
    }

    #[test]
    fn messages_to_the_guest() {
        let size = ToGuest::Size([24, 80, 0, 0x102]).to_bytes();
        assert_eq!(size, message(1, &[24, 0, 80, 0, 0, 0, 2, 1]));
        let time = ToGuest::Time(Duration::new(258, 3)).to_bytes();
        assert_eq!(time, message(5, &[2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]));
        assert_eq!(ToGuest::Continue { foreground: true }.to_bytes(), message(3, &[1, 0, 0, 0]));
    }
}
