//! The mounts that a process sees: mounts and mountinfo (proc(5)).

use core::fmt::{self, Write};

use abi::mount::{MS_NOATIME, MS_NODEV, MS_NODIRATIME, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_RELATIME};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use process::Task;
use vfs::{Dentry, Mount};

use vfs::text::Text;

/// Source, place, type and options of each mount, as fstab(5) has them.
pub(crate) fn mounts(task: &Task, out: &mut Text) -> fmt::Result {
    let Some(fs) = task.fs() else { return Ok(()) };
    for (mount, point) in vfs::mount::mounts(&fs.root()) {
        write!(out, "{} {} {} ", escape(&mount.source), escape(&point), mount.sb.fs_name)?;
        access(mount.flags() | mount.sb.flags(), out)?;
        mount_options(&mount, out)?;
        mount.sb.ops.show_options(out)?;
        out.write_str(" 0 0\n")?;
    }
    Ok(())
}

/// The same with the tree's numbers.
pub(crate) fn mountinfo(task: &Task, out: &mut Text) -> fmt::Result {
    let Some(fs) = task.fs() else { return Ok(()) };
    for (mount, point) in vfs::mount::mounts(&fs.root()) {
        let parent = mount.mount_point().map_or(mount.id(), |at| at.mnt.id());
        let dev = mount.sb.dev;
        let root = path_within(&mount.root);
        write!(
            out,
            "{} {parent} {}:{} {} {} ",
            mount.id(),
            dev >> 8,
            dev & 0xff,
            escape(&root),
            escape(&point)
        )?;
        access(mount.flags(), out)?;
        mount_options(&mount, out)?;
        write!(out, " - {} {} ", mount.sb.fs_name, escape(&mount.source))?;
        access(mount.sb.flags(), out)?;
        mount.sb.ops.show_options(out)?;
        out.write_str("\n")?;
    }
    Ok(())
}

/// A directory's path from the root of its file system: what of it is seen at the mount.
fn path_within(dentry: &Arc<Dentry>) -> Vec<u8> {
    let mut names = Vec::new();
    let mut at = dentry.clone();
    while let Some(parent) = at.parent() {
        names.push(at.name());
        at = parent;
    }
    let mut path = Vec::new();
    for name in names.iter().rev() {
        path.push(b'/');
        path.extend_from_slice(name);
    }
    if path.is_empty() {
        path.push(b'/');
    }
    path
}

fn access(flags: u64, out: &mut Text) -> fmt::Result {
    out.write_str(if flags & MS_RDONLY != 0 { "ro" } else { "rw" })
}

fn mount_options(mount: &Mount, out: &mut Text) -> fmt::Result {
    for (flag, name) in [
        (MS_NOSUID, ",nosuid"),
        (MS_NODEV, ",nodev"),
        (MS_NOEXEC, ",noexec"),
        (MS_NOATIME, ",noatime"),
        (MS_NODIRATIME, ",nodiratime"),
        (MS_RELATIME, ",relatime"),
    ] {
        if mount.flags() & flag != 0 {
            out.write_str(name)?;
        }
    }
    Ok(())
}

/// Blanks and backslashes in octal.
fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                ' ' | '\t' | '\n' | '\\' | '#' => drop(write!(text, "\\{:03o}", letter as u32)),
                _ => text.push(letter),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\{byte:03o}");
        }
    }
    text
}
