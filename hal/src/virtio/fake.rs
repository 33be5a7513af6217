//! A device made of memory, for the unit tests of drivers: the test plays the device's part.

use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::{Mutex, MutexGuard, PoisonError};

use abi::Errno;

use super::chain::{Descriptor, INDIRECT, NEXT, WRITE};
use super::{Device, Handler, RingAddresses, Source, Transport, VERSION_1};
use crate::mem::frames::host::at;

struct Queue {
    rings: RingAddresses,
    /// Chains taken, and chains given back.
    taken: u16,
    given: u16,
    notices: usize,
}

struct State {
    status: u8,
    offered: u64,
    accepted: u64,
    config: Vec<u8>,
    queue_size: u16,
    queues: Vec<Queue>,
    handlers: Vec<(Source, Arc<Handler>)>,
    /// Answers requests on a queue at once.
    server: Option<(usize, Server)>,
}

type Server = fn(&Request) -> Vec<u8>;

/// The device's side.
#[derive(Clone)]
pub struct Fake(Arc<Mutex<State>>);

/// A chain that the driver offered.
pub struct Request {
    /// Its first descriptor.
    pub head: u16,
    /// What the device is to read.
    pub bytes: Vec<u8>,
    /// How much it may write.
    pub room: usize,
    writable: Vec<Descriptor>,
}

/// A device of type `kind` with `queues` queues of `size` entries.
pub fn device(kind: u32, features: u64, config: &[u8], queues: usize, size: u16) -> (Device, Fake) {
    let new = || Queue { rings: RingAddresses::default(), taken: 0, given: 0, notices: 0 };
    let state = State {
        status: 0,
        offered: features | VERSION_1,
        accepted: 0,
        config: config.to_vec(),
        queue_size: size,
        queues: (0..queues).map(|_| new()).collect(),
        handlers: Vec::new(),
        server: None,
    };
    let fake = Fake(Arc::new(Mutex::new(state)));
    (Device::new(kind, Arc::new(fake.clone())), fake)
}

fn read<T: Copy>(addr: u64) -> T {
    // SAFETY: `at` checks that the address is one of a frame; rings are aligned and don't cross the arena's end.
    unsafe { at(addr).cast::<T>().read_volatile() }
}

fn write<T>(addr: u64, value: T) {
    // SAFETY: as above.
    unsafe { at(addr).cast::<T>().write_volatile(value) };
}

impl Fake {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The features that the driver accepted.
    pub fn accepted(&self) -> u64 {
        self.state().accepted
    }

    /// How often the driver told of new chains.
    pub fn notices(&self, queue: usize) -> usize {
        self.state().queues[queue].notices
    }

    /// The next chain that was offered.
    pub fn take(&self, queue: usize) -> Option<Request> {
        let mut state = self.state();
        let q = &mut state.queues[queue];
        if read::<u16>(q.rings.avail + 2) == q.taken {
            return None;
        }
        let head: u16 = read(q.rings.avail + 4 + 2 * u64::from(q.taken % q.rings.size));
        q.taken = q.taken.wrapping_add(1);
        let mut request = Request { head, bytes: Vec::new(), room: 0, writable: Vec::new() };
        let first: Descriptor = read(q.rings.desc + 16 * u64::from(head));
        if first.flags & INDIRECT != 0 {
            request.walk(first.addr, 0, u64::from(first.len / 16));
        } else {
            request.walk(q.rings.desc, head, u64::from(q.rings.size));
        }
        Some(request)
    }

    /// Gives a chain back with `reply` in it.
    pub fn give(&self, queue: usize, request: &Request, reply: &[u8]) {
        let mut rest = reply;
        for piece in &request.writable {
            let (now, later) = rest.split_at(rest.len().min(piece.len as usize));
            now.iter().zip(piece.addr..).for_each(|(byte, addr)| write(addr, *byte));
            rest = later;
        }
        self.give_raw(queue, u32::from(request.head), (reply.len() - rest.len()) as u32);
    }

    /// Gives a chain back by number, right or wrong.
    pub fn give_raw(&self, queue: usize, head: u32, len: u32) {
        let mut state = self.state();
        let q = &mut state.queues[queue];
        let entry = q.rings.used + 4 + 8 * u64::from(q.given % q.rings.size);
        write(entry, head);
        write(entry + 4, len);
        q.given = q.given.wrapping_add(1);
        write(q.rings.used + 2, q.given);
        drop(state);
        self.interrupt(Source::Queue(queue as u16));
    }

    /// From now on requests on the queue are answered when the device is told of them.
    pub fn serve(&self, queue: usize, answer: fn(&Request) -> Vec<u8>) {
        self.state().server = Some((queue, answer));
    }

    /// Runs the handlers of a source.
    pub fn interrupt(&self, source: Source) {
        let state = self.state();
        let all: Vec<_> =
            state.handlers.iter().filter(|(of, _)| *of == source).map(|(_, h)| h.clone()).collect();
        drop(state);
        all.iter().for_each(|handler| handler());
    }

    /// Changes the configuration, and tells.
    pub fn configure(&self, config: &[u8]) {
        self.state().config = config.to_vec();
        self.interrupt(Source::Config);
    }

    /// The device finds itself in a state that only a reset ends.
    pub fn break_down(&self) {
        self.state().status |= super::NEEDS_RESET;
        self.interrupt(Source::Config);
    }
}

impl Request {
    fn walk(&mut self, table: u64, first: u16, len: u64) {
        let mut at = first;
        for _ in 0..len {
            let descriptor: Descriptor = read(table + 16 * u64::from(at));
            if descriptor.flags & WRITE != 0 {
                self.room += descriptor.len as usize;
                self.writable.push(descriptor);
            } else {
                let bytes = descriptor.addr..descriptor.addr + u64::from(descriptor.len);
                self.bytes.extend(bytes.map(read::<u8>));
            }
            if descriptor.flags & NEXT == 0 {
                return;
            }
            at = descriptor.next;
        }
        panic!("a chain without end");
    }
}

impl Transport for Fake {
    fn legacy(&self) -> bool {
        false
    }

    fn features(&self) -> u64 {
        self.state().offered
    }

    fn accept(&self, features: u64) {
        self.state().accepted = features;
    }

    fn status(&self) -> u8 {
        self.state().status
    }

    fn set_status(&self, status: u8) {
        self.state().status = status;
    }

    fn read_config(&self, offset: usize, buf: &mut [u8]) {
        let state = self.state();
        for (at, byte) in (offset..).zip(buf) {
            *byte = state.config.get(at).copied().unwrap_or(0);
        }
    }

    fn generation(&self) -> u32 {
        0
    }

    fn max_queue_size(&self, index: u16) -> u16 {
        let state = self.state();
        if usize::from(index) < state.queues.len() { state.queue_size } else { 0 }
    }

    fn set_queue(&self, index: u16, rings: &RingAddresses) -> u32 {
        self.state().queues[usize::from(index)].rings = *rings;
        u32::from(index)
    }

    fn enable_queue(&self, _index: u16) {}

    fn notify(&self, index: u16, key: u32) {
        assert_eq!(u32::from(index), key);
        let mut state = self.state();
        state.queues[usize::from(index)].notices += 1;
        let server = state.server;
        drop(state);
        let Some((queue, answer)) = server.filter(|(queue, _)| *queue == usize::from(index)) else { return };
        while let Some(request) = self.take(queue) {
            let reply = answer(&request);
            self.give(queue, &request, &reply);
        }
    }

    fn attach(&self, source: Source, handler: Handler) -> Result<(), Errno> {
        self.state().handlers.push((source, Arc::new(handler)));
        Ok(())
    }
}
