//! What the log says when memory has run out, in Linux's words, which tools look for.

use core::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use hal::kprintln;
use hal::mem::{PAGE_SIZE, frames};

use crate::{Task, pid};

/// vm.oom_dump_tasks.
pub static DUMP_TASKS: AtomicI32 = AtomicI32::new(1);
/// So many reports are logged in so long a time, at most; who was killed is always said.
const BURST: u64 = 10;
const INTERVAL_NS: u64 = 5_000_000_000;
/// Levels of the log.
const ERROR: u8 = 3;
const WARNING: u8 = 4;

/// What memory was wanted for, as Linux names it.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// A page of a program.
    User,
    /// Something of the kernel's.
    Kernel,
}

impl Wanted {
    fn gfp(self) -> &'static str {
        match self {
            Self::User => "0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)",
            Self::Kernel => "0xcc0(GFP_KERNEL)",
        }
    }
}

fn may_report() -> bool {
    static BEGAN_NS: AtomicU64 = AtomicU64::new(0);
    static LOGGED: AtomicU64 = AtomicU64::new(0);
    let now = sched::clock::monotonic_ns();
    if now.saturating_sub(BEGAN_NS.load(Ordering::Relaxed)) >= INTERVAL_NS {
        BEGAN_NS.store(now, Ordering::Relaxed);
        LOGGED.store(0, Ordering::Relaxed);
    }
    LOGGED.fetch_add(1, Ordering::Relaxed) < BURST
}

const fn kib(pages: u64) -> u64 {
    pages * (PAGE_SIZE as u64 / 1024)
}

/// Says who wanted memory, where it is, and who is to be killed (dump_header).
pub(super) fn situation(wanted: Wanted, asker: &Task, victim: &Task) {
    if !may_report() {
        return;
    }
    hal::log::print(
        WARNING,
        format_args!(
            "{} invoked oom-killer: gfp_mask={}, order=0, oom_score_adj={}",
            asker.comm(),
            wanted.gfp(),
            asker.group.oom_score_adj()
        ),
    );
    let (cached, shmem) = mm::cached_pages();
    let slab = hal::mem::heap_used() / PAGE_SIZE;
    kprintln!("Mem-Info:");
    kprintln!(" slab_unreclaimable:{slab} shmem:{shmem} free:{}", frames::free());
    kprintln!("{} total pagecache pages", cached + shmem);
    kprintln!("{} pages RAM", frames::total());
    if DUMP_TASKS.load(Ordering::Relaxed) != 0 {
        tasks();
    }
    kprintln!(
        "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,\
         task={},pid={},uid={}",
        victim.comm(),
        victim.tgid(),
        victim.cred().uid
    );
}

/// All processes that have memory, a line each.
fn tasks() {
    kprintln!("Tasks state (memory values in pages):");
    kprintln!("[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name");
    pid::for_each_process(|task| {
        let Some(mm) = task.mm() else { return };
        let rss = mm.rss_pages();
        kprintln!(
            "[{:7}] {:5} {:5} {:8} {rss:8} {:8} {:8}         {:5} {}",
            task.pid(),
            task.cred().uid,
            task.tgid(),
            // Nobody is waited for here.
            mm.try_counters().map_or(rss, |counters| counters.total),
            mm.page_table_bytes(),
            0,
            task.group.oom_score_adj(),
            task.comm()
        );
    });
}

/// Says who is killed.
pub(super) fn killed(victim: &Task) {
    let mm = victim.mm();
    let rss = mm.as_ref().map_or(0, |mm| mm.rss_pages());
    let total = mm.as_ref().and_then(|mm| mm.try_counters()).map_or(rss, |counters| counters.total);
    // All of an unknown kind is taken for the program's own.
    let usage = mm.as_ref().and_then(|mm| mm.try_usage(4 * frames::total() as u64));
    let (anon, file, shmem) = usage.map_or((rss, 0, 0), |usage| (usage.anon, usage.file, usage.shmem));
    hal::log::print(
        ERROR,
        format_args!(
            "Out of memory: Killed process {} ({}) total-vm:{}kB, anon-rss:{}kB, file-rss:{}kB, shmem-rss:{}kB, \
             UID:{} pgtables:{}kB oom_score_adj:{}",
            victim.tgid(),
            victim.comm(),
            kib(total),
            kib(anon),
            kib(file),
            kib(shmem),
            victim.cred().uid,
            mm.as_ref().map_or(0, |mm| mm.page_table_bytes() / 1024),
            victim.group.oom_score_adj()
        ),
    );
}
