//! Address spaces as a whole: calls against a model of pages, faults, fork, files.

use abi::Abi;
use alloc::sync::Arc;

use abi::Errno;
use abi::consts::mman::*;
use proptest::prelude::*;

use crate::*;

const RW: u64 = PROT_READ | PROT_WRITE;
const ANON: u64 = MAP_PRIVATE | MAP_ANONYMOUS;

struct Named(Arc<Mapping>);

impl VmFile for Named {
    fn mapping(&self) -> Option<Arc<Mapping>> {
        Some(self.0.clone())
    }
    fn write_path(&self, out: &mut dyn core::fmt::Write) -> core::fmt::Result {
        out.write_str("/file")
    }
    fn dev(&self) -> u64 {
        1
    }
    fn ino(&self) -> u64 {
        2
    }
}

fn file(mapping: &Arc<Mapping>) -> MmapFile {
    MmapFile {
        file: Arc::new(Named(mapping.clone())),
        access: FileAccess::READ | FileAccess::WRITE,
        source: MmapSource::Mapping(mapping.clone()),
    }
}

fn for_exec(limits: Limits, abi: Abi) -> Arc<AddressSpace> {
    let kind = ExecKind { abi, randomize: true, bottom_up: false, limit_3gb: false };
    AddressSpace::for_exec(limits, &kind).unwrap()
}

fn args(addr: u64, len: u64, prot: u64, flags: u64) -> MmapArgs {
    MmapArgs { addr, len, prot, flags, file: None, pgoff: 0, caps: MapCaps::default(), compat: false }
}

fn touch(mm: &AddressSpace, addr: u64, write: bool) -> Result<(), Fault> {
    mm.handle_fault(addr, FaultFlags { write, exec: false, present: false, user: true })
}

fn byte(mm: &AddressSpace, addr: u64) -> u8 {
    let mut buf = [0xee];
    assert_eq!(mm.read_remote(addr, &mut buf), 1);
    buf[0]
}

fn put(mm: &AddressSpace, addr: u64, value: u8) {
    touch(mm, addr, true).unwrap();
    assert_eq!(mm.write_remote(addr, &[value]), 1);
}

#[test]
fn fork_shares_until_one_writes() {
    let mm = AddressSpace::new().unwrap();
    let addr = mm.mmap(&args(0, 3 * PAGE, RW, ANON)).unwrap();
    put(&mm, addr, 1);
    touch(&mm, addr + PAGE, false).unwrap();
    let child = mm.fork().unwrap();
    assert_eq!((byte(&child, addr), byte(&child, addr + PAGE)), (1, 0));
    put(&child, addr, 2);
    assert_eq!((byte(&mm, addr), byte(&child, addr)), (1, 2));
    put(&mm, addr, 3);
    assert_eq!((byte(&mm, addr), byte(&child, addr)), (3, 2));
    assert_eq!(child.counters().total, mm.counters().total);
}

#[test]
fn files_shared_private_and_cut_off() {
    let mapping = Mapping::new_anon(None);
    mapping.write(0, &mut IterSrc::kernel(&[9; 3 * PAGE as usize])).unwrap();
    let mm = AddressSpace::new().unwrap();
    let map =
        |flags| mm.mmap(&MmapArgs { file: Some(file(&mapping)), ..args(0, 4 * PAGE, RW, flags) }).unwrap();
    let (shared, private) = (map(MAP_SHARED), map(MAP_PRIVATE));
    put(&mm, shared, 1);
    assert_eq!(byte(&mm, private), 1);
    put(&mm, private, 2);
    put(&mm, private + PAGE, 3);
    assert_eq!((byte(&mm, shared), byte(&mm, shared + PAGE)), (1, 9));
    assert_eq!(touch(&mm, shared + 3 * PAGE, false), Err(Fault::Bus));
    mapping.truncate(PAGE).unwrap();
    assert_eq!(touch(&mm, shared + PAGE, false), Err(Fault::Bus));
    assert_eq!(touch(&mm, private + PAGE, true), Err(Fault::Bus));
    assert_eq!((byte(&mm, shared), byte(&mm, private)), (1, 2));
    mapping.punch_hole(0, PAGE).unwrap();
    assert_eq!((byte(&mm, shared), byte(&mm, private)), (0, 2));
    mm.munmap(shared, 4 * PAGE).unwrap();
    assert!(mapping.is_mapped());
    mm.munmap(private, 4 * PAGE).unwrap();
    assert!(!mapping.is_mapped());
}

#[test]
fn truncation_reaches_children() {
    let mapping = Mapping::new_anon(None);
    mapping.write(0, &mut IterSrc::kernel(&[9; 2 * PAGE as usize])).unwrap();
    let mm = AddressSpace::new().unwrap();
    let addr =
        mm.mmap(&MmapArgs { file: Some(file(&mapping)), ..args(0, 2 * PAGE, RW, MAP_PRIVATE) }).unwrap();
    put(&mm, addr, 1);
    touch(&mm, addr + PAGE, false).unwrap();
    let child = mm.fork().unwrap();
    mapping.truncate(0).unwrap();
    assert_eq!(touch(&child, addr + PAGE, false), Err(Fault::Bus));
    assert_eq!(child.rss_pages(), 0);
    drop(child);
    drop(mm);
    assert!(!mapping.is_mapped());
}

#[test]
fn errors_in_linux_order() {
    let mm = AddressSpace::new().unwrap();
    let err = |a: MmapArgs| mm.mmap(&a).unwrap_err();
    assert_eq!(err(args(0, 0, RW, 0)), Errno::EINVAL);
    assert_eq!(err(args(0, u64::MAX, RW, ANON)), Errno::ENOMEM);
    assert_eq!(err(args(0, PAGE, RW, MAP_ANONYMOUS)), Errno::EINVAL);
    assert_eq!(err(args(0, PAGE, RW, MAP_ANONYMOUS | MAP_SHARED_VALIDATE)), Errno::EINVAL);
    assert_eq!(err(args(1, PAGE, RW, ANON | MAP_FIXED)), Errno::EINVAL);
    assert_eq!(err(args(0x1000, PAGE, RW, ANON | MAP_FIXED)), Errno::EPERM);
    assert_eq!(err(args(task_size_max(), PAGE, RW, ANON | MAP_FIXED)), Errno::ENOMEM);
    let at = mm.mmap(&args(0, PAGE, RW, ANON)).unwrap();
    assert_eq!(err(args(at, PAGE, RW, ANON | MAP_FIXED_NOREPLACE)), Errno::EEXIST);
    assert_eq!(mm.munmap(at + 1, PAGE), Err(Errno::EINVAL));
    assert_eq!(mm.munmap(at, 0), Err(Errno::EINVAL));
    assert_eq!(mm.mprotect(at, 2 * PAGE, PROT_READ), Err(Errno::ENOMEM));
    assert_eq!(mm.mprotect(at, PAGE, 0x10), Err(Errno::EINVAL));
    assert_eq!(mm.mprotect(at, PAGE, PROT_READ | PROT_GROWSDOWN), Err(Errno::EINVAL));
    assert_eq!(mm.madvise(at, PAGE, 12345), Err(Errno::EINVAL));
    assert_eq!(mm.msync(at, PAGE, MS_SYNC | MS_ASYNC), Err(Errno::EINVAL));
    assert_eq!(mm.mlockall(0, true), Err(Errno::EINVAL));
    let mapping = Mapping::new_anon(None);
    let mut readable = file(&mapping);
    readable.access = FileAccess::READ;
    let shared =
        |prot, pgoff| MmapArgs { file: Some(readable.clone()), pgoff, ..args(0, PAGE, prot, MAP_SHARED) };
    assert_eq!(err(shared(RW, 0)), Errno::EACCES);
    assert_eq!(err(shared(PROT_READ, u64::MAX)), Errno::EOVERFLOW);
    let at = mm.mmap(&shared(PROT_READ, 0)).unwrap();
    assert_eq!(mm.mprotect(at, PAGE, RW), Err(Errno::EACCES));
}

#[test]
fn limits_hold() {
    let mm = AddressSpace::new().unwrap();
    mm.set_limits(Limits { address_space: 8 * PAGE, data: 4 * PAGE, stack: 1 << 20, memlock: 2 * PAGE });
    assert_eq!(mm.mmap(&args(0, 9 * PAGE, PROT_READ, ANON)), Err(Errno::ENOMEM));
    assert_eq!(mm.mmap(&args(0, 5 * PAGE, RW, ANON)), Err(Errno::ENOMEM));
    assert_eq!(mm.mmap(&args(0, 3 * PAGE, PROT_READ, ANON | MAP_LOCKED)), Err(Errno::EAGAIN));
    let at = mm.mmap(&args(0, 8 * PAGE, PROT_READ, ANON)).unwrap();
    assert_eq!(mm.mmap(&args(0, PAGE, PROT_READ, ANON)), Err(Errno::ENOMEM));
    assert_eq!(mm.mmap(&args(at, 8 * PAGE, PROT_READ, ANON | MAP_FIXED)), Ok(at));
    assert_eq!(mm.mprotect(at, 5 * PAGE, RW), Err(Errno::ENOMEM));
    assert_eq!(mm.mlock(at, 3 * PAGE, 0, false), Err(Errno::ENOMEM));
    assert_eq!(mm.mlock(at, 2 * PAGE, 0, false), Ok(()));
    assert_eq!(mm.counters().locked, 2);
    assert_eq!(mm.madvise(at, PAGE, MADV_DONTNEED), Err(Errno::EINVAL));
    mm.munlock(at, 2 * PAGE).unwrap();
    assert_eq!(mm.map_count(), 1);
}

#[test]
fn the_stack_grows_to_its_limit() {
    let mm = for_exec(Limits { stack: 256 << 10, ..Limits::default() }, Abi::X86_64);
    let top = mm.setup_stack(100, false, true).unwrap();
    put(&mm, top - 8, 1);
    touch(&mm, top - (200 << 10), true).unwrap();
    assert_eq!(touch(&mm, top - (300 << 10), true), Err(Fault::MapErr));
    let below = top - (256 << 10) - STACK_GUARD_GAP;
    mm.mmap(&args(below, PAGE, RW, ANON | MAP_FIXED)).unwrap();
    assert_eq!(touch(&mm, top - (256 << 10), true), Err(Fault::MapErr));
    assert_eq!(touch(&mm, top - (252 << 10), true), Ok(()));
}

#[test]
fn the_heap_grows_and_shrinks() {
    let mm = AddressSpace::new().unwrap();
    mm.set_brk(0x100_0000, 0x100_0000);
    assert_eq!(mm.brk(0, false, false), 0x100_0000);
    assert_eq!(mm.brk(0x100_0001, false, false), 0x100_0001);
    put(&mm, 0x100_0000, 5);
    assert_eq!(mm.brk(0x100_3000, false, false), 0x100_3000);
    assert_eq!(mm.map_count(), 1);
    assert_eq!(mm.brk(0x100_0000, false, false), 0x100_0000);
    assert_eq!((mm.map_count(), mm.rss_pages()), (0, 0));
    mm.brk(0x100_1000, false, false);
    assert_eq!(byte(&mm, 0x100_0000), 0);
    assert_eq!(mm.brk(u64::MAX, false, false), 0x100_1000);
}

#[test]
fn segments_are_furnished() {
    let mapping = Mapping::new_anon(None);
    mapping.write(0, &mut IterSrc::kernel(&[9; 2 * PAGE as usize])).unwrap();
    let mm = AddressSpace::new().unwrap();
    let mut segment = ElfSegment {
        file: file(&mapping),
        addr: 0x40_0100,
        offset: 0x100,
        file_size: 0x200,
        mem_size: 0x3000,
        prot: RW,
        no_replace: true,
    };
    mm.map_elf_segment(&segment).unwrap();
    assert_eq!((byte(&mm, 0x40_02ff), byte(&mm, 0x40_0300), byte(&mm, 0x40_30ff)), (9, 0, 0));
    assert_eq!(touch(&mm, 0x40_4000, false), Err(Fault::MapErr));
    assert_eq!(mm.map_elf_segment(&segment), Err(Errno::EEXIST));
    segment.offset = 0x101;
    assert_eq!(mm.map_elf_segment(&segment), Err(Errno::ENOEXEC));
    segment.addr = u64::MAX - 0xeff;
    segment.offset = 0x100;
    assert_eq!(mm.map_elf_segment(&segment), Err(Errno::ENOEXEC));
}

#[test]
fn moving_keeps_the_content() {
    let mm = AddressSpace::new().unwrap();
    let a = mm.mmap(&args(0, 4 * PAGE, RW, ANON)).unwrap();
    put(&mm, a + PAGE, 7);
    let remap = |addr, old_len, new_len, flags, new_addr| {
        mm.mremap(&MremapArgs { addr, old_len, new_len, flags, new_addr, ipc_lock: false, compat: false })
    };
    mm.mmap(&args(a + 4 * PAGE, PAGE, PROT_NONE, ANON | MAP_FIXED)).unwrap();
    assert_eq!(remap(a, 4 * PAGE, 64 * PAGE, 0, 0), Err(Errno::ENOMEM));
    let b = remap(a, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE, 0).unwrap();
    assert_eq!((byte(&mm, b + PAGE), mm.counters().total), (7, 65));
    assert_eq!(touch(&mm, a + 3 * PAGE, false), Err(Fault::MapErr));
    assert_eq!(remap(b, 64 * PAGE, 2 * PAGE, 0, 0), Ok(b));
    assert_eq!(remap(b, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, b + PAGE), Err(Errno::EINVAL));
    let c = remap(b, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0).unwrap();
    assert_eq!((byte(&mm, c + PAGE), byte(&mm, b + PAGE)), (7, 0));
    assert_eq!(remap(c, 0, PAGE, MREMAP_MAYMOVE, 0), Err(Errno::EINVAL));
}

#[test]
fn a_debugger_writes_where_the_program_may_not() {
    let mapping = Mapping::new_anon(None);
    mapping.write(0, &mut IterSrc::kernel(&[9; PAGE as usize])).unwrap();
    let mm = AddressSpace::new().unwrap();
    let text =
        mm.mmap(&MmapArgs { file: Some(file(&mapping)), ..args(0, PAGE, PROT_READ, MAP_PRIVATE) }).unwrap();
    assert_eq!(mm.write_remote(text, &[0xcc]), 1);
    assert_eq!(mm.write_remote(text + 1, &[0xcd]), 1);
    assert_eq!((byte(&mm, text), byte(&mm, text + 1), byte(&mm, text + 2)), (0xcc, 0xcd, 9));
    assert_eq!(touch(&mm, text, true), Err(Fault::AccErr));
    let mut buf = [0; 4];
    assert_eq!(mapping.read(0, &mut IterDst::kernel(&mut buf)), Ok(4));
    assert_eq!(buf, [9; 4]);
}

#[derive(Clone, Debug)]
enum Op {
    Map(u64, u64, u64),
    Unmap(u64, u64),
    Protect(u64, u64, u64),
    Write(u64, u8),
    Forget(u64, u64),
    Fork,
    Move(u64, u64, u64),
}

fn op() -> impl Strategy<Value = Op> {
    let (page, len) = (0..32u64, 1..8u64);
    prop_oneof![
        (page.clone(), len.clone(), 0..2u64).prop_map(|(p, l, w)| Op::Map(p, l, w)),
        (page.clone(), len.clone()).prop_map(|(p, l)| Op::Unmap(p, l)),
        (page.clone(), len.clone(), 0..3u64).prop_map(|(p, l, w)| Op::Protect(p, l, w)),
        (page.clone(), any::<u8>()).prop_map(|(p, b)| Op::Write(p, b)),
        (page.clone(), len.clone()).prop_map(|(p, l)| Op::Forget(p, l)),
        Just(Op::Fork),
        (page.clone(), len, page).prop_map(|(p, l, q)| Op::Move(p, l, q)),
    ]
}

const HERE: u64 = 0x200_0000;

/// A page of the model: what is allowed, and its first byte.
type Page = Option<(u64, u8)>;

fn right(kind: u64) -> u64 {
    [PROT_READ, RW, PROT_NONE][kind as usize]
}

fn apply(mm: &mut Arc<AddressSpace>, old: &mut Vec<Arc<AddressSpace>>, model: &mut [Page], op: Op) {
    let at = |page: u64| HERE + page * PAGE;
    let clip = |p: u64, l: u64| (p, l.min(32 - p));
    match op {
        Op::Map(p, l, w) => {
            let (p, l) = clip(p, l);
            mm.mmap(&args(at(p), l * PAGE, right(w), ANON | MAP_FIXED)).unwrap();
            model[p as usize..(p + l) as usize].fill(Some((right(w), 0)));
        }
        Op::Unmap(p, l) => {
            let (p, l) = clip(p, l);
            mm.munmap(at(p), l * PAGE).unwrap();
            model[p as usize..(p + l) as usize].fill(None);
        }
        Op::Protect(p, l, w) => {
            let (p, l) = clip(p, l);
            let run = model[p as usize..(p + l) as usize].iter().take_while(|page| page.is_some()).count();
            let expected = if run as u64 == l { Ok(()) } else { Err(Errno::ENOMEM) };
            assert_eq!(mm.mprotect(at(p), l * PAGE, right(w)), expected);
            for page in model.iter_mut().skip(p as usize).take(run).flatten() {
                page.0 = right(w);
            }
        }
        Op::Write(p, b) => match &mut model[p as usize] {
            Some((prot, byte)) if *prot == RW => {
                put(mm, at(p), b);
                *byte = b;
            }
            Some(_) => assert_eq!(touch(mm, at(p), true), Err(Fault::AccErr)),
            None => assert_eq!(touch(mm, at(p), true), Err(Fault::MapErr)),
        },
        Op::Forget(p, l) => {
            let (p, l) = clip(p, l);
            let whole = model[p as usize..(p + l) as usize].iter().all(Option::is_some);
            assert_eq!(mm.madvise(at(p), l * PAGE, MADV_DONTNEED).is_ok(), whole);
            for page in model[p as usize..(p + l) as usize].iter_mut().flatten() {
                page.1 = 0;
            }
        }
        Op::Fork => {
            let child = mm.fork().unwrap();
            old.push(core::mem::replace(mm, child));
        }
        Op::Move(p, l, q) => {
            let ((p, l), l2) = (clip(p, l), 32 - q);
            let l = l.min(l2);
            let alike = model[p as usize..(p + l) as usize]
                .windows(2)
                .all(|w| w[0].map(|x| x.0) == w[1].map(|x| x.0));
            let apart = p + l <= q || q + l <= p;
            if model[p as usize].is_none() || !alike || !apart {
                return;
            }
            let flags = MREMAP_MAYMOVE | MREMAP_FIXED;
            let (addr, len, new_addr) = (at(p), l * PAGE, at(q));
            let moved = mm.mremap(&MremapArgs {
                addr,
                old_len: len,
                new_len: len,
                flags,
                new_addr,
                ipc_lock: false,
                compat: false,
            });
            assert_eq!(moved, Ok(new_addr));
            for i in 0..l as usize {
                model[q as usize + i] = model[p as usize + i].take();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn calls_as_in_an_array_of_pages(ops in prop::collection::vec(op(), 1..60)) {
        let mut mm = AddressSpace::new().unwrap();
        let mut old = Vec::new();
        let mut model: Vec<Page> = vec![None; 32];
        for op in ops {
            apply(&mut mm, &mut old, &mut model, op);
            let total = model.iter().flatten().count() as u64;
            prop_assert_eq!(mm.counters().total, total);
            let data = model.iter().flatten().filter(|page| page.0 == RW).count() as u64;
            prop_assert_eq!(mm.counters().data, data);
            for (i, page) in model.iter().enumerate() {
                let addr = HERE + i as u64 * PAGE;
                match page {
                    Some((_, value)) => prop_assert_eq!(byte(&mm, addr), *value),
                    None => prop_assert_eq!(touch(&mm, addr, false), Err(Fault::MapErr)),
                }
            }
        }
    }
}

#[test]
fn a_32_bit_program_has_addresses_below_4_gib() {
    let mm = for_exec(Limits::default(), Abi::I386);
    assert_eq!(mm.task_size(), TASK_SIZE_32);
    let top = mm.setup_stack(PAGE, false, true).unwrap();
    assert!(top <= TASK_SIZE_32 && top > TASK_SIZE_32 - (8 << 20));
    let call = MmapArgs { compat: true, ..args(0, 1 << 20, RW, ANON) };
    let placed = mm.mmap(&call).unwrap();
    assert!(placed > 0x8000_0000 && placed < TASK_SIZE_32 - (128 << 20));
    let fixed = |addr| mm.mmap(&MmapArgs { addr, flags: ANON | MAP_FIXED, ..call.clone() });
    assert_eq!(fixed(TASK_SIZE_32), Err(Errno::ENOMEM));
    assert_eq!(mm.munmap(TASK_SIZE_32, PAGE), Err(Errno::EINVAL));
    assert!(mm.fork().unwrap().task_size() == TASK_SIZE_32);
}

#[test]
fn a_32_bit_call_of_a_64_bit_program_gets_low_addresses() {
    let mm = for_exec(Limits::default(), Abi::X86_64);
    let call = args(0, PAGE, RW, ANON);
    let low = mm.mmap(&MmapArgs { compat: true, ..call.clone() }).unwrap();
    assert!(low < TASK_SIZE_32);
    assert!(mm.mmap(&call).unwrap() > TASK_SIZE_32);
}
