//! Guest programs on this machine's own Linux: the first reference.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::vm::{Ended, Run};
use crate::reap::{self, Guarded};

/// Runs a program as guest/init does: in a fresh directory, standard input empty, both outputs on one pipe.
pub fn run(name: &str, binary: &Path, timeout: Duration) -> Result<Run> {
    let dir = std::env::temp_dir().join(format!("ferrogate-{}-{name}", std::process::id()));
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let run = run_in(&dir, binary, timeout);
    // A test may leave directories that nobody can enter.
    let _ = fs::remove_dir_all(&dir);
    run
}

fn run_in(dir: &Path, binary: &Path, timeout: Duration) -> Result<Run> {
    let (mut reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    let mut command = reap::command(binary);
    command.current_dir(dir).env_clear().envs([("PATH", "/bin:/usr/bin"), ("HOME", "/"), ("LC_ALL", "C")]);
    command.env("TMPDIR", dir).stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = Guarded::spawn(&mut command)?;
    drop(command); // and with it our ends of the pipe
    let output = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = reader.read_to_end(&mut bytes);
        bytes
    });
    let ended = match child.wait_until(Instant::now() + timeout)? {
        Some(status) => Ended::of(status),
        None => Ended::Timeout,
    };
    child.kill();
    child.sweep_group();
    let bytes = output.join().unwrap_or_default();
    Ok(Run { output: escape(&bytes), ended })
}

/// Program output as guest/init puts it on the console: printable ASCII, the rest as `\xNN`.
fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'\n' | b'\t' => text.push(char::from(byte)),
            b'\\' => text.push_str("\\x5c"),
            32..=126 => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        assert_eq!(escape(b"a\tb\\\n\x80\r"), "a\tb\\x5c\n\\x80\\x0d");
    }

    #[test]
    fn output_and_end() {
        let run =
            |program: &str| super::run("selftest", Path::new(program), Duration::from_secs(10)).unwrap();
        assert_eq!(run("/bin/true"), Run { output: String::new(), ended: Ended::Exit(0) });
        assert_eq!(run("/bin/false").ended, Ended::Exit(1));
    }
}
