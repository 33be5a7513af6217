//! An overlay of tmpfs layers against a plain directory: whatever sequence of calls, both answer the same.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::Mutex;

use abi::Errno;
use mm::{IterDst, IterSrc};
use vfs::consts::*;
use vfs::mount::{do_new_mount, do_umount, mount_root, root_path};
use vfs::namei::{
    Base, LookupFlags, do_linkat, do_mkdirat, do_renameat2, do_symlinkat, do_unlinkat, path_lookup,
    readlink_path,
};
use vfs::open::{OpenHow, change_attrs, open_path};
use vfs::{Cred, DirContext, FsStruct, Iattr, Kstat, LookupCtx, Path};

use crate::options::{Options, Redirect};

/// One tree for all tests of the process; they take turns.
static TURN: Mutex<()> = Mutex::new(());

struct World {
    fs: Arc<FsStruct>,
    cred: Arc<Cred>,
    top: String,
}

/// What a tree looks like: type and mode, content or target, by path.
type Picture = BTreeMap<String, (u32, Vec<u8>)>;

impl World {
    fn new(name: &str) -> Self {
        if root_path().is_none() {
            tmpfs::init();
            crate::init();
            mount_root(tmpfs::rootfs(), b"rootfs").unwrap();
        }
        let root = root_path().unwrap();
        let world =
            World { fs: FsStruct::new(root.clone(), root, 0), cred: Cred::root(), top: format!("/{name}") };
        world.mkdir("").unwrap();
        let at = world.place("").unwrap();
        do_new_mount(b"tmpfs", b"none", &at, 0, b"size=0,nr_inodes=0", &world.ctx()).unwrap();
        for dir in ["/l1", "/l2", "/up", "/work", "/m", "/plain"] {
            world.mkdir(dir).unwrap();
        }
        world
    }

    fn ctx(&self) -> LookupCtx<'_> {
        LookupCtx::new(&self.fs, &self.cred)
    }

    fn abs(&self, path: &str) -> Vec<u8> {
        format!("{}{path}", self.top).into_bytes()
    }

    fn mount(&self, more: &str) -> Result<(), Errno> {
        let t = &self.top;
        let data = format!("lowerdir={t}/l1:{t}/l2,upperdir={t}/up,workdir={t}/work{more}");
        let at = self.place("/m")?;
        do_new_mount(b"overlay", b"overlay", &at, 0, data.as_bytes(), &self.ctx())
    }

    fn umount(&self) {
        do_umount(&self.place("/m").unwrap(), MNT_DETACH).unwrap();
    }

    fn place(&self, path: &str) -> Result<Path, Errno> {
        path_lookup(&self.ctx(), &Base::Cwd, &self.abs(path), LookupFlags::empty())
    }

    fn mkdir(&self, path: &str) -> Result<(), Errno> {
        do_mkdirat(&self.ctx(), &Base::Cwd, &self.abs(path), 0o755)
    }

    fn open(&self, path: &str, flags: u32) -> Result<Arc<vfs::File>, Errno> {
        let how = OpenHow::from_open(flags as i32, 0o644)?;
        open_path(&self.ctx(), &Base::Cwd, &self.abs(path), &how)
    }

    fn write(&self, path: &str, flags: u32, data: &[u8]) -> Result<(), Errno> {
        let file = self.open(path, flags | O_WRONLY)?;
        vfs::vfs_write(&file, &mut IterSrc::kernel(data)).map(|count| assert_eq!(count, data.len()))
    }

    fn rename(&self, from: &str, to: &str, flags: u32) -> Result<(), Errno> {
        let (from, to) = (self.abs(from), self.abs(to));
        do_renameat2(&self.ctx(), (Base::Cwd, &from), Ok((Base::Cwd, &to)), flags)
    }

    fn link(&self, from: &str, to: &str) -> Result<(), Errno> {
        let (from, to) = (self.abs(from), self.abs(to));
        do_linkat(&self.ctx(), (Base::Cwd, &from), Ok((Base::Cwd, &to)), LookupFlags::empty())
    }

    fn list(&self, path: &str) -> Vec<(String, u64)> {
        let dir = self.open(path, O_RDONLY | O_DIRECTORY).unwrap();
        let mut names = Vec::new();
        let mut emit = |name: &[u8], ino: u64, _: u8, _: u64| {
            names.push((String::from_utf8(name.to_vec()).unwrap(), ino));
            true
        };
        dir.ops.iterate(&dir, &mut DirContext::new(0, &mut emit)).unwrap();
        names.retain(|(name, _)| name != "." && name != "..");
        names.sort();
        names
    }

    /// The whole tree below `top`, and whether what getdents(2) and stat(2) say fits together.
    fn picture(&self, top: &str) -> Picture {
        let mut picture = Picture::new();
        let mut left = alloc::vec![String::new()];
        while let Some(dir) = left.pop() {
            for (name, ino) in self.list(&format!("{top}{dir}")) {
                let path = format!("{dir}/{name}");
                let place = self.place(&format!("{top}{path}")).expect("a listed name is there");
                let stat = Kstat::of_path(&place).unwrap();
                assert_eq!(stat.ino, ino, "number of {path}");
                let content = match stat.mode & S_IFMT {
                    S_IFDIR => {
                        left.push(path.clone());
                        Vec::new()
                    }
                    S_IFLNK => readlink_path(&self.ctx(), &Base::Cwd, &self.abs(&format!("{top}{path}")))
                        .unwrap()
                        .to_vec(),
                    _ => {
                        let mut data = alloc::vec![0; stat.size as usize];
                        let file = self.open(&format!("{top}{path}"), O_RDONLY).unwrap();
                        let count = vfs::vfs_read(&file, &mut IterDst::kernel(&mut data)).unwrap();
                        assert_eq!(count, data.len());
                        data
                    }
                };
                picture.insert(path, (stat.mode, content));
            }
        }
        picture
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.place("").and_then(|place| do_umount(&place, MNT_DETACH));
    }
}

/// A small generator (xorshift); the seed tells which run failed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn path(&mut self) -> String {
        let mut path = String::new();
        for _ in 0..=self.below(3) {
            path.push('/');
            path.push((b'a' + self.below(3) as u8) as char);
        }
        path
    }
}

/// One call, made below `top`.
fn call(world: &World, top: &str, random: &mut Random) -> Result<(), Errno> {
    let path = format!("{top}{}", random.path());
    let other = format!("{top}{}", random.path());
    let data = [b'0' + random.below(10) as u8; 5];
    match random.below(13) {
        0 | 1 => world.write(&path, O_CREAT | O_TRUNC, &data),
        2 => world.write(&path, O_APPEND, &data),
        3 => world.write(&path, O_CREAT | O_EXCL, &data),
        4 | 5 => world.mkdir(&path),
        6 => do_unlinkat(&world.ctx(), &Base::Cwd, &world.abs(&path)),
        7 => vfs::namei::do_rmdir(&world.ctx(), &Base::Cwd, &world.abs(&path)),
        8 | 9 => world.rename(&path, &other, 0),
        10 => {
            let flags = if random.below(2) == 0 { RENAME_EXCHANGE } else { RENAME_NOREPLACE };
            world.rename(&path, &other, flags)
        }
        11 if random.below(2) == 0 => world.link(&path, &other),
        11 => do_symlinkat(&world.ctx(), b"target", &Base::Cwd, &world.abs(&path)),
        _ => {
            let place = world.place(&path)?;
            let mode = Some(0o600 + random.below(8) as u32);
            change_attrs(&world.cred, &place, &Iattr { mode, ..Iattr::default() })
        }
    }
}

/// The same start for the lower layers and, merged, for the plain directory.
fn fill(world: &World, random: &mut Random) {
    for _ in 0..40 {
        let (path, data) = (random.path(), [b'A' + random.below(20) as u8; 9]);
        let is_dir = random.below(2) == 0;
        for layer in ["/l1", "/l2"] {
            if random.below(2) == 0 {
                let path = format!("{layer}{path}");
                let _ = if is_dir { world.mkdir(&path) } else { world.write(&path, O_CREAT, &data) };
            }
        }
    }
}

fn copy(world: &World, picture: &Picture, to: &str) {
    for (path, (mode, data)) in picture {
        let path = format!("{to}{path}");
        match mode & S_IFMT {
            S_IFDIR => world.mkdir(&path).unwrap(),
            _ => world.write(&path, O_CREAT, data).unwrap(),
        }
    }
}

#[test]
fn answers_as_a_plain_directory() {
    let _turn = TURN.lock();
    for seed in 1..=100 {
        let world = World::new(&format!("random{seed}"));
        let mut random = Random(0x9e37_79b9_7f4a_7c15u64.wrapping_mul(seed));
        fill(&world, &mut random);
        let below = [world.picture("/l1"), world.picture("/l2")];
        world.mount(",redirect_dir=on").unwrap();
        copy(&world, &world.picture("/m"), "/plain");
        for step in 0..300 {
            let state = random.0;
            let plain = call(&world, "/plain", &mut random);
            let after = core::mem::replace(&mut random.0, state);
            let overlay = call(&world, "/m", &mut random);
            assert_eq!(overlay, plain, "seed {seed}, step {step}");
            assert_eq!(random.0, after, "both draw the same numbers");
            if step % 20 == 19 {
                assert_eq!(world.picture("/m"), world.picture("/plain"), "seed {seed}, step {step}");
            }
            if step % 100 == 99 {
                world.umount();
                world.mount(",redirect_dir=on").unwrap();
            }
        }
        assert_eq!(world.picture("/m"), world.picture("/plain"), "seed {seed}");
        assert_eq!(world.list("/work/work"), [], "seed {seed}: nothing is left in the work directory");
        world.umount();
        assert_eq!([world.picture("/l1"), world.picture("/l2")], below, "lower layers stay as they are");
    }
}

#[test]
fn numbers_stay_over_copy_up() {
    let _turn = TURN.lock();
    let world = World::new("numbers");
    world.mkdir("/l1/d").unwrap();
    world.write("/l1/d/f", O_CREAT, b"x").unwrap();
    world.mount("").unwrap();
    let ino = |path: &str| Kstat::of_path(&world.place(path).unwrap()).unwrap().ino;
    let before = (ino("/m/d"), ino("/m/d/f"));
    world.write("/m/d/f", O_APPEND, b"y").unwrap();
    assert_eq!((ino("/m/d"), ino("/m/d/f")), before);
    world.umount();
    world.mount("").unwrap();
    assert_eq!((ino("/m/d"), ino("/m/d/f")), before);
    world.umount();
}

#[test]
fn nothing_stays_behind() {
    let _turn = TURN.lock();
    let world = World::new("memory");
    const DEPTH: usize = 1000;
    let mut path = String::from("/l1");
    // Deeper than any stack would allow for recursion.
    for _ in 0..DEPTH {
        path.push_str("/d");
        world.mkdir(&path).unwrap();
    }
    world.write(&format!("{path}/f"), O_CREAT, b"x").unwrap();
    world.mount("").unwrap();
    let deep = format!("/m{}/f", path.strip_prefix("/l1").unwrap());
    world.write(&deep, O_APPEND, b"y").unwrap();
    let sb = Arc::downgrade(&world.place("/m").unwrap().mnt.sb);
    assert!(sb.upgrade().is_some());
    world.umount();
    for _ in 0..3000 {
        sync::rcu::synchronize();
        sync::rcu::run_callbacks();
    }
    assert!(sb.upgrade().is_none(), "the overlay is gone with its last mount");
}

#[test]
fn options() {
    let parse = |text: &str| Options::parse(text.as_bytes());
    let options = parse("lowerdir=/a\\:b:/c\\,d,upperdir=/u,workdir=/w,redirect_dir=on,index=off").unwrap();
    assert_eq!(options.lowers, [b"/a:b".to_vec(), b"/c,d".to_vec()]);
    assert_eq!(options.redirect, Redirect::On);
    let mut shown = String::new();
    options.show(&mut shown).unwrap();
    assert_eq!(shown, ",lowerdir=/a\\:b:/c\\,d,upperdir=/u,workdir=/w,redirect_dir=on");
    for bad in [
        "",
        "lowerdir=/a",
        "lowerdir=/a,upperdir=/u",
        "lowerdir=/a::/b",
        "lowerdir=/a:/b,index=on",
        "lowerdir=/a:/b,metacopy=on",
        "lowerdir=/a:/b,nfs_export=on",
        "lowerdir=/a:/b,what",
        "upperdir=/u,workdir=/w",
    ] {
        assert_eq!(parse(bad), Err(Errno::EINVAL), "{bad}");
    }
    assert!(parse("lowerdir=/a:/b,workdir=/useless").is_ok());
}
