//! The kernel's own symbol table, with which it names the frames of a backtrace and fills `/proc/kallsyms`.
//!
//! The kernel image reserves a section `.kallsyms`; the tool fills it after the link, in place, so that no address
//! moves. All numbers are little endian:
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | the magic number `KALLSYMS` |
//! | 4 | count |
//! | 4 | length of the names |
//! | 8 × count | address − [`BASE`], offset of the name; sorted by address |
//! | … | the names: a type letter as `nm` prints, the demangled name without hash, NUL |

use anyhow::{Context, Result, bail};
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SectionKind, SymbolKind, elf};

/// What is subtracted from the addresses: where the top 2 GiB begin.
pub const BASE: u64 = 0xffff_ffff_8000_0000;
const SECTION: &str = ".kallsyms";
const MAGIC: &[u8; 8] = b"KALLSYMS";

/// What was done to an image.
#[derive(Debug, PartialEq)]
pub enum Filled {
    /// The table is in it.
    Table { symbols: usize, used: usize, capacity: usize },
    /// The image reserves no room for one.
    NoSection,
}

/// Fills the table of a kernel image.
pub fn fill(image: &mut [u8]) -> Result<Filled> {
    let (table, symbols, at, capacity) = {
        let file = object::File::parse(&*image).context("the kernel is no ELF")?;
        let Some(section) = file.section_by_name(SECTION) else { return Ok(Filled::NoSection) };
        let Some((at, capacity)) = section.file_range() else {
            bail!("section {SECTION} takes no space in the file; the linker script must make it PROGBITS");
        };
        let symbols = collect(&file);
        (encode(&symbols)?, symbols.len(), at as usize, capacity as usize)
    };
    if table.len() > capacity {
        bail!(
            "the symbol table needs {} bytes, section {SECTION} has {capacity}: \
             raise its size in the kernel's linker script",
            table.len()
        );
    }
    let room = image.get_mut(at..at + capacity).context("section table points outside the file")?;
    room.fill(0);
    room[..table.len()].copy_from_slice(&table);
    Ok(Filled::Table { symbols, used: table.len(), capacity })
}

/// A symbol of the table.
#[derive(Debug, PartialEq, PartialOrd, Eq, Ord)]
struct Symbol {
    address: u64,
    name: String,
    letter: u8,
}

/// The functions and objects in the kernel's half, sorted, each address and name once.
fn collect(file: &object::File<'_>) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for symbol in file.symbols() {
        let (Some(index), Ok(name)) = (symbol.section_index(), symbol.name()) else { continue };
        // Local labels and mapping symbols tell a reader nothing.
        let named = !name.is_empty() && !name.starts_with(".L") && !name.starts_with('$');
        let of_interest = matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data | SymbolKind::Unknown);
        if !named || !of_interest || symbol.address() < BASE {
            continue;
        }
        let Ok(section) = file.section_by_index(index) else { continue };
        let Some(letter) = letter(&section, symbol.is_global()) else { continue };
        let name = format!("{:#}", rustc_demangle::demangle(name));
        symbols.push(Symbol { address: symbol.address(), name, letter });
    }
    symbols.sort();
    symbols.dedup_by(|a, b| a.address == b.address && a.name == b.name);
    symbols
}

/// The letter that `nm` prints for a symbol of this section; capital if it is global.
fn letter(section: &object::Section<'_, '_>, global: bool) -> Option<u8> {
    let SectionFlags::Elf { sh_flags } = section.flags() else { return None };
    let flags = sh_flags as u32;
    let letter = if flags & elf::SHF_ALLOC == 0 {
        return None;
    } else if flags & elf::SHF_EXECINSTR != 0 {
        b't'
    } else if section.kind() == SectionKind::UninitializedData {
        b'b'
    } else if flags & elf::SHF_WRITE != 0 {
        b'd'
    } else {
        b'r'
    };
    Some(if global { letter.to_ascii_uppercase() } else { letter })
}

fn encode(symbols: &[Symbol]) -> Result<Vec<u8>> {
    let (mut index, mut names) = (Vec::new(), Vec::new());
    for symbol in symbols {
        let address = u32::try_from(symbol.address - BASE).context("a symbol beyond the top 2 GiB")?;
        index.extend(address.to_le_bytes());
        index.extend(u32::try_from(names.len())?.to_le_bytes());
        names.push(symbol.letter);
        // A name of the kernel's own never has a NUL; the reader relies on it.
        names.extend(symbol.name.bytes().filter(|b| *b != 0));
        names.push(0);
    }
    let mut table = Vec::from(*MAGIC);
    table.extend(u32::try_from(symbols.len())?.to_le_bytes());
    table.extend(u32::try_from(names.len())?.to_le_bytes());
    table.extend(index);
    table.extend(names);
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(address: u64, letter: u8, name: &str) -> Symbol {
        Symbol { address, letter, name: name.into() }
    }

    #[test]
    fn layout() {
        let table = encode(&[symbol(BASE + 0x10, b'T', "a::b"), symbol(BASE + 0x20, b'd', "c")]).unwrap();
        let mut expected = Vec::from(*b"KALLSYMS");
        for word in [2u32, 9, 0x10, 0, 0x20, 6] {
            expected.extend(word.to_le_bytes());
        }
        expected.extend(b"Ta::b\0dc\0");
        assert_eq!(table, expected);
        assert_eq!(u64::from_le_bytes(*MAGIC), 0x534d_5953_4c4c_414b);
    }

    #[test]
    fn rejects_what_is_no_kernel() {
        assert!(fill(&mut [0; 100]).is_err());
        // This test program is an ELF without the section.
        let mut own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(fill(&mut own).unwrap(), Filled::NoSection);
    }
}
