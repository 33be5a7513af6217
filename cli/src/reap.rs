//! Programs that we start never outlive us: not after an error, not after Ctrl-C, not if this tool is killed.
//!
//! A [`Guarded`] child is killed when it is dropped; a signal to this tool kills every one that is left and puts the
//! terminal back; and `setpriv --pdeathsig` lets the kernel do it if we are shot. (A `pre_exec` hook would do the
//! last one too, but is unsafe code.)

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, waitpid};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

/// A command for [`Guarded`]: the program, started so that it gets SIGKILL when the thread that started it ends.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

static LIVE: Mutex<Vec<Target>> = Mutex::new(Vec::new());
static TERMINAL: Mutex<Option<(OwnedFd, Termios)>> = Mutex::new(None);
/// The thread's own list of signals, to add to it.
static SIGNALS: OnceLock<Handle> = OnceLock::new();
/// Whom the thread asks first.
static TAKER: Mutex<Option<Taker>> = Mutex::new(None);

/// Takes a signal, or answers false: then it ends the tool.
type Taker = Box<dyn Fn(i32) -> bool + Send>;

/// Whom to kill: a process, with its group if it leads one.
#[derive(Clone, Copy, PartialEq)]
struct Target {
    pid: Pid,
    leads_group: bool,
}

impl Target {
    fn kill(self) {
        // It may be gone already, which is what we want.
        let _ = if self.leads_group {
            kill_process_group(self.pid, Signal::KILL)
        } else {
            kill_process(self.pid, Signal::KILL)
        };
    }
}

fn lock<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn live() -> MutexGuard<'static, Vec<Target>> {
    lock(&LIVE)
}

/// From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT end the tool with its children reaped and the terminal restored.
pub fn install_signal_handling() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT]).context("cannot handle signals")?;
    let _ = SIGNALS.set(signals.handle());
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if lock(&TAKER).as_ref().is_some_and(|taker| taker(signal)) {
                continue;
            }
            for target in live().drain(..) {
                target.kill();
                // The thread that waits for it may be the one that gets its status; either way it is reaped.
                let _ = waitpid(Some(target.pid), WaitOptions::empty());
            }
            restore_terminal();
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// From here on `taker` gets the signals, `more` among them, in the order in which they came. It runs in a thread of
/// its own; where it answers false the signal ends the tool as before.
pub fn take_signals(more: &[i32], taker: impl Fn(i32) -> bool + Send + 'static) -> Result<()> {
    *lock(&TAKER) = Some(Box::new(taker));
    let handle = SIGNALS.get().context("no signals are handled")?;
    for signal in more {
        handle.add_signal(*signal).context("cannot handle signals")?;
    }
    Ok(())
}

/// Remembers the settings of a terminal and restores them when dropped, or when a signal ends the tool.
pub struct TerminalGuard;

impl TerminalGuard {
    /// Takes the settings of the terminal on standard input, if it is one.
    pub fn save() -> Self {
        Self::of(rustix::stdio::stdin())
    }

    /// Takes the settings of this terminal as they are now.
    pub fn of(terminal: impl AsFd) -> Self {
        let terminal = terminal.as_fd();
        *lock(&TERMINAL) = terminal.try_clone_to_owned().ok().zip(tcgetattr(terminal).ok());
        Self
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        restore_terminal();
    }
}

fn restore_terminal() {
    if let Some((terminal, settings)) = lock(&TERMINAL).take() {
        // Not behind what is still to be printed: somebody may have stopped that.
        let _ = tcsetattr(terminal, OptionalActions::Now, &settings);
    }
}

/// A running child that is killed, with its process group if it has one of its own, when this is dropped.
pub struct Guarded {
    child: Child,
    target: Option<Target>,
}

impl Guarded {
    /// Starts a [`command`] in a process group of its own, out of reach of the terminal's keys.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        command.process_group(0);
        Self::start(command, true)
    }

    /// Starts a [`command`] in our process group, so that it may read the terminal.
    pub fn spawn_in_foreground(command: &mut Command) -> Result<Self> {
        Self::start(command, false)
    }

    /// The death signal follows the thread that starts the child: call this where the thread lives on.
    fn start(command: &mut Command, leads_group: bool) -> Result<Self> {
        let child = command.spawn().context("cannot start setpriv (Debian package util-linux)")?;
        let target = Pid::from_raw(child.id().cast_signed()).map(|pid| Target { pid, leads_group });
        live().extend(target);
        Ok(Self { child, target })
    }

    /// The child, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait().context("cannot wait for a child")?;
        self.forget();
        Ok(status)
    }

    /// Waits for its end until the deadline; `None` if it still runs then.
    pub fn wait_until(&mut self, deadline: Instant) -> Result<Option<ExitStatus>> {
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = self.child.try_wait().context("cannot wait for a child")? {
                self.forget();
                return Ok(Some(status));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            std::thread::sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    /// Kills it now and reaps it.
    pub fn kill(&mut self) {
        if let Some(target) = self.target {
            target.kill();
            let _ = self.child.wait();
            self.forget();
        }
    }

    /// Stops it, or lets it go on.
    pub fn pause(&self, pause: bool) {
        if let Some(target) = self.target {
            let _ = kill_process(target.pid, if pause { Signal::STOP } else { Signal::CONT });
        }
    }

    /// Kills what a child that has ended left behind in its process group.
    pub fn sweep_group(&self) {
        if let Some(pid) = Pid::from_raw(self.child.id().cast_signed()) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    fn forget(&mut self) {
        if let Some(target) = self.target.take() {
            live().retain(|other| *other != target);
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.kill();
    }
}
