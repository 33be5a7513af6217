//! Virtio's source of random bytes (virtio 1.2, 5.4): one queue of buffers to be filled. It feeds hal's pool of
//! entropy: at boot, and whenever a seed was taken out of it.
//!
//! Locks: the queue, at `rank::DEVICE`; the interrupt handler takes it.

use alloc::boxed::Box;
use alloc::sync::Arc;

use abi::Errno;
use hal::kprintln;
use hal::mem::PageRef;
use hal::virtio::{Chain, Device, Segment, Source, VirtQueue};
use sched::WaitQueue;
use sync::{IrqSpinLock, Once, rank};

/// Bytes that are asked for at a time.
const WANTED: usize = 64;
/// How long the start waits for the first bytes, so that the first program's randomness has them.
const PATIENCE_NS: u64 = 20_000_000;

struct Generator {
    state: IrqSpinLock<State>,
    arrived: WaitQueue,
}

struct State {
    queue: VirtQueue<()>,
    /// What goes to the device and comes back, when it is here.
    page: Option<PageRef>,
}

/// The first device; further ones stay unused.
static DEVICE: Once<Arc<Generator>> = Once::new();

pub(crate) fn start(mut device: Device) -> Result<(), Errno> {
    if DEVICE.get().is_some() {
        return Ok(());
    }
    device.start(0)?;
    let queue = device.queue(0, 4)?;
    let page = Some(PageRef::alloc().ok_or(Errno::ENOMEM)?);
    let source = Arc::new(Generator {
        state: IrqSpinLock::new(rank::DEVICE, State { queue, page }),
        arrived: WaitQueue::new(),
    });
    let on_bytes = source.clone();
    device.attach(Source::Queue(0), Box::new(move || on_bytes.take()))?;
    device.ready();
    let source = DEVICE.call_once(|| source);
    source.ask();
    let deadline = sched::clock::monotonic_ns() + PATIENCE_NS;
    source.arrived.wait_event_timeout(Some(deadline), hal::entropy::arrived);
    let when = if hal::entropy::arrived() { "now" } else { "soon" };
    kprintln!("virtio_rng: random numbers have the device's bytes from {when} on");
    hal::entropy::set_refill(|| {
        if let Some(source) = DEVICE.get() {
            source.ask();
        }
    });
    Ok(())
}

impl Generator {
    /// Has bytes made, unless they are being made already.
    fn ask(&self) {
        let mut state = self.state.lock();
        let Some(page) = state.page.take() else { return };
        // What can't be asked for now is asked for when the next seed is taken.
        let Ok(chain) = Chain::new(alloc::vec![Segment::new(page.clone(), 0, WANTED)], 0) else {
            state.page = Some(page);
            return;
        };
        let _ = state.queue.add(chain, ());
        let notice = state.queue.kick();
        drop(state);
        notice.send();
    }

    fn take(&self) {
        let mut state = self.state.lock();
        let Some(done) = state.queue.pop() else { return };
        let mut bytes = [0; WANTED];
        let len = done.chain.copy_written(0, &mut bytes).min(done.len);
        if let Some(segment) = done.chain.written().first() {
            segment.page().fill_zero();
            state.page = Some(segment.page().clone());
        }
        drop(state);
        hal::entropy::add(bytes.get(..len).unwrap_or(&[]));
        self.arrived.wake_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hal::virtio::{fake, kind};

    #[test]
    fn bytes_reach_the_pool() {
        let (device, fake) = fake::device(kind::ENTROPY, 0, &[], 1, 8);
        fake.serve(0, |request| {
            assert_eq!((request.bytes.len(), request.room), (0, WANTED));
            vec![0x5a; 48]
        });
        start(device).unwrap();
        assert!(hal::entropy::arrived());
        assert_eq!(fake.notices(0), 1);
        let mut seed = [0; 32];
        hal::rng::seed_bytes(&mut seed);
        assert_eq!(fake.notices(0), 2);
    }
}
