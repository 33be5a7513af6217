//! The credentials a program runs with: set-user-ID, set-group-ID, and what root's programs
//! get (capabilities(7), "Transformation of capabilities during execve()").

use alloc::sync::Arc;

use vfs::{Cred, File};

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
    /// The file changed a user or group.
    pub set_id: bool,
}

/// The credentials for executing `file`.
pub(super) fn for_file(cx: &Cx<'_>, file: &File) -> NewCreds {
    let inode = &file.inode;
    let trusted = file.path.mnt.flags() & MS_NOSUID == 0 && !cx.task.no_new_privs();
    let owner = trusted.then(|| (inode.mode(), inode.uid(), inode.gid()));
    transform(cx.cred(), owner)
}

/// The rules themselves; `owner`: mode, user and group of a file whose set-ID bits count.
fn transform(old: &Cred, owner: Option<(u32, u32, u32)>) -> NewCreds {
    let mut new = old.clone();
    if let Some((mode, uid, gid)) = owner {
        if mode & S_ISUID != 0 {
            new.euid = uid;
        }
        // Without the group's execute bit it means mandatory locking.
        if mode & (S_ISGID | S_IXGRP) == S_ISGID | S_IXGRP {
            new.egid = gid;
        }
    }
    let set_id = new.euid != old.uid || new.egid != old.gid;
    let changed = new.euid != old.euid || new.egid != old.egid;
    new.suid = new.euid;
    new.fsuid = new.euid;
    new.sgid = new.egid;
    new.fsgid = new.egid;
    if set_id {
        new.cap_ambient = 0;
    }
    let root = old.securebits & SECBIT_NOROOT == 0;
    if root && (new.euid == 0 || new.uid == 0) {
        new.cap_permitted = old.cap_bset | old.cap_inheritable;
        new.cap_effective = if new.euid == 0 { new.cap_permitted } else { new.cap_ambient };
        new.cap_permitted |= new.cap_ambient;
    } else {
        new.cap_permitted = new.cap_ambient;
        new.cap_effective = new.cap_ambient;
    }
    new.securebits &= !SECBIT_KEEP_CAPS;
    let gained = new.uid != 0 && new.cap_effective & !new.cap_ambient != 0;
    NewCreds { cred: Arc::new(new), secure: set_id || gained, set_id: changed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_programs_change_nothing() {
        let user = Cred::user(1000, 1000);
        let new = transform(&user, Some((0o755, 0, 0)));
        assert_eq!(*new.cred, user);
        assert!(!new.secure && !new.set_id);
        let root = (*Cred::root()).clone();
        let new = transform(&root, Some((0o755, 0, 0)));
        assert_eq!(*new.cred, root);
        assert!(!new.secure);
    }

    #[test]
    fn set_user_id_root_gives_everything_and_is_secure() {
        let new = transform(&Cred::user(1000, 1000), Some((0o4755, 0, 0)));
        assert_eq!((new.cred.uid, new.cred.euid, new.cred.suid, new.cred.fsuid), (1000, 0, 0, 0));
        assert_eq!(new.cred.cap_effective, new.cred.cap_bset);
        assert!(new.secure && new.set_id);
        let none = transform(&Cred::user(1000, 1000), None);
        assert_eq!(none.cred.euid, 1000);
    }

    #[test]
    fn set_group_id_needs_the_execute_bit() {
        let user = Cred::user(1000, 1000);
        assert_eq!(transform(&user, Some((0o2755, 0, 50))).cred.egid, 50);
        assert_eq!(transform(&user, Some((0o2745, 0, 50))).cred.egid, 1000);
    }
}
