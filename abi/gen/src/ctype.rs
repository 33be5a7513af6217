//! C types of arguments, as far as the machine sees them.

/// What a register holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CType {
    /// 16 bits, unsigned.
    U16,
    /// 32 bits, signed.
    I32,
    /// 32 bits, unsigned.
    U32,
    /// 64 bits, signed.
    I64,
    /// 64 bits, unsigned.
    U64,
    /// `size_t`.
    Usize,
    /// A pointer.
    Pointer,
}

impl CType {
    /// The kind of a C type; none if it is unknown.
    pub fn parse(ctype: &str) -> Option<Self> {
        let ctype = ctype.strip_prefix("const ").unwrap_or(ctype);
        const POINTERS: [&str; 4] =
            ["sighandler_t", "__sighandler_t", "cap_user_header_t", "cap_user_data_t"];
        if ctype.ends_with('*') || POINTERS.contains(&ctype) {
            return Some(Self::Pointer);
        }
        Some(match ctype {
            "umode_t" | "old_uid_t" | "old_gid_t" | "__kernel_old_uid_t" => Self::U16,
            "int"
            | "pid_t"
            | "clockid_t"
            | "timer_t"
            | "key_t"
            | "mqd_t"
            | "rwf_t"
            | "key_serial_t"
            | "__s32"
            | "enum landlock_rule_type" => Self::I32,
            "unsigned int" | "unsigned" | "uid_t" | "gid_t" | "u32" | "__u32" | "uint32_t" | "qid_t"
            | "compat_ulong_t" => Self::U32,
            "long" | "loff_t" | "off_t" | "time_t" | "__s64" => Self::I64,
            "unsigned long" | "aio_context_t" | "u64" | "__u64" | "old_sigset_t" | "long unsigned" => {
                Self::U64
            }
            "size_t" => Self::Usize,
            _ => return None,
        })
    }

    /// The Rust type that a handler takes; pointers are any `mm::UserArg`.
    pub fn rust(self) -> &'static str {
        match self {
            Self::U16 => "u16",
            Self::I32 => "i32",
            Self::U32 => "u32",
            Self::I64 => "i64",
            Self::U64 => "u64",
            Self::Usize => "usize",
            Self::Pointer => "impl UserArg",
        }
    }
}
