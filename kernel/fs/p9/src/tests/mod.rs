//! The client against a server in memory, through the vfs's own calls.

mod model;
mod server;

use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use abi::Errno;
use mm::{IterDst, IterSrc};
use vfs::consts::*;
use vfs::namei::{self, Base, LookupCtx, LookupFlags};
use vfs::open::{OpenHow, open_path};
use vfs::{Cred, File, FsStruct, Path, SuperBlock};

use crate::proto::kind;
use server::{S_IFDIR, Server};

/// A mounted share as a program sees it.
pub struct Guest {
    fs: Arc<FsStruct>,
    cred: Arc<Cred>,
    pub sb: Arc<SuperBlock>,
}

impl Guest {
    pub fn mount(tag: &str, options: &str) -> Self {
        crate::init();
        let fs_type = vfs::super_block::find_filesystem(b"9p").unwrap();
        let cred = Cred::root();
        let sb = fs_type.mount(tag.as_bytes(), 0, options.as_bytes(), &cred).unwrap();
        let dentry = sb.root().unwrap();
        let root = Path { mnt: vfs::Mount::new_internal(sb.clone(), dentry.clone()), dentry };
        Guest { fs: FsStruct::new(root.clone(), root, 0o022), cred, sb }
    }

    pub fn ctx(&self) -> LookupCtx<'_> {
        LookupCtx::new(&self.fs, &self.cred)
    }

    pub fn open(&self, path: &str, flags: u32) -> Result<Arc<File>, Errno> {
        let how = OpenHow::from_open(flags as i32, 0o644)?;
        open_path(&self.ctx(), &Base::Cwd, path.as_bytes(), &how)
    }

    pub fn stat(&self, path: &str) -> Result<vfs::Kstat, Errno> {
        namei::stat_path(&self.ctx(), &Base::Cwd, path.as_bytes(), LookupFlags::empty())
    }

    pub fn read(&self, path: &str) -> Result<Vec<u8>, Errno> {
        read_at(&*self.open(path, O_RDONLY)?, 0)
    }

    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        let file = self.open(path, O_WRONLY | O_CREAT | O_TRUNC)?;
        assert_eq!(vfs::vfs_write(&file, &mut IterSrc::kernel(bytes))?, bytes.len());
        Ok(())
    }

    pub fn unlink(&self, path: &str) -> Result<(), Errno> {
        namei::do_unlinkat(&self.ctx(), &Base::Cwd, path.as_bytes())
    }

    pub fn mkdir(&self, path: &str) -> Result<(), Errno> {
        namei::do_mkdirat(&self.ctx(), &Base::Cwd, path.as_bytes(), 0o755)
    }

    pub fn rmdir(&self, path: &str) -> Result<(), Errno> {
        namei::do_rmdir(&self.ctx(), &Base::Cwd, path.as_bytes())
    }

    pub fn rename(&self, old: &str, new: &str) -> Result<(), Errno> {
        namei::do_renameat2(&self.ctx(), (Base::Cwd, old.as_bytes()), Ok((Base::Cwd, new.as_bytes())), 0)
    }

    pub fn list(&self, path: &str) -> Result<Vec<String>, Errno> {
        let dir = self.open(path, O_RDONLY | O_DIRECTORY)?;
        let (mut names, mut pos) = (Vec::new(), 0);
        loop {
            let (part, next) = list_from(&dir, pos, 7)?;
            if part.is_empty() {
                return Ok(names);
            }
            names.extend(part.into_iter().map(|(name, _)| name));
            pos = next;
        }
    }
}

/// Reads from `pos` to the end.
pub fn read_at(file: &File, mut pos: u64) -> Result<Vec<u8>, Errno> {
    let mut all = Vec::new();
    loop {
        let mut buf = [0; 5000];
        let count = vfs::read_write::vfs_pread(file, &mut IterDst::kernel(&mut buf), pos)?;
        if count == 0 {
            return Ok(all);
        }
        all.extend(&buf[..count]);
        pos += count as u64;
    }
}

/// Up to `most` names from `pos` on with their positions, and the position behind them.
fn list_from(dir: &File, pos: u64, most: usize) -> Result<(Vec<(String, u64)>, u64), Errno> {
    let mut names = Vec::new();
    let mut emit = |name: &[u8], _ino: u64, _kind: u8, at: u64| {
        if names.len() == most {
            return false;
        }
        names.push((String::from_utf8(name.to_vec()).unwrap(), at));
        true
    };
    let mut ctx = vfs::DirContext::new(pos, &mut emit);
    dir.ops.iterate(dir, &mut ctx)?;
    let next = ctx.pos;
    Ok((names, next))
}

/// The cache of names is one for all file systems of a process, and bounded: tests that count what is asked of the
/// server would see one another's names pushed out.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn what_was_seen_once_costs_nothing_the_second_time() {
    let _alone = alone();
    let server = Server::start("seen");
    server.with(|host| {
        for dir in 0..5 {
            host.make(&format!("d{dir}"), S_IFDIR | 0o755, b"");
            for file in 0..20 {
                host.make(&format!("d{dir}/f{file}"), 0o100_644, format!("{dir} {file}").as_bytes());
            }
        }
    });
    let guest = Guest::mount("seen", "cache=loose");
    let look = || {
        assert_eq!(guest.list("/").unwrap().len(), 7);
        for dir in 0..5 {
            let names = guest.list(&format!("/d{dir}")).unwrap();
            assert_eq!(names.len(), 22);
            for name in names.iter().filter(|name| !name.starts_with('.')) {
                let path = format!("/d{dir}/{name}");
                assert_eq!(guest.stat(&path).unwrap().size, guest.read(&path).unwrap().len() as u64);
            }
            assert_eq!(guest.stat(&format!("/d{dir}/none")).err(), Some(Errno::ENOENT));
        }
    };
    look();
    assert!(server.requests() > 300);
    look();
    assert_eq!(server.requests(), 0);
    vfs::dentry::forget_super(&guest.sb);
    assert_eq!(guest.stat("/d1/gone").err(), Some(Errno::ENOENT));
    assert!(server.requests() <= 6, "a listing that is kept says that a name isn't there");
}

#[test]
fn a_file_that_changes_on_the_other_side_is_read_anew_when_it_is_opened() {
    let _alone = alone();
    let server = Server::start("fresh");
    let number = server.with(|host| host.make("f", 0o100_644, b"first"));
    let guest = Guest::mount("fresh", "cache=none");
    assert_eq!(guest.read("/f").unwrap(), b"first");
    let file = guest.open("/f", O_RDONLY).unwrap();
    server.with(|host| host.rewrite(number, b"second text"));
    assert_eq!(guest.read("/f").unwrap(), b"second text");
    assert_eq!(read_at(&file, 7).unwrap(), b"text");
    let root = server.with(|host| {
        host.remove(1, "f");
        host.make("f", 0o100_644, b"another")
    });
    assert_eq!((guest.stat("/f").unwrap().ino, guest.read("/f").unwrap()), (root, b"another".to_vec()));
    assert_eq!(read_at(&file, 0).unwrap(), b"second text", "an open file stays the one that it is");
    server.with(|host| host.remove(1, "f"));
    assert_eq!(guest.read("/f").err(), Some(Errno::ENOENT));
}

#[test]
fn a_name_that_is_trusted_leads_to_its_new_file_once_that_is_opened() {
    let _alone = alone();
    let server = Server::start("adopt");
    server.with(|host| host.make("f", 0o100_644, b"old"));
    let guest = Guest::mount("adopt", "cache=loose");
    assert_eq!(guest.read("/f").unwrap(), b"old");
    let new = server.with(|host| {
        host.remove(1, "f");
        host.make("f", 0o100_644, b"newer")
    });
    // Attributes that are younger than a second are trusted.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(guest.read("/f").unwrap(), b"newer");
    assert_eq!(guest.stat("/f").unwrap().ino, new);
}

#[test]
fn writes_go_through_and_pages_agree() {
    let _alone = alone();
    let server = Server::start("write");
    let guest = Guest::mount("write", "cache=mmap");
    guest.write("/f", b"hello").unwrap();
    let number = guest.stat("/f").unwrap().ino;
    assert_eq!(server.with(|host| host.files[&number].data.clone()), b"hello");
    server.with(|host| host.io_limit = 1000);
    let file = guest.open("/f", O_RDWR | O_APPEND).unwrap();
    let long: Vec<u8> = (0..20_000u32).map(|i| (i / 7) as u8).collect();
    assert_eq!(vfs::vfs_write(&file, &mut IterSrc::kernel(&long)), Ok(20_000));
    assert_eq!(read_at(&file, 5).unwrap(), long);
    server.with(|host| assert_eq!(host.files[&number].data[5..], long));
    vfs::open::do_truncate(&Cred::root(), &file.inode, 3, u64::MAX).unwrap();
    vfs::open::do_truncate(&Cred::root(), &file.inode, 6, u64::MAX).unwrap();
    assert_eq!(guest.read("/f").unwrap(), b"hel\0\0\0");
    assert_eq!(server.with(|host| host.files[&number].data.clone()), b"hel\0\0\0");
    let page = file.inode.mapping.as_ref().unwrap().get_page(0, true).unwrap();
    page.write(1, b"XY");
    file.inode.mapping.as_ref().unwrap().mark_dirty(0);
    drop(page);
    file.ops.flush(&file).unwrap();
    assert_eq!(server.with(|host| host.files[&number].data.clone()), b"hXY\0\0\0");
}

#[test]
fn a_removed_file_lives_until_it_is_closed() {
    let _alone = alone();
    let server = Server::start("silly");
    let guest = Guest::mount("silly", "cache=mmap");
    guest.mkdir("/d").unwrap();
    guest.write("/d/f", b"one").unwrap();
    let file = guest.open("/d/f", O_RDWR).unwrap();
    guest.unlink("/d/f").unwrap();
    assert_eq!(file.inode.nlink(), 0);
    assert_eq!(guest.list("/d").unwrap(), [".", ".."]);
    vfs::vfs_write(&file, &mut IterSrc::kernel(b"two")).unwrap();
    vfs::open::do_truncate(&Cred::root(), &file.inode, 2, u64::MAX).unwrap();
    assert_eq!(read_at(&file, 0).unwrap(), b"tw");
    // Its directory can be removed all the same.
    guest.rmdir("/d").unwrap();
    assert_eq!(read_at(&file, 0).unwrap(), b"tw");
    assert_eq!(server.with(|host| host.files[&1].entries.len()), 1);
    drop(file);
    assert_eq!(server.with(|host| host.files[&1].entries.len()), 0);
    // Replaced by a rename.
    guest.write("/a", b"old").unwrap();
    guest.write("/b", b"new").unwrap();
    let old = guest.open("/a", O_RDONLY).unwrap();
    guest.rename("/b", "/a").unwrap();
    assert_eq!((read_at(&old, 0).unwrap(), guest.read("/a").unwrap()), (b"old".to_vec(), b"new".to_vec()));
    drop(old);
    assert_eq!(server.with(|host| host.files[&1].entries.len()), 1);
}

#[test]
fn a_file_with_two_names_survives_the_loss_of_one() {
    let _alone = alone();
    let _server = Server::start("links");
    let guest = Guest::mount("links", "cache=mmap");
    guest.write("/a", b"text").unwrap();
    let ctx = guest.ctx();
    namei::do_linkat(&ctx, (Base::Cwd, b"/a"), Ok((Base::Cwd, b"/b")), LookupFlags::empty()).unwrap();
    assert_eq!(guest.stat("/b").unwrap().nlink, 2);
    guest.unlink("/a").unwrap();
    guest.write("/a", b"other").unwrap();
    assert_eq!((guest.stat("/b").unwrap().nlink, guest.read("/b").unwrap()), (1, b"text".to_vec()));
    guest.write("/b", b"changed").unwrap();
    assert_eq!(
        (guest.read("/a").unwrap(), guest.read("/b").unwrap()),
        (b"other".to_vec(), b"changed".to_vec())
    );
}

#[test]
fn a_large_directory_is_read_from_any_position() {
    let _alone = alone();
    let server = Server::start("large");
    server.with(|host| {
        for n in 0..100_000 {
            host.make(&format!("file-{n}"), 0o100_644, b"");
        }
    });
    let guest = Guest::mount("large", "cache=loose");
    let dir = guest.open("/", O_RDONLY | O_DIRECTORY).unwrap();
    let (mut seen, mut pos, mut marks) = (0, 0, Vec::new());
    loop {
        let (names, next) = list_from(&dir, pos, 997).unwrap();
        if names.is_empty() {
            break;
        }
        seen += names.len();
        marks.push((pos, names[0].0.clone()));
        pos = next;
    }
    assert_eq!(seen, 100_002);
    for (pos, name) in marks.iter().rev() {
        assert_eq!(list_from(&dir, *pos, 1).unwrap().0[0].0, *name);
    }
    let messages = server.with(|host| host.counts[&kind::READDIR]);
    assert!(messages < 150, "{messages}");
}

#[test]
fn attributes_of_names_come_and_go() {
    let _alone = alone();
    let server = Server::start("xattr");
    server.with(|host| host.make("f", 0o100_644, b""));
    let guest = Guest::mount("xattr", "cache=mmap");
    let file = guest.open("/f", O_RDONLY).unwrap();
    let (inode, ops) = (&*file.inode, &file.inode.ops);
    assert_eq!(ops.getxattr(inode, b"user.a").err(), Some(Errno::ENODATA));
    let value = vec![7; 300_000 % 65_000];
    ops.setxattr(inode, b"user.a", &value, 0).unwrap();
    ops.setxattr(inode, b"user.b", b"x", 0).unwrap();
    assert_eq!(&*ops.getxattr(inode, b"user.a").unwrap(), value);
    ops.removexattr(inode, b"user.a").unwrap();
    let mut names = Vec::new();
    ops.listxattr(inode, &mut |name| names.push(name.to_vec())).unwrap();
    assert_eq!(names, [b"user.b"]);
}

#[test]
fn errors_and_nonsense_become_errno() {
    let _alone = alone();
    let server = Server::start("bad");
    server.with(|host| host.make("f", 0o100_644, &[1; 10_000]));
    let guest = Guest::mount("bad", "cache=none");
    server.with(|host| host.fail = Some(Errno::EACCES));
    assert_eq!(guest.stat("/f").err(), Some(Errno::EACCES));
    server.with(|host| host.fail = Errno::from_raw(513));
    assert_eq!(guest.stat("/f").err(), Some(Errno::EIO));
    server.with(|host| host.fail = None);
    let manglers: [fn(&mut Vec<u8>); 7] = [
        |reply| reply[4] ^= 0x55,
        |reply| reply[5] ^= 1,
        |reply| reply[0] ^= 1,
        |reply| reply.truncate(6),
        |reply| reply.clear(),
        |reply| {
            reply.pop();
            reply[0] = reply[0].wrapping_sub(1);
        },
        |reply| reply[7..].iter_mut().for_each(|byte| *byte = 0xff),
    ];
    for mangle in manglers {
        server.with(|host| host.mangle = Some(mangle));
        assert!(guest.stat("/f").is_err() && guest.read("/f").is_err() && guest.list("/").is_err());
        server.with(|host| host.mangle = None);
    }
    assert_eq!(guest.read("/f").unwrap().len(), 10_000);
    server.with(|host| host.dead = true);
    assert_eq!(guest.read("/f").err(), Some(Errno::EIO));
    assert_eq!(guest.list("/").err(), Some(Errno::EIO));
    assert_eq!(guest.write("/g", b"x").err(), Some(Errno::EIO));
}

#[test]
fn nothing_is_left_at_the_server_after_the_end() {
    let _alone = alone();
    let server = Server::start("end");
    let guest = Guest::mount("end", "cache=loose");
    for n in 0..300 {
        guest.write(&format!("/f{n}"), b"x").unwrap();
        guest.read(&format!("/f{n}")).unwrap();
    }
    assert_eq!(crate::channel::Claim::new(b"end").err(), Some(Errno::EBUSY));
    // How many are kept depends on the cache of names, which all tests of this process share.
    assert!(server.with(|host| host.fids()) > 0);
    let file = guest.open("/f7", O_RDONLY).unwrap();
    guest.sb.ops.kill_sb(&guest.sb.root().unwrap().inode().unwrap());
    assert_eq!(server.with(|host| host.fids()), 0);
    // Another may begin, and what is left of the first doesn't disturb it.
    let again = Guest::mount("end", "cache=loose");
    assert_eq!(again.read("/f8").unwrap(), b"x");
    drop(file);
    vfs::dentry::forget_super(&guest.sb);
    assert_eq!(guest.read("/f9").err(), Some(Errno::EIO));
    assert_eq!(again.read("/f9").unwrap(), b"x");
}

#[test]
fn a_killed_caller_leaves_a_hung_server_alone() {
    let _alone = alone();
    let server = Server::start("hung");
    server.with(|host| {
        host.make("f", 0o100_644, b"text");
        host.make("g", 0o100_644, b"more");
    });
    let guest = Guest::mount("hung", "cache=none");
    assert_eq!(guest.read("/f").unwrap(), b"text");
    let before = server.with(|host| host.fids());
    server.with(|host| host.hang = Some(kind::WALK));
    for _ in 0..3 {
        assert_eq!(guest.read("/g").err(), Some(Errno::EINTR));
    }
    // The tags of calls without an answer are not used again: neither for one another nor for other calls.
    let mut kept = server.kept_tags();
    kept.sort_unstable();
    kept.dedup();
    assert_eq!(kept.len(), 3);
    assert!(guest.stat("/").is_ok());
    // Late answers make fids that nobody asked for any more: they are given back, and tags are free again.
    server.recover();
    assert!(server.with(|host| host.fids()) > before);
    for _ in 0..20 {
        assert_eq!(guest.read("/g").unwrap(), b"more");
        assert_eq!(guest.read("/f").unwrap(), b"text");
    }
    server.with(|host| {
        host.make("h", 0o100_644, b"third");
        host.hang = Some(kind::LOPEN);
    });
    assert_eq!(guest.read("/h").err(), Some(Errno::EINTR));
    assert_eq!(server.kept_tags().len(), 1);
    server.recover();
    assert_eq!(guest.read("/h").unwrap(), b"third");
    guest.sb.ops.kill_sb(&guest.sb.root().unwrap().inode().unwrap());
    assert_eq!(server.with(|host| host.fids()), 0);
}

#[test]
fn a_number_is_not_used_again_before_the_server_knows() {
    let _alone = alone();
    let server = Server::start("short");
    let guest = Guest::mount("short", "cache=none");
    let make_and_remove = || {
        guest.mkdir("/d").unwrap();
        assert_eq!(guest.list("/d").unwrap().len(), 2);
        guest.rmdir("/d").unwrap();
    };
    // The server says so if a number that it has is to be a second file's.
    server.with(|host| host.no_memory = Some(kind::CLUNK));
    (0..10).for_each(|_| make_and_remove());
    server.with(|host| host.no_memory = None);
    (0..10).for_each(|_| make_and_remove());
    guest.sb.ops.kill_sb(&guest.sb.root().unwrap().inode().unwrap());
    assert_eq!(server.with(|host| host.fids()), 0);
}
