//! Table look-ups that don't leak past the table's end under speculation.

/// The element at `index`, or none beyond the end. A processor that guesses the bounds check wrong
/// reads element 0 and not memory of the caller's choosing (Spectre variant 1): the index is masked by
/// arithmetic that depends on the comparison, hidden from the optimiser.
#[inline(always)]
pub fn get<T>(table: &[T], index: usize) -> Option<&T> {
    if index >= table.len() {
        return None;
    }
    let masked = mask(index, table.len());
    // SAFETY: masked is `index`, which is below the length, or 0, and the table is not empty.
    Some(unsafe { table.get_unchecked(masked) })
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn mask(index: usize, len: usize) -> usize {
    let mask: usize;
    // SAFETY: arithmetic on registers only.
    unsafe {
        core::arch::asm!("cmp {index}, {len}", "sbb {mask}, {mask}", index = in(reg) index, len = in(reg) len,
            mask = out(reg) mask, options(pure, nomem, nostack));
    }
    index & mask
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
