//! Constants of mmap(2), mprotect(2), mremap(2), madvise(2), msync(2), mlock(2), memfd_create(2).
/// Protection: `PROT_NONE`.
pub const PROT_NONE: u64 = 0;
/// Protection: `PROT_READ`.
pub const PROT_READ: u64 = 1;
/// Protection: `PROT_WRITE`.
pub const PROT_WRITE: u64 = 2;
/// Protection: `PROT_EXEC`.
pub const PROT_EXEC: u64 = 4;
/// Protection: `PROT_GROWSDOWN`.
pub const PROT_GROWSDOWN: u64 = 0x1000000;
/// Protection: `PROT_GROWSUP`.
pub const PROT_GROWSUP: u64 = 0x2000000;

/// mmap flags: `MAP_FILE`.
pub const MAP_FILE: u64 = 0;
/// mmap flags: `MAP_SHARED`.
pub const MAP_SHARED: u64 = 1;
/// mmap flags: `MAP_PRIVATE`.
pub const MAP_PRIVATE: u64 = 2;
/// mmap flags: `MAP_SHARED_VALIDATE`.
pub const MAP_SHARED_VALIDATE: u64 = 3;
/// mmap flags: `MAP_TYPE`.
pub const MAP_TYPE: u64 = 0xf;
/// mmap flags: `MAP_FIXED`.
pub const MAP_FIXED: u64 = 0x10;
/// mmap flags: `MAP_HUGE_SHIFT`.
pub const MAP_HUGE_SHIFT: u64 = 0x1a;
/// mmap flags: `MAP_ANON`.
pub const MAP_ANON: u64 = 0x20;
/// mmap flags: `MAP_ANONYMOUS`.
pub const MAP_ANONYMOUS: u64 = 0x20;
/// mmap flags: `MAP_HUGE_MASK`.
pub const MAP_HUGE_MASK: u64 = 0x3f;
/// mmap flags: `MAP_32BIT`.
pub const MAP_32BIT: u64 = 0x40;
/// mmap flags: `MAP_GROWSDOWN`.
pub const MAP_GROWSDOWN: u64 = 0x100;
/// mmap flags: `MAP_DENYWRITE`.
pub const MAP_DENYWRITE: u64 = 0x800;
/// mmap flags: `MAP_EXECUTABLE`.
pub const MAP_EXECUTABLE: u64 = 0x1000;
/// mmap flags: `MAP_LOCKED`.
pub const MAP_LOCKED: u64 = 0x2000;
/// mmap flags: `MAP_NORESERVE`.
pub const MAP_NORESERVE: u64 = 0x4000;
/// mmap flags: `MAP_POPULATE`.
pub const MAP_POPULATE: u64 = 0x8000;
/// mmap flags: `MAP_NONBLOCK`.
pub const MAP_NONBLOCK: u64 = 0x10000;
/// mmap flags: `MAP_STACK`.
pub const MAP_STACK: u64 = 0x20000;
/// mmap flags: `MAP_HUGETLB`.
pub const MAP_HUGETLB: u64 = 0x40000;
/// mmap flags: `MAP_SYNC`.
pub const MAP_SYNC: u64 = 0x80000;
/// mmap flags: `MAP_FIXED_NOREPLACE`.
pub const MAP_FIXED_NOREPLACE: u64 = 0x100000;
/// mmap flags: `MAP_FAILED`.
pub const MAP_FAILED: u64 = 0xffffffffffffffff;

/// mremap flags: `MREMAP_MAYMOVE`.
pub const MREMAP_MAYMOVE: u64 = 1;
/// mremap flags: `MREMAP_FIXED`.
pub const MREMAP_FIXED: u64 = 2;
/// mremap flags: `MREMAP_DONTUNMAP`.
pub const MREMAP_DONTUNMAP: u64 = 4;

/// Advice: `MADV_NORMAL`.
pub const MADV_NORMAL: i32 = 0;
/// Advice: `MADV_RANDOM`.
pub const MADV_RANDOM: i32 = 1;
/// Advice: `MADV_SEQUENTIAL`.
pub const MADV_SEQUENTIAL: i32 = 2;
/// Advice: `MADV_WILLNEED`.
pub const MADV_WILLNEED: i32 = 3;
/// Advice: `MADV_DONTNEED`.
pub const MADV_DONTNEED: i32 = 4;
/// Advice: `MADV_FREE`.
pub const MADV_FREE: i32 = 8;
/// Advice: `MADV_REMOVE`.
pub const MADV_REMOVE: i32 = 9;
/// Advice: `MADV_DONTFORK`.
pub const MADV_DONTFORK: i32 = 10;
/// Advice: `MADV_DOFORK`.
pub const MADV_DOFORK: i32 = 11;
/// Advice: `MADV_MERGEABLE`.
pub const MADV_MERGEABLE: i32 = 12;
/// Advice: `MADV_UNMERGEABLE`.
pub const MADV_UNMERGEABLE: i32 = 13;
/// Advice: `MADV_HUGEPAGE`.
pub const MADV_HUGEPAGE: i32 = 14;
/// Advice: `MADV_NOHUGEPAGE`.
pub const MADV_NOHUGEPAGE: i32 = 15;
/// Advice: `MADV_DONTDUMP`.
pub const MADV_DONTDUMP: i32 = 16;
/// Advice: `MADV_DODUMP`.
pub const MADV_DODUMP: i32 = 17;
/// Advice: `MADV_WIPEONFORK`.
pub const MADV_WIPEONFORK: i32 = 18;
/// Advice: `MADV_KEEPONFORK`.
pub const MADV_KEEPONFORK: i32 = 19;
/// Advice: `MADV_COLD`.
pub const MADV_COLD: i32 = 20;
/// Advice: `MADV_PAGEOUT`.
pub const MADV_PAGEOUT: i32 = 21;
/// Advice: `MADV_POPULATE_READ`.
pub const MADV_POPULATE_READ: i32 = 22;
/// Advice: `MADV_POPULATE_WRITE`.
pub const MADV_POPULATE_WRITE: i32 = 23;
/// Advice: `MADV_DONTNEED_LOCKED`.
pub const MADV_DONTNEED_LOCKED: i32 = 24;
/// Advice: `MADV_HWPOISON`.
pub const MADV_HWPOISON: i32 = 100;

/// msync flags: `MS_ASYNC`.
pub const MS_ASYNC: u32 = 1;
/// msync flags: `MS_INVALIDATE`.
pub const MS_INVALIDATE: u32 = 2;
/// msync flags: `MS_SYNC`.
pub const MS_SYNC: u32 = 4;

/// mlockall flags: `MCL_CURRENT`.
pub const MCL_CURRENT: u32 = 1;
/// mlockall flags: `MCL_FUTURE`.
pub const MCL_FUTURE: u32 = 2;
/// mlockall flags: `MCL_ONFAULT`.
pub const MCL_ONFAULT: u32 = 4;

/// mlock2 flags: `MLOCK_ONFAULT`.
pub const MLOCK_ONFAULT: u32 = 1;

/// memfd_create flags: `MFD_CLOEXEC`.
pub const MFD_CLOEXEC: u32 = 1;
/// memfd_create flags: `MFD_ALLOW_SEALING`.
pub const MFD_ALLOW_SEALING: u32 = 2;
/// memfd_create flags: `MFD_HUGETLB`.
pub const MFD_HUGETLB: u32 = 4;
