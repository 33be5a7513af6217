//! When Ctrl-C ends the tool, though the key is the guest's: the guest must never hang it.
//!
//! Ctrl-C twice within a second ends it if the guest shows nothing but the key's echo in between: a shell that answers
//! with a new prompt is alive. So is a program for which the key is a key (an editor): the guest is asked whether keys
//! make signals there. One that does not answer is not alive. Four within two seconds end it in any case where
//! they make signals.

use std::time::{Duration, Instant};

/// Two within this time.
const TWICE: Duration = Duration::from_secs(1);
/// Four within this.
const OFTEN: Duration = Duration::from_secs(2);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Go on.
    Nothing,
    /// Ask the guest whether keys make signals.
    Ask,
    /// End the tool.
    End,
}

/// What was typed lately.
#[derive(Debug, Default)]
pub struct Interrupts {
    first: Option<Instant>,
    count: u32,
    /// Whether keys make signals, as far as the guest has answered.
    signals: Option<bool>,
    /// The guest has shown something since the first.
    shown: bool,
    last_signal: Option<Instant>,
}

impl Interrupts {
    /// Ctrl-C was typed to the guest. `shown` tells whether it has shown anything but an echo since a time.
    pub fn key(&mut self, now: Instant, shown: impl FnOnce(Instant) -> bool) -> Verdict {
        match self.first {
            Some(first) if now.duration_since(first) < self.window() => {
                self.count += 1;
                self.shown = shown(first);
                self.judge()
            }
            _ => {
                *self = Self { first: Some(now), count: 1, last_signal: self.last_signal, ..Self::default() };
                Verdict::Ask
            }
        }
    }

    fn window(&self) -> Duration {
        if self.count > 1 { OFTEN } else { TWICE }
    }

    /// The guest answers.
    pub fn answer(&mut self, signals: bool) -> Verdict {
        self.signals = Some(signals);
        self.judge()
    }

    fn judge(&self) -> Verdict {
        let often = self.count >= 4;
        match self.signals {
            Some(true) if often || self.count >= 2 && !self.shown => Verdict::End,
            _ => Verdict::Nothing,
        }
    }

    /// When [`Self::time_is_over`] is to be called.
    pub fn deadline(&self) -> Option<Instant> {
        let undecided = self.count >= 2 && self.signals.is_none() && !self.shown;
        self.first.filter(|_| undecided).map(|first| first + TWICE)
    }

    /// No answer came: a guest that does not even show anything hangs.
    pub fn time_is_over(&mut self, now: Instant) -> Verdict {
        if self.deadline().is_some_and(|time| time <= now) { Verdict::End } else { Verdict::Nothing }
    }

    /// SIGINT came to the tool; whether it is the second within a second.
    pub fn signal(&mut self, now: Instant) -> bool {
        self.last_signal.replace(now).is_some_and(|last| now.duration_since(last) < TWICE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    fn twice_ends_a_silent_program() {
        let (mut keys, t) = (Interrupts::default(), Instant::now());
        assert_eq!(keys.key(t, |_| false), Verdict::Ask);
        assert_eq!(keys.answer(true), Verdict::Nothing);
        assert_eq!(keys.key(at(t, 500), |_| false), Verdict::End);
    }

    #[test]
    fn slow_typing_ends_nothing() {
        let (mut keys, t) = (Interrupts::default(), Instant::now());
        for i in 0..5 {
            assert_eq!(keys.key(at(t, 1500 * i), |_| false), Verdict::Ask);
            assert_eq!(keys.answer(true), Verdict::Nothing);
        }
    }

    #[test]
    fn a_program_that_answers_lives() {
        let (mut keys, t) = (Interrupts::default(), Instant::now());
        keys.key(t, |_| false);
        assert_eq!(keys.answer(true), Verdict::Nothing);
        assert_eq!(keys.key(at(t, 300), |_| true), Verdict::Nothing);
        assert_eq!(keys.key(at(t, 600), |_| true), Verdict::Nothing);
        assert_eq!(keys.key(at(t, 900), |_| true), Verdict::End, "four");
    }

    #[test]
    fn an_editor_has_the_key_for_itself() {
        let (mut keys, t) = (Interrupts::default(), Instant::now());
        keys.key(t, |_| false);
        assert_eq!(keys.key(at(t, 100), |_| false), Verdict::Nothing, "no answer yet");
        assert!(keys.deadline().is_some());
        assert_eq!(keys.answer(false), Verdict::Nothing);
        assert_eq!(keys.deadline(), None);
        for ms in [200, 300, 400, 500] {
            assert_eq!(keys.key(at(t, ms), |_| false), Verdict::Nothing);
        }
    }

    #[test]
    fn a_guest_that_hangs_is_ended() {
        let (mut keys, t) = (Interrupts::default(), Instant::now());
        keys.key(t, |_| false);
        keys.key(at(t, 100), |_| false);
        assert_eq!(keys.time_is_over(at(t, 999)), Verdict::Nothing);
        assert_eq!(keys.time_is_over(at(t, 1000)), Verdict::End);
    }

    #[test]
    fn signals() {
        let (mut keys, t) = (Interrupts::default(), Instant::now());
        assert!(!keys.signal(t));
        assert!(!keys.signal(at(t, 1100)));
        assert!(keys.signal(at(t, 1200)));
    }
}
