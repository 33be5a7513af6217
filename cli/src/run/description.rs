//! The description of a run, a file in the guest's initial file system: records of a tag, a length and a body, with
//! nothing escaped, so that any bytes that an argument or variable may have arrive as they are. guest/run/description.c
//! reads it.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::plan::Plan;
use super::terminal::Look;

/// The description's bytes.
pub fn write(plan: &Plan, hostname: &[u8], terminal: Option<&Look>) -> Vec<u8> {
    let mut out = Records::default();
    // These come first: they are needed to say what may be wrong with the others.
    out.add(b'S', &plan.stdio.0.map(super::stdio::Kind::letter));
    plan.argv.iter().for_each(|arg| out.text(b'A', arg.as_bytes()));
    plan.env.iter().for_each(|variable| out.text(b'E', variable));
    out.text(b'C', plan.cwd.as_os_str().as_bytes());
    out.text(b'H', hostname);
    let ids = [plan.identity.umask, plan.identity.uid, plan.identity.gid];
    let ids = ids.iter().chain(&plan.identity.groups).flat_map(|id| id.to_le_bytes());
    out.add(b'U', &ids.collect::<Vec<u8>>());
    if let Some(shown) = &plan.shown {
        out.text(b'V', shown.as_os_str().as_bytes());
    }
    for (tag, path) in shares(&plan.rw) {
        out.text(b'R', &[tag.as_bytes(), b"\0", path.as_os_str().as_bytes()].concat());
    }
    if let Some(look) = terminal {
        out.text(b'T', &look.to_bytes());
    }
    out.0
}

/// The mount tag of each writable directory.
pub fn shares(rw: &[impl AsRef<Path>]) -> impl Iterator<Item = (String, &Path)> {
    rw.iter().enumerate().map(|(i, path)| (format!("rw{i}"), path.as_ref()))
}

#[derive(Default)]
struct Records(Vec<u8>);

impl Records {
    fn add(&mut self, tag: u8, body: &[u8]) {
        self.0.extend(u32::from(tag).to_le_bytes());
        self.0.extend((body.len() as u32).to_le_bytes());
        self.0.extend(body);
    }

    /// A body with a zero byte behind it.
    fn text(&mut self, tag: u8, body: &[u8]) {
        self.add(tag, &[body, b"\0"].concat());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records() {
        let mut out = Records::default();
        out.text(b'A', b"a\n\xff");
        out.text(b'A', b"");
        assert_eq!(out.0, b"A\0\0\0\x04\0\0\0a\n\xff\0A\0\0\0\x01\0\0\0\0");
        let tags: Vec<_> = shares(&[Path::new("/a"), Path::new("/b")]).map(|(tag, _)| tag).collect();
        assert_eq!(tags, ["rw0", "rw1"]);
    }
}
