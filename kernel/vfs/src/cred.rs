//! Credentials: who a task acts as (credentials(7), capabilities(7)).

use alloc::sync::Arc;

pub use crate::consts::{
    CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID, CAP_KILL, CAP_LAST_CAP,
    CAP_LEASE, CAP_LINUX_IMMUTABLE, CAP_MKNOD, CAP_SETFCAP, CAP_SETGID, CAP_SETPCAP, CAP_SETUID,
    CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_CHROOT, CAP_SYS_NICE, CAP_SYS_PTRACE, CAP_SYS_RAWIO,
    CAP_SYS_RESOURCE, CAP_SYS_TIME, CAP_SYS_TTY_CONFIG, CAP_SYSLOG,
};

/// All capabilities that exist.
pub const CAP_FULL_SET: u64 = (1 << (CAP_LAST_CAP + 1)) - 1;

/// What a task may do. Immutable once it is shared: changes make a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cred {
    /// Real user.
    pub uid: u32,
    /// Real group.
    pub gid: u32,
    /// Saved user.
    pub suid: u32,
    /// Saved group.
    pub sgid: u32,
    /// Effective user.
    pub euid: u32,
    /// Effective group.
    pub egid: u32,
    /// User for file access.
    pub fsuid: u32,
    /// Group for file access.
    pub fsgid: u32,
    /// Supplementary groups, sorted.
    pub groups: Arc<[u32]>,
    /// Capabilities in force.
    pub cap_effective: u64,
    /// Capabilities that may be put in force.
    pub cap_permitted: u64,
    /// Capabilities kept over execve.
    pub cap_inheritable: u64,
    /// Capabilities that execve may give.
    pub cap_bset: u64,
    /// Capabilities kept over execve of unprivileged programs.
    pub cap_ambient: u64,
    /// SECBIT_* (prctl(2)).
    pub securebits: u32,
}

impl Cred {
    /// The superuser with everything.
    pub fn root() -> Arc<Cred> {
        Arc::new(Self::root_value())
    }

    fn root_value() -> Cred {
        Cred {
            uid: 0,
            gid: 0,
            suid: 0,
            sgid: 0,
            euid: 0,
            egid: 0,
            fsuid: 0,
            fsgid: 0,
            groups: Arc::from([]),
            cap_effective: CAP_FULL_SET,
            cap_permitted: CAP_FULL_SET,
            cap_inheritable: 0,
            cap_bset: CAP_FULL_SET,
            cap_ambient: 0,
            securebits: 0,
        }
    }

    /// An ordinary user without capabilities (for tests and kernel-made identities).
    pub fn user(uid: u32, gid: u32) -> Cred {
        Cred {
            uid,
            gid,
            suid: uid,
            sgid: gid,
            euid: uid,
            egid: gid,
            fsuid: uid,
            fsgid: gid,
            cap_effective: 0,
            cap_permitted: 0,
            ..Self::root_value()
        }
    }

    /// Whether capability number `cap` is in force.
    #[inline]
    pub fn capable(&self, cap: u32) -> bool {
        cap < 64 && self.cap_effective & (1 << cap) != 0
    }

    /// Whether `gid` is the file-access group or a supplementary one.
    #[inline]
    pub fn in_group(&self, gid: u32) -> bool {
        self.fsgid == gid || self.groups.binary_search(&gid).is_ok()
    }

    /// Whether `gid` is the effective group or a supplementary one.
    pub fn in_egroup(&self, gid: u32) -> bool {
        self.egid == gid || self.groups.binary_search(&gid).is_ok()
    }

    /// These credentials as access(2) sees them: the real ids, and the permitted capabilities only if the
    /// real user is root.
    pub fn for_access(&self) -> Cred {
        let mut cred = self.clone();
        cred.fsuid = cred.uid;
        cred.fsgid = cred.gid;
        if cred.securebits & 0x4 == 0 {
            cred.cap_effective = if cred.uid == 0 { cred.cap_permitted } else { 0 };
        }
        cred
    }
}
