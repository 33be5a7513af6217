//! `/sys/devices/system/node`: the one memory node, as numactl and language runtimes look for it, and the empty pool
//! of huge pages below `/sys/kernel/mm/hugepages`.

use core::fmt::{self, Write};

use abi::Errno;
use alloc::format;
use hal::mem::{HUGE_PAGES, PAGE_SIZE, frames};
use vfs::text::Text;

const DIR: &str = "devices/system/node";

/// Adds the files.
pub(crate) fn add_all() {
    for name in ["online", "possible", "has_cpu", "has_memory", "has_normal_memory"] {
        crate::add(&format!("{DIR}/{name}"), |out| out.write_str("0\n"));
    }
    crate::add(&format!("{DIR}/node0/cpulist"), crate::cpus::all);
    crate::add(&format!("{DIR}/node0/cpumap"), cpumap);
    crate::add(&format!("{DIR}/node0/distance"), |out| out.write_str("10\n"));
    crate::add(&format!("{DIR}/node0/meminfo"), meminfo);
    crate::add(&format!("{DIR}/node0/numastat"), numastat);
    crate::add(&format!("{DIR}/node0/vmstat"), |out| {
        let (cached, shmem) = mm::cached_pages();
        writeln!(out, "nr_free_pages {}\nnr_file_pages {}\nnr_shmem {shmem}", frames::free(), cached + shmem)
    });
    let sizes: &[u64] = if hal::cpu::has_gigabyte_pages() { &[2048, 1 << 20] } else { &[2048] };
    for kib in sizes {
        let pool = format!("kernel/mm/hugepages/hugepages-{kib}kB");
        for name in ["nr_hugepages", "nr_hugepages_mempolicy", "nr_overcommit_hugepages"] {
            crate::add_writable(&format!("{pool}/{name}"), zero, set_huge_pages);
        }
        for name in ["free_hugepages", "resv_hugepages", "surplus_hugepages"] {
            crate::add(&format!("{pool}/{name}"), zero);
        }
        let here = format!("{DIR}/node0/hugepages/hugepages-{kib}kB");
        crate::add_writable(&format!("{here}/nr_hugepages"), zero, set_huge_pages);
        for name in ["free_hugepages", "surplus_hugepages"] {
            crate::add(&format!("{here}/{name}"), zero);
        }
    }
}

fn zero(out: &mut Text) -> fmt::Result {
    out.write_str("0\n")
}

/// The pool stays empty: no other number is accepted.
fn set_huge_pages(text: &[u8]) -> Result<(), Errno> {
    let text = core::str::from_utf8(text).map_err(|_| Errno::EINVAL)?;
    match text.trim().parse::<u64>() {
        Ok(0) => Ok(()),
        _ => Err(Errno::EINVAL),
    }
}

/// All processors, as a mask.
fn cpumap(out: &mut Text) -> fmt::Result {
    writeln!(out, "{:x}", u64::MAX >> (64 - hal::cpu::count().clamp(1, 64)))
}

fn meminfo(out: &mut Text) -> fmt::Result {
    let kib = |pages: u64| pages * (PAGE_SIZE as u64 / 1024);
    let (total, free) = (frames::total() as u64, frames::free() as u64);
    let (cached, shmem) = mm::cached_pages();
    let slab = (hal::mem::heap_used() / PAGE_SIZE) as u64;
    for (name, pages) in [
        ("MemTotal", total),
        ("MemFree", free),
        ("MemUsed", total - free.min(total)),
        ("SwapCached", 0),
        ("FilePages", cached + shmem),
        ("Shmem", shmem),
        ("Slab", slab),
        ("SUnreclaim", slab),
        ("AnonHugePages", (hal::mem::huge_in_use() * HUGE_PAGES) as u64),
    ] {
        writeln!(out, "Node 0 {:<15} {:>8} kB", format!("{name}:"), kib(pages))?;
    }
    for name in ["Total", "Free", "Surp"] {
        writeln!(out, "Node 0 HugePages_{name}: {:>5}", 0)?;
    }
    Ok(())
}

/// Frames that were handed out, a batch at a time; all of them where they were wanted.
fn numastat(out: &mut Text) -> fmt::Result {
    let hits = frames::handed_out();
    writeln!(out, "numa_hit {hits}\nnuma_miss 0\nnuma_foreign 0\ninterleave_hit 0")?;
    writeln!(out, "local_node {hits}\nother_node 0")
}
