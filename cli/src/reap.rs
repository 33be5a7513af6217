//! Programs that we start never outlive us: not after an error, not after Ctrl-C, not if this tool is killed.
//!
//! A [`Guarded`] child is killed when it is dropped; a signal to this tool kills every one that is left and puts the
//! terminal back; and `setpriv --pdeathsig` lets the kernel do it if we are shot. (A `pre_exec` hook would do the
//! last one too, but is unsafe code.)

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, waitpid};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

/// A command for [`Guarded`]: the program, started so that it gets SIGKILL when the thread that started it ends.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

static LIVE: Mutex<Vec<Target>> = Mutex::new(Vec::new());
static TERMINAL: Mutex<Option<Termios>> = Mutex::new(None);

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

fn live() -> std::sync::MutexGuard<'static, Vec<Target>> {
    LIVE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT end the tool with its children reaped and the terminal restored.
pub fn install_signal_handling() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT]).context("cannot handle signals")?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
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

/// Remembers the settings of the terminal on standard input, if it is one, and restores them when dropped.
pub struct TerminalGuard;

impl TerminalGuard {
    /// Takes the settings as they are now.
    pub fn save() -> Self {
        if let Ok(mut slot) = TERMINAL.lock() {
            *slot = tcgetattr(rustix::stdio::stdin()).ok();
        }
        Self
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        restore_terminal();
    }
}

fn restore_terminal() {
    if let Ok(mut slot) = TERMINAL.lock()
        && let Some(settings) = slot.take()
    {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, &settings);
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
