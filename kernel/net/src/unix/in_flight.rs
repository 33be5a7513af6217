//! Files on their way through sockets, and the collection of those that nobody can ever receive (unix(7)).
//!
//! A socket whose only references are in messages, which wait at sockets of which the same is true, can never be
//! received: a circle. Each socket in flight is listed with how often it is; if that is as often as it is referenced
//! at all, it is a candidate. Candidates that are referenced from elsewhere than candidates' own messages live, and
//! so does what can be received from them; the messages of the rest lose their files.
//!
//! All changes of what is in flight are made under one lock, the collection too: so nothing is received meanwhile.

use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use abi::Errno;
use sched::Mutex;
use sync::{SpinLock, rank};
use vfs::File;
use vfs::consts::{CAP_SYS_ADMIN, CAP_SYS_RESOURCE};

use super::UnixSock;
use super::message::Message;
use crate::caller::Caller;

/// A socket that is in flight.
struct Entry {
    file: Weak<File>,
    sock: Arc<UnixSock>,
    count: usize,
}

#[derive(Default)]
struct InFlight {
    sockets: BTreeMap<usize, Entry>,
    /// Files in flight, by the user that sent them.
    users: BTreeMap<u32, u64>,
}

static IN_FLIGHT: Mutex<InFlight> =
    Mutex::new(rank::SOCKET_FLIGHT, InFlight { sockets: BTreeMap::new(), users: BTreeMap::new() });
/// Whether there may be a circle. What closes one is a message with files to a socket that is in flight itself.
static MAY_BE_CIRCLES: AtomicBool = AtomicBool::new(false);

/// Files of a message.
pub(super) struct Files {
    files: Vec<Arc<File>>,
    uid: u32,
    counted: bool,
}

fn key(file: &File) -> usize {
    core::ptr::from_ref(file) as usize
}

fn socket_of(file: &File) -> Option<&UnixSock> {
    crate::socket::of_file(file).ok()?.proto_as::<UnixSock>()
}

impl InFlight {
    fn count(&mut self, files: &[Arc<File>], uid: u32) {
        for file in files {
            let Some(sock) = socket_of(file).and_then(UnixSock::to_arc) else { continue };
            sock.in_flight.fetch_add(1, Ordering::SeqCst);
            let entry = self.sockets.entry(key(file));
            entry.or_insert_with(|| Entry { file: Arc::downgrade(file), sock, count: 0 }).count += 1;
        }
        *self.users.entry(uid).or_insert(0) += files.len() as u64;
    }

    fn uncount(&mut self, files: &[Arc<File>], uid: u32) {
        for file in files {
            let gone = match self.sockets.get_mut(&key(file)) {
                Some(entry) => {
                    entry.count = entry.count.saturating_sub(1);
                    entry.sock.in_flight.fetch_sub(1, Ordering::SeqCst);
                    entry.count == 0
                }
                None => false,
            };
            if gone {
                self.sockets.remove(&key(file));
            }
        }
        let left = self.users.get(&uid).map_or(0, |count| count.saturating_sub(files.len() as u64));
        if left == 0 {
            self.users.remove(&uid);
        } else {
            self.users.insert(uid, left);
        }
        if self.sockets.is_empty() {
            MAY_BE_CIRCLES.store(false, Ordering::SeqCst);
        }
    }
}

impl Files {
    /// Puts files in flight: ETOOMANYREFS if their sender has too many there.
    pub fn send(files: Vec<Arc<File>>, caller: Option<&Caller<'_>>) -> Result<Option<Self>, Errno> {
        let (Some(caller), false) = (caller, files.is_empty()) else { return Ok(None) };
        let uid = caller.cred().uid;
        let mut flight = IN_FLIGHT.lock();
        let privileged = caller.cred().capable(CAP_SYS_RESOURCE) || caller.cred().capable(CAP_SYS_ADMIN);
        if flight.users.get(&uid).is_some_and(|count| *count > caller.nofile) && !privileged {
            drop(flight);
            return Err(Errno::ETOOMANYREFS);
        }
        flight.count(&files, uid);
        Ok(Some(Files { files, uid, counted: true }))
    }
}

/// Files are about to wait at `receiver`.
pub(super) fn note_receiver(receiver: &UnixSock) {
    // What no descriptor has yet belongs to a listener that may be in flight.
    let is_embryo = receiver.ino.load(Ordering::Relaxed) == 0;
    if is_embryo || receiver.in_flight.load(Ordering::SeqCst) != 0 {
        MAY_BE_CIRCLES.store(true, Ordering::SeqCst);
    }
}

/// Takes the files out of a message that is received.
pub(super) fn receive(message: &Message) -> Vec<Arc<File>> {
    let mut flight = IN_FLIGHT.lock();
    let Some(mut files) = message.take_files() else { return Vec::new() };
    flight.uncount(&files.files, files.uid);
    files.counted = false;
    core::mem::take(&mut files.files)
}

/// Further references to a message's files (MSG_PEEK).
pub(super) fn peek(message: &Message) -> Vec<Arc<File>> {
    let _flight = IN_FLIGHT.lock();
    let mut copy = Vec::new();
    message.with_files(&mut |files| copy = files.files.clone());
    copy
}

impl Drop for Files {
    fn drop(&mut self) {
        if self.counted {
            IN_FLIGHT.lock().uncount(&self.files, self.uid);
        }
        drop_files(core::mem::take(&mut self.files));
    }
}

/// Files that a thread is dropping.
struct Dropping {
    thread: usize,
    files: Vec<Arc<File>>,
}

static DROPPING: SpinLock<Vec<Dropping>> = SpinLock::new(rank::SPIN_LEAF, Vec::new());

/// Drops files one after the other: the end of a socket ends the files that wait there, and so on; that must not go
/// deeper and deeper into the stack.
fn drop_files(files: Vec<Arc<File>>) {
    if files.is_empty() {
        return;
    }
    let me = sched::with_current(|thread| core::ptr::from_ref(thread) as usize);
    {
        let mut dropping = DROPPING.lock();
        if let Some(mine) = dropping.iter_mut().find(|entry| entry.thread == me) {
            mine.files.extend(files);
            return;
        }
        dropping.push(Dropping { thread: me, files });
    }
    loop {
        let next = {
            let mut dropping = DROPPING.lock();
            let Some(at) = dropping.iter().position(|entry| entry.thread == me) else { return };
            let next = dropping.get_mut(at).and_then(|mine| mine.files.pop());
            if next.is_none() {
                dropping.swap_remove(at);
            }
            next
        };
        match next {
            Some(file) => drop(file),
            None => return,
        }
    }
}

/// A candidate, while the collection looks at it.
struct Node {
    sock: Arc<UnixSock>,
    /// References that no candidate's message has explained.
    unexplained: usize,
    alive: bool,
}

/// What a collection costs is what it looks at. Up to so many sockets nobody asks how long it took;
const CHEAP: usize = 256;
/// beyond that the next one waits this many times as long, so that closing many sockets isn't quadratic.
const REST: u64 = 8;
/// No collection before that time, in CLOCK_MONOTONIC.
static NEXT_NS: AtomicU64 = AtomicU64::new(0);

/// Collects what is in circles; called when a socket is closed.
pub(super) fn collect() {
    if !MAY_BE_CIRCLES.load(Ordering::SeqCst) {
        return;
    }
    let begin_ns = sched::clock::monotonic_ns();
    if begin_ns < NEXT_NS.load(Ordering::Relaxed) {
        return;
    }
    if collect_now() > CHEAP {
        let end_ns = sched::clock::monotonic_ns();
        NEXT_NS.store(end_ns + REST * (end_ns - begin_ns), Ordering::Relaxed);
    }
}

/// How many sockets were in flight.
fn collect_now() -> usize {
    let mut garbage = Vec::new();
    let mut flight = IN_FLIGHT.lock();
    let looked_at = flight.sockets.len();
    let mut nodes: BTreeMap<usize, Node> = BTreeMap::new();
    for (key, entry) in &flight.sockets {
        if entry.file.strong_count() == entry.count {
            let node = Node { sock: entry.sock.clone(), unexplained: entry.count, alive: false };
            nodes.insert(*key, node);
        }
    }
    let candidates: Vec<usize> = nodes.keys().copied().collect();
    for candidate in &candidates {
        for file in waiting_at(&nodes, *candidate) {
            if let Some(node) = nodes.get_mut(&file) {
                node.unexplained = node.unexplained.saturating_sub(1);
            }
        }
    }
    let mut living: Vec<usize> =
        nodes.iter().filter(|(_, node)| node.unexplained != 0).map(|(key, _)| *key).collect();
    while let Some(key) = living.pop() {
        let Some(node) = nodes.get_mut(&key) else { continue };
        if !core::mem::replace(&mut node.alive, true) {
            living.extend(waiting_at(&nodes, key));
        }
    }
    for node in nodes.values().filter(|node| !node.alive) {
        node.sock.for_each_message(&mut |message| {
            if let Some(mut files) = message.take_files() {
                files.counted = false;
                garbage.push(files);
            }
        });
    }
    for files in &garbage {
        flight.uncount(&files.files, files.uid);
    }
    drop(flight);
    drop(nodes);
    drop(garbage);
    looked_at
}

/// The files that wait at a candidate to be received.
fn waiting_at(nodes: &BTreeMap<usize, Node>, candidate: usize) -> Vec<usize> {
    let mut waiting = Vec::new();
    if let Some(node) = nodes.get(&candidate) {
        node.sock.for_each_message(&mut |message| {
            message.with_files(&mut |files| waiting.extend(files.files.iter().map(|file| key(file))));
        });
    }
    waiting
}
