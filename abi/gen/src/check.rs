//! Whether table, handlers, tests and pages agree.

use std::path::{Path, PathBuf};

use crate::headers::render_headers;
use crate::pages::{render_index, render_page};
use crate::table::{Abi, Row, Status, TableError, Tables};

/// A disagreement, in one line.
pub type Problem = String;

/// All files that are generated and committed, with what should be in them.
pub fn generated_files(root: &Path) -> Result<Vec<(PathBuf, String)>, TableError> {
    let tables = Tables::load(root)?;
    let folder = root.join("docs/syscalls");
    let mut files = vec![(folder.join("README.md"), render_index(&tables))];
    for row in tables.rows(Abi::X86_64).filter(|row| !row.is_reserved()) {
        files.push((folder.join(format!("{}.md", row.name)), render_page(&tables, row)));
    }
    let include = root.join("abi/include");
    files.extend(render_headers(&tables).into_iter().map(|(name, text)| (include.join(name), text)));
    Ok(files)
}

/// File (relative to the root) and line of a row's handler.
pub fn handler_location(root: &Path, row: &Row) -> Option<(PathBuf, usize)> {
    let mut parts: Vec<&str> = row.handler.as_ref()?.split("::").collect();
    let function = parts.pop()?;
    let base = Path::new("kernel/syscall/src").join(parts.join("/"));

    [base.with_extension("rs"), base.join("mod.rs")].into_iter().find_map(|file| {
        let text = std::fs::read_to_string(root.join(&file)).ok()?;
        let starts = [format!("pub fn {function}("), format!("pub fn r#{function}(")];
        let line = text.lines().position(|line| starts.iter().any(|start| line.starts_with(start)))?;
        Some((file, line + 1))
    })
}

/// Everything that is out of step: a handler that isn't there, a call that is called done without a test,
/// a page that differs from its row.
pub fn check(root: &Path) -> Result<Vec<Problem>, TableError> {
    let tables = Tables::load(root)?;
    let mut problems = Vec::new();
    for row in tables.rows(Abi::X86_64) {
        if let Some(handler) = &row.handler
            && handler_location(root, row).is_none()
        {
            problems.push(format!("{}: no handler {handler} in kernel/syscall/src", row.name));
        }
        let test = root.join("guest/tests").join(&row.name);
        if row.status == Status::Done && !test.with_extension("c").exists() && !test.is_dir() {
            problems.push(format!("{}: is called done and has no guest/tests/{}.c", row.name, row.name));
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
