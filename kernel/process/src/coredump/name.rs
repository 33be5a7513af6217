//! From `kernel.core_pattern` to the name of a core file or the command line of a program (core(5), "Naming of core
//! dump files").

use alloc::vec::Vec;
use core::fmt::{self, Write};

use abi::Errno;

/// What the specifiers stand for.
pub(super) struct Facts<'a> {
    pub tgid: i32,
    pub tid: i32,
    pub uid: u32,
    pub gid: u32,
    pub dumpable: u32,
    pub signal: i32,
    pub time_s: i64,
    pub core_limit: u64,
    pub cpu: usize,
    pub hostname: &'a [u8],
    pub comm: &'a [u8],
    /// Path of the executed file; none if there is no such file.
    pub exe: Option<&'a [u8]>,
}

/// Where the core goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// To a file of this name.
    File(Vec<u8>),
    /// To a program, with its arguments.
    Pipe(Vec<Vec<u8>>),
}

/// A text that grows and may run out of memory.
#[derive(Default)]
struct Name {
    bytes: Vec<u8>,
    out_of_memory: bool,
}

impl Name {
    fn push(&mut self, bytes: &[u8]) {
        if self.bytes.try_reserve(bytes.len()).is_err() {
            self.out_of_memory = true;
            return;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// A part that must not lead to another directory: slashes become `!`, and so do the dot of `.` and the first
    /// of `..`; an empty part is one `!`.
    fn push_escaped(&mut self, text: &[u8]) {
        let text = if text.is_empty() { b"!" } else { text };
        let at = self.bytes.len();
        self.push(text);
        let added = self.bytes.get_mut(at..).unwrap_or(&mut []);
        let dots = *added == *b"." || *added == *b"..";
        for (nth, byte) in added.iter_mut().enumerate() {
            if *byte == b'/' || dots && nth == 0 {
                *byte = b'!';
            }
        }
    }
}

impl Write for Name {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// What `%F` becomes: the number of [`super::helper`]'s descriptor.
const PIDFD_NUMBER: &[u8] = b"3";

/// Whether the command line has a `%F`.
pub(super) fn wants_pidfd(pattern: &[u8]) -> bool {
    let mut bytes = pattern.iter();
    let mut letters = core::iter::from_fn(|| bytes.find(|byte| **byte == b'%').and_then(|_| bytes.next()));
    pattern.first() == Some(&b'|') && letters.any(|letter| *letter == b'F')
}

/// Fills the pattern in. `uses_pid` (`kernel.core_uses_pid`) adds `.PID` to a file's name that doesn't have it.
/// ENOMEM, EINVAL for a pipe to nothing.
pub(super) fn expand(pattern: &[u8], facts: &Facts<'_>, uses_pid: bool) -> Result<Target, Errno> {
    match pattern.strip_prefix(b"|") {
        Some(command) => {
            let mut args = Vec::new();
            // Split first: a name with a blank stays one argument.
            let words = command.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
            for word in words {
                args.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
                args.push(expand_word(word, facts, true)?.0);
            }
            if args.is_empty() { Err(Errno::EINVAL) } else { Ok(Target::Pipe(args)) }
        }
        None => {
            let (mut name, has_pid) = expand_word(pattern, facts, false)?;
            if uses_pid && !has_pid {
                let mut suffix = Name::default();
                let _ = write!(suffix, ".{}", facts.tgid);
                name.try_reserve(suffix.bytes.len()).map_err(|_| Errno::ENOMEM)?;
                name.extend_from_slice(&suffix.bytes);
            }
            Ok(Target::File(name))
        }
    }
}

/// Fills in the specifiers of one word; whether it had the process's number.
fn expand_word(word: &[u8], facts: &Facts<'_>, piped: bool) -> Result<(Vec<u8>, bool), Errno> {
    let mut name = Name::default();
    let mut has_pid = false;
    let mut bytes = word.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'%' {
            name.push(&[*byte]);
            continue;
        }
        // A percent sign at the end is dropped, and so is one before an unknown letter, with it.
        let Some(letter) = bytes.next() else { break };
        has_pid |= *letter == b'p';
        match letter {
            // The descriptor by which the program has the process; a file has no use for it.
            b'F' if piped => name.push(PIDFD_NUMBER),
            _ => specifier(&mut name, *letter, facts),
        }
    }
    if name.out_of_memory { Err(Errno::ENOMEM) } else { Ok((name.bytes, has_pid)) }
}

fn specifier(name: &mut Name, letter: u8, facts: &Facts<'_>) {
    // Writing to a name doesn't fail: what runs out is noted.
    let _ = match letter {
        b'%' => name.write_str("%"),
        b'c' => write!(name, "{}", facts.core_limit),
        b'C' => write!(name, "{}", facts.cpu),
        b'd' => write!(name, "{}", facts.dumpable),
        b'g' => write!(name, "{}", facts.gid),
        b'i' | b'I' => write!(name, "{}", facts.tid),
        b'p' | b'P' => write!(name, "{}", facts.tgid),
        b's' => write!(name, "{}", facts.signal),
        b't' => write!(name, "{}", facts.time_s),
        b'u' => write!(name, "{}", facts.uid),
        b'e' | b'E' | b'f' | b'h' => {
            match (letter, facts.exe) {
                (b'e', _) => name.push_escaped(facts.comm),
                (b'h', _) => name.push_escaped(facts.hostname),
                (b'E', Some(path)) => name.push_escaped(path),
                (_, Some(path)) => {
                    name.push_escaped(path.rsplit(|byte| *byte == b'/').next().unwrap_or(path));
                }
                (_, None) => {
                    name.push_escaped(facts.comm);
                    name.push(b" (path unknown)");
                }
            }
            Ok(())
        }
        _ => Ok(()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts<'_> = Facts {
        tgid: 12,
        tid: 13,
        uid: 1000,
        gid: 100,
        dumpable: 1,
        signal: 11,
        time_s: 99,
        core_limit: u64::MAX,
        cpu: 1,
        hostname: b"a/host",
        comm: b"my prog",
        exe: Some(b"/usr/bin/prog"),
    };

    fn file(pattern: &[u8], uses_pid: bool) -> String {
        match expand(pattern, &FACTS, uses_pid) {
            Ok(Target::File(name)) => String::from_utf8(name).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn specifiers_of_files() {
        assert_eq!(file(b"core", false), "core");
        assert_eq!(file(b"core", true), "core.12");
        assert_eq!(file(b"core-%p", true), "core-12");
        assert_eq!(file(b"c%P%", true), "c12.12");
        assert_eq!(
            file(b"%u.%g.%s.%t.%i.%I.%d.%C.%c", false),
            "1000.100.11.99.13.13.1.1.18446744073709551615"
        );
        assert_eq!(file(b"/x/%e-%h-%f-%E-%%-%z!", false), "/x/my prog-a!host-prog-!usr!bin!prog-%-!");
    }

    #[test]
    fn a_name_leads_to_no_other_directory() {
        let facts = Facts { comm: b"..", hostname: b"", ..FACTS };
        let name = expand(b"/tmp/%e/%h", &facts, false);
        assert_eq!(name, Ok(Target::File(b"/tmp/!./!".to_vec())));
    }

    #[test]
    fn a_command_is_split_before_it_is_filled_in() {
        let words: Vec<Vec<u8>> = vec![b"/bin/x".to_vec(), b"my prog".to_vec(), b"12".to_vec()];
        assert_eq!(expand(b"|/bin/x  %e %p ", &FACTS, true), Ok(Target::Pipe(words)));
        let words: Vec<Vec<u8>> = vec![b"/x".to_vec(), b"3".to_vec()];
        assert_eq!(expand(b"|/x %F", &FACTS, true), Ok(Target::Pipe(words)));
        assert!(wants_pidfd(b"|/x %F") && !wants_pidfd(b"|/x %%F") && !wants_pidfd(b"core%F"));
        assert_eq!(file(b"core%F", false), "core");
        assert_eq!(expand(b"|", &FACTS, false), Err(Errno::EINVAL));
        assert_eq!(expand(b"| ", &FACTS, false), Err(Errno::EINVAL));
    }
}
