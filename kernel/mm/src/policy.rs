//! Memory policies (set_mempolicy(2), mbind(2)) on a machine with one node. They are checked, kept, inherited and shown;
//! wherever they want memory to come from, node 0 is the only one that has any.

use core::fmt;
use core::ops::Range;

use abi::Errno;
use hal::mem::{HUGE_SIZE, zero_page};

use crate::areas::Areas;
use crate::fault::FaultFlags;
use crate::vma::Vma;
use crate::{AddressSpace, PAGE};

/// Modes of a policy (`MPOL_*`).
#[allow(missing_docs, reason = "Linux's names")]
pub mod mode {
    pub const DEFAULT: u16 = 0;
    pub const PREFERRED: u16 = 1;
    pub const BIND: u16 = 2;
    pub const INTERLEAVE: u16 = 3;
    pub const LOCAL: u16 = 4;
    pub const PREFERRED_MANY: u16 = 5;
    pub const WEIGHTED_INTERLEAVE: u16 = 6;
    pub const MAX: u16 = 7;
    /// `MPOL_F_STATIC_NODES`.
    pub const STATIC_NODES: u16 = 1 << 15;
    /// `MPOL_F_RELATIVE_NODES`.
    pub const RELATIVE_NODES: u16 = 1 << 14;
    /// `MPOL_F_NUMA_BALANCING`.
    pub const NUMA_BALANCING: u16 = 1 << 13;
    /// The flags that stand in one word with the mode.
    pub const FLAGS: u16 = STATIC_NODES | RELATIVE_NODES | NUMA_BALANCING;
}

/// Node 0, the only one.
const ONLY_NODE: u64 = 1;

/// Which nodes a program names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeSet {
    /// Bit n: node n.
    pub first: u64,
    /// One beyond these is named, too.
    pub beyond: bool,
}

impl NodeSet {
    /// Whether none is named.
    pub fn is_empty(self) -> bool {
        self.first == 0 && !self.beyond
    }

    /// Whether the node that there is is among them.
    pub fn has_node(self) -> bool {
        self.first & ONLY_NODE != 0
    }

    /// Whether one that there isn't is among them.
    pub fn has_others(self) -> bool {
        self.first & !ONLY_NODE != 0 || self.beyond
    }
}

/// A policy other than the default one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    mode: u16,
    flags: u16,
    /// The nodes as they were named, as far as a program can see them.
    named: u64,
    home_node: Option<u32>,
}

impl Policy {
    /// Checks what a program asks for; none is the default policy.
    pub fn new(mode: u16, flags: u16, nodes: NodeSet) -> Result<Option<Self>, Errno> {
        let own_nodes = flags & (mode::STATIC_NODES | mode::RELATIVE_NODES) != 0;
        let mode = match mode {
            mode::DEFAULT if nodes.is_empty() => return Ok(None),
            mode::PREFERRED if nodes.is_empty() && !own_nodes => mode::LOCAL,
            mode::LOCAL if nodes.is_empty() && !own_nodes => mode::LOCAL,
            mode::DEFAULT | mode::LOCAL => return Err(Errno::EINVAL),
            _ if nodes.is_empty() => return Err(Errno::EINVAL),
            mode => mode,
        };
        // Relative numbers wrap around at the number of nodes.
        if mode != mode::LOCAL && flags & mode::RELATIVE_NODES == 0 && !nodes.has_node() {
            return Err(Errno::EINVAL);
        }
        Ok(Some(Self { mode, flags, named: nodes.first, home_node: None }))
    }

    /// Mode and flags in one word.
    pub fn mode_and_flags(&self) -> u32 {
        u32::from(self.mode | self.flags)
    }

    /// The nodes, as get_mempolicy(2) shows them.
    pub fn nodes(&self) -> u64 {
        match self.mode {
            _ if self.flags & (mode::STATIC_NODES | mode::RELATIVE_NODES) != 0 => self.named,
            mode::LOCAL => 0,
            _ => ONLY_NODE,
        }
    }

    /// Whether memory comes from one node after the other.
    pub fn interleaves(&self) -> bool {
        matches!(self.mode, mode::INTERLEAVE | mode::WEIGHTED_INTERLEAVE)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.mode {
            mode::PREFERRED => "prefer",
            mode::BIND => "bind",
            mode::INTERLEAVE => "interleave",
            mode::LOCAL => "local",
            mode::PREFERRED_MANY => "prefer (many)",
            _ => "weighted interleave",
        })?;
        match self.flags & (mode::STATIC_NODES | mode::RELATIVE_NODES) {
            mode::STATIC_NODES => f.write_str("=static")?,
            mode::RELATIVE_NODES => f.write_str("=relative")?,
            _ => {}
        }
        if self.mode == mode::LOCAL { Ok(()) } else { f.write_str(":0") }
    }
}

/// What mbind(2) shall do about pages that are there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Placed {
    /// Fail if one is on another node than wanted (MPOL_MF_STRICT).
    pub strict: bool,
    /// Move them first (MPOL_MF_MOVE, MPOL_MF_MOVE_ALL).
    pub moved: bool,
    /// Whether node 0 is among those that were named.
    pub node_wanted: bool,
}

impl AddressSpace {
    /// mbind(2): gives the areas in `range` a policy. Holes are an error unless it is the default one.
    pub fn mbind(&self, range: Range<u64>, policy: Option<Policy>, placed: Placed) -> Result<(), Errno> {
        let mut areas = self.write_areas();
        let (mut any, mut whole, mut at) = (false, true, range.start);
        for vma in areas.tree.overlapping(range.clone()) {
            (any, whole, at) = (true, whole && vma.start <= at, vma.end);
        }
        if !any || policy.is_some() && (!whole || at < range.end) {
            return Err(Errno::EFAULT);
        }
        if policy.is_some() && placed.strict && !placed.moved && !placed.node_wanted {
            self.check_nothing_present(&areas, &range)?;
        }
        self.change_areas(&mut areas, &range, |vma| vma.set_policy(policy))
    }

    /// EIO if a page that could be elsewhere is present.
    fn check_nothing_present(&self, areas: &Areas, range: &Range<u64>) -> Result<(), Errno> {
        let zero = zero_page().phys();
        for vma in areas.tree.overlapping(range.clone()) {
            let mut at = vma.start.max(range.start);
            while at < vma.end.min(range.end) {
                let pages = self.pages.lock();
                if pages.is_huge_hole(at) {
                    at = (at | (HUGE_SIZE - 1)) + 1;
                    continue;
                }
                if pages.get(at).is_some_and(|entry| entry.page.phys() != zero) {
                    return Err(Errno::EIO);
                }
                at += PAGE;
            }
        }
        Ok(())
    }

    /// set_mempolicy_home_node(2): where the areas in `range` would best have their memory. ENOENT if none has a
    /// policy, EOPNOTSUPP at the first whose policy has no use for it.
    pub fn set_home_node(&self, range: Range<u64>, node: u32) -> Result<(), Errno> {
        let mut areas = self.write_areas();
        let mut at = range.start;
        let mut result = Err(Errno::ENOENT);
        while let Some(vma) = areas.tree.find_above(at).filter(|vma| at < range.end && vma.start < range.end)
        {
            let part = vma.start.max(at)..vma.end.min(range.end);
            at = part.end;
            let Some(policy) = vma.policy() else { continue };
            if !matches!(policy.mode, mode::BIND | mode::PREFERRED_MANY) {
                return Err(Errno::EOPNOTSUPP);
            }
            let policy = Policy { home_node: Some(node), ..policy };
            self.change_areas(&mut areas, &part, |vma| vma.set_policy(Some(policy)))?;
            result = Ok(());
        }
        result
    }

    /// The policy of the area at `addr`; EFAULT if there is none.
    pub fn policy_at(&self, addr: u64) -> Result<Option<Policy>, Errno> {
        self.areas.read().tree.find(addr).map(Vma::policy).ok_or(Errno::EFAULT)
    }

    /// The node of the page at `addr`, which is brought in as by a read.
    pub fn node_of(&self, addr: u64) -> Result<u32, Errno> {
        let read = FaultFlags { write: false, exec: false, present: false, user: false };
        self.handle_fault(addr, read).map(|()| 0).map_err(|_| Errno::EFAULT)
    }

    /// The node of the page that is present at `addr`: ENOENT if none is, EFAULT where no area is or the page is the
    /// shared one of zeros or the kernel's own.
    pub fn node_of_present(&self, addr: u64) -> Result<u32, Errno> {
        let areas = self.areas.read();
        let vma = areas.tree.find(addr).ok_or(Errno::EFAULT)?;
        if matches!(vma.backing, crate::Backing::Special(_)) {
            return Err(Errno::EFAULT);
        }
        let entry = self.pages.lock().get(addr & !(PAGE - 1)).ok_or(Errno::ENOENT)?;
        if entry.page.phys() == zero_page().phys() { Err(Errno::EFAULT) } else { Ok(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(first: u64) -> NodeSet {
        NodeSet { first, beyond: false }
    }

    #[test]
    fn what_can_be_asked_for() {
        assert_eq!(Policy::new(mode::DEFAULT, 0, nodes(0)), Ok(None));
        assert_eq!(Policy::new(mode::DEFAULT, 0, nodes(1)), Err(Errno::EINVAL));
        assert_eq!(Policy::new(mode::BIND, 0, nodes(0)), Err(Errno::EINVAL));
        assert_eq!(Policy::new(mode::BIND, 0, nodes(2)), Err(Errno::EINVAL));
        let both = Policy::new(mode::BIND, 0, nodes(3)).unwrap().unwrap();
        assert_eq!((both.nodes(), both.mode_and_flags()), (1, 2));
        let fixed = Policy::new(mode::BIND, mode::STATIC_NODES, nodes(3)).unwrap().unwrap();
        assert_eq!((fixed.nodes(), fixed.mode_and_flags()), (3, 0x8002));
        assert!(Policy::new(mode::BIND, mode::STATIC_NODES, nodes(2)).is_err());
        assert!(Policy::new(mode::BIND, mode::RELATIVE_NODES, nodes(2)).is_ok());
        let here = Policy::new(mode::PREFERRED, 0, nodes(0)).unwrap().unwrap();
        assert_eq!((here.nodes(), here.mode_and_flags()), (0, 4));
    }

    #[test]
    fn names() {
        let show = |mode, flags, first| Policy::new(mode, flags, nodes(first)).unwrap().unwrap().to_string();
        assert_eq!(show(mode::BIND, mode::STATIC_NODES, 1), "bind=static:0");
        assert_eq!(show(mode::LOCAL, 0, 0), "local");
        assert_eq!(show(mode::PREFERRED, 0, 1), "prefer:0");
    }
}
