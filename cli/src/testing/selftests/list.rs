//! `guest/selftests.list`: which of Linux's selftests are built how; its head says what the words mean.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::guest::Abi;
use crate::project::Project;

const LIST: &str = "guest/selftests.list";

/// A selftest as one program.
#[derive(Clone, Debug, PartialEq)]
pub struct Selftest {
    /// As Linux's Makefile calls it: `ldt_gdt_32`.
    pub name: String,
    /// Directory below tools/testing/selftests.
    pub suite: String,
    /// What it is built for.
    pub abi: Abi,
    /// Source files in the directory; the first has the name.
    pub sources: Vec<String>,
    /// More words for gcc.
    pub cflags: Vec<String>,
    /// Its lines are compared; otherwise its exit status alone.
    pub lines: bool,
    /// Lines with one of these words are not.
    pub except: Vec<String>,
    /// It needs a processor without SMAP.
    pub no_smap: bool,
    /// One kind of processor is enough.
    pub one_vendor: bool,
    /// Only with `--long`.
    pub long: bool,
    /// It is not run, and why.
    pub skip: Option<String>,
}

/// All of the list.
pub fn read(project: &Project) -> Result<Vec<Selftest>> {
    let path = project.root.join(LIST);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut tests = Vec::new();
    for (number, line) in text.lines().enumerate() {
        tests.extend(parse(line).with_context(|| format!("{LIST}, line {}", number + 1))?);
    }
    Ok(tests)
}

/// The programs of a line.
pub fn parse(line: &str) -> Result<Vec<Selftest>> {
    let (words, why) = line.split_once('#').unwrap_or((line, ""));
    let mut words = words.split_whitespace();
    let Some(path) = words.next() else { return Ok(Vec::new()) };
    let (suite, name) = path.split_once('/').context("a line begins with DIRECTORY/NAME")?;
    let mut test = Selftest {
        name: String::new(),
        suite: suite.to_owned(),
        abi: Abi::X86_64,
        sources: vec![format!("{name}.c")],
        cflags: Vec::new(),
        lines: false,
        except: Vec::new(),
        no_smap: false,
        one_vendor: false,
        long: false,
        skip: None,
    };
    let mut widths = Vec::new();
    let mut more = Vec::new();
    for word in words {
        match (word, word.split_once('=')) {
            ("32" | "64", _) => widths.push(word),
            ("lines", _) => test.lines = true,
            ("no-smap", _) => test.no_smap = true,
            ("one-vendor", _) => test.one_vendor = true,
            ("long", _) => test.long = true,
            ("skip", _) => test.skip = Some(why.trim().to_owned()),
            (_, Some(("with", file))) => test.sources.push(file.to_owned()),
            (_, Some(("with32", file))) => more.push(("32", file)),
            (_, Some(("with64", file))) => more.push(("64", file)),
            (_, Some(("except", word))) => test.except.push(word.to_owned()),
            (_, Some(("cflag", flag))) => test.cflags.push(flag.to_owned()),
            _ => bail!("{word}: no such word"),
        }
    }
    if widths.is_empty() {
        if test.skip.is_none() {
            bail!("{path} is built for no width");
        }
        test.name = name.to_owned();
        return Ok(vec![test]);
    }
    let of_width = |width: &str| {
        let mut test = test.clone();
        test.name = format!("{name}_{width}");
        test.abi = if width == "32" { Abi::I386 } else { Abi::X86_64 };
        test.sources.extend(more.iter().filter(|(w, _)| *w == width).map(|(_, file)| (*file).to_owned()));
        test
    };
    Ok(widths.into_iter().map(of_width).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_list() {
        assert_eq!(parse("  # only a comment").unwrap(), []);
        let tests = parse("x86/ss 32 64 with64=thunks.S lines cflag=-O1").unwrap();
        assert_eq!(tests.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["ss_32", "ss_64"]);
        assert_eq!((tests[0].abi, tests[1].abi), (Abi::I386, Abi::X86_64));
        assert_eq!((tests[0].sources.len(), tests[1].sources.len()), (1, 2));
        assert!(tests[0].lines && !tests[0].no_smap && tests[0].cflags == ["-O1"]);
        assert_eq!(parse("x86/a skip # needs ptrace").unwrap()[0].skip.as_deref(), Some("needs ptrace"));
        assert!(parse("x86/a").is_err() && parse("a 32").is_err() && parse("x86/a 32 slow").is_err());
    }
}
