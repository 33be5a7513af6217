//! QEMU's debug stub, in gdb's remote protocol: registers, memory, breakpoints, single steps.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The error of a machine that is no more.
pub const ENDED: &str = "the machine has ended";

/// A connection to a halted machine with one processor.
pub struct Remote {
    socket: UnixStream,
    read: Vec<u8>,
    /// When the machine must have answered.
    deadline: Instant,
}

/// The registers that matter here, in the order of the stub's reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8 … r15.
    pub general: [u64; 16],
    /// The next instruction.
    pub ip: u64,
    /// RFLAGS.
    pub flags: u32,
    /// Code segment; its lowest two bits are the privilege.
    pub cs: u32,
    /// Stack segment.
    pub ss: u32,
    /// GS base.
    pub gs_base: u64,
    /// The one that SWAPGS brings.
    pub kernel_gs_base: u64,
    /// The page tables.
    pub cr3: u64,
}

impl Registers {
    /// Names of `general`.
    pub const NAMES: [&'static str; 16] = [
        "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13",
        "r14", "r15",
    ];

    /// A general register by its 64-bit or 32-bit name.
    pub fn get(&self, name: &str) -> u64 {
        if let Some(at) = Self::NAMES.iter().position(|n| *n == name) {
            return self.general[at];
        }
        let wide = name.replacen('e', "r", 1);
        let at = Self::NAMES.iter().position(|n| *n == wide);
        at.map_or(0, |at| self.general[at] & 0xffff_ffff)
    }

    /// Changes a general register, by its 64-bit name.
    pub fn set(&mut self, name: &str, value: u64) {
        if let Some(at) = Self::NAMES.iter().position(|n| *n == name) {
            self.general[at] = value;
        }
    }

    /// The stack pointer.
    pub fn sp(&self) -> u64 {
        self.general[7]
    }

    /// The stack pointer as far as the mode has one.
    pub fn stack(&self) -> u64 {
        if self.cs == super::record::USER32_CS { self.get("esp") } else { self.sp() }
    }

    /// Whether this is a program and not the kernel.
    pub fn is_user(&self) -> bool {
        self.cs & 3 == 3
    }

    /// From the bytes of a `g` reply.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let half = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let mut general = [0; 16];
        for (nth, register) in general.iter_mut().enumerate() {
            *register = word(8 * nth)?;
        }
        Some(Self {
            general,
            ip: word(128)?,
            flags: half(136)?,
            cs: half(140)?,
            ss: half(144)?,
            gs_base: word(172)?,
            kernel_gs_base: word(180)?,
            cr3: word(204)?,
        })
    }
}

impl Remote {
    /// Connects as soon as the socket is there.
    pub fn connect(path: &Path, patience: Duration, alive: &mut dyn FnMut() -> Result<()>) -> Result<Self> {
        let deadline = Instant::now() + patience;
        let socket = loop {
            match UnixStream::connect(path) {
                Ok(socket) => break socket,
                Err(_) if Instant::now() < deadline => {
                    alive()?;
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(error) => return Err(error).context("QEMU did not open its debug socket"),
            }
        };
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        let mut remote = Self { socket, read: Vec::new(), deadline };
        remote.ask("qSupported:xmlRegisters=i386")?;
        // The stub sends registers above the sixteenth only to who has asked for their description.
        remote.ask("qXfer:features:read:target.xml:0,fff")?;
        Ok(remote)
    }

    /// Everything from here on must be done within this time.
    pub fn within(&mut self, time: Duration) {
        self.deadline = Instant::now() + time;
    }

    fn send(&mut self, packet: &str) -> Result<()> {
        let sum = packet.bytes().fold(0u8, u8::wrapping_add);
        match self.socket.write_all(format!("${packet}#{sum:02x}").as_bytes()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => bail!(ENDED),
            other => other.context("QEMU's debug socket"),
        }
    }

    fn receive(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(packet) = take_packet(&mut self.read) {
                self.socket.write_all(b"+").context("QEMU's debug socket")?;
                return Ok(packet);
            }
            let mut bytes = [0; 4096];
            match self.socket.read(&mut bytes) {
                Ok(0) => bail!(ENDED),
                Ok(count) => self.read.extend_from_slice(&bytes[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    if Instant::now() > self.deadline {
                        bail!("the machine did not come so far in its time");
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => bail!(ENDED),
                Err(error) => return Err(error).context("QEMU's debug socket"),
            }
        }
    }

    fn ask(&mut self, packet: &str) -> Result<Vec<u8>> {
        self.send(packet)?;
        self.receive()
    }

    /// The registers.
    pub fn registers(&mut self) -> Result<Registers> {
        let reply = self.ask("g")?;
        // What the stub doesn't know is printed as x.
        let text: Vec<u8> = reply.iter().map(|b| if *b == b'x' { b'0' } else { *b }).collect();
        Registers::parse(&from_hex(&text)).context("QEMU's debug stub has other registers than expected")
    }

    /// Reads memory at an address of whoever runs; `None` where nothing is mapped.
    pub fn memory(&mut self, at: u64, len: usize) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::with_capacity(len);
        while bytes.len() < len {
            let part = (len - bytes.len()).min(1024);
            let reply = self.ask(&format!("m{:x},{part:x}", at + bytes.len() as u64))?;
            if reply.first() == Some(&b'E') || reply.is_empty() {
                return Ok(None);
            }
            bytes.extend(from_hex(&reply));
        }
        Ok(Some(bytes))
    }

    /// A little-endian word.
    pub fn word(&mut self, at: u64, size: usize) -> Result<Option<u64>> {
        let bytes = self.memory(at, size)?;
        Ok(bytes.map(|bytes| bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))))
    }

    /// Up to `most` bytes; fewer where memory ends, none where there is none.
    pub fn memory_up_to(&mut self, at: u64, most: usize) -> Result<Vec<u8>> {
        // Page by page: the next one may not be there.
        let first = (0x1000 - (at & 0xfff) as usize).min(most);
        let Some(mut bytes) = self.memory(at, first)? else { return Ok(Vec::new()) };
        if first < most
            && let Some(rest) = self.memory(at + first as u64, (most - first).min(0x1000))?
        {
            bytes.extend(rest);
        }
        Ok(bytes)
    }

    /// Sets or removes a breakpoint.
    pub fn breakpoint(&mut self, at: u64, set: bool) -> Result<()> {
        let reply = self.ask(&format!("{}0,{at:x},1", if set { 'Z' } else { 'z' }))?;
        if reply != b"OK" {
            bail!("QEMU takes no breakpoint at {at:#x}");
        }
        Ok(())
    }

    /// Executes one instruction. Interrupts and timers wait meanwhile.
    pub fn step(&mut self) -> Result<()> {
        self.stopped("s")
    }

    /// Goes on to a breakpoint.
    pub fn go_on(&mut self) -> Result<()> {
        self.stopped("c")
    }

    fn stopped(&mut self, packet: &str) -> Result<()> {
        let reply = self.ask(packet)?;
        match reply.first() {
            Some(b'T' | b'S') => Ok(()),
            _ => bail!(ENDED),
        }
    }

    /// A command of QEMU's monitor.
    pub fn monitor(&mut self, command: &str) -> Result<String> {
        let hex: String = command.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.send(&format!("qRcmd,{hex}"))?;
        let mut text = Vec::new();
        loop {
            let reply = self.receive()?;
            match reply.split_first() {
                Some((b'O', b"K")) => return Ok(String::from_utf8_lossy(&text).into_owned()),
                Some((b'O', hex)) => text.extend(from_hex(hex)),
                _ => bail!("QEMU's monitor does not know {command:?}"),
            }
        }
    }
}

/// Takes a whole packet from what was read; acknowledgements before it go.
fn take_packet(read: &mut Vec<u8>) -> Option<Vec<u8>> {
    let start = read.iter().position(|b| *b == b'$')?;
    let end = start + read[start..].iter().position(|b| *b == b'#')?;
    if read.len() < end + 3 {
        return None;
    }
    let packet = read[start + 1..end].to_vec();
    read.drain(..end + 3);
    Some(packet)
}

fn from_hex(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    text.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets() {
        let mut read = b"+$OK#9a$T05#b9+$x".to_vec();
        assert_eq!(take_packet(&mut read).unwrap(), b"OK");
        assert_eq!(take_packet(&mut read).unwrap(), b"T05");
        assert!(take_packet(&mut read).is_none());
    }

    #[test]
    fn registers_by_name() {
        let mut bytes = vec![0; 300];
        bytes[0] = 1;
        bytes[7] = 0x80;
        bytes[140] = 0x33;
        let registers = Registers::parse(&bytes).unwrap();
        assert_eq!(registers.get("rax"), 0x8000_0000_0000_0001);
        assert_eq!(registers.get("eax"), 1);
        assert!(registers.is_user());
        assert!(Registers::parse(&bytes[..100]).is_none());
    }
}
