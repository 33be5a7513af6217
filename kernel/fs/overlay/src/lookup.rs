//! From a name in a directory to the real files behind it.

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use vfs::namei::stacked;
use vfs::{Dentry, Inode};

use crate::node::{Found, Node, Place, Real, UPPER, node_of};
use crate::options::Redirect;
use crate::xattr::{IMPURE, ORIGIN, REDIRECT};

/// A search through the lower layers: what is looked for changes where a moved directory says so.
struct Search<'a> {
    node: &'a Node,
    name: Vec<u8>,
    /// An absolute redirect: the path, and the layers that are left.
    path: Option<(Arc<[u8]>, usize)>,
}

impl Node {
    /// The inode of `name`.
    pub fn lookup_inode(&self, dir: &Arc<Inode>, name: &[u8]) -> Result<Arc<Inode>, Errno> {
        let found = self.find(name)?.ok_or(Errno::ENOENT)?;
        let place = Place { parent: dir.clone(), name: Arc::from(name) };
        self.fs.inode(&dir.sb, found, Some(place))
    }

    /// What `name` is made of; none if there is no such name.
    pub fn find(&self, name: &[u8]) -> Result<Option<Found>, Errno> {
        let mut found = Found::default();
        let mut search = Search { node: self, name: name.to_vec(), path: None };
        if let Some(upper) = self.upper()
            && let Some(dentry) = stacked::lookup(&upper.dentry, name)?
        {
            let real = Real::new(UPPER, dentry)?;
            if real.is_whiteout() {
                return Ok(None);
            }
            let merges = self.inspect_upper(&real, &mut found, &mut search)?;
            found.upper = Some(real);
            if !merges {
                return Ok(Some(found));
            }
        }
        search.lower_parts(&mut found)?;
        Ok((found.upper.is_some() || !found.lower.is_empty()).then_some(found))
    }

    /// Reads what the upper layer's file says about lower ones; whether they count.
    fn inspect_upper(&self, real: &Real, found: &mut Found, search: &mut Search<'_>) -> Result<bool, Errno> {
        let fs = &self.fs;
        if !real.inode.is_dir() {
            found.origin = fs
                .get_own(&real.inode, ORIGIN)?
                .and_then(|value| <[u8; 8]>::try_from(&*value).ok())
                .map(u64::from_le_bytes);
            return Ok(false);
        }
        found.impure = fs.get_own(&real.inode, IMPURE)?.is_some();
        if fs.is_opaque(&real.inode)? {
            return Ok(false);
        }
        found.redirect = search.redirect(real)?;
        Ok(true)
    }

    /// Whether a lower layer has this name, so that it has to be hidden when it goes.
    pub fn lower_has(&self, name: &[u8]) -> Result<bool, Errno> {
        for part in &self.lower {
            if let Some(dentry) = stacked::lookup(&part.dentry, name)? {
                return Ok(!Real::new(part.layer, dentry)?.is_whiteout());
            }
        }
        Ok(false)
    }
}

/// A lower layer's number, and what it has under the name.
type Step = (usize, Option<Arc<Dentry>>);

impl Search<'_> {
    /// Gathers the lower parts until one hides the rest.
    fn lower_parts(&mut self, found: &mut Found) -> Result<(), Errno> {
        let mut next = 0;
        while let Some((layer, dentry)) = self.next(&mut next)? {
            let Some(dentry) = dentry else { continue };
            let real = Real::new(layer, dentry)?;
            if real.is_whiteout() {
                break;
            }
            if !real.inode.is_dir() {
                // Below a directory a file counts for nothing.
                if found.upper.is_none() && found.lower.is_empty() {
                    found.lower.push(real);
                }
                break;
            }
            // The lowest layer hides nothing: there is no need to ask.
            let last = layer == self.node.fs.lowers.len();
            let opaque = !last && self.node.fs.is_opaque(&real.inode)?;
            if !last && !opaque {
                self.redirect(&real)?;
            }
            found.lower.push(real);
            if last || opaque {
                break;
            }
        }
        Ok(())
    }

    /// The next lower layer and what it has; none after the last.
    fn next(&mut self, next: &mut usize) -> Result<Option<Step>, Errno> {
        if let Some((path, layer)) = &mut self.path {
            let number = *layer;
            let Some(lower) = self.node.fs.lowers.get(number - 1) else { return Ok(None) };
            *layer += 1;
            return Ok(Some((number, walk(&lower.root, path)?)));
        }
        let Some(part) = self.node.lower.get(*next) else { return Ok(None) };
        *next += 1;
        Ok(Some((part.layer, stacked::lookup(&part.dentry, &self.name)?)))
    }

    /// Heeds a moved directory's redirect: the layers below are searched for that name or path.
    fn redirect(&mut self, real: &Real) -> Result<Option<Arc<[u8]>>, Errno> {
        if self.node.fs.options.redirect == Redirect::NoFollow {
            return Ok(None);
        }
        let Some(text) = self.node.fs.get_own(&real.inode, REDIRECT)? else { return Ok(None) };
        if text.first() == Some(&b'/') {
            self.path = Some((text.clone(), real.layer + 1));
        } else if text.is_empty() || text.contains(&b'/') {
            return Err(Errno::EIO);
        } else {
            self.name = text.to_vec();
        }
        Ok(Some(text))
    }
}

/// The directory at `path` below `root`, or what is in the way at its end.
fn walk(root: &Arc<Dentry>, path: &[u8]) -> Result<Option<Arc<Dentry>>, Errno> {
    let mut at = root.clone();
    for name in path.split(|b| *b == b'/').filter(|name| !name.is_empty()) {
        if name == b"." || name == b".." {
            return Err(Errno::EIO);
        }
        if !at.inode().is_some_and(|inode| inode.is_dir()) {
            return Ok(None);
        }
        match stacked::lookup(&at, name)? {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// The text by which a directory's lower parts are found after it was moved: its name if it stays in its
/// directory, else its path from the overlay's root. ENAMETOOLONG if that is too much for an attribute.
pub(crate) fn redirect_text(node: &Node, same_dir: bool) -> Result<Arc<[u8]>, Errno> {
    const MAX: usize = 4000;
    let own = |node: &Node| node.redirect.lock().clone();
    if let Some(text) = own(node)
        && (same_dir || text.first() == Some(&b'/'))
    {
        return Ok(text);
    }
    let mut place = node.place().ok_or(Errno::EIO)?;
    if same_dir {
        return Ok(place.name.clone());
    }
    let mut text = Vec::new();
    let mut redirect = own(node);
    loop {
        let part = redirect.as_deref().unwrap_or(&place.name);
        let absolute = part.first() == Some(&b'/');
        text.splice(..0, part.iter().copied());
        if !absolute {
            text.insert(0, b'/');
        }
        if text.len() > MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        if absolute {
            break;
        }
        let parent = node_of(&place.parent)?;
        let Some(up) = parent.place() else { break };
        redirect = own(parent);
        place = up;
    }
    Ok(Arc::from(text))
}
