//! The `#!` line (execve(2), "Interpreter scripts").

use abi::Errno;

/// How much of a file is looked at to find out what it is.
pub const HEAD_SIZE: usize = 256;

/// The interpreter and its optional single argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Path of the interpreter.
    pub interpreter: &'a [u8],
    /// Everything after it, blanks trimmed.
    pub argument: Option<&'a [u8]>,
}

fn blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Parses a file's first [`HEAD_SIZE`] bytes (zeros after the end of a shorter file).
/// None when it isn't a script; `ENOEXEC` without an interpreter, and when the
/// interpreter's path might be cut off at the end of the buffer. A NUL ends the path, which is empty then
/// if it comes first.
pub fn parse(head: &[u8; HEAD_SIZE]) -> Option<Result<Line<'_>, Errno>> {
    let rest = head.strip_prefix(b"#!")?;
    Some(line(rest).ok_or(Errno::ENOEXEC))
}

fn line(rest: &[u8]) -> Option<Line<'_>> {
    let stop = rest.iter().position(|byte| *byte == b'\n' || *byte == 0);
    let line = match stop {
        Some(end) if rest.get(end) == Some(&b'\n') => rest.get(..end)?,
        _ => {
            // No newline: the argument may be cut off, the path may not.
            let rest = rest.get(..HEAD_SIZE - 3)?;
            let name = rest.iter().position(|byte| !blank(*byte))?;
            rest.get(name..)?.iter().position(|byte| blank(*byte) || *byte == 0)?;
            rest
        }
    };
    let line = line.trim_ascii_end_blank();
    let start = line.iter().position(|byte| !blank(*byte))?;
    let line = line.get(start..)?;
    let end = line.iter().position(|byte| blank(*byte) || *byte == 0).unwrap_or(line.len());
    let interpreter = line.get(..end)?;
    let tail = line.get(end..)?;
    let argument = match tail.first() {
        None | Some(0) => None,
        Some(_) => {
            let from = tail.iter().position(|byte| !blank(*byte))?;
            let text = tail.get(from..)?;
            let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
            text.get(..end).filter(|text| !text.is_empty())
        }
    };
    Some(Line { interpreter, argument })
}

trait TrimBlanks {
    fn trim_ascii_end_blank(&self) -> &[u8];
}

impl TrimBlanks for [u8] {
    fn trim_ascii_end_blank(&self) -> &[u8] {
        let end = self.iter().rposition(|byte| !blank(*byte)).map_or(0, |last| last + 1);
        self.get(..end).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn head(text: &[u8]) -> [u8; HEAD_SIZE] {
        let mut head = [0; HEAD_SIZE];
        let length = text.len().min(HEAD_SIZE);
        head[..length].copy_from_slice(&text[..length]);
        head
    }

    type Parsed = (Vec<u8>, Option<Vec<u8>>);

    fn parsed(text: &[u8]) -> Option<Result<Parsed, Errno>> {
        let head = head(text);
        parse(&head)
            .map(|line| line.map(|line| (line.interpreter.to_vec(), line.argument.map(<[u8]>::to_vec))))
    }

    #[test]
    fn ordinary_lines() {
        let some = |name: &[u8], arg: Option<&[u8]>| Some(Ok((name.to_vec(), arg.map(<[u8]>::to_vec))));
        assert_eq!(parsed(b"#!/bin/sh\necho"), some(b"/bin/sh", None));
        assert_eq!(parsed(b"#! \t/bin/sh  -e x \t\n"), some(b"/bin/sh", Some(b"-e x")));
        assert_eq!(parsed(b"#!/bin/sh"), some(b"/bin/sh", None));
        assert_eq!(parsed(b"#!/bin/sh -x"), some(b"/bin/sh", Some(b"-x")));
        assert_eq!(parsed(b"echo"), None);
    }

    #[test]
    fn no_interpreter() {
        for text in [&b"#!\n"[..], b"#!  \t\n"] {
            assert_eq!(parsed(text), Some(Err(Errno::ENOEXEC)), "{text:?}");
        }
        for text in [&b"#!"[..], b"#!   ", b"#!\0/bin/sh\n"] {
            assert_eq!(parsed(text), Some(Ok((Vec::new(), None))), "{text:?}");
        }
    }

    #[test]
    fn a_long_line() {
        let mut text = b"#!/".to_vec();
        text.resize(400, b'a');
        assert_eq!(parsed(&text), Some(Err(Errno::ENOEXEC)));
        text[20] = b' ';
        let (name, argument) = parsed(&text).unwrap().unwrap();
        assert_eq!((name.len(), argument.unwrap().len()), (18, 255 - 21));
    }

    proptest! {
        #[test]
        fn never_panics(text in proptest::collection::vec(prop_oneof![Just(b' '), Just(b'\n'), Just(0u8), Just(b'\t'), any::<u8>()], 0..300)) {
            let mut bytes = b"#!".to_vec();
            bytes.extend(text);
            if let Some(Ok((name, _))) = parsed(&bytes) {
                prop_assert!(!name.contains(&b' ') && !name.contains(&b'\n'));
            }
        }
    }
}
