//! Mounting: from paths to layers.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use sync::{SpinLock, rank};
use vfs::consts::*;
use vfs::namei::stacked::{self, New};
use vfs::namei::{Base, LookupFlags, path_lookup};
use vfs::{Dentry, LookupCtx, Mount, Path, SuperBlock};

use crate::node::{Found, Real, UPPER};
use crate::options::Options;
use crate::xattr::IMPURE;
use crate::{Layer, OVERLAYFS_SUPER_MAGIC, Ovl};

/// How many overlays may stand upon one another (Linux's FILESYSTEM_MAX_STACK_DEPTH).
const MAX_DEPTH: u32 = 2;

/// A new overlay, its root ready.
pub(crate) fn mount(flags: u64, options: Options, ctx: &LookupCtx<'_>) -> Result<Arc<SuperBlock>, Errno> {
    let upper = options.upper.as_ref().map(|path| directory(ctx, path)).transpose()?;
    let workdir = options.work.as_ref().map(|path| directory(ctx, path)).transpose()?;
    if let (Some(upper), Some(work)) = (&upper, &workdir) {
        check_upper(upper, work)?;
    }
    let lowers = options.lowers.iter().map(|path| directory(ctx, path)).collect::<Result<Vec<_>, _>>()?;
    check_overlap(&upper, &workdir, &lowers)?;
    let depth = depth_of(upper.iter().chain(&lowers))?;
    let layers = make_layers(&upper, &lowers);
    let mut fs = Ovl {
        upper: layers.0,
        lowers: layers.1,
        work: None,
        options,
        cred: Arc::new(ctx.cred.clone()),
        depth,
        inodes: SpinLock::new(rank::FS_PRIVATE, BTreeMap::new()),
    };
    if let Some(workdir) = &workdir {
        fs.work = Some(prepare_work(&fs, workdir)?);
    }
    let flags = if upper.is_none() { flags | MS_RDONLY } else { flags };
    let fs = Arc::new(fs);
    let sb = SuperBlock::new("overlay", OVERLAYFS_SUPER_MAGIC, 0, flags, fs.clone());
    let found = root_parts(&fs)?;
    let root = fs.inode(&sb, found, None)?;
    sb.set_root(root);
    Ok(sb)
}

/// EINVAL for what isn't a directory.
fn directory(ctx: &LookupCtx<'_>, path: &[u8]) -> Result<Path, Errno> {
    let place = path_lookup(ctx, &Base::Cwd, path, LookupFlags::FOLLOW)?;
    let is_dir = place.dentry.inode().is_some_and(|inode| inode.is_dir());
    if is_dir { Ok(place) } else { Err(Errno::EINVAL) }
}

/// The upper layer must be writable, and the work directory a tree of its own beside it.
fn check_upper(upper: &Path, work: &Path) -> Result<(), Errno> {
    if upper.mnt.is_readonly()
        || !Arc::ptr_eq(&upper.mnt, &work.mnt)
        || is_below(&upper.dentry, &work.dentry)
        || is_below(&work.dentry, &upper.dentry)
    {
        return Err(Errno::EINVAL);
    }
    Ok(())
}

/// ELOOP if one of the directories lies within another that is written to.
fn check_overlap(upper: &Option<Path>, work: &Option<Path>, lowers: &[Path]) -> Result<(), Errno> {
    for written in upper.iter().chain(work) {
        for lower in lowers {
            if is_below(&lower.dentry, &written.dentry) || is_below(&written.dentry, &lower.dentry) {
                return Err(Errno::ELOOP);
            }
        }
    }
    Ok(())
}

fn is_below(dentry: &Arc<Dentry>, top: &Arc<Dentry>) -> bool {
    let mut at = Some(dentry.clone());
    while let Some(dentry) = at {
        if Arc::ptr_eq(&dentry, top) {
            return true;
        }
        at = dentry.parent();
    }
    false
}

fn depth_of<'a>(paths: impl Iterator<Item = &'a Path>) -> Result<u32, Errno> {
    let depth = 1 + paths.map(|path| path.mnt.sb.ops.stack_depth()).max().unwrap_or(0);
    if depth > MAX_DEPTH { Err(Errno::EINVAL) } else { Ok(depth) }
}

/// Mounts of the layers' own. File systems are numbered from the lowest layer up, so that the numbers of what is
/// mostly seen are the ones that it has below.
fn make_layers(upper: &Option<Path>, lowers: &[Path]) -> (Option<Layer>, Vec<Layer>) {
    let mut supers: Vec<Arc<SuperBlock>> = Vec::new();
    let mut layer = |path: &Path| {
        let sb = &path.mnt.sb;
        let number = supers.iter().position(|known| Arc::ptr_eq(known, sb)).unwrap_or_else(|| {
            supers.push(sb.clone());
            supers.len() - 1
        });
        Layer {
            mnt: Mount::new_internal(sb.clone(), path.dentry.clone()),
            root: path.dentry.clone(),
            fsid: number as u64,
        }
    };
    let mut below: Vec<Layer> = lowers.iter().rev().map(&mut layer).collect();
    below.reverse();
    (upper.as_ref().map(layer), below)
}

/// The directory `work` below the one that was named, empty. EINVAL if the upper file system can't keep what an
/// overlay has to note.
fn prepare_work(fs: &Ovl, workdir: &Path) -> Result<Arc<Dentry>, Errno> {
    const NAME: &[u8] = b"work";
    fs.clear_tree(&workdir.dentry, NAME, 0)?;
    let work = stacked::make(&workdir.dentry, NAME, &New::Dir(0), &fs.cred)?;
    fs.set_own(&*stacked::inode_of(&work)?, IMPURE, b"y").map_err(|_| Errno::EINVAL)?;
    Ok(work)
}

fn root_parts(fs: &Ovl) -> Result<Found, Errno> {
    let mut found = Found::default();
    if let Some(layer) = &fs.upper {
        let real = Real::new(UPPER, layer.root.clone())?;
        found.impure = fs.get_own(&real.inode, IMPURE)?.is_some();
        found.upper = Some(real);
    }
    for (at, layer) in fs.lowers.iter().enumerate() {
        found.lower.push(Real::new(at + 1, layer.root.clone())?);
    }
    Ok(found)
}
