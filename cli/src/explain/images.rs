//! What addresses mean: symbols and lines of the kernel, of the program and of its libraries.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol};

use super::remote::Remote;

const VDSO: &str = "the vDSO";

/// A function around an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name, demangled.
    pub name: String,
    /// Where it begins.
    pub start: u64,
}

/// A frame of an address: inlined functions have frames, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The function's name, with its path.
    pub function: String,
    /// Source file.
    pub file: String,
    /// Line.
    pub line: u32,
}

/// An ELF file that is mapped somewhere.
pub struct Image {
    /// The file.
    pub path: PathBuf,
    bytes: Vec<u8>,
    /// What is added to the file's addresses.
    pub bias: u64,
    symbols: Vec<(u64, u64, String)>,
    loader: Option<addr2line::Loader>,
    frames: HashMap<u64, Vec<Frame>>,
}

impl Image {
    /// Reads an ELF file.
    pub fn load(path: &Path, bias: u64) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut image = Self::parse(path, bytes, bias)?;
        image.loader = addr2line::Loader::new(path).ok();
        Ok(image)
    }

    /// The vDSO, as it was read from a program's memory.
    pub fn vdso(bytes: Vec<u8>, at: u64) -> Option<Self> {
        Self::parse(Path::new(VDSO), bytes, at).ok()
    }

    /// Whether it is one.
    pub fn is_vdso(&self) -> bool {
        self.path == Path::new(VDSO)
    }

    fn parse(path: &Path, bytes: Vec<u8>, bias: u64) -> Result<Self> {
        let file = object::File::parse(bytes.as_slice()).map_err(|e| anyhow!("{}: {e}", path.display()))?;
        let code = |symbol: &object::Symbol<'_, '_>| {
            let section = symbol.section_index().and_then(|index| file.section_by_index(index).ok());
            section.is_some_and(|section| section.kind() == object::SectionKind::Text)
        };
        let mut symbols: Vec<(u64, u64, String)> = file
            .symbols()
            .chain(file.dynamic_symbols())
            .filter(|symbol| code(symbol))
            .filter_map(|symbol| Some((symbol.address(), symbol.size(), symbol.name().ok()?)))
            .filter(|(_, _, name)| !name.is_empty() && !name.starts_with(['.', '$']))
            .map(|(address, size, name)| (address, size, format!("{:#}", rustc_demangle::demangle(name))))
            .collect();
        // Where several names share an address the last one wins: the plainest, so no label of the linker script's
        // if there is another, and a short one.
        let plain = |name: &str| Reverse((name.starts_with('_'), name.len()));
        symbols.sort_by(|a, b| (a.0, plain(&a.2), &b.2).cmp(&(b.0, plain(&b.2), &a.2)));
        Ok(Self { path: path.to_owned(), bytes, bias, symbols, loader: None, frames: HashMap::new() })
    }

    /// An ELF file within this one whose first bytes are known, with up to `most` bytes.
    pub fn elf_that_begins(&self, start: &[u8], most: usize) -> Option<Vec<u8>> {
        let magic = start.get(..4)?;
        let mut places = self.bytes.windows(4).enumerate().filter(|(_, word)| *word == magic);
        let inner =
            places.find_map(|(at, _)| self.bytes.get(at..).filter(|inner| inner.starts_with(start)))?;
        Some(inner[..inner.len().min(most)].to_owned())
    }

    /// Where a symbol is, by its exact name, data too.
    pub fn address_of(&self, name: &str) -> Option<u64> {
        let file = object::File::parse(self.bytes.as_slice()).ok()?;
        let symbol = file.symbols().find(|symbol| symbol.name() == Ok(name))?;
        Some(symbol.address() + self.bias)
    }

    /// Whether the address lies in a segment of the file.
    pub fn contains(&self, address: u64) -> bool {
        let Ok(file) = object::File::parse(self.bytes.as_slice()) else { return false };
        let at = address.wrapping_sub(self.bias);
        file.segments().any(|s| (s.address()..s.address() + s.size()).contains(&at))
    }

    /// The function at an address.
    pub fn symbol(&self, address: u64) -> Option<Symbol> {
        let at = address.wrapping_sub(self.bias);
        let end = self.symbols.partition_point(|(start, _, _)| *start <= at);
        let (start, size, name) = self.symbols[..end].last()?;
        let inside = *size == 0 || at < start + size;
        inside.then(|| Symbol { name: name.clone(), start: start + self.bias })
    }

    /// The frames at an address, the innermost first.
    pub fn frames(&mut self, address: u64) -> &[Frame] {
        let at = address.wrapping_sub(self.bias);
        if !self.frames.contains_key(&at) {
            let found = self.loader.as_ref().map(|loader| find_frames(loader, at)).unwrap_or_default();
            self.frames.insert(at, found);
        }
        self.frames.get(&at).map(Vec::as_slice).unwrap_or_default()
    }

    /// All places of `0f 30` (WRMSR) in the code; some may be parts of other instructions.
    pub fn wrmsr_sites(&self) -> Vec<u64> {
        let Ok(file) = object::File::parse(self.bytes.as_slice()) else { return Vec::new() };
        let mut sites = Vec::new();
        for section in file.sections().filter(|s| s.kind() == object::SectionKind::Text) {
            let data = section.data().unwrap_or_default();
            let found = data.windows(2).enumerate().filter(|(_, pair)| *pair == [0x0f, 0x30]);
            sites.extend(found.map(|(at, _)| section.address() + at as u64));
        }
        sites
    }

    /// A word of the file's data.
    pub fn word(&self, address: u64) -> Option<u64> {
        let file = object::File::parse(self.bytes.as_slice()).ok()?;
        let at = address.wrapping_sub(self.bias);
        let found = file.segments().find_map(|segment| segment.data_range(at, 8).ok().flatten())?;
        Some(u64::from_le_bytes(found.try_into().ok()?))
    }

    /// The lowest address that the file asks for.
    pub fn first_address(&self) -> u64 {
        let file = object::File::parse(self.bytes.as_slice());
        file.ok().and_then(|file| file.segments().map(|s| s.address() & !0xfff).min()).unwrap_or(0)
    }

    /// The first bytes of the file.
    pub fn head(&self) -> &[u8] {
        &self.bytes[..self.bytes.len().min(1024)]
    }
}

/// The file that a call was made from, found by the header that the program's memory has before the instruction: the
/// program itself, its interpreter, or a library that it needs.
pub fn around(remote: &mut Remote, program: &Path, site: u64) -> Result<Option<Image>> {
    const MOST_PAGES: u64 = 8192;
    for page in (0..MOST_PAGES).map_while(|n| (site & !0xfff).checked_sub(n << 12)) {
        let Some(head) = remote.memory(page, 1024)? else { continue };
        if !head.starts_with(b"\x7fELF") {
            continue;
        }
        for path in files_of(program) {
            let Ok(image) = Image::load(&path, 0) else { continue };
            if image.head() == head {
                let bias = page.wrapping_sub(image.first_address());
                return Ok(Some(Image { bias, ..image }));
            }
        }
        break;
    }
    Ok(None)
}

/// A program, its interpreter, the libraries that it needs, and those that they need.
fn files_of(program: &Path) -> Vec<PathBuf> {
    const DIRECTORIES: &[&str] = &[
        "/lib/x86_64-linux-gnu",
        "/usr/lib/x86_64-linux-gnu",
        "/lib/i386-linux-gnu",
        "/usr/lib/i386-linux-gnu",
        "/usr/lib32",
        "/usr/libx32",
        "/lib64",
        "/lib",
    ];
    let mut files = vec![program.to_owned()];
    let mut at = 0;
    while let Some(file) = files.get(at) {
        at += 1;
        for name in needed(file) {
            let new = match name.starts_with('/') {
                true => vec![PathBuf::from(&name)],
                false => DIRECTORIES.iter().map(|dir| Path::new(dir).join(&name)).collect(),
            };
            let new: Vec<_> =
                new.into_iter().filter(|path| path.is_file() && !files.contains(path)).collect();
            files.extend(new);
        }
    }
    files
}

/// The names of the interpreter and the libraries that an ELF file asks for.
fn needed(path: &Path) -> Vec<String> {
    let bytes = fs::read(path).unwrap_or_default();
    let Ok(file) = object::File::parse(bytes.as_slice()) else { return Vec::new() };
    let section = |name: &str| file.section_by_name(name).and_then(|section| section.data().ok());
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    };
    let mut names: Vec<String> = section(".interp").map(text).into_iter().collect();
    let word = if file.is_64() { 8 } else { 4 };
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    let strings = section(".dynstr").unwrap_or_default();
    for entry in section(".dynamic").unwrap_or_default().chunks_exact(2 * word) {
        let (tag, value) = entry.split_at(word);
        if number(tag) == u64::from(object::elf::DT_NEEDED) {
            names.extend(usize::try_from(number(value)).ok().and_then(|at| strings.get(at..)).map(text));
        }
    }
    names
}

fn find_frames(loader: &addr2line::Loader, at: u64) -> Vec<Frame> {
    let mut frames = Vec::new();
    let Ok(mut found) = loader.find_frames(at) else { return frames };
    while let Ok(Some(frame)) = found.next() {
        let name = frame.function.as_ref().and_then(|f| f.demangle().ok().map(|name| format!("{name:#}")));
        let location = frame.location;
        frames.push(Frame {
            function: crate::backtrace::without_hash(&name.unwrap_or_default()).to_owned(),
            file: location.as_ref().and_then(|l| l.file).unwrap_or_default().to_owned(),
            line: location.as_ref().and_then(|l| l.line).unwrap_or(0),
        });
    }
    frames
}
