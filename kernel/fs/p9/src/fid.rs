//! Fids: the numbers by which the server knows files, each given back when nobody uses it any more.
//!
//! A [`Fid`] may be dropped anywhere, also where nothing may sleep. So dropping only notes the number; the
//! message that tells the server is sent by the next caller of [`Client::reap`], which every walk is. Room for
//! the note is made when the number is handed out.

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;

use crate::client::Client;
use crate::proto::NOFID;

/// The numbers of one client.
#[derive(Default)]
pub(crate) struct Pool {
    next: u32,
    /// Known to the server or about to be.
    used: usize,
    /// Free again.
    free: Vec<u32>,
    /// Not used any more, but the server doesn't know yet.
    dead: Vec<u32>,
}

impl Pool {
    fn take(&mut self) -> Result<u32, Errno> {
        let all = self.used + self.free.len() + self.dead.len() + 1;
        for list in [&mut self.free, &mut self.dead] {
            list.try_reserve(all - list.len()).map_err(|_| Errno::ENOMEM)?;
        }
        let number = match self.free.pop() {
            Some(number) => number,
            None if self.next == NOFID => return Err(Errno::ENFILE),
            None => {
                self.next += 1;
                self.next - 1
            }
        };
        self.used += 1;
        Ok(number)
    }
}

/// A number for a fid that the server may not know yet.
pub(crate) struct NewFid<'a> {
    client: &'a Arc<Client>,
    number: u32,
}

impl NewFid<'_> {
    /// The number.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Whether the server knows it is uncertain: its answer made no sense. It is given back as if it did.
    pub fn uncertain(self) {
        drop(self.known());
    }

    /// The server knows it now.
    pub fn known(self) -> Fid {
        let fid = Fid { client: self.client.clone(), number: self.number };
        core::mem::forget(self);
        fid
    }
}

impl Drop for NewFid<'_> {
    fn drop(&mut self) {
        let mut pool = self.client.fids.lock();
        pool.used -= 1;
        pool.free.push(self.number);
    }
}

/// A fid that the server knows.
pub(crate) struct Fid {
    client: Arc<Client>,
    number: u32,
}

impl Fid {
    /// The number.
    #[inline]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Gives it back now, and says what the server answers (the end of Txattrcreate has news).
    pub fn clunk(mut self) -> Result<(), Errno> {
        let number = core::mem::replace(&mut self.number, NOFID);
        let done = self.client.clunk(number);
        self.client.fids.lock().used -= 1;
        self.client.clunked(number, done);
        done
    }
}

impl Drop for Fid {
    fn drop(&mut self) {
        if self.number == NOFID {
            return;
        }
        let mut pool = self.client.fids.lock();
        pool.used -= 1;
        pool.dead.push(self.number);
    }
}

impl Client {
    /// A fid that an abandoned call was to make: by now the server has answered, and gets it back.
    pub fn give_back_late(&self, number: u32) {
        let mut pool = self.fids.lock();
        pool.used -= 1;
        pool.dead.push(number);
    }

    /// A number for a new fid.
    pub fn new_fid(self: &Arc<Self>) -> Result<NewFid<'_>, Errno> {
        let number = self.fids.lock().take()?;
        Ok(NewFid { client: self, number })
    }

    /// Tells the server of fids that aren't used any more, `limit` at most. May sleep.
    pub fn reap(&self, limit: usize) {
        for _ in 0..limit {
            let Some(number) = self.fids.lock().dead.pop() else { return };
            let done = self.clunk(number);
            self.clunked(number, done);
            if done == Err(Errno::ENOMEM) {
                return;
            }
        }
    }

    /// What becomes of a number that the server was told to forget. Whatever it answers, the fid is gone.
    fn clunked(&self, number: u32, done: Result<(), Errno>) {
        match done {
            // There was no memory for the message: the server still has it. A number that it has can't be walked to.
            Err(Errno::ENOMEM) => self.fids.lock().dead.push(number),
            // The answer made no sense, or nobody waited for it: the number isn't used again.
            Err(Errno::EIO | Errno::EINTR) => {}
            _ => self.fids.lock().free.push(number),
        }
    }
}
