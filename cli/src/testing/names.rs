//! The names of the tests, and which of them were asked for.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Result, bail};

use crate::guest::{self, Abi, Program};
use crate::libcall;
use crate::project::Project;

/// All tests: `unit`, `guest/NAME` (also `guest32`, `guestx32`), `libcall/ABI`, `selftest/NAME`,
/// `session/NAME`, `run/NAME`, `gdb/NAME`, `explain/NAME`, `speed`.
/// With `unlisted`, guest tests count for the other ABIs that do not always run there, and so do long recordings.
pub fn all(project: &Project, unlisted: bool) -> Result<Vec<String>> {
    let mut names = vec!["unit".to_owned()];
    let programs = guest::discover(project, "tests")?;
    for abi in Abi::ALL {
        let list = if unlisted { None } else { guest::listed(project, abi)? };
        let listed = |p: &&Program| list.as_ref().is_none_or(|list| list.contains(&p.name));
        let wanted = programs.iter().filter(|p| abi == Abi::X86_64 || !p.tags.only_64).filter(listed);
        names.extend(wanted.map(|p| format!("{}/{}", abi.group(), p.name)));
    }
    names.extend(abi_gen::Abi::ALL.map(|abi| format!("libcall/{}", libcall::names(abi).0)));
    names.extend(super::selftests::names(project)?);
    for (group, extension) in [("session", "session"), ("gdb", "gdb")] {
        names.extend(session_files(project, extension).into_iter().map(|name| format!("{group}/{name}")));
    }
    names.extend(run_files(project).into_iter().map(|name| format!("run/{name}")));
    names.extend(super::explain::names(unlisted));
    names.push("speed".to_owned());
    Ok(names)
}

/// The names of the scripts in `guest/run-tests`, sorted.
pub fn run_files(project: &Project) -> Vec<String> {
    files(project, "guest/run-tests", "sh")
}

/// The names of the files in `guest/sessions` with this extension, sorted.
pub fn session_files(project: &Project, extension: &str) -> Vec<String> {
    files(project, "guest/sessions", extension)
}

fn files(project: &Project, dir: &str, extension: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(project.root.join(dir)) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|e| e == extension));
    let mut names: Vec<_> =
        wanted.filter_map(|p| Some(p.file_stem()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

/// The tests that are to run.
#[derive(Debug)]
pub struct Selection(BTreeSet<String>);

impl Selection {
    /// What the user's words mean: an exact name or group if there is one, else every name that contains the word.
    /// An `unlisted` name has to be given in full.
    pub fn of(words: &[String], all: &[String], unlisted: &[String]) -> Result<Self> {
        if words.is_empty() {
            return Ok(Self(all.iter().cloned().collect()));
        }
        let mut chosen = BTreeSet::new();
        for word in words {
            let exact = |name: &&String| *name == word || name.split('/').any(|part| part == word);
            let mut found: Vec<&String> = all.iter().filter(exact).collect();
            if found.is_empty() {
                found = unlisted.iter().filter(|name| *name == word).collect();
            }
            if found.is_empty() {
                found = all.iter().filter(|name| name.contains(word.as_str())).collect();
            }
            if found.is_empty() {
                bail!("no test is called {word:?}; `./ferrogate test --list` prints the names");
            }
            chosen.extend(found.into_iter().cloned());
        }
        Ok(Self(chosen))
    }

    /// Whether this test is to run.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether anything of this group is to run.
    pub fn group(&self, group: &str) -> bool {
        self.0.iter().any(|name| name.split('/').next() == Some(group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(words: &[&str]) -> Option<Vec<String>> {
        let all: Vec<String> =
            ["unit", "guest/dup", "guest/dup2", "guest/write", "gdb/walk"].map(str::to_owned).into();
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        let unlisted = ["guest32/dup2".to_owned()];
        Some(Selection::of(&words, &all, &unlisted).ok()?.0.into_iter().collect())
    }

    #[test]
    fn selection() {
        assert_eq!(pick(&[]).unwrap().len(), 5);
        assert_eq!(pick(&["dup"]).unwrap(), ["guest/dup"], "an exact name");
        assert_eq!(pick(&["du"]).unwrap(), ["guest/dup", "guest/dup2"], "a part");
        assert_eq!(pick(&["guest"]).unwrap().len(), 3, "a group");
        assert_eq!(pick(&["gdb/walk", "unit"]).unwrap(), ["gdb/walk", "unit"]);
        assert_eq!(pick(&["dup2"]).unwrap(), ["guest/dup2"], "not what is unlisted");
        assert_eq!(pick(&["guest32/dup2"]).unwrap(), ["guest32/dup2"], "but in full");
        assert!(pick(&["nothing"]).is_none());
    }
}
