//! Structures of the socket calls: message headers.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::Plain;
use super::files::{Iovec32, IovecLayout, structs};
use crate::{Iovec, Mmsghdr, Msghdr};

structs! {
    /// `struct msghdr` of programs with 32-bit pointers.
    Msghdr32: 28 {
        msg_name: u32, msg_namelen: i32, msg_iov: u32, msg_iovlen: u32, msg_control: u32, msg_controllen: u32,
        msg_flags: u32,
    }
    /// `struct mmsghdr` of programs with 32-bit pointers.
    Mmsghdr32: 32 { msg_hdr: Msghdr32, msg_len: u32 }
}

/// `struct msghdr`.
pub trait MsghdrLayout: Plain {
    /// The list of buffers that goes with it.
    type Iovec: IovecLayout;
    /// A length as it stands in the structure.
    type Size: super::Word;
    /// Whether control messages have 32-bit headers, too.
    const COMPAT: bool;
    /// Where `msg_namelen`, `msg_controllen` and `msg_flags` lie.
    const NAMELEN_AT: u64;
    /// See above.
    const CONTROLLEN_AT: u64;
    /// See above.
    const FLAGS_AT: u64;
    /// The wide form.
    fn widen(self) -> Msghdr;
}

impl MsghdrLayout for Msghdr {
    type Iovec = Iovec;
    type Size = u64;
    const COMPAT: bool = false;
    const NAMELEN_AT: u64 = 8;
    const CONTROLLEN_AT: u64 = 40;
    const FLAGS_AT: u64 = 48;

    fn widen(self) -> Msghdr {
        self
    }
}

impl MsghdrLayout for Msghdr32 {
    type Iovec = Iovec32;
    type Size = u32;
    const COMPAT: bool = true;
    const NAMELEN_AT: u64 = 4;
    const CONTROLLEN_AT: u64 = 20;
    const FLAGS_AT: u64 = 24;

    fn widen(self) -> Msghdr {
        Msghdr {
            msg_name: u64::from(self.msg_name),
            msg_namelen: self.msg_namelen,
            msg_iov: u64::from(self.msg_iov),
            msg_iovlen: u64::from(self.msg_iovlen),
            msg_control: u64::from(self.msg_control),
            msg_controllen: u64::from(self.msg_controllen),
            msg_flags: self.msg_flags,
            ..Msghdr::default()
        }
    }
}

/// `struct mmsghdr`: a header, which stands first, and a length.
pub trait MmsghdrLayout: Plain {
    /// The header.
    type Header: MsghdrLayout;
    /// Where `msg_len` lies.
    const LEN_AT: u64;
}

impl MmsghdrLayout for Mmsghdr {
    type Header = Msghdr;
    const LEN_AT: u64 = 56;
}

impl MmsghdrLayout for Mmsghdr32 {
    type Header = Msghdr32;
    const LEN_AT: u64 = 28;
}
