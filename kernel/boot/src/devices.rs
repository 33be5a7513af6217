//! Wires devices to what stands beside them: terminals, device nodes.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;

use abi::{Errno, Termios, Winsize};
use drivers::virtio_console::{self, Observer};
use hal::kerror;
use sched::WaitQueue;
use sync::{SpinLock, rank};
use tty::settings::{CONSOLE_MODES, SERIAL_MODES};
use tty::{Port, Tty};

/// Linux's numbers of `ttyS0` and of `hvc0`.
const TTYS0: (u32, u32) = (4, 64);
const HVC_MAJOR: u32 = 229;
/// How long the start waits for the console that the command line names.
const CONSOLE_PATIENCE_NS: u64 = 2 * sched::NSEC_PER_SEC;
/// The virtio consoles' terminals, `hvc0` first.
static CONSOLES: SpinLock<[Option<Arc<Tty>>; 8]> = SpinLock::new(rank::CONFIG, [const { None }; 8]);
static CONSOLE_CAME: WaitQueue = WaitQueue::new();

/// Starts all devices and makes the console.
pub fn start() -> Result<(), Errno> {
    let serial = start_serial()?;
    virtio_console::set_observer(&Nodes);
    drivers::virtio::start();
    crate::shares::register();
    tty::register_console(&chosen_console().unwrap_or(serial))?;
    tty::pty::init()?;
    devtmpfs::add_chrdev_node("ptmx", 0o666, 5, 2)?;
    devtmpfs::add_chrdev_node("console", 0o600, 5, 1)?;
    devtmpfs::add_chrdev_node("tty", 0o666, 5, 0)
}

/// The serial port as a terminal's device.
struct SerialPort;

impl Port for SerialPort {
    fn send(&self, bytes: &[u8]) {
        drivers::serial::write(bytes);
    }
}

fn start_serial() -> Result<Arc<Tty>, Errno> {
    let tty = tty::register("ttyS0", TTYS0, SERIAL_MODES, Arc::new(SerialPort))?;
    devtmpfs::add_chrdev_node("ttyS0", 0o600, TTYS0.0, TTYS0.1)?;
    let receiver = tty.clone();
    sched::spawn_kthread("ttyS0", move || {
        drivers::serial::start();
        let mut bytes = [0; 64];
        loop {
            let len = drivers::serial::read(&mut bytes);
            receiver.receive(bytes.get(..len).unwrap_or(&[]));
        }
    })
    .ok_or(Errno::ENOMEM)?;
    Ok(tty)
}

/// The virtio console that the last `console=` names, if it does. The host adds consoles after a while.
fn chosen_console() -> Option<Arc<Tty>> {
    let name = hal::boot::option("console")?.split(',').next()?;
    let index: usize = name.strip_prefix("hvc")?.parse().ok()?;
    let find = || CONSOLES.lock().get(index).cloned().flatten();
    let deadline = sched::clock::monotonic_ns() + CONSOLE_PATIENCE_NS;
    CONSOLE_CAME.wait_event_timeout(Some(deadline), || find().is_some());
    let found = find();
    if found.is_none() {
        kerror!("Warning: there is no console {name}");
    }
    found
}

/// A virtio console as a terminal's device.
struct ConsolePort(Arc<virtio_console::Port>);

impl Port for ConsolePort {
    fn send(&self, bytes: &[u8]) {
        self.0.send(bytes);
    }

    fn takes(&self, bytes: usize) -> bool {
        self.0.takes(bytes)
    }

    fn is_drained(&self) -> bool {
        self.0.is_drained()
    }

    fn progress(&self) -> Option<&WaitQueue> {
        Some(self.0.writable())
    }

    fn adjust(&self, old: &Termios, new: &mut Termios) {
        tty::keep_line(old, new);
    }
}

fn winsize((ws_col, ws_row): (u16, u16)) -> Winsize {
    Winsize { ws_row, ws_col, ..Winsize::default() }
}

fn add_console(index: usize, port: Arc<virtio_console::Port>, size: Option<(u16, u16)>) -> Result<(), Errno> {
    let name: &'static str = Box::leak(format!("hvc{index}").into_boxed_str());
    let number = (HVC_MAJOR, index as u32);
    let tty = tty::register(name, number, CONSOLE_MODES, Arc::new(ConsolePort(port.clone())))?;
    if let Some(size) = size {
        tty.resize(winsize(size));
    }
    devtmpfs::add_chrdev_node(name, 0o600, number.0, number.1)?;
    let receiver = tty.clone();
    let work = move || {
        let mut bytes = [0; 256];
        loop {
            let len = port.receive(&mut bytes);
            receiver.receive_paced(bytes.get(..len).unwrap_or(&[]));
        }
    };
    sched::spawn_kthread(name, work).ok_or(Errno::ENOMEM)?;
    if let Some(slot) = CONSOLES.lock().get_mut(index) {
        *slot = Some(tty);
    }
    CONSOLE_CAME.wake_all();
    Ok(())
}

/// Makes the nodes of virtio ports.
struct Nodes;

fn report(what: &str, result: Result<(), Errno>) {
    if let Err(errno) = result {
        kerror!("virtio: {what}: {errno}");
    }
}

impl Observer for Nodes {
    fn port_added(&self, node: &str, major: u32, minor: u32) {
        report(node, devtmpfs::add_chrdev_node(node, 0o600, major, minor));
    }

    fn port_named(&self, node: &str, name: &str) {
        report(name, devtmpfs::add_link(&format!("virtio-ports/{name}"), &format!("../{node}")));
    }

    fn port_removed(&self, node: &str, name: Option<&str>) {
        if let Some(name) = name {
            report(name, devtmpfs::remove(&format!("virtio-ports/{name}")));
        }
        report(node, devtmpfs::remove(node));
    }

    fn console_added(&self, index: usize, port: Arc<virtio_console::Port>, size: Option<(u16, u16)>) {
        report("console", add_console(index, port, size));
    }

    fn console_resized(&self, index: usize, size: (u16, u16)) {
        let tty = CONSOLES.lock().get(index).cloned().flatten();
        if let Some(tty) = tty {
            tty.resize(winsize(size));
        }
    }
}
