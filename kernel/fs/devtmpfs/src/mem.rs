//! The memory devices, major 1 (null(4), zero(4), full(4), random(4)).

use alloc::string::String;
use alloc::sync::Arc;

use abi::Errno;
use mm::{AddressSpace, IterDst, IterSrc, MmapSource, UserPtr};
use vfs::chrdev::register_simple_chrdev;
use vfs::{File, FileOps, random};

const MEM_MAJOR: u32 = 1;
/// Bits of entropy that the generator counts as having, once it is seeded.
const ENTROPY_BITS: i32 = 256;
const RNDGETENTCNT: u32 = 0x8004_5200;
/// Longest record that one write to /dev/kmsg makes.
const KMSG_MAX: usize = 1024;

/// Every seek of these devices succeeds and leads nowhere.
fn null_llseek(_offset: i64, _whence: u32, pos: &mut u64) -> Result<u64, Errno> {
    *pos = 0;
    Ok(0)
}

struct Null;

impl FileOps for Null {
    fn can_nowait(&self, _file: &File) -> bool {
        true
    }

    fn read_iter(&self, _file: &File, _dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        Ok(0)
    }

    #[inline]
    fn write_iter(&self, _file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let len = src.remaining();
        Ok(src.skip(len))
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        null_llseek(offset, whence, pos)
    }
}

/// Fills the target with zeros, piece by piece: a large read can be interrupted.
fn read_zeros(dst: &mut IterDst<'_>) -> Result<usize, Errno> {
    const PIECE: usize = 4096;
    let mut done = 0;
    while dst.remaining() != 0 {
        let wanted = dst.remaining().min(PIECE);
        match dst.zero_out(wanted) {
            Ok(count) => {
                done += count;
                if count < wanted {
                    break;
                }
            }
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        }
        if dst.remaining() != 0 {
            sched::cond_resched();
            if sched::signal_pending() {
                break;
            }
        }
    }
    Ok(done)
}

struct Zero;

impl FileOps for Zero {
    fn can_nowait(&self, _file: &File) -> bool {
        true
    }

    #[inline]
    fn read_iter(&self, _file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        read_zeros(dst)
    }

    fn write_iter(&self, _file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let len = src.remaining();
        Ok(src.skip(len))
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        null_llseek(offset, whence, pos)
    }

    fn mmap(&self, _file: &File) -> Result<MmapSource, Errno> {
        Ok(MmapSource::Zero)
    }
}

struct Full;

impl FileOps for Full {
    fn read_iter(&self, _file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        read_zeros(dst)
    }

    fn write_iter(&self, _file: &File, _src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        Err(Errno::ENOSPC)
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        null_llseek(offset, whence, pos)
    }
}

/// random and urandom: the same since the generator is seeded before the first program runs.
struct Random;

impl FileOps for Random {
    fn can_nowait(&self, _file: &File) -> bool {
        true
    }

    fn read_iter(&self, _file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        random::random_to_user(dst)
    }

    fn write_iter(&self, _file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let mut done = 0;
        while src.remaining() != 0 {
            let mut bytes = [0; 64];
            let count = match src.copy_in(&mut bytes) {
                Ok(count) => count,
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => break,
            };
            random::mix_in(bytes.get(..count).unwrap_or(&[]));
            done += count;
            sched::cond_resched();
        }
        Ok(done)
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        null_llseek(offset, whence, pos)
    }

    fn ioctl(&self, _file: &File, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        if cmd != RNDGETENTCNT {
            return Err(Errno::EINVAL);
        }
        mm.write(UserPtr::<i32>::new(arg), &ENTROPY_BITS)?;
        Ok(0)
    }
}

/// What programs write goes to the kernel's log.
struct Kmsg;

impl FileOps for Kmsg {
    fn write_iter(&self, _file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let len = src.remaining();
        if len > KMSG_MAX {
            return Err(Errno::EINVAL);
        }
        let mut bytes = [0; KMSG_MAX];
        let count = src.copy_in(bytes.get_mut(..len).unwrap_or(&mut []))?;
        if count < len {
            return Err(Errno::EFAULT);
        }
        let text = without_priority(bytes.get(..count).unwrap_or(&[]));
        hal::kprintln!("{}", String::from_utf8_lossy(text).trim_end_matches('\n'));
        Ok(count)
    }
}

/// The text behind a `<N>` that says how urgent it is.
fn without_priority(text: &[u8]) -> &[u8] {
    let Some(rest) = text.strip_prefix(b"<") else { return text };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    match rest.get(digits..) {
        Some([b'>', tail @ ..]) if digits != 0 => tail,
        _ => text,
    }
}

/// Registers the devices and makes their nodes.
pub(crate) fn register() -> Result<(), Errno> {
    let devices: [(&str, u32, u32, Arc<dyn FileOps>); 6] = [
        ("null", 3, 0o666, Arc::new(Null)),
        ("zero", 5, 0o666, Arc::new(Zero)),
        ("full", 7, 0o666, Arc::new(Full)),
        ("random", 8, 0o666, Arc::new(Random)),
        ("urandom", 9, 0o666, Arc::new(Random)),
        ("kmsg", 11, 0o644, Arc::new(Kmsg)),
    ];
    for (name, minor, mode, ops) in devices {
        register_simple_chrdev(MEM_MAJOR, minor, ops)?;
        crate::add_chrdev_node(name, mode, MEM_MAJOR, minor)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::without_priority;

    #[test]
    fn priorities_are_cut_off() {
        assert_eq!(without_priority(b"<6>hello"), b"hello");
        assert_eq!(without_priority(b"<x>hello"), b"<x>hello");
        assert_eq!(without_priority(b"<>"), b"<>");
        assert_eq!(without_priority(b"plain"), b"plain");
    }
}
