//! Adds file and line to the backtrace that a panicking kernel printed.

use std::path::Path;

use anyhow::{Result, anyhow};
use regex_lite::Regex;

/// One frame of a backtrace on the console.
#[derive(Debug, PartialEq)]
struct Frame {
    address: u64,
    /// What the kernel itself printed behind the address.
    name: String,
}

/// The frames in console output: ` [<ffffffff81012345>] name+0x12/0x40`.
fn frames(console: &str) -> Vec<Frame> {
    let Ok(pattern) = Regex::new(r"\[<([0-9a-f]{16})>\][ \t]*([^\r\n]*)") else { return Vec::new() };
    let found = pattern.captures_iter(console).filter_map(|captures| {
        let address = u64::from_str_radix(&captures[1], 16).ok()?;
        Some(Frame { address, name: captures[2].trim().to_owned() })
    });
    found.collect()
}

/// The console's backtrace with the place of each frame, inlined functions with it; empty if there is none.
pub fn resolve(console: &str, kernel: &Path) -> Result<String> {
    let frames = frames(console);
    if frames.is_empty() {
        return Ok(String::new());
    }
    let loader =
        addr2line::Loader::new(kernel).map_err(|e| anyhow!("cannot read {}: {e}", kernel.display()))?;
    let mut text = String::new();
    for frame in frames {
        text += &format!(" {:016x} {}\n", frame.address, frame.name);
        // A return address may already belong to the next line: look at the call before it.
        for place in places(&loader, frame.address.saturating_sub(1)) {
            text += &format!("                    {place}\n");
        }
    }
    Ok(text)
}

fn places(loader: &addr2line::Loader, address: u64) -> Vec<String> {
    let mut places = Vec::new();
    let Ok(mut inlined) = loader.find_frames(address) else { return places };
    while let Ok(Some(frame)) = inlined.next() {
        let Some(location) = frame.location else { continue };
        let file = location.file.unwrap_or("?");
        let line = location.line.unwrap_or(0);
        let function =
            frame.function.as_ref().and_then(|f| f.demangle().ok().map(|name| format!("{name:#}")));
        let function = function.map(|name| format!("  {}", without_hash(&name))).unwrap_or_default();
        places.push(format!("{file}:{line}{function}"));
    }
    places
}

/// A demangled name without the `::h0123456789abcdef` of older mangling.
pub fn without_hash(name: &str) -> &str {
    match name.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => path,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_frames() {
        let console = "Kernel panic\r\nCall trace:\r\n [<ffffffff81012345>] vfs_write+0x12/0x40\r\n [<00000000004011aa>]\r\n";
        let found = frames(console);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], Frame { address: 0xffff_ffff_8101_2345, name: "vfs_write+0x12/0x40".into() });
        assert_eq!(found[1].name, "");
    }

    #[test]
    fn resolves_this_very_function() {
        #[inline(never)]
        fn landmark() -> u32 {
            line!()
        }
        let landmark: fn() -> u32 = std::hint::black_box(landmark);
        let exe = std::env::current_exe().unwrap();
        let loader = addr2line::Loader::new(&exe).unwrap();
        let data = std::fs::read(&exe).unwrap();
        let file = object::File::parse(data.as_slice()).unwrap();
        use object::{Object, ObjectSymbol};
        let symbol = file.symbols().find(|s| s.name().is_ok_and(|n| n.contains("landmark"))).unwrap();
        let line = landmark();
        // Depending on how much was optimised, a function begins at its head, its body or its end.
        let expected =
            |p: &String| (line - 1..=line + 1).any(|n| p.contains(&format!("cli/src/backtrace.rs:{n}")));
        let found = places(&loader, symbol.address());
        assert!(found.iter().any(expected), "{found:?} is not at line {line}");
    }

    #[test]
    fn hashes_go() {
        assert_eq!(without_hash("a::b::h0123456789abcdef"), "a::b");
        assert_eq!(without_hash("a::b::help"), "a::b::help");
    }
}
