//! What mount(2) says of a devpts: `uid=`, `gid=`, `mode=`, `ptmxmode=`, `max=`, `newinstance`.

use core::fmt;

use abi::Errno;

/// Pairs that there may be in one, whatever else limits them (NR_UNIX98_PTY_MAX).
const MAX_PAIRS: u32 = 1 << 20;
/// All bits that chmod(2) knows.
const ALL_MODES: u32 = 0o7777;

#[derive(Clone, Copy)]
pub(super) struct Options {
    /// Slaves' owner; none for whoever makes them.
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub mode: u32,
    pub ptmxmode: u32,
    max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options { uid: None, gid: None, mode: 0o600, ptmxmode: 0, max: MAX_PAIRS }
    }
}

impl Options {
    pub fn parse(data: &[u8]) -> Result<Self, Errno> {
        let text = core::str::from_utf8(data).map_err(|_| Errno::EINVAL)?;
        let mut options = Options::default();
        for word in text.split(',').filter(|word| !word.is_empty()) {
            let Some((key, value)) = word.split_once('=') else {
                // Every mount is an instance of its own by now.
                if word != "newinstance" {
                    return Err(Errno::EINVAL);
                }
                continue;
            };
            let number = |radix| u32::from_str_radix(value, radix).map_err(|_| Errno::EINVAL);
            match key {
                "uid" => options.uid = Some(id(number(10)?)?),
                "gid" => options.gid = Some(id(number(10)?)?),
                "mode" => options.mode = number(8)? & ALL_MODES,
                "ptmxmode" => options.ptmxmode = number(8)? & ALL_MODES,
                "max" => {
                    options.max = number(10).ok().filter(|max| *max <= MAX_PAIRS).ok_or(Errno::EINVAL)?
                }
                _ => return Err(Errno::EINVAL),
            }
        }
        Ok(options)
    }

    /// How many numbers there are. `max=0` limits nothing, as on Linux.
    pub fn numbers(&self) -> u32 {
        if self.max == 0 { MAX_PAIRS } else { self.max }
    }

    pub fn show(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        if let Some(uid) = self.uid {
            write!(out, ",uid={uid}")?;
        }
        if let Some(gid) = self.gid {
            write!(out, ",gid={gid}")?;
        }
        write!(out, ",mode={:03o},ptmxmode={:03o}", self.mode, self.ptmxmode)?;
        if self.max < MAX_PAIRS {
            write!(out, ",max={}", self.max)?;
        }
        Ok(())
    }
}

/// -1 is nobody's number.
fn id(number: u32) -> Result<u32, Errno> {
    if number == u32::MAX { Err(Errno::EINVAL) } else { Ok(number) }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn shown(data: &[u8]) -> Result<String, Errno> {
        let mut out = String::new();
        Options::parse(data)?.show(&mut out).map(|()| out).map_err(|_| Errno::EIO)
    }

    #[test]
    fn shows_what_was_given() {
        assert_eq!(shown(b"").as_deref(), Ok(",mode=600,ptmxmode=000"));
        assert_eq!(
            shown(b"gid=5,mode=7620,newinstance,max=9").as_deref(),
            Ok(",gid=5,mode=7620,ptmxmode=000,max=9")
        );
        assert_eq!(shown(b"max=0").as_deref(), Ok(",mode=600,ptmxmode=000,max=0"));
    }

    #[test]
    fn refuses_what_linux_refuses() {
        for bad in [
            "max=-1",
            "max=1048577",
            "uid=-1",
            "uid=4294967295",
            "uid=x",
            "mode=9",
            "foo",
            "newinstance=1",
            "max=",
        ] {
            assert_eq!(shown(bad.as_bytes()), Err(Errno::EINVAL), "{bad}");
        }
    }
}
