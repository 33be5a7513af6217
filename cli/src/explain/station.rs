//! A station of the road, and the lines that it is made of.

use super::Subject;
use super::disasm::{self, Decoded};
use super::record::Step;
use super::tree::{self, Node};

/// Which side of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The program.
    User,
    /// The kernel.
    Kernel,
    /// Between two instructions.
    Processor,
}

/// A line of a station.
#[derive(Debug)]
pub enum Line {
    /// A sentence.
    Text(String),
    /// An executed instruction, with what it did if that is worth a word.
    Code { address: u64, text: String, note: String },
    /// A name, its value, and what it means.
    Fact { name: String, value: String, means: String },
    /// A function, at its depth below the handler.
    Function { depth: usize, name: String, place: String, says: String, total: usize, calls: usize },
}

/// A station of the road.
#[derive(Debug)]
pub struct Station {
    /// Its name.
    pub title: String,
    /// Where it is.
    pub side: Side,
    /// Executed instructions; none for what the processor does by itself.
    pub count: usize,
    /// What happens there.
    pub lines: Vec<Line>,
}

impl Station {
    pub fn new(side: Side, title: impl Into<String>, count: usize) -> Self {
        Self { title: title.into(), side, count, lines: Vec::new() }
    }

    pub fn text(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Text(text.into()));
    }

    pub fn fact(&mut self, name: impl Into<String>, value: impl Into<String>, means: impl Into<String>) {
        self.lines.push(Line::Fact { name: name.into(), value: value.into(), means: means.into() });
    }
}

pub fn decode(step: &Step) -> Option<Decoded> {
    disasm::decode(&step.code, step.registers.ip, step.bits())
}

/// Adds the executed instructions.
pub fn code(
    station: &mut Station,
    subject: &Subject,
    steps: &[Step],
    mut note: impl FnMut(&Decoded, &Step) -> String,
) {
    for step in steps {
        let Some(decoded) = decode(step) else { continue };
        let note = note(&decoded, step);
        let target = decoded.target().and_then(|target| subject.symbol(target).filter(|s| s.start == target));
        let text = match target {
            Some(symbol) if decoded.is_call() => format!("call {}", super::source::short(&symbol.name)),
            _ => decoded.text,
        };
        station.lines.push(Line::Code { address: step.registers.ip, text, note });
    }
}

/// Adds the functions of these steps.
pub fn functions(station: &mut Station, subject: &mut Subject, steps: &[Step]) {
    let root = tree::of(steps, &mut subject.kernel, &mut subject.sources);
    for node in &root.children {
        function(station, node, 0);
    }
}

fn function(station: &mut Station, node: &Node, depth: usize) {
    let place = node.declared.as_ref().map_or("assembly".to_owned(), |d| format!("{}:{}", d.file, d.line));
    let mut says = node.declared.as_ref().map_or(String::new(), |d| d.says.clone());
    if node.slept {
        says = format!("(the thread slept here; what others did meanwhile is not counted) {says}");
    }
    station.lines.push(Line::Function {
        depth,
        name: node.name.clone(),
        place,
        says,
        total: node.total(),
        calls: node.calls,
    });
    for child in &node.children {
        function(station, child, depth + 1);
    }
}
