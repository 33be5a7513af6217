//! A run from the machine's start to its end: one loop that takes what the guest, the threads that carry the streams,
//! and the signals say, one after another.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};

use super::console::Console;
use super::interrupt::{Interrupts, Verdict};
use super::machine::{Running, read_errors};
use super::protocol::{FromGuest, ProgramEnd, ToGuest, read_message};
use super::terminal::{self, Terminal};
use super::{FAILED, TIMED_OUT, streams};
use crate::reap::{self, Guarded};

/// A guest that has not come so far that its first program speaks has so long.
const START_LIMIT: Duration = Duration::from_secs(120);
/// A guest that does not take a message is not waited for.
const WRITE_LIMIT: Duration = Duration::from_secs(2);
/// How long what a QEMU that has ended left in its sockets is waited for.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What happens.
pub enum Event {
    /// The guest's first program says something.
    Guest(FromGuest),
    /// It, and so the machine, is gone.
    GuestGone,
    /// A stream to the host is at its end.
    OutputDone(&'static str, io::Result<()>),
    /// The user typed Ctrl-C.
    CtrlC,
    /// A signal came.
    Signal(i32),
}

/// How a run ends.
enum End {
    /// The tool's exit code.
    Code(u8),
    /// The machine is gone, nobody knows why.
    MachineGone,
}

/// A running machine and all that belongs to it.
pub struct Session {
    qemu: Guarded,
    control: UnixStream,
    /// All ports: QEMU forgets what it has not read yet of one whose other end is closed.
    ports: Vec<UnixStream>,
    events: Receiver<Event>,
    sender: Sender<Event>,
    terminal: Option<Arc<Terminal>>,
    terminal_socket: Option<UnixStream>,
    /// The thread that reads the keys runs.
    reads_keys: bool,
    /// Lines that were typed before the keys became the guest's.
    typed_ahead: Vec<u8>,
    console: Console,
    errors: JoinHandle<String>,
    stdin: Option<JoinHandle<()>>,
    stdin_wanted: Arc<AtomicBool>,
    /// Where the host's standard input stood, if it is a file that can be set back.
    stdin_start: Option<u64>,
    outputs_open: usize,
    output_error: Option<String>,
    hello: bool,
    started: bool,
    exited: Option<ProgramEnd>,
    stdin_read: u64,
    interrupts: Interrupts,
    verbose: bool,
    begun: Instant,
}

impl Session {
    /// Takes over a machine that has just been started. With `foreground` the keys are the guest's at once.
    pub fn new(
        running: Running,
        terminal: Option<(Terminal, Vec<u8>)>,
        foreground: bool,
        (sender, events): (Sender<Event>, Receiver<Event>),
        verbose: bool,
    ) -> Result<Self> {
        let Running { qemu, control, streams: [stdin, stdout, stderr], terminal: socket, console, errors } =
            running;
        control.set_write_timeout(Some(WRITE_LIMIT)).context("cannot set up the control port")?;
        let mut session = Self {
            qemu,
            control,
            ports: Vec::new(),
            events,
            sender,
            terminal: None,
            terminal_socket: None,
            reads_keys: false,
            typed_ahead: Vec::new(),
            console: Console::follow(console, verbose),
            errors: std::thread::spawn(move || read_errors(errors)),
            stdin: None,
            stdin_wanted: Arc::new(AtomicBool::new(true)),
            stdin_start: None,
            outputs_open: 0,
            output_error: None,
            hello: false,
            started: false,
            exited: None,
            stdin_read: 0,
            interrupts: Interrupts::default(),
            verbose,
            begun: Instant::now(),
        };
        session.listen()?;
        if let Some((terminal, cookie)) = terminal {
            if foreground {
                session.typed_ahead = terminal.typed_ahead();
                terminal.set_raw(true)?;
            }
            session.show_terminal(terminal, socket.context("the machine has no terminal")?, cookie)?;
        }
        session.carry_stdin(stdin)?;
        session.carry_output("standard output", stdout, rustix::stdio::stdout())?;
        session.carry_output("standard error", stderr, rustix::stdio::stderr())?;
        Ok(session)
    }

    /// Hears what the guest's first program says.
    fn listen(&self) -> Result<()> {
        let mut from = self.control.try_clone().context("cannot duplicate a socket")?;
        let sender = self.sender.clone();
        std::thread::spawn(move || {
            while let Ok(message) = read_message(&mut from) {
                if sender.send(Event::Guest(message)).is_err() {
                    return;
                }
            }
            let _ = sender.send(Event::GuestGone);
        });
        Ok(())
    }

    fn show_terminal(&mut self, terminal: Terminal, socket: UnixStream, cookie: Vec<u8>) -> Result<()> {
        let terminal = Arc::new(terminal);
        let mut from = socket.try_clone().context("cannot duplicate a socket")?;
        let (shown, sender) = (Arc::clone(&terminal), self.sender.clone());
        std::thread::spawn(move || {
            let result = streams::terminal_to_host(&mut from, &cookie, |bytes| {
                shown.note_shown(bytes);
                let mut screen = &shown.screen;
                // A terminal that is gone shows nothing; the program need not know.
                let _ = if shown.is_raw() {
                    screen.write_all(bytes)
                } else {
                    screen.write_all(&terminal::without_returns(bytes))
                };
                Ok(())
            });
            let _ = sender.send(Event::OutputDone("the terminal", result));
        });
        self.outputs_open += 1;
        (self.terminal, self.terminal_socket) = (Some(terminal), Some(socket));
        Ok(())
    }

    fn keep(&mut self, port: &UnixStream) -> Result<()> {
        self.ports.push(port.try_clone().context("cannot duplicate a socket")?);
        Ok(())
    }

    fn carry_stdin(&mut self, port: Option<UnixStream>) -> Result<()> {
        let Some(mut port) = port else { return Ok(()) };
        self.keep(&port)?;
        let mut from = terminal::duplicate(rustix::stdio::stdin())?;
        let is_file = from.metadata().is_ok_and(|meta| meta.is_file());
        self.stdin_start = if is_file { rustix::fs::tell(&from).ok() } else { None };
        let wanted = Arc::clone(&self.stdin_wanted);
        self.stdin = Some(std::thread::spawn(move || {
            // When the machine is gone nobody misses the rest.
            let _ = streams::to_guest(&mut from, &mut port, || !wanted.load(Ordering::Relaxed));
        }));
        Ok(())
    }

    fn carry_output(
        &mut self,
        name: &'static str,
        port: Option<UnixStream>,
        to: std::os::fd::BorrowedFd<'static>,
    ) -> Result<()> {
        let Some(port) = port else { return Ok(()) };
        self.keep(&port)?;
        let mut to = terminal::duplicate(to)?;
        let sender = self.sender.clone();
        std::thread::spawn(move || {
            let _ = sender.send(Event::OutputDone(name, streams::to_host(&port, &mut to)));
        });
        self.outputs_open += 1;
        Ok(())
    }

    /// Until the program's end and that of its output; the tool's exit code. Whatever happens, QEMU is gone then and
    /// the terminal as it was.
    pub fn run(mut self, timeout: Option<Duration>) -> Result<RunEnd> {
        let deadline = timeout.map(|limit| self.begun + limit);
        let end = self.until_end(deadline);
        let machine_gone = matches!(end, Ok(End::MachineGone));
        let status = if machine_gone { self.qemu.wait_until(Instant::now() + LAST_WORDS)? } else { None };
        self.qemu.kill();
        if let Some(terminal) = self.terminal.as_ref().filter(|t| t.is_raw()) {
            let _ = terminal.set_raw(false);
        }
        self.set_stdin_back();
        match end? {
            End::Code(code) => Ok(RunEnd::Code(code)),
            End::MachineGone => Ok(RunEnd::MachineGone {
                status,
                errors: self.errors.join().unwrap_or_default(),
                console: self.console.last_words(),
                hello: self.hello,
            }),
        }
    }

    fn until_end(&mut self, deadline: Option<Instant>) -> Result<End> {
        if let Some(terminal) = &self.terminal
            && terminal.is_raw()
        {
            self.read_keys()?;
        }
        loop {
            if let Some(end) = self.exited.filter(|_| self.outputs_open == 0) {
                return Ok(End::Code(self.final_code(end)));
            }
            let limits = [deadline, self.interrupts.deadline(), self.start_deadline()];
            let event = match limits.into_iter().flatten().min() {
                Some(time) => self.events.recv_timeout(time.saturating_duration_since(Instant::now())),
                None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let end = match event {
                Ok(event) => self.take(event)?,
                Err(RecvTimeoutError::Disconnected) => Some(End::MachineGone),
                Err(RecvTimeoutError::Timeout) => self.time_is_over(deadline),
            };
            if let Some(end) = end {
                return Ok(end);
            }
        }
    }

    fn start_deadline(&self) -> Option<Instant> {
        (!self.hello).then(|| self.begun + START_LIMIT)
    }

    fn time_is_over(&mut self, deadline: Option<Instant>) -> Option<End> {
        let now = Instant::now();
        if deadline.is_some_and(|time| time <= now) {
            self.say(&format!("ended after {} s, as --timeout says", self.begun.elapsed().as_secs()));
            return Some(End::Code(TIMED_OUT));
        }
        if self.start_deadline().is_some_and(|time| time <= now) {
            self.say(&format!(
                "the guest did not start within {} s; --verbose shows how far it came",
                START_LIMIT.as_secs()
            ));
            return Some(End::Code(FAILED));
        }
        let verdict = self.interrupts.time_is_over(now);
        self.obey(verdict)
    }

    /// A line on standard error, which may be a raw terminal.
    fn say(&self, text: &str) {
        let raw = self.terminal.as_ref().is_some_and(|t| t.is_raw());
        let (before, end) = if raw { ("\r\n", "\r") } else { ("", "") };
        eprintln!("{before}ferrogate: {text}{end}");
    }

    fn tell(&mut self, message: ToGuest) {
        // A guest that is gone is noticed where it is listened to.
        let _ = self.control.write_all(&message.to_bytes());
    }

    fn take(&mut self, event: Event) -> Result<Option<End>> {
        match event {
            Event::Guest(message) => return self.take_message(message),
            Event::GuestGone => return Ok(Some(End::MachineGone)),
            Event::OutputDone(name, result) => self.output_done(name, result),
            Event::CtrlC => {
                let shown = self.terminal.clone();
                let verdict = self.interrupts.key(Instant::now(), |since| {
                    shown.is_some_and(|terminal| terminal.has_shown_since(since))
                });
                return Ok(self.obey(verdict));
            }
            Event::Signal(signal) => return self.take_signal(signal),
        }
        Ok(None)
    }

    fn output_done(&mut self, name: &str, result: io::Result<()>) {
        self.outputs_open -= 1;
        match result {
            Ok(()) => {}
            // Its reader has gone, or the machine, which is noticed elsewhere.
            Err(e) if matches!(e.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof) => {}
            Err(error) => self.output_error = Some(format!("cannot write {name}: {error}")),
        }
    }

    fn final_code(&self, end: ProgramEnd) -> u8 {
        if let Some(error) = &self.output_error {
            self.say(error);
            if end == ProgramEnd::Code(0) {
                return FAILED;
            }
        }
        end.exit_code()
    }

    fn take_message(&mut self, message: FromGuest) -> Result<Option<End>> {
        match message {
            FromGuest::Hello => {
                self.hello = true;
                let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                self.tell(ToGuest::Time(time));
                self.note("the guest's first program runs");
            }
            FromGuest::Started => {
                self.started = true;
                self.note("the program runs");
                self.send_size();
            }
            FromGuest::Warning(text) => self.say(&format!("warning: {text}")),
            FromGuest::Failed { code, text } => {
                self.say(&text);
                return Ok(Some(End::Code(code)));
            }
            FromGuest::Stopped(_) => self.program_stopped()?,
            FromGuest::StdinClosed => self.stdin_wanted.store(false, Ordering::Relaxed),
            FromGuest::Keys(signals) => {
                let verdict = self.interrupts.answer(signals);
                return Ok(self.obey(verdict));
            }
            FromGuest::Exited { end, stdin_read } => {
                self.exited = Some(end);
                self.stdin_read = stdin_read;
                self.note(&format!("the program has ended: {end:?}"));
            }
        }
        Ok(None)
    }

    fn note(&self, text: &str) {
        if self.verbose {
            self.say(&format!("{} ms: {text}", self.begun.elapsed().as_millis()));
        }
    }

    fn obey(&mut self, verdict: Verdict) -> Option<End> {
        match verdict {
            Verdict::Nothing => None,
            Verdict::Ask => {
                self.tell(ToGuest::AskKeys);
                None
            }
            Verdict::End => {
                self.say("interrupted");
                Some(End::Code(128 + SIGINT as u8))
            }
        }
    }

    fn take_signal(&mut self, signal: i32) -> Result<Option<End>> {
        match signal {
            SIGWINCH => self.send_size(),
            SIGTSTP => self.suspend()?,
            SIGINT if !self.started || self.interrupts.signal(Instant::now()) => {
                return Ok(Some(End::Code(128 + SIGINT as u8)));
            }
            SIGQUIT if !self.started => return Ok(Some(End::Code(128 + SIGQUIT as u8))),
            SIGINT | SIGQUIT => self.tell(ToGuest::Signal(signal)),
            _ => {}
        }
        Ok(None)
    }

    fn send_size(&mut self) {
        if let Some(size) = self.terminal.as_ref().map(|terminal| terminal.size()).filter(|_| self.started) {
            self.tell(ToGuest::Size(size));
        }
    }

    /// The program was stopped: because it wants the keys, or by Ctrl-Z.
    fn program_stopped(&mut self) -> Result<()> {
        let Some(terminal) = self.terminal.clone() else { return Ok(()) };
        if terminal.is_raw() {
            terminal.set_raw(false)?;
            self.stop_ourselves()?;
        }
        self.resume(&terminal)
    }

    /// From the background this stops us, until the user brings us to the foreground.
    fn resume(&mut self, terminal: &Terminal) -> Result<()> {
        if !self.reads_keys {
            self.typed_ahead = terminal.typed_ahead();
        }
        terminal.set_raw(true)?;
        self.read_keys()?;
        self.tell(ToGuest::Continue { foreground: true });
        self.send_size();
        Ok(())
    }

    /// Ctrl-Z came to us: the whole machine stands still with us.
    fn suspend(&mut self) -> Result<()> {
        let raw = self.terminal.clone().filter(|t| t.is_raw());
        if let Some(terminal) = &raw {
            terminal.set_raw(false)?;
        }
        self.qemu.pause(true);
        self.stop_ourselves()?;
        self.qemu.pause(false);
        if let Some(terminal) = &raw {
            terminal.set_raw(true)?;
        }
        self.send_size();
        Ok(())
    }

    /// Returns when somebody has continued us.
    fn stop_ourselves(&mut self) -> Result<()> {
        if terminal::is_orphaned() {
            return Ok(());
        }
        kill_process(getpid(), Signal::STOP).context("cannot stop")?;
        let mut later = Vec::new();
        // The signal may reach this thread a moment late.
        while let Ok(event) = self.events.recv_timeout(Duration::from_secs(1)) {
            match event {
                Event::Signal(SIGCONT) => break,
                event => later.push(event),
            }
        }
        later.into_iter().for_each(|event| {
            let _ = self.sender.send(event);
        });
        Ok(())
    }

    fn read_keys(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.reads_keys, true) {
            return Ok(());
        }
        let Some(terminal) = self.terminal.clone() else { return Ok(()) };
        let mut to = self.terminal_socket.as_ref().context("no terminal")?.try_clone()?;
        let sender = self.sender.clone();
        let typed = std::mem::take(&mut self.typed_ahead);
        std::thread::spawn(move || {
            if to.write_all(&typed).is_err() {
                return;
            }
            let mut buffer = [0; 4096];
            loop {
                let n = match io::Read::read(&mut &terminal.keys, &mut buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Ok(n) if n > 0 => n,
                    // The terminal is gone; the signal that says so ends us.
                    _ => return,
                };
                if buffer[..n].contains(&3) && sender.send(Event::CtrlC).is_err() {
                    return;
                }
                if to.write_all(&buffer[..n]).is_err() {
                    return;
                }
            }
        });
        Ok(())
    }

    /// Leaves the host's standard input where the program stopped reading, if it is a file: what was carried ahead
    /// is still there for who reads it next.
    fn set_stdin_back(&mut self) {
        self.stdin_wanted.store(false, Ordering::Relaxed);
        let (Some(start), Some(thread)) = (self.stdin_start, self.stdin.take()) else { return };
        let _ = thread.join();
        if self.exited.is_some() {
            let _ = rustix::fs::seek(
                rustix::stdio::stdin(),
                rustix::fs::SeekFrom::Start(start + self.stdin_read),
            );
        }
    }
}

/// What a run came to.
pub enum RunEnd {
    /// The tool's exit code.
    Code(u8),
    /// The machine ended by itself.
    MachineGone {
        /// QEMU's exit status, if it has one yet.
        status: Option<std::process::ExitStatus>,
        /// What QEMU said.
        errors: String,
        /// The kernel's last messages.
        console: String,
        /// The guest's first program ran already.
        hello: bool,
    },
}

/// Makes the signals events of the session. Those that are to end the tool at once still do.
pub fn take_signals(sender: Sender<Event>) -> Result<()> {
    reap::take_signals(&[SIGWINCH, SIGTSTP, SIGCONT], move |signal| {
        !matches!(signal, SIGTERM | SIGHUP) && sender.send(Event::Signal(signal)).is_ok()
    })
}
