//! The C programs that run inside the guest: which there are, what their headers ask for, and building them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};

use crate::project::{Project, is_stale};

/// What the comment `/* test: … */` at the top of a guest test says; see guest/harness/test.h.
#[derive(Clone, Debug, PartialEq)]
pub struct Tags {
    /// Not on the developer's machine itself.
    pub guest_only: bool,
    /// Not on Debian's kernel.
    pub skip_oracle: bool,
    /// On Ferrogate alone.
    pub ferrogate_only: bool,
    /// Says nothing as a program of another ABI.
    pub only_64: bool,
    /// Only under `--long`.
    pub long: bool,
    /// To be started first.
    pub slow: bool,
    /// May leave the machine changed: run after all others.
    pub last: bool,
    /// Seconds for the whole program.
    pub timeout_s: u64,
    /// Modules that Debian's kernel has to be given.
    pub modules: Vec<String>,
    /// More words for gcc.
    pub cflags: Vec<String>,
}

impl Default for Tags {
    fn default() -> Self {
        Self {
            guest_only: false,
            skip_oracle: false,
            ferrogate_only: false,
            only_64: false,
            long: false,
            slow: false,
            last: false,
            timeout_s: 10,
            modules: Vec::new(),
            cflags: Vec::new(),
        }
    }
}

impl Tags {
    /// Reads the tags from the first ten lines of a source file.
    fn parse(source: &str) -> Result<Self> {
        let mut tags = Self::default();
        for line in source.lines().take(10) {
            let Some((_, words)) = line.split_once("test: ") else { continue };
            if !line.trim_start().starts_with(['/', '*']) {
                continue;
            }
            // Behind a comma stands why.
            let words = words.split([',', '*']).next().unwrap_or_default();
            for word in words.split_whitespace() {
                tags.add(word)?;
            }
        }
        Ok(tags)
    }

    fn add(&mut self, word: &str) -> Result<()> {
        match (word, word.split_once('=')) {
            ("guest-only", _) => self.guest_only = true,
            ("skip-oracle", _) => self.skip_oracle = true,
            ("ferrogate", _) => self.ferrogate_only = true,
            ("64-only", _) => self.only_64 = true,
            ("long", _) => self.long = true,
            ("slow", _) => self.slow = true,
            ("last", _) => self.last = true,
            (_, Some(("timeout", seconds))) => {
                self.timeout_s =
                    seconds.parse().with_context(|| format!("test: {word}: no number of seconds"))?;
            }
            (_, Some(("module", name))) => self.modules.push(name.to_owned()),
            (_, Some(("cflags", flag))) => self.cflags.push(flag.to_owned()),
            _ => bail!("test: {word}: no such word; guest/harness/test.h lists them"),
        }
        Ok(())
    }
}

/// Which system calls a program is built for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Abi {
    /// 64-bit.
    #[default]
    X86_64,
    /// 32-bit.
    I386,
    /// 32-bit pointers, 64-bit registers.
    X32,
}

impl Abi {
    /// All of them, in the order in which they are tested.
    pub const ALL: [Self; 3] = [Self::X86_64, Self::I386, Self::X32];

    /// The group of its guest tests; also the word for it in [`ABI_LIST`].
    pub fn group(self) -> &'static str {
        match self {
            Self::X86_64 => "guest",
            Self::I386 => "guest32",
            Self::X32 => "guestx32",
        }
    }

    /// What is added to the name of the directory of its binaries.
    fn suffix(self) -> &'static str {
        self.group().trim_start_matches("guest")
    }

    /// For gcc. 32-bit programs get a 64-bit off_t, as Debian builds its own.
    fn cflags(self) -> &'static [&'static str] {
        match self {
            Self::X86_64 => &[],
            Self::I386 => &["-m32", "-D_FILE_OFFSET_BITS=64"],
            Self::X32 => &["-mx32"],
        }
    }
}

/// Which guest tests always run as programs of other ABIs than 64-bit; its head says more.
const ABI_LIST: &str = "guest/abis.list";

/// The names of the tests that always run for this ABI; `None` means every one.
pub fn listed(project: &Project, abi: Abi) -> Result<Option<BTreeSet<String>>> {
    if abi == Abi::X86_64 {
        return Ok(None);
    }
    let text =
        fs::read_to_string(project.root.join(ABI_LIST)).with_context(|| format!("cannot read {ABI_LIST}"))?;
    Ok(Some(parse_list(&text, abi)))
}

/// A line is a name and the groups in which it runs; `#` begins a comment.
fn parse_list(text: &str, abi: Abi) -> BTreeSet<String> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next()?;
            words.any(|word| word == abi.group()).then(|| name.to_owned())
        })
        .collect()
}

/// A guest program's source.
#[derive(Clone, Debug)]
pub struct Program {
    /// File name without `.c`.
    pub name: String,
    /// What it is built for.
    pub abi: Abi,
    source: PathBuf,
    /// What its header says.
    pub tags: Tags,
    /// The header says what nobody understands; building reports it.
    fault: Option<String>,
}

impl Program {
    /// The program of a source file.
    pub fn of(source: &Path) -> Result<Self> {
        let context = || format!("cannot read {}", source.display());
        let text = fs::read_to_string(source).with_context(context)?;
        let name = source.file_stem().with_context(context)?.to_string_lossy().into_owned();
        let (tags, fault) = match Tags::parse(&text) {
            Ok(tags) => (tags, None),
            Err(error) => (Tags::default(), Some(format!("{error:#}"))),
        };
        Ok(Self { name, abi: Abi::X86_64, source: source.to_owned(), tags, fault })
    }

    /// One that is built elsewhere.
    pub fn foreign(name: &str, timeout_s: u64) -> Self {
        let tags = Tags { timeout_s, ..Tags::default() };
        Self { name: name.to_owned(), abi: Abi::X86_64, source: PathBuf::new(), tags, fault: None }
    }

    /// The name that the user calls the test by.
    pub fn test_name(&self) -> String {
        format!("{}/{}", self.abi.group(), self.name)
    }

    /// Brings the binary up to date and returns its path, which names the directory too: two may share a name.
    pub fn build(&self, project: &Project) -> Result<PathBuf> {
        if let Some(fault) = &self.fault {
            bail!("{}: {fault}", project.show(&self.source));
        }
        let mut dir = self.source.parent().and_then(Path::file_name).unwrap_or_default().to_owned();
        dir.push(self.abi.suffix());
        let out_dir = project.output("guest").join(dir);
        fs::create_dir_all(&out_dir).with_context(|| format!("cannot make {}", out_dir.display()))?;
        let binary = out_dir.join(&self.name);
        let harness = project.root.join("guest/harness");
        let headers = project.root.join("abi/include");
        // What it is made of besides stands in a directory with its name.
        let parts = self.source.with_extension("");
        let mut sources = vec![self.source.as_path(), harness.as_path(), headers.as_path()];
        sources.extend(parts.is_dir().then_some(parts.as_path()));
        if !is_stale(&binary, &sources)? {
            return Ok(binary);
        }
        let temporary = out_dir.join(format!(".{}.{}", self.name, std::process::id()));
        let output = self.gcc(&[&harness, &headers], &temporary).output().context("cannot start gcc")?;
        if !output.status.success() {
            let _ = fs::remove_file(&temporary);
            bail!(
                "{} does not compile:\n{}",
                project.show(&self.source),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        fs::rename(&temporary, &binary).with_context(|| format!("cannot write {}", binary.display()))?;
        Ok(binary)
    }

    /// Tests hand bad arguments to calls on purpose: the warnings about that are off.
    fn gcc(&self, include: &[&Path], out: &Path) -> Command {
        let mut gcc = Command::new("gcc");
        gcc.args(["-std=gnu17", "-O1", "-g0", "-static", "-Wall", "-Wno-nonnull", "-Wno-stringop-overflow"]);
        gcc.args(["-Wno-stringop-overread", "-Wno-unused-result", "-Wl,-s"]).args(self.abi.cflags());
        if fs::read_to_string(&self.source).is_ok_and(|text| text.contains("-nostdlib")) {
            gcc.arg("-nostdlib");
        }
        include.iter().for_each(|dir| {
            gcc.arg("-I").arg(dir);
        });
        gcc.args(&self.tags.cflags).arg("-o").arg(out).arg(&self.source);
        gcc
    }
}

/// The programs of `guest/DIR`, sorted by name.
pub fn discover(project: &Project, dir: &str) -> Result<Vec<Program>> {
    let dir = project.root.join("guest").join(dir);
    let Ok(entries) = fs::read_dir(&dir) else { return Ok(Vec::new()) };
    let mut programs = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {}", dir.display()))?.path();
        if path.extension().is_some_and(|e| e == "c") {
            programs.push(Program::of(&path)?);
        }
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

/// Builds all of them, as many at a time as there are processors.
pub fn build_all(project: &Project, programs: &[Program]) -> BTreeMap<String, Result<PathBuf>> {
    in_parallel(programs, |program| (program.name.clone(), program.build(project))).into_iter().collect()
}

/// Calls the function on each item, on as many threads as there are processors.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(items.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(item);
                    results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(result);
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let source = "// What it tests.\n/* test: guest-only timeout=30 cflags=-pthread, it has threads */\n#include \"test.h\"\n";
        let tags = Tags::parse(source).unwrap();
        assert!(tags.guest_only && !tags.skip_oracle);
        assert_eq!((tags.timeout_s, tags.cflags.as_slice()), (30, &["-pthread".to_owned()][..]));
        assert_eq!(Tags::parse("int main(void) { puts(\"test: x\"); }").unwrap(), Tags::default());
        assert!(Tags::parse("/* test: no-such-word */").is_err());
        assert!(Tags::parse("/* test: timeout=soon */").is_err());
    }

    #[test]
    fn list_of_abis() {
        let text = "# all\ndup guest32 guestx32 # both\nvdso guestx32\n\nsignal guest32\n";
        assert_eq!(parse_list(text, Abi::I386).into_iter().collect::<Vec<_>>(), ["dup", "signal"]);
        assert_eq!(parse_list(text, Abi::X32).into_iter().collect::<Vec<_>>(), ["dup", "vdso"]);
    }

    #[test]
    fn parallel_work_is_complete() {
        let items: Vec<u32> = (0..100).collect();
        let mut done = in_parallel(&items, |n| n * 2);
        done.sort_unstable();
        assert_eq!(done, items.iter().map(|n| n * 2).collect::<Vec<_>>());
    }
}
