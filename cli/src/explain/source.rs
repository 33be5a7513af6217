//! What the sources say of a function: where it is declared, and the first sentence of its documentation.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use super::images::Frame;

/// Where a function stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// File, below the root.
    pub file: String,
    /// Line of its head.
    pub line: usize,
    /// The head was found; else it is a line of its code.
    pub is_head: bool,
    /// First sentence of its documentation; empty if it has none.
    pub says: String,
}

/// The project's sources, read as they are needed.
pub struct Sources {
    root: PathBuf,
    files: HashMap<String, Vec<String>>,
}

impl Sources {
    /// Sources below a root.
    pub fn new(root: PathBuf) -> Self {
        Self { root, files: HashMap::new() }
    }

    /// The file's name below the root; `None` for a file of somebody else's.
    pub fn own<'a>(&self, file: &'a str) -> Option<&'a str> {
        let root = self.root.to_str()?;
        let inner = file.strip_prefix(root).map(|rest| rest.trim_start_matches('/'));
        inner.or_else(|| {
            ["kernel/", "hal/", "sync/", "abi/"].iter().any(|d| file.starts_with(d)).then_some(file)
        })
    }

    /// Only the line, for code whose head is not found: a macro has made it.
    pub fn line(&self, frame: &Frame) -> Option<Declared> {
        let file = shorten(self.own(&frame.file)?);
        (frame.line > 0).then(|| Declared {
            file,
            line: frame.line as usize,
            is_head: false,
            says: String::new(),
        })
    }

    /// The head of the function `name` whose code has this line.
    pub fn declared(&mut self, file: &str, name: &str, line: u32) -> Option<Declared> {
        let own = self.own(file)?.to_owned();
        let root = &self.root;
        let lines = self.files.entry(own.clone()).or_insert_with(|| {
            let text = fs::read_to_string(root.join(&own)).unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        });
        let head = |text: &String| {
            let Some((_, rest)) = text.split_once("fn ") else { return false };
            !text.trim_start().starts_with("//")
                && rest.trim_start_matches("r#").strip_prefix(name).is_some_and(|r| r.starts_with(['(', '<']))
        };
        let end = (line as usize).min(lines.len());
        let at = lines[..end].iter().rposition(head).or_else(|| lines.iter().position(head))?;
        Some(Declared { file: shorten(&own), line: at + 1, is_head: true, says: documentation(lines, at) })
    }
}

/// What is generated stands deep below target/.
fn shorten(file: &str) -> String {
    match (file.starts_with("target/"), file.rsplit_once('/')) {
        (true, Some((_, name))) => format!("generated {name}"),
        _ => file.to_owned(),
    }
}

fn documentation(lines: &[String], head: usize) -> String {
    let mut first = head;
    while first > 0 && lines[first - 1].trim_start().starts_with(['#', '/']) {
        first -= 1;
    }
    let text: Vec<&str> = lines[first..head]
        .iter()
        .filter_map(|line| line.trim_start().strip_prefix("///"))
        .map(str::trim)
        .take_while(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let text = text.join(" ").replace("[`", "`").replace("`]", "`");
    match text.split_once(". ") {
        Some((sentence, _)) => sentence.to_owned(),
        None => text.trim_end_matches('.').to_owned(),
    }
}

/// The last part of a function's path, without generic arguments: `write_iter` of `<A as B<C>>::write_iter<D>`.
pub fn last_part(path: &str) -> &str {
    parts(path).last().copied().unwrap_or(path)
}

/// As a reader wants it: the function, with its type where it has one.
pub fn short(path: &str) -> String {
    let parts = parts(path);
    let mut parts: &[&str] = &parts;
    let mut closure = false;
    while let [rest @ .., last] = parts
        && last.starts_with('{')
    {
        closure = true;
        parts = rest;
    }
    let name = match parts {
        [.., before, last] if before.starts_with(char::is_uppercase) => format!("{before}::{last}"),
        [.., before, last] if before.starts_with('<') => format!("{}::{last}", of_impl(before)),
        [.., last] => (*last).to_owned(),
        [] => path.to_owned(),
    };
    if closure { format!("{name}, a closure") } else { name }
}

/// `<tmpfs::File as vfs::FileOps>` is `File`.
fn of_impl(part: &str) -> &str {
    let inner = part.trim_start_matches('<');
    let ty = inner.split(" as ").next().unwrap_or(inner).trim_end_matches('>');
    ty.rsplit("::").next().unwrap_or(ty)
}

/// The path's parts; what stands in angle brackets is part of one, or dropped where it is only arguments.
fn parts(path: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0usize, 0, Vec::new());
    let bytes = path.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'<' | b'(' | b'[' => depth += 1,
            b'>' | b')' | b']' if at == 0 || bytes[at - 1] != b'-' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && bytes.get(at + 1) == Some(&b':') => {
                parts.push(&path[start..at]);
                at += 1;
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&path[start..]);
    let arguments =
        |part: &&str| !(part.starts_with('<') && !part.contains(" as ") && parts.first() != Some(part));
    let kept: Vec<&str> = parts.iter().filter(|part| arguments(part)).copied().collect();
    kept.into_iter()
        .map(|part| if part.starts_with('<') { part } else { part.split('<').next().unwrap_or(part) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(short("vfs::file::vfs_write"), "vfs_write");
        assert_eq!(short("<tty::file::TtyFile as vfs::ops::FileOps<A>>::write_iter"), "TtyFile::write_iter");
        assert_eq!(short("process::cx::Cx::run::<syscall::x::{closure#0}>"), "Cx::run");
        assert_eq!(short("process::cx::Cx::run<syscall::x::{closure#0}>"), "Cx::run");
        assert_eq!(short("syscall::file::write::{closure#0}"), "write, a closure");
        assert_eq!(last_part("a::b::c<d::e>"), "c");
    }

    #[test]
    fn the_first_sentence() {
        let lines = ["/// Does it. And more", "/// of it.", "#[inline]", "pub fn f() {"].map(str::to_owned);
        assert_eq!(documentation(&lines, 3), "Does it");
    }
}
