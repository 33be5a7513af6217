//! Constants of futex(2).
/// Operations, flags and word bits: `FUTEX_OP_CMP_EQ`.
pub const FUTEX_OP_CMP_EQ: u32 = 0;
/// Operations, flags and word bits: `FUTEX_OP_SET`.
pub const FUTEX_OP_SET: u32 = 0;
/// Operations, flags and word bits: `FUTEX_WAIT`.
pub const FUTEX_WAIT: u32 = 0;
/// Operations, flags and word bits: `FUTEX_OP_ADD`.
pub const FUTEX_OP_ADD: u32 = 1;
/// Operations, flags and word bits: `FUTEX_OP_CMP_NE`.
pub const FUTEX_OP_CMP_NE: u32 = 1;
/// Operations, flags and word bits: `FUTEX_WAKE`.
pub const FUTEX_WAKE: u32 = 1;
/// Operations, flags and word bits: `FUTEX_32`.
pub const FUTEX_32: u32 = 2;
/// Operations, flags and word bits: `FUTEX_FD`.
pub const FUTEX_FD: u32 = 2;
/// Operations, flags and word bits: `FUTEX_OP_CMP_LT`.
pub const FUTEX_OP_CMP_LT: u32 = 2;
/// Operations, flags and word bits: `FUTEX_OP_OR`.
pub const FUTEX_OP_OR: u32 = 2;
/// Operations, flags and word bits: `FUTEX_OP_ANDN`.
pub const FUTEX_OP_ANDN: u32 = 3;
/// Operations, flags and word bits: `FUTEX_OP_CMP_LE`.
pub const FUTEX_OP_CMP_LE: u32 = 3;
/// Operations, flags and word bits: `FUTEX_REQUEUE`.
pub const FUTEX_REQUEUE: u32 = 3;
/// Operations, flags and word bits: `FUTEX_CMP_REQUEUE`.
pub const FUTEX_CMP_REQUEUE: u32 = 4;
/// Operations, flags and word bits: `FUTEX_OP_CMP_GT`.
pub const FUTEX_OP_CMP_GT: u32 = 4;
/// Operations, flags and word bits: `FUTEX_OP_XOR`.
pub const FUTEX_OP_XOR: u32 = 4;
/// Operations, flags and word bits: `FUTEX_OP_CMP_GE`.
pub const FUTEX_OP_CMP_GE: u32 = 5;
/// Operations, flags and word bits: `FUTEX_WAKE_OP`.
pub const FUTEX_WAKE_OP: u32 = 5;
/// Operations, flags and word bits: `FUTEX_LOCK_PI`.
pub const FUTEX_LOCK_PI: u32 = 6;
/// Operations, flags and word bits: `FUTEX_UNLOCK_PI`.
pub const FUTEX_UNLOCK_PI: u32 = 7;
/// Operations, flags and word bits: `FUTEX_OP_OPARG_SHIFT`.
pub const FUTEX_OP_OPARG_SHIFT: u32 = 8;
/// Operations, flags and word bits: `FUTEX_TRYLOCK_PI`.
pub const FUTEX_TRYLOCK_PI: u32 = 8;
/// Operations, flags and word bits: `FUTEX_WAIT_BITSET`.
pub const FUTEX_WAIT_BITSET: u32 = 9;
/// Operations, flags and word bits: `FUTEX_WAKE_BITSET`.
pub const FUTEX_WAKE_BITSET: u32 = 0xa;
/// Operations, flags and word bits: `FUTEX_WAIT_REQUEUE_PI`.
pub const FUTEX_WAIT_REQUEUE_PI: u32 = 0xb;
/// Operations, flags and word bits: `FUTEX_CMP_REQUEUE_PI`.
pub const FUTEX_CMP_REQUEUE_PI: u32 = 0xc;
/// Operations, flags and word bits: `FUTEX_LOCK_PI2`.
pub const FUTEX_LOCK_PI2: u32 = 0xd;
/// Operations, flags and word bits: `FUTEX_PRIVATE_FLAG`.
pub const FUTEX_PRIVATE_FLAG: u32 = 0x80;
/// Operations, flags and word bits: `FUTEX_WAITV_MAX`.
pub const FUTEX_WAITV_MAX: u32 = 0x80;
/// Operations, flags and word bits: `FUTEX_CLOCK_REALTIME`.
pub const FUTEX_CLOCK_REALTIME: u32 = 0x100;
/// Operations, flags and word bits: `FUTEX_TID_MASK`.
pub const FUTEX_TID_MASK: u32 = 0x3fffffff;
/// Operations, flags and word bits: `FUTEX_OWNER_DIED`.
pub const FUTEX_OWNER_DIED: u32 = 0x40000000;
/// Operations, flags and word bits: `FUTEX_WAITERS`.
pub const FUTEX_WAITERS: u32 = 0x80000000;
/// Operations, flags and word bits: `FUTEX_BITSET_MATCH_ANY`.
pub const FUTEX_BITSET_MATCH_ANY: u32 = 0xffffffff;
/// Operations, flags and word bits: `FUTEX_CMD_MASK`.
pub const FUTEX_CMD_MASK: u32 = 0xfffffe7f;
