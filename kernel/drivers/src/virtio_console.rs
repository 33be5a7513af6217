//! Virtio's console (virtio 1.2, 5.3): ports that carry bytes to the host and back. With the multiport feature the
//! host adds, names, opens and closes ports in messages over two control queues, which a thread handles; without it
//! there is one port, a console.
//!
//! A generic port is a character device as on Linux ([`file`]), a console port is a terminal's lower end; what a port
//! is called and where its node is made is the business of an [`Observer`].
//!
//! Locks: a port's reader (a sleeping lock), a port's name (`rank::CONFIG`), then each queue for itself
//! (`rank::DEVICE`); interrupt handlers take the ports' queues.

mod control;
mod file;
mod port;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use abi::Errno;
use hal::kerror;
use hal::virtio::{Config, Device, Source, VirtQueue};
use sched::WaitQueue;
use sync::{IrqSpinLock, Once, rank};
use vfs::register_chrdev;

use control::{ControlIn, ControlOut, Event, Message};
pub use port::Port;

const F_SIZE: u64 = 1 << 0;
const F_MULTIPORT: u64 = 1 << 1;
/// Where the configuration has the console's columns and rows, and the number of ports.
const CONFIG_COLUMNS: usize = 0;
const CONFIG_ROWS: usize = 2;
const CONFIG_PORTS: usize = 4;
/// More ports than any host makes (QEMU has at most 31).
const MAX_PORTS: u32 = 64;
/// The queues in front of those of port 1.
const FIRST_QUEUES: u16 = 4;
/// Buffers that can be under way, each up to a page to us and up to 32 KiB from us.
const RECEIVE_SIZE: u16 = 32;
const TRANSMIT_SIZE: u16 = 32;
const CONTROL_SIZE: u16 = 32;

/// Major number of the ports' nodes, from those that Linux gives out as they are asked for.
pub const PORTS_MAJOR: u32 = 247;
/// Minor numbers that a device has.
const MINORS: u32 = MAX_PORTS;

/// Who is told about ports. Called from threads; may sleep.
pub trait Observer: Send + Sync {
    /// There is a port, called `vport0p1`, with a device number.
    fn port_added(&self, node: &str, major: u32, minor: u32);
    /// The host has given the port of this node a name.
    fn port_named(&self, node: &str, name: &str);
    /// The port is gone, and with it its name.
    fn port_removed(&self, node: &str, name: Option<&str>);
    /// There is the console number `index`. Its columns and rows, if the host has told them.
    fn console_added(&self, index: usize, port: Arc<Port>, size: Option<(u16, u16)>);
    /// The console has another size now: columns and rows.
    fn console_resized(&self, index: usize, size: (u16, u16));
}

static OBSERVER: Once<&'static dyn Observer> = Once::new();
static DEVICES: AtomicUsize = AtomicUsize::new(0);
static CONSOLES: AtomicUsize = AtomicUsize::new(0);

/// Names who is told; once, before devices are started.
pub fn set_observer(observer: &'static dyn Observer) {
    let _ = OBSERVER.set(observer);
}

fn tell(what: impl FnOnce(&'static dyn Observer)) {
    if let Some(observer) = OBSERVER.get() {
        what(*observer);
    }
}

/// A device with its ports.
pub(crate) struct Console {
    /// Its number among its kind.
    number: usize,
    /// Ports that may come, each with its queues.
    ports: Vec<Arc<Port>>,
    config: Config,
    /// The configuration has a console's size, and the host has changed it.
    has_size: bool,
    resized: AtomicBool,
    control: Option<Control>,
    /// The thread that handles messages and changes of size.
    arrived: WaitQueue,
}

struct Control {
    input: IrqSpinLock<ControlIn>,
    output: Arc<ControlOut>,
}

/// Takes the device into service.
pub(crate) fn start(mut device: Device) -> Result<(), Errno> {
    let features = device.start(F_SIZE | F_MULTIPORT)?;
    let config = device.config();
    let multiport = features & F_MULTIPORT != 0;
    let count = if multiport { config.read_u32(CONFIG_PORTS).clamp(1, MAX_PORTS) } else { 1 };
    let control = if multiport { Some(open_control(&mut device)?) } else { None };
    let output = control.as_ref().map(|control| control.output.clone());
    let mut ports = Vec::new();
    ports.try_reserve_exact(count as usize).map_err(|_| Errno::ENOMEM)?;
    for id in 0..count {
        ports.push(open_port(&mut device, id, output.clone())?);
    }
    let number = DEVICES.fetch_add(1, Ordering::Relaxed);
    let has_size = features & F_SIZE != 0;
    let (resized, arrived) = (AtomicBool::new(false), WaitQueue::new());
    let console = Arc::new(Console { number, ports, config, has_size, resized, control, arrived });
    console.attach(&mut device)?;
    for port in &console.ports {
        let minor = number as u32 * MINORS + port.id();
        register_chrdev(PORTS_MAJOR, minor, Arc::new(file::Node { port: port.clone() }))?;
    }
    device.ready();
    console.run()
}

fn open_control(device: &mut Device) -> Result<Control, Errno> {
    let input = ControlIn::new(device.queue(2, CONTROL_SIZE)?)?;
    let output = Arc::new(ControlOut::new(device.queue(3, CONTROL_SIZE)?));
    Ok(Control { input: IrqSpinLock::new(rank::DEVICE, input), output })
}

fn open_port(device: &mut Device, id: u32, control: Option<Arc<ControlOut>>) -> Result<Arc<Port>, Errno> {
    let [receive, transmit] = queues_of(id);
    let receive: VirtQueue<()> = device.queue(receive, RECEIVE_SIZE)?;
    let transmit = device.queue(transmit, TRANSMIT_SIZE)?;
    Ok(Arc::new(Port::new(id, receive, transmit, control)))
}

/// The queues of a port: to us, and from us.
fn queues_of(id: u32) -> [u16; 2] {
    let first = if id == 0 { 0 } else { FIRST_QUEUES + 2 * (id as u16 - 1) };
    [first, first + 1]
}

impl Control {
    /// The next message. All buffers go back before it is answered: an answer may bring more messages at once, and
    /// what finds no buffer is lost.
    fn next(&self, waiting: &mut VecDeque<Message>) -> Option<Message> {
        while let Some(message) = self.input.lock().take() {
            waiting.push_back(message);
        }
        self.input.lock().give_back();
        waiting.pop_front()
    }
}

impl Console {
    fn attach(self: &Arc<Self>, device: &mut Device) -> Result<(), Errno> {
        for port in &self.ports {
            let [receive, transmit] = queues_of(port.id());
            let (on_receive, on_transmit) = (port.clone(), port.clone());
            device.attach(Source::Queue(receive), Box::new(move || on_receive.received()))?;
            device.attach(Source::Queue(transmit), Box::new(move || on_transmit.transmitted()))?;
        }
        if self.control.is_some() {
            let console = self.clone();
            let wake = move || {
                console.arrived.wake_all();
            };
            device.attach(Source::Queue(2), Box::new(wake))?;
        }
        if self.has_size {
            let console = self.clone();
            let wake = move || {
                console.resized.store(true, Ordering::Release);
                console.arrived.wake_all();
            };
            device.attach(Source::Config, Box::new(wake))?;
        }
        Ok(())
    }

    /// Begins: with the messages of the host, or with the only port.
    fn run(self: Arc<Self>) -> Result<(), Errno> {
        if self.control.is_none() {
            let Some(port) = self.ports.first() else { return Err(Errno::ENODEV) };
            port.come()?;
            port.set_host_open(true);
            self.make_console(port);
        }
        let name = format!("virtio-ports/{}", self.number);
        sched::spawn_kthread(&name, move || self.serve()).ok_or(Errno::ENOMEM)?;
        Ok(())
    }

    fn serve(&self) {
        let mut waiting: VecDeque<Message> = VecDeque::new();
        if let Some(control) = &self.control {
            control.input.lock().give_back();
            control.output.send(u32::MAX, Event::DEVICE_READY, 1);
        }
        loop {
            if self.resized.swap(false, Ordering::AcqRel) {
                self.take_size();
            }
            if let Some(control) = &self.control
                && let Some(message) = control.next(&mut waiting)
            {
                self.handle(control, &message);
                continue;
            }
            self.arrived.wait(sched::state::IDLE, None, || {
                let message = self.control.as_ref().is_some_and(|c| c.input.lock().has_message());
                message || self.resized.load(Ordering::Acquire)
            });
        }
    }

    /// The size in the configuration is that of the first console.
    fn take_size(&self) {
        let console = self.ports.iter().find_map(|port| port.console());
        if let (Some(index), Some(size)) = (console, self.size()) {
            tell(|observer| observer.console_resized(index, size));
        }
    }

    fn size(&self) -> Option<(u16, u16)> {
        let size = || (self.config.read_u16(CONFIG_COLUMNS), self.config.read_u16(CONFIG_ROWS));
        self.has_size.then(size).filter(|size| *size != (0, 0))
    }

    fn handle(&self, control: &Control, message: &Message) {
        let Some(port) = self.ports.get(message.id as usize) else { return };
        let node = self.node(port);
        match message.event {
            Event::DEVICE_ADD => {
                let minor = self.number as u32 * MINORS + port.id();
                let come = port.come();
                if let Err(errno) = come {
                    kerror!("{node}: {errno}");
                } else {
                    tell(|observer| observer.port_added(&node, PORTS_MAJOR, minor));
                }
                control.output.send(port.id(), Event::PORT_READY, u16::from(come.is_ok()));
            }
            // About a port that was not added.
            _ if !port.is_there() => {}
            Event::DEVICE_REMOVE => {
                let name = port.go();
                tell(|observer| observer.port_removed(&node, name.as_deref()));
            }
            Event::CONSOLE_PORT if message.value != 0 && port.console().is_none() => {
                self.make_console(port);
                control.output.send(port.id(), Event::PORT_OPEN, 1);
            }
            Event::RESIZE => {
                if let (Some(index), Some(size)) = (port.console(), message.size()) {
                    tell(|observer| observer.console_resized(index, size));
                }
            }
            Event::PORT_OPEN => port.set_host_open(message.value != 0),
            Event::PORT_NAME => {
                let name = message.name();
                if !name.is_empty() && port.take_name(name) {
                    tell(|observer| observer.port_named(&node, name));
                }
            }
            _ => {}
        }
    }

    fn node(&self, port: &Port) -> String {
        format!("vport{}p{}", self.number, port.id())
    }

    fn make_console(&self, port: &Arc<Port>) {
        let index = CONSOLES.fetch_add(1, Ordering::Relaxed);
        port.become_console(index);
        tell(|observer| observer.console_added(index, port.clone(), self.size()));
    }
}
