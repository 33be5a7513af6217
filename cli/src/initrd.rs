//! Initial file systems: an archive writer for the format that Linux unpacks (cpio "newc"), and the images that the
//! commands boot. The same inputs give the same bytes: owners, times and order are fixed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

const S_IFDIR: u32 = 0o040_000;
const S_IFCHR: u32 = 0o020_000;
const S_IFREG: u32 = 0o100_000;
const S_IFLNK: u32 = 0o120_000;

/// One entry of an archive.
#[derive(Clone, Debug)]
struct Entry {
    mode: u32,
    rdev: (u32, u32),
    data: Vec<u8>,
}

/// A file tree to be packed. Paths are relative to the root, without a leading slash.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    // Sorted: a directory comes before what is in it.
    entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    fn insert(&mut self, path: &str, mode: u32, data: Vec<u8>, rdev: (u32, u32)) -> &mut Self {
        let mut end = 0;
        while let Some(at) = path[end..].find('/') {
            end += at;
            let dir = Entry { mode: S_IFDIR | 0o755, rdev: (0, 0), data: Vec::new() };
            self.entries.entry(path[..end].to_owned()).or_insert(dir);
            end += 1;
        }
        self.entries.insert(path.to_owned(), Entry { mode, rdev, data });
        self
    }

    /// Adds a directory; the ones above it are added where needed, as for all entries.
    pub fn dir(&mut self, path: &str) -> &mut Self {
        self.insert(path, S_IFDIR | 0o755, Vec::new(), (0, 0))
    }

    /// Adds a file with these permissions.
    pub fn file(&mut self, path: &str, permissions: u32, data: impl Into<Vec<u8>>) -> &mut Self {
        self.insert(path, S_IFREG | permissions, data.into(), (0, 0))
    }

    /// Adds a program of the host.
    pub fn program(&mut self, path: &str, from: &Path) -> Result<&mut Self> {
        let data = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        Ok(self.file(path, 0o755, data))
    }

    /// Adds a symbolic link.
    pub fn symlink(&mut self, path: &str, to: &str) -> &mut Self {
        self.insert(path, S_IFLNK | 0o777, to.into(), (0, 0))
    }

    /// Adds a character device.
    pub fn char_device(&mut self, path: &str, permissions: u32, major: u32, minor: u32) -> &mut Self {
        self.insert(path, S_IFCHR | permissions, Vec::new(), (major, minor))
    }

    /// The archive.
    pub fn to_cpio(&self) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.entries.values().map(|e| e.data.len() + 256).sum());
        let root = Entry { mode: S_IFDIR | 0o755, rdev: (0, 0), data: Vec::new() };
        write_entry(&mut out, 1, ".", &root)?;
        for (number, (path, entry)) in (2..).zip(&self.entries) {
            write_entry(&mut out, number, path, entry)?;
        }
        write_entry(&mut out, 0, "TRAILER!!!", &Entry { mode: 0, rdev: (0, 0), data: Vec::new() })?;
        out.resize(out.len().next_multiple_of(512), 0);
        Ok(out)
    }

    /// Writes the archive to a file, for as long as the result lives.
    pub fn write(&self, path: PathBuf) -> Result<Scratch> {
        Scratch::write(path, &self.to_cpio()?)
    }
}

/// A file that goes when this is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Writes the bytes to this path.
    pub fn write(path: PathBuf, bytes: &[u8]) -> Result<Self> {
        write_atomically(&path, bytes)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Writes a file through a temporary one beside it.
pub fn write_atomically(path: &Path, data: &[u8]) -> Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}", std::process::id()));
    let temporary = PathBuf::from(temporary);
    let write = || fs::write(&temporary, data).and_then(|()| fs::rename(&temporary, path));
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// One header of 110 bytes, the name and the data, each padded to 4 bytes.
fn write_entry(out: &mut Vec<u8>, ino: u32, path: &str, entry: &Entry) -> Result<()> {
    let Ok(size) = u32::try_from(entry.data.len()) else { bail!("{path} is too large for a cpio archive") };
    let links = if entry.mode & 0o170_000 == S_IFDIR { 2 } else { 1 };
    let (major, minor) = entry.rdev;
    let fields = [ino, entry.mode, 0, 0, links, 0, size, 0, 0, major, minor, path.len() as u32 + 1, 0];
    out.extend(b"070701");
    for field in fields {
        write!(out, "{field:08x}")?;
    }
    out.extend(path.as_bytes());
    out.push(0);
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend(&entry.data);
    out.resize(out.len().next_multiple_of(4), 0);
    Ok(())
}

/// Compresses as `gzip` does.
pub fn gzip(data: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data)?;
    Ok(encoder.finish()?)
}

/// Debian's statically linked busybox.
pub fn find_busybox() -> Result<PathBuf> {
    for path in ["/bin/busybox", "/usr/bin/busybox"] {
        let path = PathBuf::from(path);
        let Ok(data) = fs::read(&path) else { continue };
        if is_static(&data) {
            return Ok(path);
        }
    }
    bail!("no statically linked busybox here; as root run: apt-get install busybox-static")
}

fn is_static(elf: &[u8]) -> bool {
    use object::read::elf::{FileHeader, ProgramHeader};
    let Ok(header) = object::elf::FileHeader64::<object::Endianness>::parse(elf) else { return false };
    let Ok(endian) = header.endian() else { return false };
    let Ok(segments) = header.program_headers(endian, elf) else { return false };
    segments.iter().all(|s| s.p_type(endian) != object::elf::PT_INTERP)
}

/// The names under which busybox can be called.
fn applets(busybox: &Path) -> Result<Vec<String>> {
    let output = std::process::Command::new(busybox).arg("--list").output();
    let output = output.with_context(|| format!("cannot run {}", busybox.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// What busybox's init does: mounts, then a shell on the console that has it as controlling terminal.
const INITTAB: &str = "::sysinit:/etc/rc\n::respawn:-/bin/sh\n::ctrlaltdel:/sbin/reboot\n";

const RC: &str = "#!/bin/sh
mount -t devtmpfs dev /dev 2>/dev/null
mount -t proc proc /proc
mount -t sysfs sys /sys 2>/dev/null
mount -t tmpfs tmp /tmp 2>/dev/null
hostname ferrogate 2>/dev/null
[ ! -x /etc/rc.local ] || /etc/rc.local
";

const PROFILE: &str = "export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root PS1='~ # '\n";

/// A system of busybox alone: `/init` is busybox itself, all its applets are links.
pub fn busybox_tree() -> Result<Tree> {
    let busybox = find_busybox()?;
    let mut tree = Tree::new();
    for dir in ["dev", "proc", "sys", "tmp", "root", "etc", "bin", "sbin", "usr/bin", "usr/sbin"] {
        tree.dir(dir);
    }
    // The console must be there before anything can mount a file system over /dev.
    tree.char_device("dev/console", 0o600, 5, 1).char_device("dev/null", 0o666, 1, 3);
    tree.program("bin/busybox", &busybox)?.symlink("init", "bin/busybox");
    for applet in applets(&busybox)? {
        let sbin = ["init", "poweroff", "reboot", "halt"].contains(&applet.as_str());
        if applet != "busybox" {
            tree.symlink(&format!("{}/{applet}", if sbin { "sbin" } else { "bin" }), "/bin/busybox");
        }
    }
    tree.file("etc/inittab", 0o644, INITTAB).file("etc/rc", 0o755, RC).file("etc/profile", 0o644, PROFILE);
    tree.file("etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\n").file("etc/group", 0o644, "root:x:0:\n");
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archive_has_newc_shape() {
        let mut tree = Tree::new();
        tree.file("etc/rc", 0o755, "hello").symlink("init", "etc/rc").char_device("dev/console", 0o600, 5, 1);
        let cpio = tree.to_cpio().unwrap();
        assert_eq!(cpio.len() % 512, 0);
        let (mut at, mut seen) = (0, Vec::new());
        loop {
            assert_eq!(&cpio[at..at + 6], b"070701");
            let field = |i: usize| {
                let text = std::str::from_utf8(&cpio[at + 6 + 8 * i..at + 14 + 8 * i]).unwrap();
                u32::from_str_radix(text, 16).unwrap()
            };
            let (mode, size, name_len) = (field(1), field(6) as usize, field(11) as usize);
            let device = (field(9), field(10));
            let name = std::str::from_utf8(&cpio[at + 110..at + 109 + name_len]).unwrap().to_owned();
            let data_at = (at + 110 + name_len).next_multiple_of(4);
            if name == "TRAILER!!!" {
                break;
            }
            seen.push((name, mode, device, cpio[data_at..data_at + size].to_vec()));
            at = (data_at + size).next_multiple_of(4);
        }
        let names: Vec<_> = seen.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, [".", "dev", "dev/console", "etc", "etc/rc", "init"]);
        assert_eq!((seen[2].1, seen[2].2), (S_IFCHR | 0o600, (5, 1)));
        assert_eq!((seen[4].1, seen[4].3.as_slice()), (S_IFREG | 0o755, &b"hello"[..]));
        assert_eq!((seen[5].1, seen[5].3.as_slice()), (S_IFLNK | 0o777, &b"etc/rc"[..]));
    }

    #[test]
    fn same_tree_same_bytes() {
        let make = || {
            let mut tree = Tree::new();
            tree.file("b", 0o644, "2").file("a/b/c", 0o644, "1");
            tree.to_cpio().unwrap()
        };
        assert_eq!(make(), make());
    }

    #[test]
    fn gzip_has_its_magic() {
        assert_eq!(&gzip(b"abc").unwrap()[..2], [0x1f, 0x8b]);
    }
}
