//! The file servers that devices lead to, made known to the 9P client.

use alloc::sync::Arc;

use abi::Errno;
use drivers::virtio_9p::{self, P9Channel};
use hal::kerror;

/// A device's channel as the client wants it.
struct Server(Arc<P9Channel>);

impl p9::Channel for Server {
    fn call(&self, request: &[&[u8]], reply: &mut [&mut [u8]]) -> Result<usize, Errno> {
        self.0.call(request, reply)
    }

    fn max_message(&self) -> usize {
        self.0.max_message()
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
