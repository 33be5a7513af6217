//! Hands the linker script to the linker.

fn main() {
    // Asked when it runs: a build directory that was copied from elsewhere must not lead back there.
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default() + "/../..";
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        println!("cargo::rustc-link-arg-bins=-T{root}/hal/kernel.ld");
        println!("cargo::rustc-link-arg-bins=--build-id=none");
        println!("cargo::rustc-link-arg-bins=-z");
        println!("cargo::rustc-link-arg-bins=noexecstack");
    }
    println!("cargo::rerun-if-changed={root}/hal/kernel.ld");
}
