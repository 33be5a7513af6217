//! The control queues: messages of eight bytes, some with more behind.

use alloc::vec::Vec;

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef};
use hal::virtio::{Chain, Segment, VirtQueue};
use sync::{IrqSpinLock, rank};

/// Bytes of a message without what may follow: port (4), event (2), value (2).
const HEADER: usize = 8;
/// Bytes that a received message may have.
const MESSAGE_MAX: usize = 512;
const PER_PAGE: usize = PAGE_SIZE / MESSAGE_MAX;
/// How often a full queue is looked at, a millisecond apart.
const PATIENCE: usize = 1000;

/// What a message is about (virtio 1.2, 5.3.6.2).
pub(super) struct Event;

impl Event {
    pub(super) const DEVICE_READY: u16 = 0;
    pub(super) const DEVICE_ADD: u16 = 1;
    pub(super) const DEVICE_REMOVE: u16 = 2;
    pub(super) const PORT_READY: u16 = 3;
    pub(super) const CONSOLE_PORT: u16 = 4;
    pub(super) const RESIZE: u16 = 5;
    pub(super) const PORT_OPEN: u16 = 6;
    pub(super) const PORT_NAME: u16 = 7;
}

/// A message from the host.
pub(super) struct Message {
    pub(super) id: u32,
    pub(super) event: u16,
    pub(super) value: u16,
    rest: Vec<u8>,
}

impl Message {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<HEADER>()?;
        let [i0, i1, i2, i3, e0, e1, v0, v1] = *head;
        let (event, value) = (u16::from_le_bytes([e0, e1]), u16::from_le_bytes([v0, v1]));
        Some(Self { id: u32::from_le_bytes([i0, i1, i2, i3]), event, value, rest: rest.to_vec() })
    }

    /// Columns and rows that follow a RESIZE.
    pub(super) fn size(&self) -> Option<(u16, u16)> {
        let [c0, c1, r0, r1] = *self.rest.first_chunk()?;
        Some((u16::from_le_bytes([c0, c1]), u16::from_le_bytes([r0, r1])))
    }

    /// The name that follows a PORT_NAME; empty if it could not be a file's.
    pub(super) fn name(&self) -> &str {
        let end = self.rest.iter().position(|byte| *byte == 0).unwrap_or(self.rest.len());
        let name = self.rest.get(..end).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or("");
        if name.contains('/') || name == "." || name == ".." { "" } else { name }
    }
}

/// Messages from the host.
pub(super) struct ControlIn {
    queue: VirtQueue<()>,
    /// Buffers that were read and wait to be offered again.
    read: Vec<Chain>,
}

impl ControlIn {
    pub(super) fn new(queue: VirtQueue<()>) -> Result<Self, Errno> {
        let mut read = Vec::new();
        for _ in 0..usize::from(queue.size()).div_ceil(PER_PAGE) {
            let page = PageRef::alloc().ok_or(Errno::ENOMEM)?;
            for nth in 0..PER_PAGE {
                read.push(Chain::new(
                    alloc::vec![Segment::new(page.clone(), nth * MESSAGE_MAX, MESSAGE_MAX)],
                    0,
                )?);
            }
        }
        Ok(Self { queue, read })
    }

    pub(super) fn has_message(&self) -> bool {
        self.queue.has_done()
    }

    /// The next message; what is none is passed over.
    pub(super) fn take(&mut self) -> Option<Message> {
        loop {
            let done = self.queue.pop()?;
            let mut bytes = [0; MESSAGE_MAX];
            done.chain.copy_written(0, &mut bytes);
            self.read.push(done.chain);
            if let Some(message) = bytes.get(..done.len).and_then(Message::parse) {
                return Some(message);
            }
        }
    }

    /// Offers buffers again whose messages were taken.
    pub(super) fn give_back(&mut self) {
        while let Some(chain) = self.read.pop() {
            if let Err((chain, ())) = self.queue.add(chain, ()) {
                self.read.push(chain);
                break;
            }
        }
        // Nothing answers to this notice but messages, which come as interrupts: it may go out under the lock.
        self.queue.kick().send();
    }
}

/// Messages to the host.
pub(super) struct ControlOut {
    queue: IrqSpinLock<VirtQueue<()>>,
}

impl ControlOut {
    pub(super) fn new(mut queue: VirtQueue<()>) -> Self {
        queue.disable_interrupts();
        Self { queue: IrqSpinLock::new(rank::DEVICE, queue) }
    }

    /// Sends a message. It is dropped if there is no memory or if the host takes none for a second.
    pub(super) fn send(&self, id: u32, event: u16, value: u16) {
        let Some(page) = PageRef::alloc() else { return };
        page.write(0, &id.to_le_bytes());
        page.write(4, &event.to_le_bytes());
        page.write(6, &value.to_le_bytes());
        let Ok(mut chain) = Chain::new(alloc::vec![Segment::new(page, 0, HEADER)], 1) else { return };
        for _ in 0..PATIENCE {
            let mut queue = self.queue.lock();
            while let Some(done) = queue.pop() {
                drop(done);
            }
            match queue.add(chain, ()) {
                Ok(()) => {
                    let notice = queue.kick();
                    drop(queue);
                    notice.send();
                    return;
                }
                Err((back, ())) => chain = back,
            }
            drop(queue);
            let next = sched::clock::monotonic_ns() + 1_000_000;
            sched::sleep_until_in(next, sched::state::UNINTERRUPTIBLE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_checked() {
        assert!(Message::parse(&[0; 7]).is_none());
        let message = Message::parse(&[3, 0, 0, 0, 7, 0, 1, 0, b'a', b'.', b'b', 0, b'x']).unwrap();
        assert_eq!((message.id, message.event, message.value, message.name()), (3, 7, 1, "a.b"));
        for bad in [&b"../x"[..], b"..", b"\xff", b""] {
            let bytes = [&[0; 8], bad].concat();
            assert_eq!(Message::parse(&bytes).unwrap().name(), "");
        }
        let message = Message::parse(&[0, 0, 0, 0, 5, 0, 0, 0, 80, 0, 24, 0]).unwrap();
        assert_eq!(message.size(), Some((80, 24)));
    }
}
