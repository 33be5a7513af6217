//! Writes the dispatch table and its thunks from `abi/tables`.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../..");
    println!("cargo::rerun-if-changed=../../abi/tables");
    let tables = abi_gen::Tables::load(&root)?;
    let out = Path::new(&std::env::var("OUT_DIR")?).join("dispatch.rs");
    std::fs::write(out, abi_gen::render_dispatch(&tables))?;
    Ok(())
}
