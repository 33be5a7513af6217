//! The order of the crates: a crate may depend only on crates of a lower layer.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::project::Project;

/// The layers, lowest first. What stands in one line does not know each other.
const LAYERS: &[&[&str]] = &[
    &["abi", "abi-gen", "sync", "vdso"],
    &["hal"],
    &["sched"],
    &["mm"],
    &["vfs"],
    &["drivers"],
    &["tmpfs", "p9"],
    &["ipc", "overlay", "devtmpfs", "initramfs", "sysfs", "trace", "net"],
    &["process"],
    &["procfs", "tty"],
    &["syscall"],
    &["ferrogate-kernel"],
    // For programs: nothing of the kernel may use it, so it stands above everything.
    &["libcall"],
];

/// Crates of the host: they take from the workspace only what generates.
const HOST: &[&str] = &["ferrogate-cli", "abi-gen"];
const FOR_HOST: &[&str] = &["abi-gen", "abi"];

/// A dependency between two crates of the workspace.
#[derive(Debug, PartialEq)]
struct Arrow {
    from: String,
    to: String,
    /// Runs at build time, on the host.
    build: bool,
}

/// Reads the manifests through cargo and checks every arrow.
pub fn check(project: &Project) -> Result<String> {
    let mut cargo = project.toolchain_command("cargo");
    let output = cargo
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")?;
    let arrows = arrows(&metadata);
    let wrong: Vec<String> = arrows.iter().filter_map(complaint).collect();
    if wrong.is_empty() {
        return Ok(format!("{} arrows between the crates", arrows.len()));
    }
    bail!("{}", wrong.join("\n"))
}

fn arrows(metadata: &Value) -> Vec<Arrow> {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut arrows = Vec::new();
    for package in packages {
        let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
        for dependency in dependencies.iter().filter(|d| d["path"].is_string()) {
            if let (Some(from), Some(to)) = (package["name"].as_str(), dependency["name"].as_str()) {
                let build = dependency["kind"] == "build";
                arrows.push(Arrow { from: from.into(), to: to.into(), build });
            }
        }
    }
    arrows
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

/// What is wrong with an arrow, if anything is.
fn complaint(arrow: &Arrow) -> Option<String> {
    let Arrow { from, to, build } = arrow;
    if HOST.contains(&from.as_str()) || *build {
        let fine = FOR_HOST.contains(&to.as_str());
        return (!fine).then(|| format!("{from} runs on the host and must not depend on {to}"));
    }
    match (layer(from), layer(to)) {
        (Some(a), Some(b)) if a > b => None,
        (Some(_), Some(_)) => Some(format!("{from} must not depend on {to}: it does not stand above it")),
        (None, _) => {
            Some(format!("{from} has no place in the order; cli/src/check/arrows.rs lists the crates"))
        }
        (_, None) => {
            Some(format!("{to} has no place in the order; cli/src/check/arrows.rs lists the crates"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(from: &str, to: &str, build: bool) -> bool {
        complaint(&Arrow { from: from.into(), to: to.into(), build }).is_some()
    }

    #[test]
    fn order() {
        assert!(
            !wrong("vfs", "mm", false) && !wrong("syscall", "abi", false) && !wrong("hal", "sync", false)
        );
        assert!(
            wrong("mm", "vfs", false) && wrong("procfs", "tty", false) && wrong("sched", "process", false)
        );
        assert!(!wrong("syscall", "abi-gen", true) && wrong("syscall", "process", true));
        assert!(wrong("ferrogate-cli", "vfs", false) && wrong("newcomer", "abi", false));
    }

    #[test]
    fn reads_metadata() {
        let metadata = serde_json::json!({ "packages": [{ "name": "a", "dependencies": [
            { "name": "b", "path": "/x/b", "kind": null }, { "name": "serde", "kind": null },
            { "name": "c", "path": "/x/c", "kind": "build" } ] }] });
        let found = arrows(&metadata);
        assert_eq!(found.len(), 2);
        assert!(!found[0].build && found[1].build);
    }
}
