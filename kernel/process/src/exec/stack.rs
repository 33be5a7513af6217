//! The new program's stack: strings, auxiliary vector, pointers, argc (psABI 3.4.1), in
//! the order that Linux puts them.

use alloc::vec::Vec;

use abi::{Abi, Errno};

use super::args::Strings;

/// `a_type` of the auxiliary vector (getauxval(3)).
#[allow(missing_docs)]
pub mod at {
    pub const NULL: u64 = 0;
    pub const PHDR: u64 = 3;
    pub const PHENT: u64 = 4;
    pub const PHNUM: u64 = 5;
    pub const PAGESZ: u64 = 6;
    pub const BASE: u64 = 7;
    pub const FLAGS: u64 = 8;
    pub const ENTRY: u64 = 9;
    pub const UID: u64 = 11;
    pub const EUID: u64 = 12;
    pub const GID: u64 = 13;
    pub const EGID: u64 = 14;
    pub const PLATFORM: u64 = 15;
    pub const HWCAP: u64 = 16;
    pub const CLKTCK: u64 = 17;
    pub const SECURE: u64 = 23;
    pub const RANDOM: u64 = 25;
    pub const HWCAP2: u64 = 26;
    pub const RSEQ_FEATURE_SIZE: u64 = 27;
    pub const RSEQ_ALIGN: u64 = 28;
    pub const EXECFN: u64 = 31;
    pub const SYSINFO: u64 = 32;
    pub const SYSINFO_EHDR: u64 = 33;
    pub const MINSIGSTKSZ: u64 = 51;
}

/// AT_PLATFORM; Linux calls x32's so, too.
fn platform(abi: Abi) -> &'static [u8] {
    if abi.is_32bit() { b"i686\0" } else { b"x86_64\0" }
}

/// What the stack is made of.
pub struct Inputs<'a> {
    /// End of the stack area (exclusive), page-aligned.
    pub top: u64,
    /// How wide its words are, and what AT_PLATFORM says.
    pub abi: Abi,
    /// argv.
    pub args: &'a Strings,
    /// envp.
    pub env: &'a Strings,
    /// The file that was executed (AT_EXECFN), without NUL.
    pub filename: &'a [u8],
    /// For AT_RANDOM.
    pub random: [u8; 16],
    /// Bytes to leave free between strings and pointers, for randomisation.
    pub jitter: u64,
    /// The auxiliary vector without AT_NULL; values of AT_RANDOM, AT_EXECFN and
    /// AT_PLATFORM are put in here.
    pub auxv: &'a mut [(u64, u64)],
}

/// A finished stack: the bytes from `sp` to the top of the stack.
#[derive(Debug)]
pub struct Image {
    /// Initial stack pointer.
    pub sp: u64,
    /// Memory from `sp` on.
    pub bytes: Vec<u8>,
    /// First byte of argv's strings.
    pub arg_start: u64,
    /// First byte after them; envp's begin here.
    pub arg_end: u64,
    /// First byte after envp's strings.
    pub env_end: u64,
}

/// Lays the stack out. `ENOMEM` when there is no memory for the image, `E2BIG` when it
/// doesn't fit below `top`.
pub fn build(inputs: Inputs<'_>) -> Result<Image, Errno> {
    let strings = inputs.args.bytes().len() + inputs.env.bytes().len() + inputs.filename.len() + 1 + 8;
    let arg_start = inputs.top.checked_sub(strings as u64).ok_or(Errno::E2BIG)?;
    let arg_end = arg_start + inputs.args.bytes().len() as u64;
    let env_end = arg_end + inputs.env.bytes().len() as u64;
    let below = arg_start.checked_sub(inputs.jitter).ok_or(Errno::E2BIG)? & !15;
    let name = platform(inputs.abi);
    let platform = below - name.len() as u64;
    let random = platform - inputs.random.len() as u64;
    for (kind, value) in inputs.auxv.iter_mut() {
        match *kind {
            at::RANDOM => *value = random,
            at::EXECFN => *value = env_end,
            at::PLATFORM => *value = platform,
            _ => {}
        }
    }
    let words = 1 + inputs.args.count() + 1 + inputs.env.count() + 1 + 2 * (inputs.auxv.len() + 1);
    let width = if inputs.abi.is_32bit() { 4 } else { 8 };
    let sp = (random & !15).checked_sub((width * words) as u64).ok_or(Errno::E2BIG)? & !15;
    let mut image = Writer::new(sp, (inputs.top - sp) as usize, width)?;
    image.word(inputs.args.count() as u64);
    image.pointers(arg_start, inputs.args);
    image.pointers(arg_end, inputs.env);
    for (kind, value) in inputs.auxv.iter() {
        image.word(*kind);
        image.word(*value);
    }
    image.word(at::NULL);
    image.word(0);
    image.put_at(random, &inputs.random);
    image.put_at(platform, name);
    image.put_at(arg_start, inputs.args.bytes());
    image.put_at(arg_end, inputs.env.bytes());
    image.put_at(env_end, inputs.filename);
    image.put_at(inputs.top, &[]);
    Ok(Image { sp, bytes: image.bytes, arg_start, arg_end, env_end })
}

struct Writer {
    base: u64,
    /// Bytes of a word.
    width: usize,
    bytes: Vec<u8>,
}

impl Writer {
    fn new(base: u64, size: usize, width: usize) -> Result<Self, Errno> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size).map_err(|_| Errno::ENOMEM)?;
        Ok(Self { base, width, bytes })
    }

    fn word(&mut self, value: u64) {
        let bytes = value.to_le_bytes();
        self.bytes.extend(bytes.iter().take(self.width));
    }

    fn pointers(&mut self, start: u64, strings: &Strings) {
        let mut at = start;
        for length in strings.lengths() {
            self.word(at);
            at += length as u64;
        }
        self.word(0);
    }

    /// Appends at a higher address than all before; the gap is zero.
    fn put_at(&mut self, address: u64, bytes: &[u8]) {
        self.bytes.resize((address - self.base) as usize, 0);
        self.bytes.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: u64 = 0x7fff_0000_0000;

    fn read(image: &Image, address: u64) -> u64 {
        let at = (address - image.sp) as usize;
        u64::from_le_bytes(image.bytes[at..at + 8].try_into().unwrap())
    }

    fn string(image: &Image, address: u64) -> Vec<u8> {
        let at = (address - image.sp) as usize;
        image.bytes[at..].iter().copied().take_while(|byte| *byte != 0).collect()
    }

    #[test]
    fn words_of_32_bits() {
        let (args, env) = (Strings::from_slices(&[b"ls"]), Strings::default());
        let mut auxv = [(at::PLATFORM, 0)];
        let auxv = &mut auxv;
        let (top, abi, filename) = (0xffff_d000, Abi::I386, &b"/bin/ls"[..]);
        let inputs = Inputs { top, abi, args: &args, env: &env, filename, random: [7; 16], jitter: 0, auxv };
        let image = build(inputs).unwrap();
        let word = |nth: usize| u32::from_le_bytes(image.bytes[4 * nth..4 * nth + 4].try_into().unwrap());
        assert_eq!((image.sp % 16, word(0)), (0, 1));
        assert_eq!(string(&image, word(1).into()), b"ls");
        assert_eq!((word(2), word(3), word(4) as u64), (0, 0, at::PLATFORM));
        assert_eq!(string(&image, word(5).into()), b"i686");
    }

    #[test]
    fn the_layout_is_the_psabi_s() {
        for jitter in 0..40 {
            let args = Strings::from_slices(&[b"ls", b"-la"]);
            let env = Strings::from_slices(&[b"A=1"]);
            let mut auxv = [(at::PAGESZ, 4096), (at::RANDOM, 0), (at::EXECFN, 0), (at::PLATFORM, 0)];
            let image = build(Inputs {
                top: TOP,
                abi: Abi::X86_64,
                args: &args,
                env: &env,
                filename: b"/bin/ls",
                random: [7; 16],
                jitter,
                auxv: &mut auxv,
            })
            .unwrap();
            assert_eq!(image.sp % 16, 0);
            assert_eq!(image.sp + image.bytes.len() as u64, TOP);
            assert_eq!(read(&image, image.sp), 2);
            assert_eq!(string(&image, read(&image, image.sp + 8)), b"ls");
            assert_eq!(string(&image, read(&image, image.sp + 16)), b"-la");
            assert_eq!(read(&image, image.sp + 24), 0);
            assert_eq!(string(&image, read(&image, image.sp + 32)), b"A=1");
            assert_eq!(read(&image, image.sp + 40), 0);
            assert_eq!(read(&image, image.sp + 48), at::PAGESZ);
            assert_eq!(string(&image, auxv[2].1), b"/bin/ls");
            assert_eq!(string(&image, auxv[3].1), b"x86_64");
            assert_eq!(image.bytes[(auxv[1].1 - image.sp) as usize], 7);
            assert_eq!(read(&image, TOP - 8), 0);
            assert_eq!(image.env_end - image.arg_end, 4);
        }
    }
}
