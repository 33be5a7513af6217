//! What procfs shows of a task.

use core::sync::atomic::Ordering;

use sched::state;

use crate::Task;
use crate::exit::NS_PER_TICK;
use crate::task::ExitState;

impl Task {
    /// The state letter of `/proc/PID/stat`: R, S, D, T, t, Z, X, I.
    pub fn state_char(&self) -> char {
        match self.exit_state() {
            ExitState::Zombie => return 'Z',
            ExitState::Dead => return 'X',
            ExitState::Alive => {}
        }
        let bits = self.thread.state();
        if bits & state::STOPPED != 0 {
            'T'
        } else if bits & state::TRACED != 0 {
            't'
        } else if bits & state::INTERRUPTIBLE != 0 {
            'S'
        } else if bits & (state::UNINTERRUPTIBLE | state::NOLOAD) == state::IDLE {
            'I'
        } else if bits & state::UNINTERRUPTIBLE != 0 {
            'D'
        } else {
            'R'
        }
    }

    /// The state as `/proc/PID/status` words it.
    pub fn state_name(&self) -> &'static str {
        match self.state_char() {
            'Z' => "Z (zombie)",
            'X' => "X (dead)",
            'T' => "T (stopped)",
            't' => "t (tracing stop)",
            'S' => "S (sleeping)",
            'D' => "D (disk sleep)",
            'I' => "I (idle)",
            _ => "R (running)",
        }
    }

    /// The terminal's device number (`tty_nr`), 0 without one.
    pub fn tty_nr(&self) -> u64 {
        self.group.tty().map_or(0, |tty| tty.rdev())
    }

    /// The terminal's foreground process group (`tpgid`), -1 without a terminal.
    pub fn tty_pgrp(&self) -> i32 {
        self.group.tty().map_or(-1, |tty| tty.foreground())
    }

    /// Signal sent to the parent at exit.
    pub fn exit_signal(&self) -> i32 {
        self.exit_signal.load(Ordering::Relaxed)
    }

    /// The wait status, for `exit_code` of `/proc/PID/stat`.
    pub fn exit_code(&self) -> i32 {
        self.exit_code.load(Ordering::Relaxed)
    }

    /// Whether new privileges are refused (`NoNewPrivs`).
    pub fn no_new_privs(&self) -> bool {
        self.no_new_privs.load(Ordering::Relaxed)
    }

    /// Signals queued for the task's user.
    pub fn queued_signals(&self) -> u64 {
        self.user.get().map_or(0, |user| user.queued_signals())
    }
}

/// Nanoseconds in clock ticks, as `/proc/PID/stat` counts time.
pub const fn ns_to_ticks(ns: u64) -> u64 {
    ns / NS_PER_TICK
}
