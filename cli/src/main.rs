//! The host tool behind `./ferrogate`: builds the kernel, boots it, tests, checks and measures it.

mod accel;
mod backtrace;
mod bench;
mod boot;
mod check;
mod console;
mod explain;
mod gdb;
mod guest;
mod initrd;
mod kallsyms;
mod kernel;
mod libcall;
mod project;
mod qemu;
mod reap;
mod run;
mod script;
mod table;
mod testing;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use project::Project;

/// What every command is given.
pub struct Context {
    /// The source tree and its compilers.
    pub project: Project,
    /// Say more about what is done.
    pub verbose: bool,
}

/// A Linux-compatible kernel in Rust: build it, boot it, look into it.
///
/// Everything that a command needs is found or installed first (with apt, if run as root), and the kernel is built
/// when its sources changed, so each command works in a fresh clone.
#[derive(Parser)]
#[command(
    name = "ferrogate",
    bin_name = "./ferrogate",
    version,
    arg_required_else_help = true,
    max_term_width = 110
)]
struct Cli {
    /// Say more about what is done, for example which accelerator was chosen and why
    #[arg(long, short, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program of this machine in a machine of its own
    ///
    /// The program sees this machine's files, or those of --root, and may change all that its user may; but what it
    /// writes stays in the guest's memory and is gone at the end, except below the directories of --rw. /proc, /dev,
    /// /sys, /tmp and /run are the guest's own. Environment, current directory, user and groups are yours. (A current
    /// directory below /tmp or /run is there too.)
    ///
    /// Pipes and files as standard streams carry bytes, each for itself; a terminal is a terminal, with its size, its
    /// keys and its colours. Ctrl-Z stops program and tool together. Ctrl-C twice within a second ends a program that
    /// does not answer.
    ///
    /// Exit status: the program's, 128+N if signal N killed it; 127 if it was not found, 126 if it is not executable;
    /// 124 after --timeout; 125 if something else failed, with a message. What the program left running ends with it.
    #[command(after_help = run::AFTER_HELP)]
    Run(run::Options),
    /// Build the kernel: target/ferrogate/kernel, an ELF that QEMU starts with -kernel
    ///
    /// Debug symbols are kept, and the kernel's own symbol table is filled in, so that it names the frames of a
    /// backtrace. Nothing is started when no source is newer than the kernel.
    #[command(after_help = "Examples:\n  ./ferrogate build\n  \
        ./ferrogate build --debug && ./ferrogate boot --kernel target/ferrogate/kernel-debug\n  \
        ./ferrogate build --libcall")]
    Build {
        /// With debug assertions, at target/ferrogate/kernel-debug: it checks the order of locks and that nobody
        /// sleeps where that is not allowed, and is several times slower
        #[arg(long)]
        debug: bool,
        /// Not the kernel but the library of system calls for C programs: target/ferrogate/libcall/64, 32 and x32, each
        /// with libcall.a and crt0.o; the header is libcall/include/libcall.h
        #[arg(long, conflicts_with = "debug")]
        libcall: bool,
    },
    /// Boot a machine with its serial console on this terminal
    ///
    /// Without --initrd it boots Debian's busybox-static as /init, which gives a shell. Keys go to the guest, Ctrl-C
    /// too; Ctrl-A X ends QEMU, `poweroff` ends the guest. The console is kept in target/ferrogate/console.log.
    ///
    /// Exit status: 0 after power-off or reboot, 1 after a kernel panic (its backtrace is printed again with file and
    /// line), 2 if QEMU failed.
    #[command(after_help = "Examples:\n  ./ferrogate boot --cpus 2\n  \
        ./ferrogate boot --machine microvm --append 'quiet init=/bin/sh'\n  \
        ./ferrogate boot --kernel /boot/vmlinuz-6.1.0-56-cloud-amd64   # Linux on the same machine\n  \
        ./ferrogate boot -- -d int -D /tmp/qemu.log")]
    Boot(boot::MachineOptions),
    /// Run the tests: host unit tests, guest programs on Linux and on Ferrogate, console sessions
    ///
    /// Each program of guest/tests runs first on this Linux, then on Debian's kernel in QEMU and on Ferrogate with 2
    /// processors, and must print the same and end the same everywhere. Sessions talk to a busybox shell over the
    /// serial console, on Debian's kernel first. The last line is `N passed, N failed` (`, N skipped`); the exit
    /// status is 0 only if nothing failed.
    #[command(
        after_help = "Examples:\n  ./ferrogate test                 # everything, at most 20 minutes\n  \
        ./ferrogate test write           # guest/tests/write.c\n  \
        ./ferrogate test unit session    # two groups\n  \
        ./ferrogate test --list          # the names"
    )]
    Test(testing::Options),
    /// Check the sources: format, clippy, crate arrows, unsafe code, tables and docs in step
    Check(check::Options),
    /// Show the system-call table, or one call: number, registers, handler, status
    #[command(after_help = "Examples:\n  ./ferrogate table write\n  ./ferrogate table 231\n  \
        ./ferrogate table --abi i386 sendfile64 --json")]
    Table(table::Options),
    /// Show the road of one real system call, station by station
    ///
    /// A machine is stepped through the call, instruction by instruction: the wrapper, the registers at the door, what
    /// the processor does there, the stub, the table, the handler and the functions it calls, and the way back, with
    /// counted instructions. Functions are named by debug information, inlined ones too, and explained by their own
    /// documentation. Without PROGRAM a small C program is written that makes the call. What the vDSO answers by itself,
    /// and a call that never comes back, have roads of their own.
    ///
    /// Under the debugger's steps no interrupt comes in; a call that has to wait is left alone until it goes on. String
    /// instructions count once for each element.
    #[command(after_help = "Examples:\n  ./ferrogate explain write\n  \
        ./ferrogate explain openat --html /tmp/openat.html\n  \
        ./ferrogate explain write --abi i386 --door sysenter\n  \
        ./ferrogate explain open --as '__libcall_open(\"/none\", 0, 0)'\n  \
        ./ferrogate explain read --nth 2 -- cat /etc/passwd")]
    Explain(explain::Options),
    /// Start a machine halted, with gdb and the kernel's symbols connected to it
    ///
    /// The guest's console goes to target/ferrogate/gdb-console.log; follow it with `tail -f` in another terminal.
    #[command(after_help = "Examples:\n  ./ferrogate gdb --cpus 2\n  \
        ./ferrogate gdb --batch guest/sessions/door.gdb --timeout 60")]
    Gdb(gdb::Options),
    /// Count the cost of system calls in guest instructions and compare with Linux
    ///
    /// Under QEMU's -icount each guest instruction advances the time-stamp counter by one, so the figures are exact
    /// and repeatable. Linux's own stand in guest/bench/linux-icount-lean.tsv: Debian's 6.1 without its mitigations.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    run::take_environment();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return complain(&error),
    };
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ferrogate: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Shows help, or what is wrong with the command line. `run` has an exit code of its own for that: 2 could be the
/// program's.
fn complain(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let is_run = std::env::args_os().skip(1).find(|word| !word.as_encoded_bytes().starts_with(b"-"));
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        _ if is_run.is_some_and(|word| word == "run") => ExitCode::from(run::FAILED),
        code => ExitCode::from(u8::try_from(code).unwrap_or(2)),
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode> {
    reap::install_signal_handling()?;
    let tool = Context { project: Project::from_env()?, verbose: cli.verbose };
    match cli.command {
        Command::Build { libcall: true, .. } => {
            for abi in abi_gen::Abi::ALL {
                println!("{}", tool.project.show(&libcall::build(&tool.project, abi)?));
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Build { debug, .. } => {
            let profile = if debug { kernel::Profile::Debug } else { kernel::Profile::Release };
            let kernel = kernel::build(&tool.project, profile, tool.verbose)?;
            println!("{}", tool.project.show(&kernel));
            Ok(ExitCode::SUCCESS)
        }
        Command::Run(options) => Ok(run::run(&tool, &options)),
        Command::Boot(options) => boot::boot(&tool, &options),
        Command::Test(options) => testing::run(&tool, &options),
        Command::Check(options) => check::run(&tool, &options),
        Command::Table(options) => table::run(&tool, &options),
        Command::Explain(options) => explain::run(&tool, &options),
        Command::Gdb(options) => gdb::run(&tool, &options),
        Command::Bench(options) => bench::run(&tool, &options),
    }
}
