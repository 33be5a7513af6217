//! The file servers that devices lead to, made known to the 9P client.

use alloc::sync::Arc;

use drivers::virtio_9p::{self, Call, CallError, P9Channel, Patience};
use hal::kerror;
use process::Task;
use process::task::flags::PF_EXITING;

/// How long a process that is on its way out waits for a reply. It has been killed already or can't be any more, and
/// what it still says (changed pages, files that it closes) is to get through if the server lives.
const LAST_PATIENCE_NS: u64 = 30_000_000_000;

/// A device's channel as the client wants it.
struct Server(Arc<P9Channel>);

struct Late(Arc<Call>);

impl p9::Abandoned for Late {
    fn is_over(&self) -> bool {
        self.0.is_over()
    }
}

impl p9::Channel for Server {
    fn call(&self, request: &[&[u8]], reply: &mut [&mut [u8]]) -> Result<usize, p9::CallError> {
        self.0.call(patience(), request, reply).map_err(|error| match error {
            CallError::Failed(errno) => p9::CallError::Failed(errno),
            CallError::Abandoned(call) => p9::CallError::Abandoned(Arc::new(Late(call))),
        })
    }

    fn max_message(&self) -> usize {
        self.0.max_message()
    }
}

fn patience() -> Patience {
    let leaving = hal::thread::with_current(|task: &Task| {
        task.flags() & PF_EXITING != 0 || task.fatal_signal_pending()
    });
    if leaving {
        Patience::Until(sched::clock::monotonic_ns() + LAST_PATIENCE_NS)
    } else {
        Patience::UntilKilled
    }
}

/// Registers every server that was found under its mount tag.
pub fn register() {
    for channel in virtio_9p::channels() {
        let tag = channel.tag().to_vec();
        if let Err(errno) = p9::register_channel(&tag, Arc::new(Server(channel))) {
            kerror!("9p: the server {}: {errno}", alloc::string::String::from_utf8_lossy(&tag));
        }
    }
}
