//! The functions that a part of the trace went through, inlined ones with them, and what each of them took.

use super::images::Image;
use super::record::Step;
use super::source::{Declared, Sources, last_part, short};

/// A function as it was called from one other.
#[derive(Debug, Default)]
pub struct Node {
    /// Name as a reader wants it.
    pub name: String,
    /// Its head in the sources.
    pub declared: Option<Declared>,
    /// Times it was called; 0 if it is inlined.
    pub calls: usize,
    /// Instructions of its own.
    pub own: usize,
    /// What it called.
    pub children: Vec<Node>,
    /// The thread slept in it.
    pub slept: bool,
}

impl Node {
    /// Instructions with all that it called.
    pub fn total(&self) -> usize {
        self.own + self.children.iter().map(Node::total).sum::<usize>()
    }

    fn at(&mut self, path: &[usize]) -> &mut Node {
        path.iter().fold(self, |node, index| &mut node.children[*index])
    }
}

/// A frame on the real stack: where in the tree it hangs, and the stack pointer at its first instruction.
struct Real {
    path: Vec<usize>,
    sp: u64,
    called: bool,
}

/// The tree of these steps; the root has no name.
pub fn of(steps: &[Step], kernel: &mut Image, sources: &mut Sources) -> Node {
    let mut root = Node::default();
    let mut stack: Vec<Real> = Vec::new();
    let mut current: Vec<usize> = Vec::new();
    let mut last_sp = None;
    for step in steps {
        let (ip, sp) = (step.registers.ip, step.registers.sp());
        let entered = last_sp.is_some_and(|last: u64| sp + 8 == last) && is_start(kernel, ip);
        while stack.len() > 1 && stack.last().is_some_and(|frame| sp > frame.sp) {
            stack.pop();
        }
        if stack.is_empty() || entered {
            stack.push(Real { path: current.clone(), sp, called: true });
        }
        let Some(frame) = stack.last_mut() else { continue };
        let called = std::mem::take(&mut frame.called);
        let chain = chain(kernel, sources, ip);
        let mut path = frame.path.clone();
        for (depth, (function, declared)) in chain.into_iter().enumerate() {
            let node = root.at(&path);
            let index = match node.children.iter().position(|child| child.name == function) {
                Some(index) => index,
                None => {
                    node.children.push(Node { name: function, ..Node::default() });
                    node.children.len() - 1
                }
            };
            path.push(index);
            let node = root.at(&path);
            // The first instructions may belong to a macro's lines.
            if node.declared.as_ref().is_none_or(|known| !known.is_head) && declared.is_some() {
                node.declared = declared;
            }
            if depth == 0 && called {
                root.at(&path).calls += 1;
            }
        }
        let node = root.at(&path);
        node.own += 1;
        node.slept |= step.woke;
        current = path;
        last_sp = Some(sp);
    }
    root
}

fn is_start(kernel: &Image, ip: u64) -> bool {
    kernel.symbol(ip).is_some_and(|symbol| symbol.start == ip)
}

/// The project's own functions at an address, the outermost first. What the language's libraries do counts for who uses
/// them.
fn chain(kernel: &mut Image, sources: &mut Sources, ip: u64) -> Vec<(String, Option<Declared>)> {
    let frames = kernel.frames(ip).to_vec();
    let own: Vec<_> = frames.iter().rev().filter(|frame| sources.own(&frame.file).is_some()).collect();
    let mut chain: Vec<(String, Option<Declared>)> = Vec::new();
    for frame in own {
        let name = short(&frame.function);
        if chain.last().is_some_and(|(last, _)| *last == name) {
            continue;
        }
        let head = last_part(name.trim_end_matches(", a closure")).to_owned();
        let declared = sources.declared(&frame.file, &head, frame.line).or_else(|| sources.line(frame));
        chain.push((name, declared));
    }
    // The real function's own frame is there even if its code is all somebody else's; assembly has no frames.
    if let Some(symbol) = kernel.symbol(ip) {
        let name = short(&symbol.name);
        if chain.is_empty() {
            chain.push((name, None));
        }
    }
    chain
}
