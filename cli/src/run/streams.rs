//! Carries the program's streams between the guest's ports and the tool's own standard streams: one thread each,
//! which blocks on both sides, so that who is slow holds up the other and nothing piles up in between.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// Bytes that are carried at a time.
const CHUNK: usize = 65_536;
/// What is sent against the stream when nobody reads it any more.
const BROKEN: &[u8] = b"x";

/// Brings what the host's stream has to the guest, in frames; an empty one at its end.
pub fn to_guest(from: &mut impl Read, to: &mut impl Write, stop: impl Fn() -> bool) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK + 4];
    while !stop() {
        let n = match from.read(&mut buffer[4..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // A descriptor that cannot be read has nothing for the program.
            Err(_) => 0,
            Ok(n) => n,
        };
        buffer[..4].copy_from_slice(&(n as u32).to_le_bytes());
        to.write_all(&buffer[..4 + n])?;
        if n == 0 {
            break;
        }
    }
    Ok(())
}

/// Brings the guest's frames to the host's stream. When that can be written no more the guest is told, so that the
/// program sees it too; the error is returned after the end of the guest's stream.
pub fn to_host(port: &UnixStream, to: &mut impl Write) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let mut outcome = Ok(());
    loop {
        let mut head = [0; 4];
        (&mut &*port).read_exact(&mut head)?;
        let mut left = u32::from_le_bytes(head) as usize;
        if left == 0 {
            return outcome;
        }
        while left > 0 {
            let part = left.min(CHUNK);
            let n = (&mut &*port).read(&mut buffer[..part])?;
            if n == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            left -= n;
            if outcome.is_ok() {
                outcome = to.write_all(&buffer[..n]).and_then(|()| to.flush());
                if outcome.is_err() {
                    (&mut &*port).write_all(BROKEN)?;
                }
            }
        }
    }
}

/// Brings what the guest's terminal shows, up to the cookie, to `show`.
pub fn terminal_to_host(
    from: &mut impl Read,
    cookie: &[u8],
    mut show: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let mut filled = 0;
    loop {
        let n = match from.read(&mut buffer[filled..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if n == 0 {
            show(&buffer[..filled])?;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += n;
        if let Some(at) = buffer[..filled].windows(cookie.len()).position(|w| w == cookie) {
            return show(&buffer[..at]);
        }
        let held = beginning_at_end(&buffer[..filled], cookie);
        show(&buffer[..filled - held])?;
        buffer.copy_within(filled - held..filled, 0);
        filled = held;
    }
}

/// Length of the longest beginning of `text` that `bytes` ends with, `text` itself excepted.
fn beginning_at_end(bytes: &[u8], text: &[u8]) -> usize {
    let longest = bytes.len().min(text.len().saturating_sub(1));
    (1..=longest).rev().find(|n| bytes.ends_with(&text[..*n])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(bytes: &[u8]) -> Vec<u8> {
        [&(bytes.len() as u32).to_le_bytes()[..], bytes].concat()
    }

    #[test]
    fn frames_to_the_guest() {
        let mut out = Vec::new();
        to_guest(&mut &b"abc"[..], &mut out, || false).unwrap();
        assert_eq!(out, [frame(b"abc"), frame(b"")].concat());
    }

    #[test]
    fn frames_to_the_host() {
        let (ours, guest) = UnixStream::pair().unwrap();
        (&guest).write_all(&[frame(b"ab"), frame(&[7; 100_000]), frame(b"")].concat()).unwrap();
        let mut out = Vec::new();
        to_host(&ours, &mut out).unwrap();
        assert_eq!(out.len(), 100_002);
        assert_eq!(&out[..3], b"ab\x07");
        drop(guest);
        assert_eq!(to_host(&ours, &mut out).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn the_guest_is_told_when_nobody_reads() {
        struct Broken;
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (ours, guest) = UnixStream::pair().unwrap();
        (&guest).write_all(&[frame(b"ab"), frame(b"cd"), frame(b"")].concat()).unwrap();
        assert_eq!(to_host(&ours, &mut Broken).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        drop(ours);
        let mut back = Vec::new();
        (&guest).read_to_end(&mut back).unwrap();
        assert_eq!(back, BROKEN, "once");
    }

    #[test]
    fn the_cookie_ends_the_terminal() {
        struct Pieces(Vec<&'static [u8]>);
        impl Read for Pieces {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                if self.0.is_empty() {
                    return Ok(0);
                }
                let piece = self.0.remove(0);
                into[..piece.len()].copy_from_slice(piece);
                Ok(piece.len())
            }
        }
        let show = |pieces: &[&'static [u8]]| {
            let mut shown = Vec::new();
            let result = terminal_to_host(&mut Pieces(pieces.to_vec()), b"END!", |bytes| {
                shown.extend(bytes);
                Ok(())
            });
            (String::from_utf8(shown).unwrap(), result.is_ok())
        };
        assert_eq!(show(&[b"abEN", b"ENDx", b"E", b"N", b"D!x"]), ("abENENDx".into(), true));
        assert_eq!(show(&[b"abEN"]), ("abEN".into(), false));
    }
}
