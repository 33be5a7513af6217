//! Whether table, handlers, tests and pages agree.

use std::path::{Path, PathBuf};

use crate::headers::render_headers;
use crate::libcall::render_libcall_header;
use crate::pages::{page_names, render_index, render_page};
use crate::table::{Abi, Row, Status, TableError, Tables};

/// A disagreement, in one line.
pub type Problem = String;

/// All files that are generated and committed, with what should be in them.
pub fn generated_files(root: &Path) -> Result<Vec<(PathBuf, String)>, TableError> {
    let tables = Tables::load(root)?;
    let folder = root.join("docs/syscalls");
    let mut files = vec![(folder.join("README.md"), render_index(&tables))];
    for name in page_names(&tables) {
        files.push((folder.join(format!("{name}.md")), render_page(&tables, &name)));
    }
    let include = root.join("abi/include");
    files.extend(render_headers(&tables).into_iter().map(|(name, text)| (include.join(name), text)));
    files.push((root.join("libcall/include/libcall.h"), render_libcall_header(&tables)));
    Ok(files)
}

/// File (relative to the root) and line of a row's handler.
pub fn handler_location(root: &Path, row: &Row) -> Option<(PathBuf, usize)> {
    let mut parts: Vec<&str> = row.handler.as_ref()?.split("::").collect();
    let function = parts.pop()?;
    let base = Path::new("kernel/syscall/src").join(parts.join("/"));

    [base.with_extension("rs"), base.join("mod.rs")].into_iter().find_map(|file| {
        let text = std::fs::read_to_string(root.join(&file)).ok()?;
        let starts = ["(", "<"].map(|next| format!("pub fn {function}{next}"));
        let line = text.lines().position(|line| starts.iter().any(|start| line.starts_with(start)))?;
        Some((file, line + 1))
    })
}

/// The tests of what only 32-bit programs call, or call in another way: guest/tests/i386_*.c, in one text. All
/// others are shown by a 32-bit build of the test of the 64-bit call of the same name (but for a 64 or 32 at its end) or
/// entry: libc's function leads there.
fn i386_tests(root: &Path) -> String {
    let files = std::fs::read_dir(root.join("guest/tests")).into_iter().flatten().flatten();
    let own = files.filter(|file| file.file_name().to_string_lossy().starts_with("i386_"));
    own.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect()
}

/// Everything that is out of step: a handler that isn't there, a call that is called done without a test,
/// a page that differs from its row.
pub fn check(root: &Path) -> Result<Vec<Problem>, TableError> {
    let tables = Tables::load(root)?;
    let mut problems = Vec::new();
    let own_tests = i386_tests(root);
    for (abi, row) in
        [Abi::X86_64, Abi::I386].into_iter().flat_map(|abi| tables.rows(abi).map(move |row| (abi, row)))
    {
        if let Some(handler) = &row.handler
            && handler_location(root, row).is_none()
        {
            problems.push(format!(
                "{} ({}): no handler {handler} in kernel/syscall/src",
                row.name,
                abi.name()
            ));
        }
        let has_test = |name: &str| {
            let test = root.join("guest/tests").join(name);
            test.with_extension("c").exists() || test.is_dir()
        };
        let tested = has_test(&row.name)
            || abi == Abi::I386
                && (own_tests.contains(&format!("TEST({})", row.name))
                    || ["_time64", "64", "32"]
                        .iter()
                        .any(|end| row.name.strip_suffix(end).is_some_and(has_test))
                    || tables
                        .rows(Abi::X86_64)
                        .any(|other| other.entry == row.entry && has_test(&other.name)));
        if row.status == Status::Done && !tested {
            let place = match abi {
                Abi::I386 => {
                    format!("no guest/tests/{0}.c and no TEST({0}) in guest/tests/i386_*.c", row.name)
                }
                _ => format!("no guest/tests/{}.c", row.name),
            };
            problems.push(format!("{}: is called done and has {place}", row.name));
        }
    }
    for (file, want) in generated_files(root)? {
        if std::fs::read_to_string(&file).ok().as_ref() != Some(&want) {
            let shown = file.strip_prefix(root).unwrap_or(&file).display();
            problems.push(format!("{shown}: differs from the table (./ferrogate check --write renews it)"));
        }
    }
    Ok(problems)
}
