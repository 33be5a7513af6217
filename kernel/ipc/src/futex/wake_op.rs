//! FUTEX_WAKE_OP: two words in one go.

use abi::Errno;
use mm::{AddressSpace, UserPtr};

use super::{bucket, hash, key_of, wake_in};

/// FUTEX_WAKE_OP: changes the word at `addr2` as `op` says, wakes `count` waiters of
/// `addr`, and `count2` of `addr2` if the old value compares as `op` says. A comparison that there isn't is
/// noticed only after the change, as on Linux: ENOSYS, and nobody is woken.
pub fn wake_op(
    mm: &AddressSpace,
    addr: u64,
    addr2: u64,
    count: i32,
    count2: i32,
    op: u32,
    shared: bool,
) -> Result<usize, Errno> {
    let key = key_of(mm, addr, shared)?;
    let key2 = key_of(mm, addr2, shared)?;
    let op = WakeOp::decode(op)?;
    let word = UserPtr::<u32>::new(addr2);
    let mut old = mm.read(word)?;
    loop {
        let seen = mm.cmpxchg_u32(word, old, op.apply(old))?;
        if seen == old {
            break;
        }
        old = seen;
    }
    let second = op.compares(old)?;
    let mut woken = wake_in(&mut bucket(hash(&key)), &key, count.max(1) as usize, u32::MAX)?;
    if second {
        woken += wake_in(&mut bucket(hash(&key2)), &key2, count2.max(1) as usize, u32::MAX)?;
    }
    Ok(woken)
}

/// The encoded operation of FUTEX_WAKE_OP (futex(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WakeOp {
    op: u32,
    cmp: u32,
    op_arg: u32,
    cmp_arg: i32,
}

impl WakeOp {
    fn decode(code: u32) -> Result<Self, Errno> {
        let sign12 = |bits: u32| ((bits << 20) as i32) >> 20;
        let op = code >> 28 & 7;
        let cmp = code >> 24 & 15;
        let raw = sign12(code >> 12 & 0xfff);
        let shift = code >> 31 != 0;
        let op_arg = if shift { 1u32 << (raw as u32 & 31) } else { raw as u32 };
        if op > 4 {
            return Err(Errno::ENOSYS);
        }
        Ok(Self { op, cmp, op_arg, cmp_arg: sign12(code & 0xfff) })
    }

    fn apply(self, old: u32) -> u32 {
        match self.op {
            0 => self.op_arg,
            1 => old.wrapping_add(self.op_arg),
            2 => old | self.op_arg,
            3 => old & !self.op_arg,
            _ => old ^ self.op_arg,
        }
    }

    fn compares(self, old: u32) -> Result<bool, Errno> {
        let old = old as i32;
        Ok(match self.cmp {
            0 => old == self.cmp_arg,
            1 => old != self.cmp_arg,
            2 => old < self.cmp_arg,
            3 => old <= self.cmp_arg,
            4 => old > self.cmp_arg,
            5 => old >= self.cmp_arg,
            _ => return Err(Errno::ENOSYS),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(op: u32, op_arg: u32, cmp: u32, cmp_arg: u32) -> u32 {
        op << 28 | cmp << 24 | (op_arg & 0xfff) << 12 | cmp_arg & 0xfff
    }

    #[test]
    fn wake_op_decodes_as_the_manual_says() {
        let add = WakeOp::decode(code(1, 5, 4, 1)).unwrap();
        assert_eq!(add.apply(7), 12);
        assert_eq!((add.compares(2), add.compares(1)), (Ok(true), Ok(false)));
        let minus = WakeOp::decode(code(1, 0xfff, 0, 0xfff)).unwrap();
        assert_eq!(minus.apply(7), 6);
        assert_eq!(minus.compares(u32::MAX), Ok(true));
        assert_eq!(WakeOp::decode(code(8 | 2, 4, 0, 0)).unwrap().apply(0), 16);
        assert_eq!(WakeOp::decode(code(3, 6, 0, 0)).unwrap().apply(7), 1);
        assert_eq!(WakeOp::decode(code(5, 0, 0, 0)), Err(Errno::ENOSYS));
        assert_eq!(WakeOp::decode(code(0, 0, 6, 0)).unwrap().compares(0), Err(Errno::ENOSYS));
    }
}
