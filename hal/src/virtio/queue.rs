//! A split virtqueue (virtio 1.2, 2.7): a table of descriptors, a ring of what is offered to the device and a ring
//! of what it is done with.
//!
//! The queue keeps what was offered until the device is done with it, and believes nothing that the device can
//! write but what it has checked: a wrong number makes the queue broken, not memory.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::ManuallyDrop;
use core::sync::atomic::{AtomicU16, AtomicU32, Ordering, fence};

use abi::Errno;

use super::chain::{Chain, Descriptor, NEXT};
use super::{RingAddresses, Transport};
use crate::mem::PAGE_SIZE;
use crate::mem::frames::{self, Frames};

const AVAIL_NO_INTERRUPT: u16 = 1;
const USED_NO_NOTIFY: u16 = 1;

/// The memory of the rings. The used ring begins a page, as devices from before virtio 1.0 want it.
struct Rings {
    memory: Frames,
    size: u16,
}

impl Rings {
    fn new(size: u16) -> Option<Self> {
        let bytes = Self::used_offset(size) + 6 + 8 * usize::from(size);
        let order = bytes.div_ceil(PAGE_SIZE).next_power_of_two().trailing_zeros() as usize;
        let memory = frames::alloc_contiguous(order)?;
        // SAFETY: the block was just allocated and has this many bytes.
        unsafe { memory.as_ptr().write_bytes(0, PAGE_SIZE << order) };
        Some(Self { memory, size })
    }

    fn avail_offset(size: u16) -> usize {
        size_of::<Descriptor>() * usize::from(size)
    }

    fn used_offset(size: u16) -> usize {
        (Self::avail_offset(size) + 6 + 2 * usize::from(size)).next_multiple_of(PAGE_SIZE)
    }

    fn addresses(&self) -> RingAddresses {
        let base = self.memory.phys().0;
        RingAddresses {
            size: self.size,
            desc: base,
            avail: base + Self::avail_offset(self.size) as u64,
            used: base + Self::used_offset(self.size) as u64,
        }
    }

    fn write_descriptor(&mut self, at: u16, descriptor: Descriptor) {
        assert!(at < self.size);
        // SAFETY: the table begins the block and has `size` entries; only the driver writes it.
        unsafe { self.memory.as_ptr().cast::<Descriptor>().add(usize::from(at)).write_volatile(descriptor) };
    }

    fn u16_at(&self, offset: usize) -> &AtomicU16 {
        debug_assert!(offset.is_multiple_of(2));
        // SAFETY: callers name fields of the two rings, which lie in the block; both sides access them as
        // whole words.
        unsafe { &*self.memory.as_ptr().add(offset).cast::<AtomicU16>() }
    }

    fn avail_flags(&self) -> &AtomicU16 {
        self.u16_at(Self::avail_offset(self.size))
    }

    fn avail_index(&self) -> &AtomicU16 {
        self.u16_at(Self::avail_offset(self.size) + 2)
    }

    fn avail_entry(&self, nth: u16) -> &AtomicU16 {
        self.u16_at(Self::avail_offset(self.size) + 4 + 2 * usize::from(nth % self.size))
    }

    fn used_flags(&self) -> &AtomicU16 {
        self.u16_at(Self::used_offset(self.size))
    }

    fn used_index(&self) -> &AtomicU16 {
        self.u16_at(Self::used_offset(self.size) + 2)
    }

    /// Which chain an entry is about, and how many bytes were written.
    fn used_entry(&self, nth: u16) -> (u32, u32) {
        let offset = Self::used_offset(self.size) + 4 + 8 * usize::from(nth % self.size);
        let word = |offset: usize| {
            // SAFETY: a field of the used ring, which lies in the block.
            unsafe { &*self.memory.as_ptr().add(offset).cast::<AtomicU32>() }.load(Ordering::Relaxed)
        };
        (word(offset), word(offset + 4))
    }
}

/// A notice to the device that a queue has something for it.
#[must_use]
pub struct Notice {
    to: Option<Arc<dyn Transport>>,
    index: u16,
    key: u32,
}

impl Notice {
    /// Gives it.
    pub fn send(self) {
        if let Some(transport) = self.to {
            transport.notify(self.index, self.key);
        }
    }
}

/// What the device is done with.
pub struct Done<T> {
    /// What was given with the chain.
    pub token: T,
    /// The chain.
    pub chain: Chain,
    /// Bytes that the device wrote, from the start of what it may write.
    pub len: usize,
}

struct Offered<T> {
    token: T,
    chain: Chain,
    /// Descriptors of the table that it takes.
    taken: u16,
}

/// A queue of a device. `T` is what the driver wants back with a chain.
pub struct VirtQueue<T> {
    /// Never given back: the device keeps the addresses. What it holds of `offered` stays for the same reason.
    rings: ManuallyDrop<Rings>,
    offered: ManuallyDrop<Box<[Option<Offered<T>>]>>,
    /// What follows each descriptor, in the free list or in its chain.
    next: Box<[u16]>,
    first_free: u16,
    free_len: u16,
    avail: u16,
    used: u16,
    /// `avail` when the device was told last.
    told: u16,
    indirect: bool,
    broken: bool,
    transport: Arc<dyn Transport>,
    index: u16,
    key: u32,
}

impl<T: Send> VirtQueue<T> {
    pub(super) fn new(
        transport: Arc<dyn Transport>,
        index: u16,
        size: u16,
        indirect: bool,
    ) -> Result<Self, Errno> {
        let rings = Rings::new(size).ok_or(Errno::ENOMEM)?;
        let mut offered = Vec::new();
        let mut next = Vec::new();
        offered.try_reserve_exact(usize::from(size)).map_err(|_| Errno::ENOMEM)?;
        next.try_reserve_exact(usize::from(size)).map_err(|_| Errno::ENOMEM)?;
        offered.extend((0..size).map(|_| None));
        next.extend((0..size).map(|at| at + 1));
        let key = transport.set_queue(index, &rings.addresses());
        Ok(Self {
            rings: ManuallyDrop::new(rings),
            offered: ManuallyDrop::new(offered.into_boxed_slice()),
            next: next.into_boxed_slice(),
            first_free: 0,
            free_len: size,
            avail: 0,
            used: 0,
            told: 0,
            indirect,
            broken: false,
            transport,
            index,
            key,
        })
    }

    /// Entries that it has.
    pub fn size(&self) -> u16 {
        self.rings.size
    }

    /// Descriptors that no chain has.
    pub fn room(&self) -> u16 {
        self.free_len
    }

    /// Whether the device has broken the rules; nothing comes back then.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether a chain can ever be offered.
    pub fn can_hold(&self, chain: &Chain) -> bool {
        let len = chain.descriptors.len();
        len != 0 && (len <= usize::from(self.size()))
    }

    /// Offers a chain to the device, which hears of it at [`Self::kick`]. Gives both back if there is no room now.
    pub fn add(&mut self, chain: Chain, token: T) -> Result<(), (Chain, T)> {
        let single = chain.indirect().filter(|_| self.indirect);
        let descriptors = match &single {
            Some(descriptor) => core::slice::from_ref(descriptor),
            None => &chain.descriptors,
        };
        if self.broken || !self.can_hold(&chain) || descriptors.len() > usize::from(self.free_len) {
            return Err((chain, token));
        }
        let head = self.first_free;
        let taken = descriptors.len() as u16;
        let mut at = head;
        for descriptor in descriptors {
            let next = self.next[usize::from(at)];
            let linked = if descriptor.flags & NEXT != 0 { next } else { 0 };
            self.rings.write_descriptor(at, Descriptor { next: linked, ..*descriptor });
            at = next;
        }
        self.first_free = at;
        self.free_len -= taken;
        self.offered[usize::from(head)] = Some(Offered { token, chain, taken });
        self.rings.avail_entry(self.avail).store(head, Ordering::Relaxed);
        self.avail = self.avail.wrapping_add(1);
        self.rings.avail_index().store(self.avail, Ordering::Release);
        Ok(())
    }

    /// What tells the device of what was added, unless it looks anyway. To be sent when the driver's lock on the
    /// queue is given back: the device may answer before it returns.
    pub fn kick(&mut self) -> Notice {
        let news = self.told != self.avail;
        self.told = self.avail;
        // The device switches notices on and then looks at the index: so the index must be there first.
        fence(Ordering::SeqCst);
        let wanted = self.rings.used_flags().load(Ordering::Relaxed) & USED_NO_NOTIFY == 0;
        let to = (news && wanted).then(|| self.transport.clone());
        Notice { to, index: self.index, key: self.key }
    }

    /// Whether the device is done with something.
    pub fn has_done(&self) -> bool {
        !self.broken && self.rings.used_index().load(Ordering::Acquire) != self.used
    }

    /// Takes back a chain that the device is done with.
    pub fn pop(&mut self) -> Option<Done<T>> {
        if !self.has_done() {
            return None;
        }
        let (head, len) = self.rings.used_entry(self.used);
        self.used = self.used.wrapping_add(1);
        let offered = self.offered.get_mut(head as usize).and_then(Option::take);
        let Some(Offered { token, chain, taken }) = offered else {
            self.broken = true;
            return None;
        };
        let head = head as u16;
        let mut last = head;
        for _ in 1..taken {
            last = self.next[usize::from(last)];
        }
        self.next[usize::from(last)] = self.first_free;
        self.first_free = head;
        self.free_len += taken;
        let len = (len as usize).min(chain.capacity());
        Some(Done { token, chain, len })
    }

    /// What was given with the chains that the device has.
    pub fn tokens(&self) -> impl Iterator<Item = &T> {
        self.offered.iter().flatten().map(|offered| &offered.token)
    }

    /// Asks for no interrupts; a hint that the device may overlook.
    pub fn disable_interrupts(&mut self) {
        self.rings.avail_flags().store(AVAIL_NO_INTERRUPT, Ordering::Relaxed);
    }

    /// Asks for interrupts again; true if something is done already, for which none will come.
    pub fn enable_interrupts(&mut self) -> bool {
        self.rings.avail_flags().store(0, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        self.has_done()
    }
}
