//! What SOL_SOCKET's options are kept in.

use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};

use abi::socket::{
    SO_PASSCRED, SO_PASSPIDFD, SO_PASSRIGHTS, SO_PASSSEC, SO_TIMESTAMP, SO_TIMESTAMP_NEW, SO_TIMESTAMPNS,
    SO_TIMESTAMPNS_NEW,
};

use crate::sysctl;

/// Options that are on or off, by number.
#[derive(Default)]
pub struct Switches(AtomicU64, AtomicU64);

impl Switches {
    fn word(&self, option: u32) -> &AtomicU64 {
        if option < 64 { &self.0 } else { &self.1 }
    }

    /// Whether it is on.
    #[inline]
    pub fn get(&self, option: u32) -> bool {
        self.word(option).load(Relaxed) & 1 << (option % 64) != 0
    }

    /// Sets it.
    pub fn set(&self, option: u32, on: bool) {
        let bit = 1 << (option % 64);
        if on {
            self.word(option).fetch_or(bit, Relaxed);
        } else {
            self.word(option).fetch_and(!bit, Relaxed);
        }
    }
}

/// The options of one socket.
pub struct Options {
    /// On or off.
    pub switches: Switches,
    /// SO_SNDBUF, as getsockopt(2) shows it.
    pub sndbuf: AtomicU32,
    /// SO_RCVBUF.
    pub rcvbuf: AtomicU32,
    /// SO_BUF_LOCK: which of the two was set by hand.
    pub buf_lock: AtomicU32,
    /// SO_RCVLOWAT.
    pub rcvlowat: AtomicI32,
    /// SO_RCVTIMEO in ns; 0 for none.
    pub rcvtimeo_ns: AtomicU64,
    /// SO_SNDTIMEO in ns; 0 for none.
    pub sndtimeo_ns: AtomicU64,
    /// SO_LINGER's seconds.
    pub linger: AtomicU32,
    /// SO_PRIORITY.
    pub priority: AtomicU32,
    /// SO_MARK.
    pub mark: AtomicU32,
    /// SO_PEEK_OFF; -1 for off.
    pub peek_off: AtomicI32,
    /// SO_BUSY_POLL.
    pub busy_poll: AtomicU32,
    /// SO_MAX_PACING_RATE.
    pub max_pacing_rate: AtomicU64,
    /// SO_TIMESTAMPING's flags.
    pub timestamping: AtomicU32,
    /// SO_COOKIE; 0 while nobody has asked.
    pub cookie: AtomicU64,
}

impl Default for Options {
    fn default() -> Self {
        let switches = Switches::default();
        switches.set(SO_PASSRIGHTS, true);
        Options {
            switches,
            timestamping: AtomicU32::new(0),
            sndbuf: AtomicU32::new(sysctl::WMEM_DEFAULT.get()),
            rcvbuf: AtomicU32::new(sysctl::RMEM_DEFAULT.get()),
            buf_lock: AtomicU32::new(0),
            rcvlowat: AtomicI32::new(1),
            rcvtimeo_ns: AtomicU64::new(0),
            sndtimeo_ns: AtomicU64::new(0),
            linger: AtomicU32::new(0),
            priority: AtomicU32::new(0),
            mark: AtomicU32::new(0),
            peek_off: AtomicI32::new(-1),
            busy_poll: AtomicU32::new(0),
            max_pacing_rate: AtomicU64::new(u64::MAX),
            cookie: AtomicU64::new(0),
        }
    }
}

impl Options {
    /// Whether an option is on.
    #[inline]
    pub fn on(&self, option: u32) -> bool {
        self.switches.get(option)
    }

    /// Whether messages shall say when they came.
    #[inline]
    pub fn wants_stamps(&self) -> bool {
        self.on(SO_TIMESTAMP)
    }

    /// SO_TIMESTAMP and its kin, one of which is on at a time: as switches, SO_TIMESTAMP says whether any is,
    /// SO_TIMESTAMPNS whether it counts nanoseconds, SO_TIMESTAMP_NEW whether it is one of the `_NEW`.
    pub fn set_stamps(&self, option: u32, on: bool) {
        let ns = matches!(option, SO_TIMESTAMPNS | SO_TIMESTAMPNS_NEW);
        self.switches.set(SO_TIMESTAMP, on);
        self.switches.set(SO_TIMESTAMPNS, on && ns);
        if on {
            self.switches.set(SO_TIMESTAMP_NEW, matches!(option, SO_TIMESTAMP_NEW | SO_TIMESTAMPNS_NEW));
        }
    }

    /// Which of them is on.
    pub fn stamps(&self, option: u32) -> bool {
        let (ns, new) = (self.on(SO_TIMESTAMPNS), self.on(SO_TIMESTAMP_NEW));
        match option {
            SO_TIMESTAMP => self.on(SO_TIMESTAMP) && !new && !ns,
            SO_TIMESTAMPNS => ns && !new,
            // It does not ask for the other's absence.
            SO_TIMESTAMP_NEW => self.on(SO_TIMESTAMP) && new,
            _ => ns && new,
        }
    }

    /// What a listener's new connections have of it: what may come along with messages.
    pub fn inherit_passing(&self, from: &Options) {
        for option in [SO_PASSCRED, SO_PASSSEC, SO_PASSPIDFD, SO_PASSRIGHTS] {
            self.switches.set(option, from.on(option));
        }
    }

    /// How many bytes a read of `len` waits for.
    pub fn low_water(&self, wait_all: bool, len: usize) -> usize {
        let target = if wait_all { len } else { len.min(self.rcvlowat.load(Relaxed).max(0) as usize) };
        target.max(1)
    }

    /// Where a peek begins; none if SO_PEEK_OFF is off.
    pub fn peek_offset(&self) -> Option<usize> {
        usize::try_from(self.peek_off.load(Relaxed)).ok()
    }

    /// Moves SO_PEEK_OFF on after a peek.
    pub fn peek_forward(&self, count: usize) {
        let _ = self.peek_off.fetch_update(Relaxed, Relaxed, |at| {
            if at < 0 { None } else { Some(at.saturating_add(count as i32)) }
        });
    }

    /// Moves SO_PEEK_OFF back after a read.
    pub fn peek_backward(&self, count: usize) {
        if self.peek_off.load(Relaxed) <= 0 {
            return;
        }
        let _ = self.peek_off.fetch_update(Relaxed, Relaxed, |at| {
            if at < 0 { None } else { Some((i64::from(at) - count as i64).max(0) as i32) }
        });
    }
}
