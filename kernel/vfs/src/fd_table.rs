//! Descriptor tables. A look-up takes no lock; changes take one spin lock.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ops::Deref;

use abi::Errno;
use sync::{SlotTable, SpinLock, rank};

use crate::File;

/// The most descriptors that a table can have (fs.nr_open's default).
pub const NR_OPEN: usize = 1 << 20;

/// An open file for the time of a call.
pub struct FdRef<'a> {
    file: Arc<File>,
    _table: PhantomData<&'a FdTable>,
}

impl FdRef<'_> {
    /// A reference to keep.
    pub fn to_arc(&self) -> Arc<File> {
        self.file.clone()
    }

    /// The reference itself.
    pub fn into_arc(self) -> Arc<File> {
        self.file
    }

    /// The counted file.
    pub fn as_arc(&self) -> &Arc<File> {
        &self.file
    }
}

impl Deref for FdRef<'_> {
    type Target = File;
    #[inline(always)]
    fn deref(&self) -> &File {
        &self.file
    }
}

#[derive(Default)]
struct Bits {
    open: Vec<u64>,
    cloexec: Vec<u64>,
    /// No free number is below this one.
    next: usize,
}

/// A task's descriptors (files_struct).
pub struct FdTable {
    slots: SlotTable<File>,
    bits: SpinLock<Bits>,
}

impl Default for FdTable {
    fn default() -> Self {
        FdTable { slots: SlotTable::new(), bits: SpinLock::new(rank::FILES, Bits::default()) }
    }
}

impl Bits {
    #[inline]
    fn find_free(&self, min: usize) -> usize {
        let start = min.max(self.next);
        let mut word = start / 64;
        let mut mask = !0u64 << (start % 64);
        while let Some(bits) = self.open.get(word) {
            let free = !bits & mask;
            if free != 0 {
                return word * 64 + free.trailing_zeros() as usize;
            }
            mask = !0;
            word += 1;
        }
        start.max(word * 64)
    }

    fn reserve(&mut self, fd: usize) -> Result<(), Errno> {
        let words = fd / 64 + 1;
        for list in [&mut self.open, &mut self.cloexec] {
            if list.len() < words {
                list.try_reserve(words - list.len()).map_err(|_| Errno::ENOMEM)?;
                list.resize(words, 0);
            }
        }
        Ok(())
    }

    #[inline]
    fn set(list: &mut [u64], fd: usize, on: bool) {
        if let Some(word) = list.get_mut(fd / 64) {
            let bit = 1 << (fd % 64);
            *word = if on { *word | bit } else { *word & !bit };
        }
    }

    fn get(list: &[u64], fd: usize) -> bool {
        sync::nospec::get_in(list, fd / 64).is_some_and(|word| word & (1 << (fd % 64)) != 0)
    }

    #[inline]
    fn take(&mut self, fd: usize, cloexec: bool) {
        Self::set(&mut self.open, fd, true);
        Self::set(&mut self.cloexec, fd, cloexec);
        if fd == self.next {
            self.next = fd + 1;
        }
    }

    #[inline]
    fn free(&mut self, fd: usize) {
        Self::set(&mut self.open, fd, false);
        Self::set(&mut self.cloexec, fd, false);
        self.next = self.next.min(fd);
    }
}

/// Descriptors that are closed before their memory is waited for.
const CLOSED_AT_ONCE: u32 = 4096;

impl FdTable {
    /// An empty table.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// The file of a descriptor; EBADF if there is none or it is only a place (O_PATH).
    #[inline]
    pub fn get(&self, fd: i32) -> Result<FdRef<'_>, Errno> {
        let file = self.get_raw(fd)?;
        if file.is_path() { Err(Errno::EBADF) } else { Ok(file) }
    }

    /// The file of a descriptor, O_PATH ones too.
    #[inline]
    pub fn get_raw(&self, fd: i32) -> Result<FdRef<'_>, Errno> {
        let index = usize::try_from(fd).map_err(|_| Errno::EBADF)?;
        let file = self.slots.get(index).ok_or(Errno::EBADF)?;
        Ok(FdRef { file, _table: PhantomData })
    }

    /// Descriptors from this number on are not open.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// Takes the lowest free number at or above `min`, which then waits for [`Self::install`]. EMFILE when the
    /// limit `nofile` is reached.
    pub fn alloc_fd(&self, min: usize, cloexec: bool, nofile: u64) -> Result<i32, Errno> {
        let limit = nofile.min(NR_OPEN as u64) as usize;
        let mut bits = self.bits.lock();
        let fd = bits.find_free(min);
        if fd >= limit {
            return Err(Errno::EMFILE);
        }
        bits.reserve(fd)?;
        if fd >= self.slots.capacity() {
            self.slots.reserve(fd + 1).map_err(|_| Errno::ENOMEM)?;
        }
        bits.take(fd, cloexec);
        Ok(fd as i32)
    }

    /// Puts a file at a number from [`Self::alloc_fd`].
    #[inline]
    pub fn install(&self, fd: i32, file: Arc<File>) {
        // The number's room was made when it was taken.
        let _ = self.slots.try_set(fd as usize, Some(file));
    }

    /// Gives a number back that was taken and not used.
    pub fn put_unused(&self, fd: i32) {
        self.bits.lock().free(fd as usize);
    }

    /// Takes a number for `file`: alloc_fd and install in one.
    pub fn add(&self, file: Arc<File>, cloexec: bool, nofile: u64) -> Result<i32, Errno> {
        let fd = self.alloc_fd(0, cloexec, nofile)?;
        self.install(fd, file);
        Ok(fd)
    }

    /// Takes the file of a descriptor out; EBADF. The caller drops it, which may be the last close.
    pub fn take(&self, fd: i32) -> Result<Arc<File>, Errno> {
        let index = usize::try_from(fd).map_err(|_| Errno::EBADF)?;
        let mut bits = self.bits.lock();
        let file = self.slots.try_set(index, None).unwrap_or(None).ok_or(Errno::EBADF)?;
        bits.free(index);
        Ok(file)
    }

    /// close(2). `owner` identifies the table for record locks.
    pub fn close(&self, fd: i32) -> Result<(), Errno> {
        let file = self.take(fd)?;
        self.filp_close(&file)
    }

    fn filp_close(&self, file: &Arc<File>) -> Result<(), Errno> {
        if file.is_path() {
            return Ok(());
        }
        file.inode.locks.release_owner(self.id());
        crate::dnotify::on_close(file, self.id());
        file.ops.flush(file)
    }

    /// What record locks know the table by.
    pub fn id(&self) -> usize {
        core::ptr::from_ref(self) as usize
    }

    /// dup2(2), dup3(2) with different numbers: makes `new` refer to `file`, closing what it was. EBADF
    /// beyond the limit.
    pub fn replace(&self, new: i32, file: Arc<File>, cloexec: bool, nofile: u64) -> Result<(), Errno> {
        let index = usize::try_from(new).map_err(|_| Errno::EBADF)?;
        if index as u64 >= nofile.min(NR_OPEN as u64) {
            return Err(Errno::EBADF);
        }
        let mut bits = self.bits.lock();
        bits.reserve(index)?;
        self.slots.reserve(index + 1).map_err(|_| Errno::ENOMEM)?;
        if Bits::get(&bits.open, index) && !self.slots.is_set(index) {
            // Another thread is between taking the number and installing its file.
            return Err(Errno::EBUSY);
        }
        bits.take(index, cloexec);
        let old = self.slots.try_set(index, Some(file)).unwrap_or(None);
        drop(bits);
        if let Some(old) = old {
            let _ = self.filp_close(&old);
        }
        Ok(())
    }

    /// FD_CLOEXEC of a descriptor.
    pub fn cloexec(&self, fd: i32) -> Result<bool, Errno> {
        let _ = self.get_raw(fd)?;
        Ok(Bits::get(&self.bits.lock().cloexec, fd as usize))
    }

    /// Sets FD_CLOEXEC.
    pub fn set_cloexec(&self, fd: i32, on: bool) -> Result<(), Errno> {
        let mut bits = self.bits.lock();
        let _ = self.get_raw(fd)?;
        Bits::set(&mut bits.cloexec, fd as usize, on);
        Ok(())
    }

    /// close_range(2): closes `first..=last`, or with `cloexec` marks them.
    pub fn close_range(&self, first: u32, last: u32, cloexec: bool) {
        let end = self.slots.capacity();
        let mut from = first as usize;
        let mut closed = 0;
        while from < end {
            // Each closed descriptor's memory comes back after a grace period. A process with very many must not
            // queue them all first: it may have been killed because there is no memory.
            if closed == CLOSED_AT_ONCE {
                sync::rcu::synchronize();
                sync::rcu::run_callbacks();
                closed = 0;
            }
            closed += 1;
            let Some((fd, file)) = self.slots.next_from(from) else { return };
            if fd > last as usize {
                return;
            }
            drop(file);
            if cloexec {
                let _ = self.set_cloexec(fd as i32, true);
            } else {
                let _ = self.close(fd as i32);
            }
            from = fd + 1;
        }
    }

    /// Closes what is marked close-on-exec (execve).
    pub fn close_on_exec(&self) {
        let marked = core::mem::take(&mut self.bits.lock().cloexec);
        for (word, mut bits) in marked.into_iter().enumerate() {
            while bits != 0 {
                let fd = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let _ = self.close(fd as i32);
            }
        }
        let mut bits = self.bits.lock();
        let words = bits.open.len();
        bits.cloexec.resize(words, 0);
    }

    /// Closes everything (exit).
    pub fn close_all(&self) {
        self.close_range(0, u32::MAX, false);
    }

    /// A copy for a child (fork), up to `max` descriptors: close_range(2) copies fewer.
    pub fn dup_table(&self, max: usize) -> Result<Arc<Self>, Errno> {
        let new = Self::new();
        let bits = self.bits.lock();
        let mut copy = Bits { open: Vec::new(), cloexec: Vec::new(), next: bits.next };
        for (from, to) in [(&bits.open, &mut copy.open), (&bits.cloexec, &mut copy.cloexec)] {
            to.try_reserve_exact(from.len()).map_err(|_| Errno::ENOMEM)?;
            to.extend_from_slice(from);
        }
        let mut fd = 0;
        if let Some(last) = copy.open.iter().rposition(|word| *word != 0) {
            new.slots.reserve((last + 1) * 64).map_err(|_| Errno::ENOMEM)?;
        }
        while let Some((next, file)) = self.slots.next_from(fd) {
            if next >= max {
                break;
            }
            let _ = new.slots.try_set(next, Some(file));
            fd = next + 1;
        }
        drop(bits);
        // Numbers that are taken but not installed yet belong to the original only.
        for index in 0..copy.open.len() * 64 {
            if Bits::get(&copy.open, index) && !new.slots.is_set(index) {
                copy.free(index);
            }
        }
        *new.bits.lock() = copy;
        Ok(new)
    }

    /// The first descriptor at or above `from` (for `/proc/PID/fd`).
    pub fn next_from(&self, from: usize) -> Option<(usize, Arc<File>)> {
        self.slots.next_from(from)
    }
}

impl Drop for FdTable {
    fn drop(&mut self) {
        self.close_all();
    }
}
