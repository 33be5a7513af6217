//! Whose rights the program has: the caller's own, or those of `--user`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use rustix::fs::Mode;

/// User, groups and file mode creation mask.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// What new files are not permitted.
    pub umask: u32,
}

impl Identity {
    /// The caller's.
    pub fn of_this_process() -> Result<Self> {
        // The mask can only be read by setting it.
        let umask = rustix::process::umask(Mode::from_raw_mode(0o077));
        rustix::process::umask(umask);
        let groups = rustix::process::getgroups().context("cannot get the groups")?;
        Ok(Self {
            uid: rustix::process::getuid().as_raw(),
            gid: rustix::process::getgid().as_raw(),
            groups: groups.into_iter().map(rustix::process::Gid::as_raw).collect(),
            umask: umask.as_raw_mode(),
        })
    }

    /// What `--user USER[:GROUP]` means in this root: numbers, or names that its /etc/passwd and /etc/group know.
    /// A group that isn't named is the user's own there, and then the user's further groups count too.
    pub fn of_user(text: &str, root: &Path, umask: u32) -> Result<Self> {
        let read = |name: &str| fs::read_to_string(root.join("etc").join(name)).unwrap_or_default();
        parse(text, &read("passwd"), &read("group"), umask)
    }
}

fn parse(text: &str, passwd: &str, group: &str, umask: u32) -> Result<Identity> {
    let (user, named_group) = match text.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (text, None),
    };
    let entry = passwd.lines().map(fields).find(|f| f.first() == Some(&user) || f.get(2) == Some(&user));
    let uid: u32 = match (user.parse(), &entry) {
        (Ok(uid), _) => uid,
        (_, Some(entry)) => entry.get(2).and_then(|n| n.parse().ok()).context("damaged /etc/passwd")?,
        _ => bail!("--user {text}: the root's /etc/passwd has no user {user:?}"),
    };
    if let Some(name) = named_group {
        let entry = group.lines().map(fields).find(|f| f.first() == Some(&name));
        let gid = name.parse().ok().or_else(|| entry?.get(2)?.parse().ok());
        let gid =
            gid.with_context(|| format!("--user {text}: the root's /etc/group has no group {name:?}"))?;
        return Ok(Identity { uid, gid, groups: Vec::new(), umask });
    }
    let gid = entry.as_ref().and_then(|e| e.get(3)?.parse().ok()).unwrap_or(uid);
    let name = entry.as_ref().and_then(|e| e.first().copied()).unwrap_or_default();
    let member =
        |f: &Vec<&str>| !name.is_empty() && f.get(3).is_some_and(|m| m.split(',').any(|n| n == name));
    let further = group.lines().map(fields).filter(member).filter_map(|f| f.get(2)?.parse::<u32>().ok());
    let mut groups = vec![gid];
    groups.extend(further.filter(|g| *g != gid));
    Ok(Identity { uid, gid, groups, umask })
}

fn fields(line: &str) -> Vec<&str> {
    line.split(':').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:100:Ann:/home/ann:/bin/sh\n";
    const GROUP: &str = "root:x:0:\nusers:x:100:\nadm:x:4:bob,ann\nann2:x:5:annie\n";

    #[test]
    fn users() {
        let ids = |text: &str| parse(text, PASSWD, GROUP, 0o22).map(|i| (i.uid, i.gid, i.groups)).ok();
        assert_eq!(ids("1000"), Some((1000, 100, vec![100, 4])));
        assert_eq!(ids("ann"), Some((1000, 100, vec![100, 4])));
        assert_eq!(ids("1000:7"), Some((1000, 7, vec![])));
        assert_eq!(ids("0:adm"), Some((0, 4, vec![])));
        assert_eq!(ids("4242"), Some((4242, 4242, vec![4242])), "nobody knows it");
        assert_eq!(ids("carl"), None);
        assert_eq!(ids("0:nogroup"), None);
        assert_eq!(ids("-1"), None);
        assert_eq!(ids(""), None);
    }
}
