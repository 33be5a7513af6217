//! Table look-ups that don't leak past the table's end under speculation.

/// `index` if it is below `len`, else 0, for a processor that guesses the comparison before it, too (Spectre variant 1):
/// the index is masked by arithmetic that depends on the comparison, hidden from the optimiser (array_index_nospec).
#[inline(always)]
pub fn index(index: usize, len: usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    {
        let mask: usize;
        // SAFETY: arithmetic on registers only: the comparison sets the carry for an index below the length, and SBB
        // spreads it over all bits.
        unsafe {
            core::arch::asm!("cmp {index}, {len}", "sbb {mask}, {mask}", index = in(reg) index, len = in(reg) len,
                mask = out(reg) mask, options(pure, nomem, nostack));
        }
        index & mask
    }
    #[cfg(not(target_arch = "x86_64"))]
    if index < len { index } else { 0 }
}

/// The element at `at`, or none beyond the end. A processor that guesses the bounds check wrong reads element 0 and
/// not memory of the caller's choosing.
#[inline(always)]
pub fn get<T, const N: usize>(table: &[T; N], at: usize) -> Option<&T> {
    if at >= N {
        return None;
    }
    #[cfg(target_arch = "x86_64")]
    {
        let mask: usize;
        // SAFETY: as in `index`, with the length as an operand of the instruction.
        unsafe {
            core::arch::asm!("cmp {index}, {len}", "sbb {mask}, {mask}", index = in(reg) at, len = const N,
                mask = out(reg) mask, options(pure, nomem, nostack));
        }
        // SAFETY: the masked index is `at`, which is below N, or 0, and N is not 0 if something is below it.
        Some(unsafe { table.get_unchecked(at & mask) })
    }
    #[cfg(not(target_arch = "x86_64"))]
    table.get(at)
}

/// The same for a slice.
#[inline(always)]
pub fn get_in<T>(table: &[T], at: usize) -> Option<&T> {
    if at >= table.len() {
        return None;
    }
    // SAFETY: the masked index is `at`, which is below the length, or 0, and something is below the length.
    Some(unsafe { table.get_unchecked(index(at, table.len())) })
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_what_is_there_and_nothing_else() {
        let table = [1, 2, 3];
        assert_eq!(super::get(&table, 2), Some(&3));
        assert_eq!(super::get(&table, 3), None);
        assert_eq!(super::get(&table, usize::MAX), None);
        assert_eq!(super::get_in(&table[..2], 1), Some(&2));
        assert_eq!(super::get_in(&table[..2], 2), None);
        assert_eq!((super::index(4, 5), super::index(5, 5)), (4, 0));
    }
}
