//! From hal's main upcall to process 1.

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use hal::{kerror, kprintln};
use process::Cx;
use syscall::dispatch;
use vfs::FsStruct;
use vfs::namei::{Base, LookupFlags, path_lookup};
use vfs::open::{OpenHow, open_path};

use crate::cmdline::{self, InitWords};
use crate::{devices, nmi_stress};

/// The first programs that are tried when the command line names none, as on Linux.
const DEFAULT_INITS: [&str; 4] = ["/sbin/init", "/etc/init", "/bin/init", "/bin/sh"];
/// What an initramfs starts with.
const INITRAMFS_INIT: &str = "/init";

hal::export_fn! {
    /// The boot processor, set up by hal; interrupts are off.
    pub extern "C" fn kernel_main() -> ! {
        kprintln!("Ferrogate {}", env!("CARGO_PKG_VERSION"));
        kprintln!("Command line: {}", hal::boot::info().cmdline);
        sched::start_cpu(0, process::adopt_idle_task(0));
        process::init();
        sched::clock::init();
        let cpus = hal::smp::start_secondaries();
        kprintln!("smp: {cpus} processors; memory: {} KiB free", hal::mem::frames::free() * 4);
        // What follows takes sleeping locks; nobody else has them yet, so it does not sleep.
        hal::irq::enable();
        if let Err(errno) = start() {
            hal::panic::fatal(errno.message());
        }
        sched::run_idle(0)
    }

    /// Another processor, set up by hal; interrupts are off.
    pub extern "C" fn secondary_main(cpu: u32) -> ! {
        sched::start_cpu(cpu as usize, process::adopt_idle_task(cpu));
        sched::run_idle(cpu as usize)
    }
}

/// Registers file systems and devices, mounts the root, and makes process 1.
fn start() -> Result<(), Errno> {
    tmpfs::init();
    overlay::init();
    ipc::pipe::init();
    devtmpfs::init()?;
    procfs::init()?;
    sysfs::init()?;
    p9::init();
    let cmdline = hal::boot::info().cmdline;
    process::exec::set_x32(cmdline::wants_x32(cmdline));
    let calls = [dispatch::__x64_sys_gettimeofday, dispatch::__x64_sys_time, dispatch::__x64_sys_getcpu];
    process::vsyscall::init(cmdline::vsyscall_mode(cmdline), calls)?;
    process::exec::vdso::init(cmdline::wants_vdso(cmdline))?;
    let root = vfs::mount::mount_root(tmpfs::rootfs(), b"rootfs")?;
    let fs = FsStruct::new(root.clone(), root, 0o022);
    process::spawn_init(fs.clone(), process::start_with(move |cx| first_process(cx, &fs)))?;
    Ok(())
}

/// What process 1 does before it is a program: everything that may sleep.
fn first_process(cx: &mut Cx<'_>, fs: &Arc<FsStruct>) {
    sched::start_services();
    start_reclaim();
    if let Some(turns) = cmdline::nmi_stress(hal::boot::info().cmdline) {
        nmi_stress::start(turns);
    }
    if let Err(errno) = devices::start() {
        kerror!("devices: {errno}");
    }
    unpack_initramfs(fs);
    open_console(cx);
    run_init(cx);
}

/// Who runs, for the message of a panic.
fn describe_task(out: &mut dyn core::fmt::Write) -> core::fmt::Result {
    hal::thread::with_current(|me: &process::Task| {
        let comm = me.comm();
        let name = core::str::from_utf8(comm.as_bytes()).unwrap_or("?");
        write!(out, "PID: {} Comm: {name}", me.pid())
    })
}

/// Sees to it that caches give way to programs.
fn start_reclaim() {
    hal::panic::describe_task_with(describe_task);
    // At about 2 KiB for a name with its inode: a quarter of memory.
    vfs::dentry::set_limit(hal::mem::frames::total() / 2);
    mm::reclaim::add_shrinker(vfs::dentry::shrink);
    mm::reclaim::start();
    mm::commit::start(|| {
        hal::thread::with_current(|task: &process::Task| task.cred().capable(abi::capability::CAP_SYS_ADMIN))
    });
    if sched::spawn_kthread("kswapd0", mm::reclaim::run).is_none() {
        kerror!("No memory for the thread that reclaims memory");
    }
}

fn unpack_initramfs(fs: &Arc<FsStruct>) {
    let Some(image) = hal::boot::info().initrd else {
        kerror!("No initramfs was given (-initrd FILE.cpio): there is no program to start");
        return;
    };
    if let Err(error) = initramfs::unpack(fs, image) {
        kerror!("initramfs: {error}");
    }
    hal::boot::release_initrd();
}

/// Descriptors 0, 1 and 2. As Linux does, the node is made if the image has none.
fn open_console(cx: &mut Cx<'_>) {
    let ctx = cx.lookup();
    let dev = vfs::DevT::new(5, 1);
    let _ = vfs::namei::do_mkdirat(&ctx, &Base::Cwd, b"/dev", 0o755);
    let _ = vfs::namei::do_mknodat(&ctx, &Base::Cwd, b"/dev/console", vfs::consts::S_IFCHR | 0o600, dev);
    let how = OpenHow::from_open((abi::fcntl::O_RDWR | abi::fcntl::O_LARGEFILE) as i32, 0);
    let opened = how.and_then(|how| open_path(&ctx, &Base::Cwd, b"/dev/console", &how));
    match opened {
        Ok(file) => {
            for _ in 0..3 {
                let _ = cx.files().add(file.clone(), false, 3);
            }
        }
        Err(errno) => kerror!("Warning: unable to open an initial console: {errno}"),
    }
}

/// Becomes the init program, or ends the machine with a message that says why there is none.
fn run_init(cx: &mut Cx<'_>) {
    let words = cmdline::init_words(hal::boot::info().cmdline);
    if let Some(program) = words.rdinit.or_else(|| exists(cx, INITRAMFS_INIT).then_some(INITRAMFS_INIT)) {
        match exec(cx, program, &words) {
            Ok(()) => return,
            Err(errno) => kerror!("Failed to execute {program} (error {})", -errno.code()),
        }
    }
    if let Some(program) = words.init {
        match exec(cx, program, &words) {
            Ok(()) => return,
            Err(errno) => {
                kerror!("Requested init {program} failed (error {}).", -errno.code());
                hal::panic::fatal("Requested init failed");
            }
        }
    }
    for program in DEFAULT_INITS {
        match exec(cx, program, &words) {
            Ok(()) => return,
            Err(Errno::ENOENT) => {}
            Err(errno) => {
                kerror!("Starting init: {program} exists but couldn't execute it (error {})", -errno.code())
            }
        }
    }
    hal::panic::fatal("No working init found. Give one in the initramfs as /init, or by init= or rdinit=.");
}

fn exists(cx: &Cx<'_>, path: &str) -> bool {
    path_lookup(&cx.lookup(), &Base::Cwd, path.as_bytes(), LookupFlags::FOLLOW).is_ok()
}

fn exec(cx: &mut Cx<'_>, program: &str, words: &InitWords) -> Result<(), Errno> {
    kprintln!("Run {program} as init process");
    let mut args: Vec<&[u8]> = Vec::new();
    args.push(program.as_bytes());
    args.extend(words.args.iter().map(|word| word.as_bytes()));
    let mut env: Vec<&[u8]> = Vec::new();
    env.extend([&b"HOME=/"[..], b"TERM=linux"]);
    env.extend(words.env.iter().map(|word| word.as_bytes()));
    process::run_init(cx, program.as_bytes(), &args, &env)?;
    // guest/sessions/boot-count.session reads this.
    kprintln!(
        "boot: {} counts of the time-stamp counter from entry to {program}",
        hal::time::tsc_since_entry()
    );
    Ok(())
}
