//! The host's ends of a session's ports: sockets that QEMU listens at.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::qemu;
use crate::script::HostStep;

/// A directory with the sockets; short, because a socket's path may be, and gone at the end.
pub struct SocketDir {
    path: PathBuf,
    names: Vec<String>,
}

impl SocketDir {
    /// Makes one, if there are ports.
    pub fn make(names: &[String]) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("ferrogate-ports.{}", std::process::id()));
        if !names.is_empty() {
            fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        }
        Ok(Self { path, names: names.to_vec() })
    }

    fn socket(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The character devices.
    pub fn qemu_args(&self) -> Vec<String> {
        let device = |name: &String| {
            let path = qemu::escape(&self.socket(name));
            let path = path.to_string_lossy();
            ["-chardev".to_owned(), format!("socket,id={name},path={path},server=on,wait=off")]
        };
        self.names.iter().flat_map(device).collect()
    }
}

impl Drop for SocketDir {
    fn drop(&mut self) {
        if !self.names.is_empty() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// A connection, and what came over it.
struct End {
    stream: UnixStream,
    text: String,
}

/// The ends that are connected.
pub struct HostEnds<'a> {
    sockets: &'a SocketDir,
    ends: BTreeMap<String, End>,
}

impl<'a> HostEnds<'a> {
    /// None yet.
    pub fn new(sockets: &'a SocketDir) -> Self {
        Self { sockets, ends: BTreeMap::new() }
    }

    /// The step as the session has it.
    pub fn describe(step: &HostStep) -> String {
        match step {
            HostStep::Connect => "connect".into(),
            HostStep::Expect(pattern) => format!("expect {}", pattern.as_str().trim_start_matches("(?m)")),
            HostStep::Type(bytes) => format!("type {}", String::from_utf8_lossy(bytes).escape_debug()),
            HostStep::Close => "close".into(),
        }
    }

    /// Does a step.
    pub fn take(&mut self, name: &str, step: &HostStep, deadline: Instant) -> Result<()> {
        if let HostStep::Connect = step {
            let stream = connect(&self.sockets.socket(name), deadline)?;
            self.ends.insert(name.to_owned(), End { stream, text: String::new() });
            return Ok(());
        }
        let end = self.ends.get_mut(name).with_context(|| format!("{name} is not connected"))?;
        match step {
            HostStep::Connect => {}
            HostStep::Type(bytes) => end.stream.write_all(bytes).context("QEMU takes no more")?,
            HostStep::Expect(pattern) => end.expect(pattern, deadline)?,
            HostStep::Close => drop(self.ends.remove(name)),
        }
        Ok(())
    }
}

/// QEMU makes the socket before it starts the machine, but not before it starts itself.
fn connect(path: &PathBuf, deadline: Instant) -> Result<UnixStream> {
    loop {
        match UnixStream::connect(path) {
            Ok(stream) => {
                stream.set_read_timeout(Some(Duration::from_millis(100)))?;
                return Ok(stream);
            }
            Err(error) if Instant::now() > deadline => {
                return Err(error).with_context(|| format!("cannot connect to {}", path.display()));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

impl End {
    fn expect(&mut self, pattern: &regex_lite::Regex, deadline: Instant) -> Result<()> {
        let mut buffer = [0; 65536];
        loop {
            if let Some(found) = pattern.find(&self.text) {
                self.text.drain(..found.end());
                return Ok(());
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => bail!("QEMU closed the port after {:?}", self.text),
                Ok(n) => self.text.push_str(&String::from_utf8_lossy(&buffer[..n])),
                Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {}
                Err(error) => return Err(error).context("the port"),
            }
            if Instant::now() > deadline {
                bail!("not in time; what came last: {:?}", self.text);
            }
        }
    }
}
