//! What there is under /proc, and what each thing leads to.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use abi::Errno;
use process::Task;
use vfs::consts::{DT_DIR, DT_LNK, DT_REG, S_IFDIR, S_IFLNK, S_IFREG};
use vfs::inode::Link;
use vfs::{Cred, DirContext, File, FileOps, Iattr, Inode, InodeInit, InodeOps, Path};

use crate::process_files::{self, ProcessFile};
use crate::process_memory::MemoryFile;
use crate::process_pages::{ClearRefsFile, PagemapFile};
use crate::sysctl::{self, Found, Sysctl};
use crate::system_files::{self, SystemFile};
use vfs::text::{Text, TextFile};

/// A thing under /proc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    /// `/proc`
    Root,
    /// `/proc/self` and `/proc/thread-self`
    Current { thread: bool },
    /// `/proc/mounts`
    Mounts,
    /// A file of the whole system.
    System(SystemFile),
    /// `/proc/PID`, or a thread's directory in its `task`.
    Process { pid: i32, thread: bool },
    /// `/proc/PID/task`
    Tasks(i32),
    /// `/proc/PID/fd`
    Fds(i32),
    /// `/proc/PID/fd/N`
    Fd(i32, i32),
    /// `/proc/PID/fdinfo`
    FdInfos(i32),
    /// `/proc/PID/fdinfo/N`
    FdInfo(i32, i32),
    /// `/proc/PID/exe`, `cwd`, `root`
    Place(i32, Place),
    /// A file of a process, or of a thread in its `task`.
    File(i32, ProcessFile, Of),
    /// `/proc/net`
    NetLink,
    /// `/proc/PID/net`
    Net(i32),
    /// `/proc/PID/net/unix`
    NetUnix(i32),
    /// A directory of `/proc/sys`, by its path from there.
    SysctlDir(&'static str),
    /// A parameter, by its number.
    Sysctl(usize),
}

/// Whether a file is about a process or about one thread of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Process,
    Thread,
}

/// Which place a link of a process leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Exe,
    Cwd,
    Root,
}

const PLACES: [(&str, Place); 3] = [("exe", Place::Exe), ("cwd", Place::Cwd), ("root", Place::Root)];

impl Node {
    fn mode(self) -> u32 {
        match self {
            Node::Root | Node::Process { .. } | Node::Tasks(_) | Node::SysctlDir(_) => S_IFDIR | 0o555,
            Node::FdInfos(_) | Node::Net(_) => S_IFDIR | 0o555,
            Node::NetUnix(_) => S_IFREG | 0o444,
            Node::NetLink => S_IFLNK | 0o777,
            Node::FdInfo(..) => S_IFREG | 0o444,
            Node::Sysctl(number) => S_IFREG | sysctl::ALL.get(number).map_or(0o444, Sysctl::mode),
            Node::Fds(_) => S_IFDIR | 0o500,
            Node::Current { .. } | Node::Mounts | Node::Place(..) => S_IFLNK | 0o777,
            Node::Fd(..) => S_IFLNK | 0o700,
            Node::System(file) => S_IFREG | file.mode(),
            Node::File(_, file, _) => S_IFREG | file.mode(),
        }
    }

    /// The process that it is about.
    fn pid(self) -> Option<i32> {
        match self {
            Node::Process { pid, .. } | Node::Tasks(pid) | Node::Fds(pid) | Node::FdInfos(pid) => Some(pid),
            Node::Fd(pid, _) | Node::FdInfo(pid, _) | Node::Place(pid, _) | Node::File(pid, ..) => Some(pid),
            Node::Net(pid) | Node::NetUnix(pid) => Some(pid),
            _ => None,
        }
    }

    /// Still there?
    fn exists(self) -> bool {
        match self {
            Node::Fd(pid, fd) | Node::FdInfo(pid, fd) => open_file(pid, fd).is_ok(),
            _ => self.pid().is_none_or(|pid| process::find_task(pid).is_some()),
        }
    }

    /// A number that stays the same for the same thing.
    fn ino(self) -> u64 {
        let (kind, a, b) = match self {
            Node::Root => return 1,
            Node::Current { thread } => (1, u64::from(thread), 0),
            Node::Mounts => (2, 0, 0),
            Node::System(file) => (3, file as u64, 0),
            Node::Process { pid, thread } => (4 + u64::from(thread), pid as u64, 0),
            Node::Tasks(pid) => (6, pid as u64, 0),
            Node::Fds(pid) => (7, pid as u64, 0),
            Node::Fd(pid, fd) => (8, pid as u64, fd as u64),
            Node::Place(pid, place) => (9, pid as u64, place as u64),
            Node::File(pid, file, Of::Process) => (10, pid as u64, file as u64),
            Node::File(pid, file, Of::Thread) => (15, pid as u64, file as u64),
            Node::FdInfos(pid) => (11, pid as u64, 0),
            Node::FdInfo(pid, fd) => (12, pid as u64, fd as u64),
            Node::SysctlDir(path) => (13, path.as_ptr() as u64 & 0x3fff_ffff, path.len() as u64),
            Node::Sysctl(number) => (14, number as u64, 0),
            Node::NetLink => (16, 0, 0),
            Node::Net(pid) => (17, pid as u64, 0),
            Node::NetUnix(pid) => (18, pid as u64, 0),
        };
        1 << 60 | kind << 54 | a << 24 | b
    }

    fn inode(self, dir: &Inode) -> Arc<Inode> {
        let mut init = InodeInit { ino: self.ino(), ..InodeInit::new(self.mode()) };
        init.custom_permission = self.is_parameter();
        // What belongs to a process belongs to its effective user (proc(5)).
        if let Some(task) = self.pid().and_then(process::find_task) {
            let cred = task.cred();
            (init.uid, init.gid) = (cred.euid, cred.egid);
        }
        Inode::new(&dir.sb, init, Box::new(NodeOps(self)))
    }

    /// Whether it is a parameter of the kernel or a directory of them.
    fn is_parameter(self) -> bool {
        matches!(self, Node::Sysctl(_) | Node::SysctlDir(_))
    }

    fn child(self, name: &str) -> Option<Node> {
        let number =
            || name.parse::<i32>().ok().filter(|n| *n >= 0 && (name == "0" || !name.starts_with(['0', '+'])));
        match self {
            Node::Root => match name {
                "self" => Some(Node::Current { thread: false }),
                "thread-self" => Some(Node::Current { thread: true }),
                "mounts" => Some(Node::Mounts),
                "net" => Some(Node::NetLink),
                "sys" => Some(Node::SysctlDir("")),
                _ => SystemFile::find(name).map(Node::System).or_else(|| {
                    let pid = number()?;
                    process::find_task(pid).map(|_| Node::Process { pid, thread: false })
                }),
            },
            Node::Process { pid, thread } => match name {
                "task" if !thread => Some(Node::Tasks(pid)),
                "fd" => Some(Node::Fds(pid)),
                "fdinfo" => Some(Node::FdInfos(pid)),
                "net" => Some(Node::Net(pid)),
                _ => PLACES
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, place)| Node::Place(pid, *place))
                    .or_else(|| {
                        let of = if thread { Of::Thread } else { Of::Process };
                        ProcessFile::find(name).map(|file| Node::File(pid, file, of))
                    }),
            },
            Node::Tasks(pid) => {
                let tid = number()?;
                let task = process::find_task(tid)?;
                (task.tgid() == pid).then_some(Node::Process { pid: tid, thread: true })
            }
            Node::Fds(pid) => {
                let fd = number()?;
                open_file(pid, fd).ok().map(|_| Node::Fd(pid, fd))
            }
            Node::FdInfos(pid) => {
                let fd = number()?;
                open_file(pid, fd).ok().map(|_| Node::FdInfo(pid, fd))
            }
            Node::Net(pid) => (name == "unix").then_some(Node::NetUnix(pid)),
            Node::SysctlDir(dir) => Some(match sysctl::lookup(dir, name)? {
                Found::Dir(path) => Node::SysctlDir(path),
                Found::File(number) => Node::Sysctl(number),
            }),
            _ => None,
        }
    }

    /// The entries of a directory: position, name, type. Positions of processes are their numbers.
    fn entry_from(self, from: u64) -> Option<(u64, String, u8)> {
        let at = from as usize;
        match self {
            Node::Root => root_entry(at),
            Node::Process { thread, .. } => {
                let dirs: &[&str] = match thread {
                    true => &["fd", "fdinfo", "net"],
                    false => &["fd", "fdinfo", "net", "task"],
                };
                let files = process_files::ALL.len();
                if let Some(name) = hal::nospec::get_in(dirs, at) {
                    return Some((from, String::from(*name), DT_DIR));
                }
                let at = at - dirs.len();
                if let Some(file) = hal::nospec::get_in(process_files::ALL, at) {
                    return Some((from, String::from(file.name()), DT_REG));
                }
                hal::nospec::get(&PLACES, at - files).map(|(name, _)| (from, String::from(*name), DT_LNK))
            }
            Node::Tasks(pid) => {
                let mut next = from as i32;
                loop {
                    let task = process::next_task(next)?;
                    if task.tgid() == pid {
                        return Some((task.pid() as u64, format!("{}", task.pid()), DT_DIR));
                    }
                    next = task.pid() + 1;
                }
            }
            Node::Fds(pid) | Node::FdInfos(pid) => {
                let (fd, _) = process::find_task(pid)?.files()?.next_from(at)?;
                let kind = if matches!(self, Node::Fds(_)) { DT_LNK } else { DT_REG };
                Some((fd as u64, format!("{fd}"), kind))
            }
            Node::Net(_) => (at == 0).then(|| (0, String::from("unix"), DT_REG)),
            Node::SysctlDir(dir) => {
                let (name, found) = sysctl::entries(dir).nth(at)?;
                let kind = if matches!(found, Found::Dir(_)) { DT_DIR } else { DT_REG };
                Some((from, String::from(name), kind))
            }
            _ => None,
        }
    }

    /// The contents of a file.
    pub fn generate(self, out: &mut Text) -> Result<(), Errno> {
        match self {
            Node::System(file) => system_files::generate(file, out),
            Node::File(pid, file, of) => process_files::generate(&*task(pid)?, file, of, out),
            Node::FdInfo(pid, fd) => {
                let cloexec = task(pid)?.files().is_some_and(|files| files.cloexec(fd).unwrap_or(false));
                process_files::fd_info(&*open_file(pid, fd)?, cloexec, out).map_err(|_| Errno::EIO)
            }
            Node::NetUnix(_) => net::unix::show(&mut |line| out.push(line)).map_err(|_| Errno::EIO),
            Node::Sysctl(number) => sysctl::show(number, out),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Takes what a program writes to a file.
    pub fn write(self, bytes: &[u8]) -> Result<(), Errno> {
        match self {
            Node::File(pid, file, _) => process_files::write(&*task(pid)?, file, bytes),
            Node::Sysctl(number) => sysctl::store(number, bytes),
            _ => Err(Errno::EIO),
        }
    }
}

/// Directories and files first, then processes from position 256 on.
fn root_entry(at: usize) -> Option<(u64, String, u8)> {
    const LINKS: [(&str, u8); 5] =
        [("self", DT_LNK), ("thread-self", DT_LNK), ("mounts", DT_LNK), ("net", DT_LNK), ("sys", DT_DIR)];
    const PROCESSES: usize = 256;
    if let Some((name, kind)) = hal::nospec::get(&LINKS, at) {
        return Some((at as u64, String::from(*name), *kind));
    }
    if let Some(file) = hal::nospec::get_in(system_files::ALL, at - LINKS.len()).filter(|_| at < PROCESSES) {
        return Some((at as u64, String::from(file.name()), DT_REG));
    }
    let from = at.saturating_sub(PROCESSES).max(1);
    let task = process::next_process(i32::try_from(from).ok()?)?;
    Some(((PROCESSES + task.pid() as usize) as u64, format!("{}", task.pid()), DT_DIR))
}

fn task(pid: i32) -> Result<Arc<Task>, Errno> {
    process::find_task(pid).ok_or(Errno::ESRCH)
}

fn open_file(pid: i32, fd: i32) -> Result<Arc<File>, Errno> {
    let files = task(pid)?.files().ok_or(Errno::ENOENT)?;
    let file = files.get_raw(fd).map_err(|_| Errno::ENOENT)?;
    Ok(file.to_arc())
}

fn place(pid: i32, place: Place) -> Result<Path, Errno> {
    let task = task(pid)?;
    match place {
        Place::Exe => task.group.exe_file().map(|file| file.path.clone()).ok_or(Errno::ENOENT),
        Place::Cwd => task.fs().map(|fs| (*fs.pwd()).clone()).ok_or(Errno::ENOENT),
        Place::Root => task.fs().map(|fs| (*fs.root()).clone()).ok_or(Errno::ENOENT),
    }
}

/// Opens a file that is text.
fn text_file(node: Node) -> Result<TextFile, Errno> {
    TextFile::new(|out| node.generate(out), move |bytes| node.write(bytes))
}

/// The vfs's view of a node.
pub(crate) struct NodeOps(pub Node);

impl InodeOps for NodeOps {
    fn lookup(&self, dir: &Arc<Inode>, name: &[u8]) -> Result<Arc<Inode>, Errno> {
        let name = core::str::from_utf8(name).map_err(|_| Errno::ENOENT)?;
        self.0.child(name).map(|node| node.inode(dir)).ok_or(Errno::ENOENT)
    }

    fn get_link(&self, _inode: &Inode) -> Result<Link, Errno> {
        let text = |text: String| Ok(Link::Text(Arc::from(text.into_bytes())));
        match self.0 {
            Node::Current { thread } => hal::thread::with_current(|task: &Task| match thread {
                false => text(format!("{}", task.tgid())),
                true => text(format!("{}/task/{}", task.tgid(), task.pid())),
            }),
            Node::Mounts => text(String::from("self/mounts")),
            Node::NetLink => text(String::from("self/net")),
            Node::Fd(pid, fd) => Ok(Link::Place(open_file(pid, fd)?.path.clone())),
            Node::Place(pid, which) => Ok(Link::Place(place(pid, which)?)),
            _ => Err(Errno::EINVAL),
        }
    }

    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        match self.0 {
            Node::Root | Node::Process { .. } | Node::Tasks(_) | Node::Fds(_) | Node::FdInfos(_) => {
                Ok(Arc::new(Directory(self.0)))
            }
            Node::SysctlDir(_) | Node::Net(_) => Ok(Arc::new(Directory(self.0))),
            Node::File(pid, file, _) => {
                let task = task(pid)?;
                process_files::may_open(&task, file)?;
                match file {
                    ProcessFile::Mem => Ok(Arc::new(MemoryFile::open(&task)?)),
                    ProcessFile::Pagemap => Ok(Arc::new(PagemapFile::open(&task))),
                    ProcessFile::ClearRefs => Ok(Arc::new(ClearRefsFile(pid))),
                    _ => Ok(Arc::new(text_file(self.0)?)),
                }
            }
            node => Ok(Arc::new(text_file(node)?)),
        }
    }

    /// A file's size can be set and nothing comes of it, so that a shell's `>` works.
    fn setattr(&self, inode: &Arc<Inode>, attr: &Iattr) -> Result<(), Errno> {
        // A parameter's rights are the kernel's to say, and so is the mode of what stands for a process. The directory
        // of a process is one that nobody may change (S_IMMUTABLE).
        let is_parameter = self.0.is_parameter();
        let is_immutable = matches!(self.0, Node::Process { .. });
        let mode = attr.mode.is_some() && (is_parameter || self.0.pid().is_some());
        let owner = (attr.uid.is_some() || attr.gid.is_some()) && (is_parameter || is_immutable);
        let times = (attr.atime.is_some() || attr.mtime.is_some()) && is_immutable;
        if mode || owner || times {
            return Err(Errno::EPERM);
        }
        if attr.size.is_some() { Ok(()) } else { vfs::attr::set_attrs(inode, attr) }
    }

    /// A parameter gives root what its mode says and nothing more: no capability opens what can't be set.
    fn permission(&self, inode: &Inode, mask: u32, cred: &Cred) -> Option<Result<(), Errno>> {
        let bits = match inode.mode() {
            mode if cred.euid == 0 => mode >> 6,
            mode if cred.in_egroup(0) => mode >> 3,
            mode => mode,
        };
        Some(if mask & !bits & 7 == 0 { Ok(()) } else { Err(Errno::EACCES) })
    }

    fn revalidate(&self, _inode: &Inode) -> bool {
        self.0.exists()
    }
}

/// An open directory.
struct Directory(Node);

impl FileOps for Directory {
    fn iterate(&self, file: &File, ctx: &mut DirContext<'_>) -> Result<(), Errno> {
        if !self.0.exists() {
            return Err(Errno::ENOENT);
        }
        if !ctx.emit_dots(file) {
            return Ok(());
        }
        // Position 2 is the first entry; what an entry's own position says is added to that.
        while let Some((at, name, kind)) = self.0.entry_from(ctx.pos.saturating_sub(2)) {
            ctx.pos = at + 2;
            let ino = self.0.child(&name).map_or(1, Node::ino);
            if !ctx.emit(name.as_bytes(), ino, kind) {
                return Ok(());
            }
            ctx.pos = at + 3;
        }
        Ok(())
    }

    fn is_dir(&self) -> bool {
        true
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        vfs::read_write::dir_llseek(offset, whence, pos)
    }
}
