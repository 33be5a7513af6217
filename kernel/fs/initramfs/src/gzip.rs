//! gzip files (RFC 1952) around deflate data.

use alloc::vec::Vec;

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

/// What a gzip file begins with.
pub const MAGIC: [u8; 2] = [0x1f, 0x8b];
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const HEADER_CRC: u8 = 2;
/// CRC-32 and size behind the data.
const TRAILER: usize = 8;

/// Unpacks the gzip file at the start of `bytes`; also gives the length of that file.
pub fn unpack(bytes: &[u8]) -> Result<(Vec<u8>, usize), &'static str> {
    let start = header_length(bytes).ok_or("its header is cut short")?;
    let mut out: Vec<u8> = Vec::new();
    let mut state = InflateState::new_boxed(DataFormat::Raw);
    let mut at = start;
    let mut chunk = alloc::vec![0; 64 * 1024];
    loop {
        let result = inflate(&mut state, bytes.get(at..).unwrap_or(&[]), &mut chunk, MZFlush::None);
        at += result.bytes_consumed;
        out.try_reserve(result.bytes_written).map_err(|_| "there is not enough memory to unpack it")?;
        out.extend_from_slice(chunk.get(..result.bytes_written).unwrap_or(&[]));
        match result.status {
            Ok(MZStatus::StreamEnd) => break,
            Ok(_) if result.bytes_consumed > 0 || result.bytes_written > 0 => {}
            Ok(_) => return Err("it is cut short"),
            Err(_) => return Err("it cannot be inflated"),
        }
    }
    let trailer = bytes.get(at..at + TRAILER).ok_or("its checksum is cut short")?;
    let word = |at: usize| trailer.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    if word(0) != Some(crc32(&out)) || word(4) != Some(out.len() as u32) {
        return Err("its checksum does not fit");
    }
    Ok((out, at + TRAILER))
}

fn header_length(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(3)?;
    let mut at = 10;
    if flags & EXTRA != 0 {
        at += 2 + usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    }
    for flag in [NAME, COMMENT] {
        if flags & flag != 0 {
            at += bytes.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
        }
    }
    if flags & HEADER_CRC != 0 {
        at += 2;
    }
    (at <= bytes.len()).then_some(at)
}

/// CRC-32 as RFC 1952, section 8 defines it.
fn crc32(bytes: &[u8]) -> u32 {
    static TABLE: [u32; 256] = table();
    !bytes.iter().fold(!0, |crc, byte| TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ crc >> 8)
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let mut c = n as u32;
        let mut bit = 0;
        while bit < 8 {
            c = if c & 1 != 0 { 0xedb8_8320 ^ c >> 1 } else { c >> 1 };
            bit += 1;
        }
        table[n] = c;
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(data: &[u8]) -> Vec<u8> {
        let mut out = vec![0x1f, 0x8b, 8, NAME, 0, 0, 0, 0, 0, 3];
        out.extend(b"name\0");
        out.extend(miniz_oxide::deflate::compress_to_vec(data, 6));
        out.extend(crc32(data).to_le_bytes());
        out.extend((data.len() as u32).to_le_bytes());
        out
    }

    #[test]
    fn round_trip_and_length() {
        let data: Vec<u8> = (0..200_000u32).map(|n| (n / 7) as u8).collect();
        let mut packed = pack(&data);
        let len = packed.len();
        packed.extend(b"more");
        assert_eq!(unpack(&packed), Ok((data, len)));
    }

    #[test]
    fn damage_is_an_error() {
        let packed = pack(b"some text, some text, some text");
        for len in 2..packed.len() {
            assert!(unpack(&packed[..len]).is_err(), "{len}");
        }
        let mut bad = packed.clone();
        let last = bad.len() - 8;
        bad[last] ^= 1;
        assert_eq!(unpack(&bad), Err("its checksum does not fit"));
    }
}
