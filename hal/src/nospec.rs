//! Table look-ups that don't leak past the table's end under speculation.

/// The element at `index`, or none beyond the end. A processor that guesses the bounds check wrong
/// reads element 0 and not memory of the caller's choosing (Spectre variant 1): the index is masked by
/// arithmetic that depends on the comparison, hidden from the optimiser.
#[inline(always)]
pub fn get<T, const N: usize>(table: &[T; N], index: usize) -> Option<&T> {
    if index >= N {
        return None;
    }
    let mask: usize;
    // SAFETY: arithmetic on registers only: the comparison sets the carry for an index below N, and SBB
    // spreads it over all bits.
    unsafe {
        core::arch::asm!("cmp {index}, {len}", "sbb {mask}, {mask}", index = in(reg) index, len = const N,
            mask = out(reg) mask, options(pure, nomem, nostack));
    }
    // SAFETY: the masked index is `index`, which is below N, or 0, and N is not 0 if something is below it.
    Some(unsafe { table.get_unchecked(index & mask) })
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_what_is_there_and_nothing_else() {
        let table = [1, 2, 3];
        assert_eq!(super::get(&table, 2), Some(&3));
        assert_eq!(super::get(&table, 3), None);
        assert_eq!(super::get(&table, usize::MAX), None);
    }
}
