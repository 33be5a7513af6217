//! Moving waiters from one word to another.

use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use abi::Errno;
use mm::{AddressSpace, FutexKey, UserPtr};

use super::{Entry, Sleeper, Word, add, bucket, hash, key_of, lock_two, wake_in};

/// Wakes `wake_count` waiters of `addr` and moves up to `move_count` others to `addr2`.
/// With `expected`, only if the word at `addr` still has that value (else `EAGAIN`). The
/// number of woken and moved waiters.
pub fn requeue(
    mm: &AddressSpace,
    addr: u64,
    addr2: u64,
    wake_count: i32,
    move_count: i32,
    expected: Option<u32>,
    shared: bool,
) -> Result<usize, Errno> {
    let (Ok(wake_count), Ok(move_count)) = (usize::try_from(wake_count), usize::try_from(move_count)) else {
        return Err(Errno::EINVAL);
    };
    let from = key_of(mm, addr, shared)?;
    let to = key_of(mm, addr2, shared)?;
    if let Some(expected) = expected
        && mm.read(UserPtr::<u32>::new(addr))? != expected
    {
        return Err(Errno::EAGAIN);
    }
    requeue_keys(from, to, wake_count, move_count)
}

/// As [`requeue`] for words that need not be shared in the same way.
pub fn requeue_words(
    mm: &AddressSpace,
    from: &Word,
    to: &Word,
    wake_count: i32,
    move_count: i32,
) -> Result<usize, Errno> {
    let (Ok(wake_count), Ok(move_count)) = (usize::try_from(wake_count), usize::try_from(move_count)) else {
        return Err(Errno::EINVAL);
    };
    let keys = (key_of(mm, from.addr, from.shared)?, key_of(mm, to.addr, to.shared)?);
    if mm.read(UserPtr::<u32>::new(from.addr))? != from.value {
        return Err(Errno::EAGAIN);
    }
    requeue_keys(keys.0, keys.1, wake_count, move_count)
}

fn requeue_keys(from: FutexKey, to: FutexKey, wake_count: usize, move_count: usize) -> Result<usize, Errno> {
    let (source, target) = (hash(&from), hash(&to));
    if source == target {
        let mut entries = bucket(source);
        let woken = wake_in(&mut entries, &from, wake_count, u32::MAX)?;
        Ok(woken + rename_entries(&mut entries, &from, to, move_count)?)
    } else {
        let (mut entries, mut others) = lock_two(source, target);
        let woken = wake_in(&mut entries, &from, wake_count, u32::MAX)?;
        Ok(woken + move_entries(&mut entries, &mut others, &from, to, target, move_count)?)
    }
}

/// Within one bucket, entries keep their places.
fn rename_entries(
    entries: &mut [Entry],
    from: &FutexKey,
    to: FutexKey,
    count: usize,
) -> Result<usize, Errno> {
    let mut moved = 0;
    for entry in entries.iter_mut().filter(|entry| entry.key == *from).take(count) {
        if !matches!(entry.sleeper, Sleeper::Plain(_)) {
            return Err(Errno::EINVAL);
        }
        entry.key = to;
        moved += 1;
    }
    Ok(moved)
}

fn move_entries(
    from: &mut Vec<Entry>,
    to: &mut Vec<Entry>,
    key: &FutexKey,
    new_key: FutexKey,
    new_bucket: usize,
    count: usize,
) -> Result<usize, Errno> {
    let mut moved = 0;
    let mut at = 0;
    while moved < count {
        let Some(entry) = from.get(at) else { break };
        if entry.key != *key {
            at += 1;
            continue;
        }
        let Sleeper::Plain(waiter) = &entry.sleeper else { return Err(Errno::EINVAL) };
        waiter.bucket.store(new_bucket, Ordering::Relaxed);
        let entry = from.remove(at);
        add(to, Entry { key: new_key, ..entry });
        moved += 1;
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::super::tests::entry;
    use super::*;

    #[test]
    fn entries_move_with_their_place_in_the_order() {
        let (old, new) =
            (FutexKey { object: 1, offset: 4, file: false }, FutexKey { object: 2, offset: 0, file: false });
        let (mut list, waiters): (Vec<_>, Vec<_>) = (0..3).map(|nth| entry(old, 1 << nth)).unzip();
        list[1].prio = 7;
        let mut target = Vec::new();
        assert_eq!(move_entries(&mut list, &mut target, &old, new, 9, 2), Ok(2));
        assert_eq!((list.len(), target.iter().map(|e| e.bitset).collect::<Vec<_>>()), (1, vec![2, 1]));
        assert_eq!(waiters[1].bucket.load(Ordering::Relaxed), 9);
        assert_eq!(rename_entries(&mut target, &new, old, 1), Ok(1));
        assert_eq!((target[0].key, target[1].key), (old, new));
    }
}
