//! `/sys/devices/system/cpu`: the processors, as glibc, lscpu and language runtimes look for them.

use core::fmt::{self, Write};

use alloc::format;
use vfs::text::Text;

/// The processors that run: all that there are by the time a program can ask.
pub(crate) fn all(out: &mut Text) -> fmt::Result {
    match hal::cpu::count() {
        0 | 1 => out.write_str("0\n"),
        count => writeln!(out, "0-{}", count - 1),
    }
}

/// Adds the files. The number of processors is known.
pub(crate) fn add_all() {
    const DIR: &str = "devices/system/cpu";
    for name in ["online", "possible", "present"] {
        crate::add(&format!("{DIR}/{name}"), all);
    }
    crate::add(&format!("{DIR}/offline"), |out| out.write_str("\n"));
    crate::add(&format!("{DIR}/isolated"), |out| out.write_str("\n"));
    crate::add(&format!("{DIR}/kernel_max"), |out| writeln!(out, "{}", sync::cpu::MAX_CPUS - 1));
    for cpu in 0..hal::cpu::count() {
        let topology = format!("{DIR}/cpu{cpu}/topology");
        let at = hal::cpu::topology(cpu);
        crate::add(&format!("{topology}/core_id"), move |out| writeln!(out, "{}", at.core));
        crate::add(&format!("{topology}/physical_package_id"), move |out| writeln!(out, "{}", at.package));
        for name in ["core_cpus_list", "thread_siblings_list"] {
            crate::add(&format!("{topology}/{name}"), move |out| writeln!(out, "{cpu}"));
        }
        for name in ["core_siblings_list", "package_cpus_list"] {
            let first = at.package * at.siblings;
            crate::add(&format!("{topology}/{name}"), move |out| match at.siblings {
                1 => writeln!(out, "{first}"),
                more => writeln!(out, "{first}-{}", first + more - 1),
            });
        }
    }
}
