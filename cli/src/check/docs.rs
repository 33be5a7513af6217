//! What the documents say of the tree: their links lead somewhere, the README names every command, and the lock
//! order has every rank.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::CommandFactory;

use crate::project::Project;

const README: &str = "README.md";
const LOCKING: &str = "docs/locking.md";
const RANKS: &str = "sync/src/rank.rs";

/// Checks all documents; the note says how much was looked at.
pub fn check(project: &Project) -> Result<String> {
    let read = |name: &str| {
        fs::read_to_string(project.root.join(name)).with_context(|| format!("cannot read {name}"))
    };
    let mut files = Vec::new();
    collect(&project.root, &mut files)?;
    let mut links = 0;
    let mut wrong = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        for (line, target) in relative_links(&text) {
            links += 1;
            if !file.parent().is_some_and(|dir| dir.join(target).exists()) {
                wrong.push(format!("{}:{line}: nothing is at {target}", project.show(file)));
            }
        }
    }
    let readme = read(README)?;
    let commands = crate::Cli::command();
    let names = commands.get_subcommands().map(|command| command.get_name());
    wrong.extend(unnamed_commands(&readme, names));
    wrong.extend(rank_differences(&read(RANKS)?, &read(LOCKING)?));
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(format!("{links} links in {} documents", files.len()))
}

/// The documents of the tree: not those that were built or fetched, nor hidden ones.
fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let context = || format!("cannot read {}", dir.display());
    for entry in fs::read_dir(dir).with_context(context)? {
        let entry = entry.with_context(context)?;
        let (path, name) = (entry.path(), entry.file_name());
        if name == "target" || name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type().with_context(context)?.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "md") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

/// The targets of links within the tree, without the part of the page, with their lines. Code is not looked at.
fn relative_links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    let mut fenced = false;
    for (line, number) in text.lines().zip(1..) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced || line.starts_with("    ") {
            continue;
        }
        // What stands between backquotes is every second part.
        for prose in line.split('`').step_by(2) {
            links.extend(targets(prose).map(|target| (number, target)));
        }
        // The text of a link may be code, which ends right before `](`.
        let behind_code = line.split('`').skip(2).step_by(2);
        links.extend(behind_code.filter_map(|part| part.strip_prefix("](")).filter_map(|rest| {
            let (target, _) = rest.split_once(')')?;
            (!target.contains('`')).then_some((number, target))
        }));
    }
    links.retain(|(_, target)| !target.contains("://") && !target.starts_with("mailto:"));
    links.iter_mut().for_each(|(_, target)| *target = target.split('#').next().unwrap_or(""));
    links.retain(|(_, target)| !target.is_empty());
    links.sort_unstable();
    links.dedup();
    links
}

fn targets(prose: &str) -> impl Iterator<Item = &str> {
    prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// The commands of the tool that the README does not show.
fn unnamed_commands<'a>(readme: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let shown = |name: &str| {
        let call = format!("./ferrogate {name}");
        let mut behind = readme.split(call.as_str()).skip(1);
        behind.any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
    };
    names
        .filter(|name| *name != "help" && !shown(name))
        .map(|name| format!("{README} does not name the command `./ferrogate {name}`"))
        .collect()
}

/// Where the lock order on paper differs from the one in the source.
fn rank_differences(source: &str, page: &str) -> Vec<String> {
    let defined: Vec<_> = source.lines().filter_map(defined_rank).collect();
    let listed: Vec<_> = page.lines().filter_map(listed_rank).collect();
    let mut wrong = Vec::new();
    if defined.is_empty() {
        wrong.push(format!(
            "{RANKS}: no ranks found; cli/src/check/docs.rs reads lines like `10 EXEC \"…\";`"
        ));
    }
    for (order, name) in defined.iter().filter(|rank| !listed.contains(rank)) {
        wrong.push(format!("{LOCKING} has no row `| {order} | {name} |`, which {RANKS} defines"));
    }
    for (order, name) in listed.iter().filter(|rank| !defined.contains(rank)) {
        wrong.push(format!("{LOCKING} lists {order} {name}, which {RANKS} does not define so"));
    }
    wrong
}

/// `    10 EXEC "One image change.";`
fn defined_rank(line: &str) -> Option<(u16, &str)> {
    let (order, rest) = line.trim_start().split_once(' ')?;
    let (name, meaning) = rest.split_once(' ')?;
    meaning.starts_with('"').then_some((order.parse().ok()?, name))
}

/// `| 10 | EXEC | …`
fn listed_rank(line: &str) -> Option<(u16, &str)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    Some((cells.next()?.parse().ok()?, cells.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_outside_of_code() {
        let text = "[a](b.md#part) and [c](https://x/y) [`d`](e/)\n```\n[f](g)\n```\n    [h](i)\n`[j](k)` [l](#here)";
        assert_eq!(relative_links(text), [(1, "b.md"), (1, "e/")]);
    }

    #[test]
    fn commands_are_whole_words() {
        let readme = "`./ferrogate boot` and ./ferrogate testing";
        let wrong = unnamed_commands(readme, ["boot", "test", "help"].into_iter());
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].contains("ferrogate test"));
    }

    #[test]
    fn ranks_by_number_and_name() {
        let source = "ranks! {\n    // Sleeping locks.\n    10 EXEC \"One.\";\n    20 MMAP \"Two.\";\n}";
        assert!(
            rank_differences(source, "| order | rank |\n| --- | --- |\n| 10 | EXEC | x |\n| 20 | MMAP | y |")
                .is_empty()
        );
        assert_eq!(rank_differences(source, "| 10 | EXEC | x |\n| 21 | MMAP | y |").len(), 2);
        assert_eq!(rank_differences("", "").len(), 1);
    }
}
