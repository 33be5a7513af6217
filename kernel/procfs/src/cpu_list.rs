//! Sets of processors as ranges: `0-3,8`.

use core::fmt;

/// The processors whose bits are set.
pub(crate) struct CpuList(pub u64);

impl fmt::Display for CpuList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut rest, mut at, mut first) = (self.0, 0, true);
        while rest != 0 {
            let gap = rest.trailing_zeros();
            (rest, at) = (rest >> gap, at + gap);
            let run = rest.trailing_ones();
            if !first {
                f.write_str(",")?;
            }
            first = false;
            match run {
                1 => write!(f, "{at}")?,
                _ => write!(f, "{at}-{}", at + run - 1)?,
            }
            (rest, at) = (rest.checked_shr(run).unwrap_or(0), at + run);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let text = |set| alloc::format!("{}", CpuList(set));
        assert_eq!((text(0), text(1), text(0b1011)), ("".into(), "0".into(), "0-1,3".into()));
        assert_eq!(text(u64::MAX), "0-63");
    }
}
