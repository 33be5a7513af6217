//! The tables of docs/performance.md, which nobody writes by hand.

use std::fs;

use anyhow::{Context, Result};

use crate::project::Project;

const PAGE: &str = "docs/performance.md";

/// Puts `text` between the marks of part `name`, which stand on lines of their own.
pub fn write(project: &Project, name: &str, text: &str) -> Result<()> {
    let path = project.root.join(PAGE);
    let old = fs::read_to_string(&path).with_context(|| format!("cannot read {PAGE}"))?;
    let new = replace(&old, name, text).with_context(|| format!("{PAGE} has no marks for {name}"))?;
    fs::write(&path, new).with_context(|| format!("cannot write {PAGE}"))?;
    println!("{PAGE}: {name} written");
    Ok(())
}

fn replace(page: &str, name: &str, text: &str) -> Option<String> {
    let (before, rest) = page.split_once(&format!("<!-- begin {name} -->\n"))?;
    let end = format!("<!-- end {name} -->");
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}<!-- begin {name} -->\n{}\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced() {
        let page = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n";
        let new = replace(page, "x", "new\n\n").unwrap();
        assert_eq!(new, "a\n<!-- begin x -->\nnew\n<!-- end x -->\nb\n");
        assert_eq!(replace(&new, "x", "new").as_deref(), Some(new.as_str()));
        assert!(replace(page, "y", "").is_none());
    }
}
