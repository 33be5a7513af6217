//! Names of the kernel's functions and data: a table that the host tool writes into the image after
//! linking (see the layout in `cli/src/kallsyms.rs`).

/// Bytes kept for the table.
const CAPACITY: usize = 512 * 1024;
const MAGIC: &[u8; 8] = b"KALLSYMS";

#[repr(C, align(16))]
struct Table([u8; CAPACITY]);

/// Filled in place by the host tool. Not all zeros, so that the linker gives it bytes in the file.
#[used]
#[unsafe(link_section = ".kallsyms")]
static TABLE: Table = {
    let mut bytes = [0; CAPACITY];
    bytes[CAPACITY - 1] = 1;
    Table(bytes)
};

/// One symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// Address.
    pub addr: u64,
    /// Type letter, as nm prints it.
    pub kind: u8,
    /// Name.
    pub name: &'static str,
}

fn bytes() -> &'static [u8] {
    // A volatile look keeps the compiler from using the contents that it knows.
    // SAFETY: a static array.
    let first = unsafe { core::ptr::read_volatile(&raw const TABLE.0[0]) };
    if first == MAGIC[0] {
        let at = core::hint::black_box(&raw const TABLE);
        // SAFETY: as above.
        unsafe { &(*at).0 }
    } else {
        &[]
    }
}

fn word(at: usize) -> Option<u32> {
    bytes().get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

/// How many symbols there are.
pub fn count() -> usize {
    if bytes().starts_with(MAGIC) { word(8).unwrap_or(0) as usize } else { 0 }
}

/// The symbol number `nth` in order of addresses.
pub fn get(nth: usize) -> Option<Symbol> {
    let total = count();
    if nth >= total {
        return None;
    }
    let entry = 16 + nth * 8;
    let addr = crate::mem::KERNEL_BASE + u64::from(word(entry)?);
    let name = bytes().get(16 + total * 8 + word(entry + 4)? as usize..)?;
    let end = name.iter().position(|&byte| byte == 0)?;
    let (kind, name) = name.get(..end)?.split_first()?;
    Some(Symbol { addr, kind: *kind, name: core::str::from_utf8(name).ok()? })
}

/// All symbols in order of addresses.
pub fn iter() -> impl Iterator<Item = Symbol> {
    (0..count()).filter_map(get)
}

/// The function that `addr` lies in: its name, the offset in it, and its size.
pub fn lookup(addr: u64) -> Option<(&'static str, u64, u64)> {
    let (mut low, mut high) = (0, count());
    while low < high {
        let middle = low.midpoint(high);
        if get(middle)?.addr <= addr { low = middle + 1 } else { high = middle }
    }
    let found = get(low.checked_sub(1)?)?;
    let size = get(low).map_or(0, |next| next.addr - found.addr);
    Some((found.name, addr - found.addr, size))
}
