//! The selftests' sources, taken once out of Debian's package, and how they are built: as their Makefiles do it, but
//! static, and with the names of both widths defined.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::list::Selftest;
use crate::guest::Abi;
use crate::project::Project;
use crate::testing::package;

/// The package, and the tree in its archive.
const PACKAGE: &str = "linux-source-6.1";
/// Of the tree, what the tests are made of.
const PARTS: &[&str] = &[
    "tools/testing/selftests/x86",
    "tools/testing/selftests/vDSO",
    "tools/testing/selftests/sigaltstack",
    "tools/testing/selftests/rseq",
    "tools/testing/selftests/nolibc",
    "tools/testing/selftests/kselftest.h",
    "tools/include",
    "arch/x86/include/asm/desc_defs.h",
];

/// Where the tree is.
pub struct Tree(PathBuf);

/// Takes the tree out of the package if that was not done yet.
pub fn tree(project: &Project) -> Result<Tree> {
    let tree = project.output(PACKAGE);
    let _lock = project.lock(PACKAGE)?;
    if tree.exists() {
        return Ok(Tree(tree));
    }
    let dir = project.output("linux-source");
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let installed = PathBuf::from(format!("/usr/src/{PACKAGE}.tar.xz"));
    let taken = match installed.exists() {
        true => unpack(&installed, &dir),
        false => {
            eprintln!("ferrogate: fetching Linux's selftests, once (140 MB)");
            package::take(PACKAGE, &["./usr/src/*.tar.xz"], &dir)
                .and_then(|()| unpack(&dir.join("usr/src").join(format!("{PACKAGE}.tar.xz")), &dir))
        }
    };
    // Only a whole tree gets the name.
    let renamed = taken.and_then(|()| Ok(fs::rename(dir.join(PACKAGE), &tree)?));
    let _ = fs::remove_dir_all(&dir);
    renamed.context("cannot take Linux's selftests out of Debian's package")?;
    Ok(Tree(tree))
}

fn unpack(archive: &Path, dir: &Path) -> Result<()> {
    let mut tar = Command::new("tar");
    tar.arg("xf").arg(archive).arg("-C").arg(dir).args(PARTS.iter().map(|part| format!("{PACKAGE}/{part}")));
    package::run(&mut tar)
}

impl Tree {
    /// Builds a test; gives its binary.
    pub fn build(&self, project: &Project, test: &Selftest) -> Result<PathBuf> {
        let dir = project.output("selftests");
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let suite = self.0.join("tools/testing/selftests").join(&test.suite);
        let binary = dir.join(&test.name);
        let mut gcc = Command::new("gcc");
        gcc.arg(if test.abi == Abi::I386 { "-m32" } else { "-m64" });
        gcc.args(["-O2", "-std=gnu99", "-pthread", "-w", "-no-pie", "-static"]);
        gcc.args(["-DCAN_BUILD_32", "-DCAN_BUILD_64", "-Wl,-s"]);
        gcc.args(&test.cflags).arg("-o").arg(&binary).current_dir(&suite);
        match test.suite.as_str() {
            "nolibc" => gcc.arg("-include").arg(self.0.join("tools/include/nolibc/nolibc.h")),
            "rseq" => gcc.arg("-I").arg(self.0.join("tools/include")),
            _ => &mut gcc,
        };
        gcc.args(&test.sources);
        gcc.args(if test.suite == "nolibc" { &["-lgcc"][..] } else { &["-lrt", "-ldl", "-lm"] });
        let output = gcc.output().context("cannot start gcc")?;
        if !output.status.success() {
            bail!("it does not compile:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(binary)
    }
}
