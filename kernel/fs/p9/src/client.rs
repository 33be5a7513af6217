//! The conversation with one server: tags, one request and its reply, and what a reply must look like.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use abi::Errno;
use sched::{WaitQueue, WaitResult, state};
use sync::{SpinLock, rank};

use crate::abandoned::Orphans;
use crate::calls::settle;
use crate::channel::{CallError, Channel};
use crate::fid::{Fid, Pool};
use crate::proto::{IO_HEADER, NOFID, NOTAG, Qid, VERSION, kind};
use crate::wire::{HEADER, Reader, Request};

/// Shortest message length that is worth talking at, and the one that is asked for if nothing else is said.
pub(crate) const MIN_MSIZE: u32 = 4096;
pub(crate) const DEFAULT_MSIZE: u32 = MAX_IO as u32 + IO_HEADER as u32;
/// The most data in one message that is made use of: a page of it costs the server next to nothing, a message
/// costs as much as 16 pages, and a buffer has to be one piece of memory.
pub(crate) const MAX_IO: usize = 256 * 1024;
/// Requests that may be under way at once; more wait.
const TAG_WORDS: usize = 4;
/// Large buffers that are kept for the next call.
const KEPT_BUFFERS: usize = 4;
/// Fids that are given back before a new one is taken.
const REAP: usize = 4;
/// How long a call without a tag waits before it looks whether one came back from an abandoned call,
const LOOK_NS: u64 = 100_000_000;
/// and how often when its caller is being killed.
const KILLED_LOOKS: u32 = 300;
/// The highest error number that Linux has.
const LAST_ERRNO: u32 = 133;

/// One server.
pub(crate) struct Client {
    channel: Arc<dyn Channel>,
    msize: u32,
    /// The end was said: what is dropped later must not touch the fids of who talks to the server next.
    closed: AtomicBool,
    tags: SpinLock<[u64; TAG_WORDS]>,
    tag_freed: WaitQueue,
    pub(crate) fids: SpinLock<Pool>,
    buffers: SpinLock<Vec<Vec<u8>>>,
    pub(crate) orphans: Orphans,
}

/// A tag for the time of one call.
pub(crate) struct Tag<'a> {
    pub client: &'a Client,
    pub number: u16,
}

impl Drop for Tag<'_> {
    fn drop(&mut self) {
        let (word, bit) = (usize::from(self.number / 64), self.number % 64);
        if let Some(word) = self.client.tags.lock().get_mut(word) {
            *word &= !(1 << bit);
        }
        self.client.tag_freed.wake_one();
    }
}

/// A large buffer, which goes back to the client's stock.
pub(crate) struct Buffer<'a> {
    client: &'a Client,
    bytes: Vec<u8>,
}

impl Buffer<'_> {
    /// Its bytes.
    pub fn bytes(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        if self.bytes.len() == self.client.io_size() {
            let bytes = core::mem::take(&mut self.bytes);
            let mut stock = self.client.buffers.lock();
            if stock.len() < stock.capacity() {
                stock.push(bytes);
            } else {
                drop(stock);
                drop(bytes);
            }
        }
    }
}

impl Client {
    /// Agrees with the server on version and message size. EPROTONOSUPPORT if it speaks another version, EIO if
    /// its answer is none.
    pub fn connect(channel: Arc<dyn Channel>, msize: u32) -> Result<Arc<Self>, Errno> {
        let most = u32::try_from(channel.max_message()).unwrap_or(u32::MAX);
        let msize = msize.min(most);
        if msize < MIN_MSIZE {
            return Err(Errno::EINVAL);
        }
        let mut client = Client {
            channel,
            msize,
            closed: AtomicBool::new(false),
            tags: SpinLock::new(rank::FS_PRIVATE, [0; TAG_WORDS]),
            tag_freed: WaitQueue::new(),
            fids: SpinLock::new(rank::FS_PRIVATE, Pool::default()),
            buffers: SpinLock::new(rank::FS_PRIVATE, Vec::new()),
            orphans: Orphans::default(),
        };
        let mut head = [0; 64];
        let mut reply = Reader::new(client.say_version(msize, &mut head)?);
        let (agreed, version) = (reply.u32()?, reply.string()?);
        if version != VERSION {
            return Err(Errno::EPROTONOSUPPORT);
        }
        if !(MIN_MSIZE..=msize).contains(&agreed) {
            return Err(Errno::EIO);
        }
        client.msize = agreed;
        client.buffers.get_mut().try_reserve_exact(KEPT_BUFFERS).map_err(|_| Errno::ENOMEM)?;
        Ok(Arc::new(client))
    }

    /// Begins a conversation; the server forgets all fids.
    fn say_version<'h>(&self, msize: u32, head: &'h mut [u8]) -> Result<&'h [u8], Errno> {
        let request = Request::new(kind::VERSION, 4 + 2 + VERSION.len())?.u32(msize).string(VERSION);
        self.exchange(request, None, None, &[], head)
    }

    /// Ends the conversation: the server gives everything back, and later calls are EIO.
    pub fn close(&self) {
        let mut head = [0; 64];
        // A server that is gone has nothing to give back.
        let _ = self.say_version(self.msize, &mut head);
        self.closed.store(true, Ordering::Relaxed);
    }

    fn check_open(&self) -> Result<(), Errno> {
        if self.closed.load(Ordering::Relaxed) { Err(Errno::EIO) } else { Ok(()) }
    }

    /// The root of what the server exports under `aname`.
    pub fn attach(self: &Arc<Self>, uname: &[u8], aname: &[u8], uid: u32) -> Result<(Fid, Qid), Errno> {
        let fid = self.new_fid()?;
        let request = Request::new(kind::ATTACH, 16 + uname.len() + aname.len())?
            .u32(fid.number())
            .u32(NOFID)
            .string(uname)
            .string(aname)
            .u32(uid);
        let mut head = [0; 32];
        let (fid, body) = settle(fid, |number| self.call_making(number, request, &mut head))?;
        let qid = Qid::read(&mut Reader::new(body))?;
        Ok((fid.known(), qid))
    }

    /// The longest message, in bytes.
    pub fn msize(&self) -> u32 {
        self.msize
    }

    /// The most data that one message carries: whole pages.
    pub fn io_size(&self) -> usize {
        let room = (self.msize as usize - IO_HEADER).min(MAX_IO);
        let whole = room / hal::mem::PAGE_SIZE * hal::mem::PAGE_SIZE;
        if whole == 0 { room } else { whole }
    }

    /// A buffer of up to `wanted` bytes; a smaller one if memory is short.
    pub fn buffer(&self, wanted: usize) -> Result<Buffer<'_>, Errno> {
        let most = self.io_size();
        if wanted > hal::mem::PAGE_SIZE
            && let Some(bytes) = self.buffers.lock().pop()
        {
            return Ok(Buffer { client: self, bytes });
        }
        // What is larger than a page is as large as can be, so that it can be used again.
        let mut len = if wanted > hal::mem::PAGE_SIZE { most } else { wanted.min(most) };
        loop {
            let mut bytes = Vec::new();
            if bytes.try_reserve_exact(len).is_ok() {
                bytes.resize(len, 0);
                return Ok(Buffer { client: self, bytes });
            }
            if len <= hal::mem::PAGE_SIZE {
                return Err(Errno::ENOMEM);
            }
            len = (len / 4).max(hal::mem::PAGE_SIZE);
        }
    }

    /// A free tag; waits for one. EINTR for a caller that is being killed, after a while.
    fn tag(&self) -> Result<Tag<'_>, Errno> {
        for _ in 0..KILLED_LOOKS {
            loop {
                let mut found = None;
                // Tags of abandoned calls come back without a word.
                let look_again_ns = sched::clock::monotonic_ns() + LOOK_NS;
                let waited = self.tag_freed.wait(state::UNINTERRUPTIBLE, Some(look_again_ns), || {
                    self.take_orphans_in();
                    found = self.take_tag();
                    found.is_some()
                });
                if let Some(number) = found {
                    return Ok(Tag { client: self, number });
                }
                let killed = sched::with_current(|thread| thread.fatal_signal_pending());
                if waited == WaitResult::TimedOut && killed {
                    break;
                }
            }
        }
        Err(Errno::EINTR)
    }

    fn take_tag(&self) -> Option<u16> {
        let mut tags = self.tags.lock();
        let (word, at) = tags.iter_mut().zip(0u16..).find(|(word, _)| **word != !0)?;
        let bit = word.trailing_ones() as u16;
        *word |= 1 << bit;
        Some(at * 64 + bit)
    }

    /// Sends a request; the body of the reply, which lies in `head`.
    pub fn call<'h>(&self, request: Request, head: &'h mut [u8]) -> Result<&'h [u8], Errno> {
        let tag = self.tag()?;
        self.exchange(request, Some(tag), None, &[], head)
    }

    /// As [`Self::call`], for a request that makes the fid `making`.
    pub fn call_making<'h>(
        &self,
        making: u32,
        request: Request,
        head: &'h mut [u8],
    ) -> Result<&'h [u8], Errno> {
        let tag = self.tag()?;
        self.exchange(request, Some(tag), Some(making), &[], head)
    }

    /// As [`Self::call`], with data behind the request (Twrite).
    pub fn call_with<'h>(
        &self,
        request: Request,
        payload: &[u8],
        head: &'h mut [u8],
    ) -> Result<&'h [u8], Errno> {
        let tag = self.tag()?;
        self.exchange(request, Some(tag), None, payload, head)
    }

    /// Without a tag: the beginning of a conversation.
    fn exchange<'h>(
        &self,
        mut request: Request,
        tag: Option<Tag<'_>>,
        making: Option<u32>,
        payload: &[u8],
        head: &'h mut [u8],
    ) -> Result<&'h [u8], Errno> {
        let kind = request.kind();
        self.check_open()?;
        let number = tag.as_ref().map_or(NOTAG, |tag| tag.number);
        let pieces = [request.finish(number, payload.len()), payload];
        let pieces = if payload.is_empty() { pieces.get(..1).unwrap_or(&pieces) } else { &pieces };
        let len = self.carry(tag, making, pieces, &mut [&mut *head])?;
        let reply = head.get(..len).ok_or(Errno::EIO)?;
        check_reply(reply, len, kind, number)
    }

    /// Has the channel carry a message. EINTR if the caller doesn't wait for the end; then the tag, and the fid that
    /// was to be made, stay taken until it comes.
    fn carry(
        &self,
        tag: Option<Tag<'_>>,
        making: Option<u32>,
        request: &[&[u8]],
        reply: &mut [&mut [u8]],
    ) -> Result<usize, Errno> {
        match self.channel.call(request, reply) {
            Ok(len) => Ok(len),
            Err(CallError::Failed(errno)) => Err(errno),
            Err(CallError::Abandoned(call)) => {
                if let Some(tag) = tag {
                    self.orphan(tag, making, call);
                }
                Err(Errno::EINTR)
            }
        }
    }

    /// Sends a request whose reply is a count and that many bytes (Tread, Treaddir); how many went to `data`.
    pub fn call_for_data(&self, mut request: Request, data: &mut [u8]) -> Result<usize, Errno> {
        self.check_open()?;
        let tag = self.tag()?;
        let (kind, number) = (request.kind(), tag.number);
        let mut head = [0; HEADER + 4];
        let room = data.len();
        let pieces = [request.finish(number, 0)];
        let len = self.carry(Some(tag), None, &pieces, &mut [head.as_mut_slice(), &mut *data])?;
        let count =
            Reader::new(check_reply(head.get(..len.min(head.len())).unwrap_or(&[]), len, kind, number)?)
                .u32()? as usize;
        if count > room || len != head.len() + count {
            return Err(Errno::EIO);
        }
        Ok(count)
    }

    /// Gives a fid back.
    pub fn clunk(&self, fid: u32) -> Result<(), Errno> {
        let mut head = [0; 16];
        self.call(Request::new(kind::CLUNK, 4)?.u32(fid), &mut head).map(drop)
    }

    /// Gives some of the fids back that aren't used any more: done before new ones are taken.
    pub fn reap_some(&self) {
        self.reap(REAP);
    }
}

/// The body of a reply of `len` bytes whose beginning is `reply`; the server's error if it is one.
fn check_reply(reply: &[u8], len: usize, kind: u8, tag: u16) -> Result<&[u8], Errno> {
    let mut reader = Reader::new(reply);
    let (size, answer, answer_tag) = (reader.u32()?, reader.u8()?, reader.u16()?);
    if size as usize != len || answer_tag != tag {
        return Err(Errno::EIO);
    }
    if answer == kind::RLERROR {
        let code = reader.u32()?;
        let known = i32::try_from(code).ok().filter(|_| (1..=LAST_ERRNO).contains(&code));
        return Err(known.and_then(Errno::from_raw).unwrap_or(Errno::EIO));
    }
    if answer != kind + 1 {
        return Err(Errno::EIO);
    }
    reply.get(HEADER..).ok_or(Errno::EIO)
}
