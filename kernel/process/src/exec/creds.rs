//! The credentials a program runs with: set-user-ID, set-group-ID, and what root's programs
//! get (capabilities(7), "Transformation of capabilities during execve()").

use alloc::sync::Arc;

use abi::Errno;
use vfs::cred::{CAP_FULL_SET, CAP_SETUID};
use vfs::{Cred, File, Inode};

use crate::Cx;

const S_ISUID: u32 = 0o4000;
const S_ISGID: u32 = 0o2000;
const S_IXGRP: u32 = 0o010;
const MS_NOSUID: u64 = 2;
const SECBIT_NOROOT: u32 = 0x1;
const SECBIT_KEEP_CAPS: u32 = 0x10;

/// What execve will put in place.
pub(super) struct NewCreds {
    pub cred: Arc<Cred>,
    /// AT_SECURE: the program has rights that its caller has not.
    pub secure: bool,
    /// Bits of the personality go that would help somebody who attacks a privileged program.
    pub clear_personality: bool,
}

/// What a file gives to whoever executes it.
#[derive(Default)]
struct FileRights {
    /// Mode, user and group of a file whose set-ID bits count.
    owner: Option<(u32, u32, u32)>,
    caps: Option<FileCaps>,
}

/// The credentials for executing `file`. EPERM if it needs capabilities that it can't have.
pub(super) fn for_file(cx: &Cx<'_>, file: &File) -> Result<NewCreds, Errno> {
    let inode = &file.inode;
    let may_suid = file.path.mnt.flags() & MS_NOSUID == 0;
    let no_new_privs = cx.task.no_new_privs();
    let mut rights = FileRights::default();
    if may_suid {
        rights.caps = FileCaps::of(inode)?;
    }
    if may_suid && !no_new_privs {
        rights.owner = Some((inode.mode(), inode.uid(), inode.gid()));
    }
    transform(cx.cred(), &rights, no_new_privs, || shares_fs(cx))
}

/// Whether somebody outside of the process could change its working directory (CLONE_FS).
fn shares_fs(cx: &Cx<'_>) -> bool {
    let mine = cx.fs_arc();
    let threads = cx.task.group.threads();
    let own = threads.iter().filter(|thread| thread.fs().is_some_and(|fs| Arc::ptr_eq(&fs, mine)));
    Arc::strong_count(mine) > own.count()
}

/// The rules themselves.
fn transform(
    old: &Cred,
    file: &FileRights,
    no_new_privs: bool,
    shares_fs: impl FnOnce() -> bool,
) -> Result<NewCreds, Errno> {
    let mut new = old.clone();
    let mut clear_personality = false;
    if let Some((mode, uid, gid)) = file.owner {
        if mode & S_ISUID != 0 {
            new.euid = uid;
            clear_personality = true;
        }
        // Without the group's execute bit it means mandatory locking.
        if mode & (S_ISGID | S_IXGRP) == S_ISGID | S_IXGRP {
            new.egid = gid;
            clear_personality = true;
        }
    }
    let mut effective = grant(old, &mut new, file.caps.as_ref())?;
    let has_caps = file.caps.is_some();
    let root = old.securebits & SECBIT_NOROOT == 0;
    // A set-user-ID program of root with capabilities of its own gets just these.
    if root && !(has_caps && new.euid == 0 && new.uid != 0) {
        if new.euid == 0 || new.uid == 0 {
            new.cap_permitted = old.cap_bset | old.cap_inheritable;
        }
        effective |= new.euid == 0;
    }
    let gained = new.cap_permitted & !old.cap_permitted != 0;
    clear_personality |= gained;
    let set_id = new.euid != old.uid || new.egid != old.gid;
    if (set_id || gained) && (no_new_privs || shares_fs()) {
        if no_new_privs || !old.capable(CAP_SETUID) {
            (new.euid, new.egid) = (new.uid, new.gid);
        }
        new.cap_permitted &= old.cap_permitted;
    }
    (new.suid, new.fsuid) = (new.euid, new.euid);
    (new.sgid, new.fsgid) = (new.egid, new.egid);
    if has_caps || set_id {
        new.cap_ambient = 0;
    }
    new.cap_permitted |= new.cap_ambient;
    new.cap_effective = if effective { new.cap_permitted } else { new.cap_ambient };
    new.securebits &= !SECBIT_KEEP_CAPS;
    let grew = new.cap_permitted & !new.cap_ambient != 0;
    let secure = set_id || new.uid != 0 && (effective || grew);
    Ok(NewCreds { cred: Arc::new(new), secure, clear_personality })
}

/// What the file's capabilities make permitted; whether they are effective, too.
fn grant(old: &Cred, new: &mut Cred, caps: Option<&FileCaps>) -> Result<bool, Errno> {
    new.cap_permitted = 0;
    let Some(caps) = caps else { return Ok(false) };
    new.cap_permitted = old.cap_bset & caps.permitted | old.cap_inheritable & caps.inheritable;
    // A program that knows nothing of capabilities must not run with half of them.
    if caps.effective && caps.permitted & !new.cap_permitted != 0 {
        return Err(Errno::EPERM);
    }
    Ok(caps.effective)
}

/// The attribute `security.capability` of a file (capabilities(7), "File capability extended attribute versioning").
struct FileCaps {
    permitted: u64,
    inheritable: u64,
    effective: bool,
}

impl FileCaps {
    /// Those of `inode`, if it has any that count here.
    fn of(inode: &Inode) -> Result<Option<Self>, Errno> {
        match inode.ops.getxattr(inode, b"security.capability") {
            Ok(raw) => Self::parse(&raw),
            Err(Errno::ENODATA | Errno::EOPNOTSUPP) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    fn parse(raw: &[u8]) -> Result<Option<Self>, Errno> {
        const EFFECTIVE: u32 = 1;
        let word = |index: usize| {
            let bytes = raw.get(index * 4..index * 4 + 4).and_then(|bytes| bytes.first_chunk::<4>());
            bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
        };
        let magic = word(0) as u32;
        let (permitted, inheritable) = match (magic & 0xff00_0000, raw.len()) {
            (0x0100_0000, 12) => (word(1), word(2)),
            (0x0200_0000, 20) => (word(1) | word(3) << 32, word(2) | word(4) << 32),
            // For another user namespace's root they count nothing here.
            (0x0300_0000, 24) if word(5) != 0 => return Ok(None),
            (0x0300_0000, 24) => (word(1) | word(3) << 32, word(2) | word(4) << 32),
            _ => return Err(Errno::EINVAL),
        };
        Ok(Some(FileCaps {
            permitted: permitted & CAP_FULL_SET,
            inheritable: inheritable & CAP_FULL_SET,
            effective: magic & EFFECTIVE != 0,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(old: &Cred, owner: (u32, u32, u32), caps: Option<FileCaps>) -> Result<NewCreds, Errno> {
        transform(old, &FileRights { owner: Some(owner), caps }, false, || false)
    }

    #[test]
    fn ordinary_programs_change_nothing() {
        let user = Cred::user(1000, 1000);
        let new = run(&user, (0o755, 0, 0), None).unwrap();
        assert_eq!(*new.cred, user);
        assert!(!new.secure && !new.clear_personality);
        let root = (*Cred::root()).clone();
        let new = run(&root, (0o755, 0, 0), None).unwrap();
        assert_eq!(*new.cred, root);
        assert!(!new.secure);
    }

    #[test]
    fn set_user_id_root_gives_everything_and_is_secure() {
        let user = Cred::user(1000, 1000);
        let new = run(&user, (0o4755, 0, 0), None).unwrap();
        assert_eq!((new.cred.uid, new.cred.euid, new.cred.suid, new.cred.fsuid), (1000, 0, 0, 0));
        assert_eq!(new.cred.cap_effective, new.cred.cap_bset);
        assert!(new.secure && new.clear_personality);
        let none = transform(&user, &FileRights::default(), false, || false).unwrap();
        assert_eq!(none.cred.euid, 1000);
    }

    #[test]
    fn who_shares_its_directory_gains_nothing() {
        let user = Cred::user(1000, 1000);
        let rights = FileRights { owner: Some((0o4755, 0, 0)), caps: None };
        let new = transform(&user, &rights, false, || true).unwrap();
        assert_eq!((new.cred.euid, new.cred.cap_permitted), (1000, 0));
    }

    #[test]
    fn set_group_id_needs_the_execute_bit() {
        let user = Cred::user(1000, 1000);
        assert_eq!(run(&user, (0o2755, 0, 50), None).unwrap().cred.egid, 50);
        assert_eq!(run(&user, (0o2745, 0, 50), None).unwrap().cred.egid, 1000);
    }

    #[test]
    fn file_capabilities() {
        let user = Cred::user(1000, 1000);
        let caps = |effective| Some(FileCaps { permitted: 0x8400, inheritable: 0, effective });
        let new = run(&user, (0o755, 0, 0), caps(true)).unwrap();
        assert_eq!((new.cred.cap_permitted, new.cred.cap_effective), (0x8400, 0x8400));
        assert!(new.secure);
        let new = run(&user, (0o755, 0, 0), caps(false)).unwrap();
        assert_eq!((new.cred.cap_permitted, new.cred.cap_effective), (0x8400, 0));
        let bounded = Cred { cap_bset: 0x400, ..user };
        assert_eq!(run(&bounded, (0o755, 0, 0), caps(true)).err(), Some(Errno::EPERM));
        assert_eq!(run(&bounded, (0o755, 0, 0), caps(false)).unwrap().cred.cap_permitted, 0x400);
    }

    #[test]
    fn the_attribute_has_three_versions() {
        let raw = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        let two = FileCaps::parse(&raw(&[0x0200_0001, 5, 6, 7, 8])).unwrap().unwrap();
        assert!(two.effective);
        assert_eq!((two.permitted, two.inheritable), (7 << 32 | 5, 8 << 32 & CAP_FULL_SET | 6));
        assert!(FileCaps::parse(&raw(&[0x0300_0000, 5, 6, 7, 8, 1000])).unwrap().is_none());
        assert_eq!(FileCaps::parse(&raw(&[0x0200_0000, 5, 6])).err(), Some(Errno::EINVAL));
        assert_eq!(FileCaps::parse(&[]).err(), Some(Errno::EINVAL));
    }
}
