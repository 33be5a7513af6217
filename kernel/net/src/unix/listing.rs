//! All sockets, for `/proc/net/unix`.

use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::sync::atomic::Ordering;

use sync::{SpinLock, rank};

use super::{Phase, UnixSock};

static ALL: SpinLock<BTreeMap<usize, Weak<UnixSock>>> = SpinLock::new(rank::SOCKET_NAMES, BTreeMap::new());

fn key(sock: &UnixSock) -> usize {
    core::ptr::from_ref(sock) as usize
}

pub(super) fn add(sock: &Arc<UnixSock>) {
    ALL.lock().insert(key(sock), Arc::downgrade(sock));
}

pub(super) fn remove(sock: &UnixSock) {
    let gone = ALL.lock().remove(&key(sock));
    drop(gone);
}

/// Writes `/proc/net/unix`; `out` takes bytes, for names are that.
pub fn show(push: &mut dyn FnMut(&[u8])) -> fmt::Result {
    push(b"Num       RefCount Protocol Flags    Type St Inode Path\n");
    let all: Vec<Arc<UnixSock>> = ALL.lock().values().filter_map(Weak::upgrade).collect();
    // Two references are its own and the list's; one more is that of each socket whose peer it is.
    let mut references: BTreeMap<usize, u32> = BTreeMap::new();
    for peer in all.iter().filter_map(|sock| sock.peer_sock()) {
        *references.entry(key(&peer)).or_insert(0) += 1;
    }
    for sock in &all {
        sock.show(2 + references.get(&key(sock)).copied().unwrap_or(0), push)?;
    }
    Ok(())
}

/// A line's text before the name.
#[derive(Default)]
struct Line(Vec<u8>);

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

impl UnixSock {
    fn show(self: &Arc<Self>, references: u32, push: &mut dyn FnMut(&[u8])) -> fmt::Result {
        const ACCEPTS: u32 = 0x10000;
        let (phase, address, is_path) = {
            let state = self.state.lock();
            (state.phase, state.address.clone(), state.bound.is_some())
        };
        let ino = self.ino.load(Ordering::Relaxed);
        let flags = if phase == Phase::Listening { ACCEPTS } else { 0 };
        let shown = match (ino != 0, phase == Phase::Established) {
            (true, true) => 3,
            (true, false) => 1,
            (false, true) => 2,
            (false, false) => 4,
        };
        let mut line = Line::default();
        write!(
            line,
            "{:016x}: {references:08X} {:08X} {flags:08X} {:04X} {shown:02X} {ino:5}",
            0, 0, self.kind
        )?;
        if let Some(address) = address {
            line.0.push(b' ');
            let text =
                if is_path { address.split_last().map_or(&[][..], |(_, path)| path) } else { &address };
            line.0.extend(text.iter().map(|byte| if *byte == 0 { b'@' } else { *byte }));
        }
        line.0.push(b'\n');
        push(&line.0);
        Ok(())
    }
}
