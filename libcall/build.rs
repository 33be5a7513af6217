//! Writes the functions of the target's ABI from `abi/tables`.

use std::path::Path;

use abi_gen::Abi;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("..");
    println!("cargo::rerun-if-changed=../abi/tables");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}"));
    let abi = match (target("ARCH")?.as_str(), target("POINTER_WIDTH")?.as_str()) {
        ("x86_64", "32") => Abi::X32,
        ("x86_64", _) => Abi::X86_64,
        ("x86", _) => Abi::I386,
        (other, _) => return Err(format!("libcall knows x86-64, x32 and i386, not {other}").into()),
    };
    let tables = abi_gen::Tables::load(&root)?;
    let out = Path::new(&std::env::var("OUT_DIR")?).join("calls.rs");
    std::fs::write(out, abi_gen::render_libcall_rust(&tables, abi))?;
    Ok(())
}
