//! Hands the linker script to the linker.

fn main() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        println!("cargo::rustc-link-arg-bins=-T{root}/hal/kernel.ld");
        println!("cargo::rustc-link-arg-bins=--build-id=none");
        println!("cargo::rustc-link-arg-bins=-z");
        println!("cargo::rustc-link-arg-bins=noexecstack");
    }
    println!("cargo::rerun-if-changed={root}/hal/kernel.ld");
}
