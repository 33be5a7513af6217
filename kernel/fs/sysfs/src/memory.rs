//! `/sys/kernel/mm/transparent_hugepage`: how memory is handed out.

use core::fmt::{self, Write};

use mm::thp::{self, Enabled};
use vfs::text::Text;

/// Writes the choices of a setting in a line, the one that holds in brackets.
fn choices(out: &mut Text, all: &[&str], now: usize) -> fmt::Result {
    for (at, name) in all.iter().enumerate() {
        let before = if at == 0 { "" } else { " " };
        if at == now {
            write!(out, "{before}[{name}]")?;
        } else {
            write!(out, "{before}{name}")?;
        }
    }
    out.write_str("\n")
}

/// Adds the files.
pub(crate) fn add_all() {
    const THP: &str = "kernel/mm/transparent_hugepage";
    crate::add_writable(
        &alloc::format!("{THP}/enabled"),
        |out| {
            let now = match thp::enabled() {
                Enabled::Always => 0,
                Enabled::Madvise => 1,
                Enabled::Never => 2,
            };
            choices(out, &["always", "madvise", "never"], now)
        },
        |text| thp::parse_enabled(text).map(thp::set_enabled),
    );
    // Nobody waits for a block to become free.
    crate::add(&alloc::format!("{THP}/defrag"), |out| {
        choices(out, &["always", "defer", "defer+madvise", "madvise", "never"], 4)
    });
    crate::add(&alloc::format!("{THP}/hpage_pmd_size"), |out| writeln!(out, "{}", hal::mem::HUGE_SIZE));
    crate::add(&alloc::format!("{THP}/shmem_enabled"), |out| {
        choices(out, &["always", "within_size", "advise", "never", "deny", "force"], 3)
    });
    crate::add(&alloc::format!("{THP}/use_zero_page"), |out| out.write_str("0\n"));
}
