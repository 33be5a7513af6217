//! What is counted in the sources themselves: `unsafe`, and lengths.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::project::Project;

/// The crates that may hold unsafe code: two of the kernel's, and the one for programs.
const MAY_BE_UNSAFE: &[&str] = &["hal", "sync", "libcall"];
/// Directories with Rust sources.
const ROOTS: &[&str] = &["abi", "sync", "hal", "kernel", "cli", "libcall", "vdso"];
/// Lines from which a file is reported.
const LONG_FILE: usize = 400;

/// Counts the keyword per crate; fails where it must not be.
pub fn check_unsafe(project: &Project) -> Result<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in rust_files(project)? {
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let lines = unsafe_lines(&text);
        let path = file.strip_prefix(&project.root).unwrap_or(&file);
        let name = crate_of(path);
        if !MAY_BE_UNSAFE.contains(&name.as_str()) {
            wrong.extend(
                lines
                    .iter()
                    .map(|line| format!("{}:{line}: unsafe outside hal, sync and libcall", path.display())),
            );
        }
        *counts.entry(name).or_default() += lines.len();
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    let shown = counts.iter().filter(|(_, count)| **count > 0);
    let text = shown.map(|(name, count)| format!("{name}: {count} times unsafe")).collect::<Vec<_>>();
    Ok(text.join("\n"))
}

/// Lists the files over the mark; a report, not a failure.
pub fn report_lengths(project: &Project) -> Result<String> {
    let mut long = Vec::new();
    for file in rust_files(project)? {
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let lines = text.lines().count();
        if lines > LONG_FILE {
            long.push((lines, format!("{}: {lines} lines", project.show(&file))));
        }
    }
    long.sort_by(|a, b| b.cmp(a));
    Ok(long.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n"))
}

/// `kernel/fs/tmpfs/src/x.rs` is of `kernel/fs/tmpfs`, `hal/build.rs` of `hal`.
fn crate_of(path: &Path) -> String {
    let parts = path.components().map(|c| c.as_os_str().to_string_lossy().into_owned());
    let inner = ["src", "tests", "benches", "examples"];
    let dirs = parts.take_while(|p| !inner.contains(&p.as_str()) && !p.ends_with(".rs"));
    dirs.collect::<Vec<_>>().join("/")
}

fn rust_files(project: &Project) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for root in ROOTS {
        collect(&project.root.join(root), &mut files)?;
    }
    files.sort();
    Ok(files)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(dir) else { return Ok(()) };
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {}", dir.display()))?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The lines on which the keyword stands in code.
fn unsafe_lines(source: &str) -> Vec<usize> {
    let code = code_only(source);
    let mut lines = Vec::new();
    for (line, number) in code.lines().zip(1..) {
        let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        lines.extend(words.filter(|word| *word == "unsafe").map(|_| number));
    }
    lines
}

/// The source with comments, strings and character literals blanked; the lines stay.
fn code_only(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = at + blank_length(&bytes[at..], at.checked_sub(1).map(|before| bytes[before]));
        if end > at {
            out.extend(bytes[at..end].iter().map(|b| if *b == b'\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            out.push(if bytes[at].is_ascii() { char::from(bytes[at]) } else { ' ' });
            at += 1;
        }
    }
    out
}

/// The length of the comment or literal that begins here; 0 if none does.
fn blank_length(rest: &[u8], before: Option<u8>) -> usize {
    let in_word = before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    match rest {
        [b'/', b'/', ..] => rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => block_comment(rest),
        [b'"', ..] => quoted(rest, b'"'),
        [b'r', b'"' | b'#', ..] if !in_word => raw_string(rest),
        [b'\'', b'\\', ..] => quoted(rest, b'\''),
        // A lifetime has no closing quote behind its first character.
        [b'\'', _, b'\'', ..] => 3,
        _ => 0,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b if b == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// `r#"…"#`; a raw identifier such as `r#type` is no string.
fn raw_string(rest: &[u8]) -> usize {
    let hashes = rest[1..].iter().take_while(|b| **b == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let end: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = &rest[2 + hashes..];
    let found = body.windows(end.len()).position(|w| w == end);
    found.map_or(rest.len(), |at| 2 + hashes + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_counts() {
        let source = "// unsafe\n/* unsafe /* unsafe */ unsafe */ unsafe fn f() {}\nlet s = \"unsafe \\\" unsafe\";\n\
                      let r = r#\"unsafe \" unsafe\"#;\nlet c = '\"'; unsafe { x::<'a>() }\nunsafe_code; not_unsafe\n\
                      let q = '\\''; unsafe {}\n";
        assert_eq!(unsafe_lines(source), [2, 5, 7]);
    }

    #[test]
    fn crates_of_paths() {
        assert_eq!(crate_of(Path::new("kernel/fs/tmpfs/src/a/b.rs")), "kernel/fs/tmpfs");
        assert_eq!(crate_of(Path::new("hal/build.rs")), "hal");
    }
}
