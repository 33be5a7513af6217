//! Which calls are recorded, and what any recording of them has to show.

/// A call whose road is recorded.
pub struct Case {
    name: &'static str,
    /// Not only under `--long`.
    pub always: bool,
    /// The words of the command.
    pub words: &'static [&'static str],
    /// Those behind `--`.
    pub program: &'static [&'static str],
    /// Patterns that lines must fit, in this order.
    pub expected: &'static [&'static str],
}

impl Case {
    /// `explain/write`.
    pub fn test_name(&self) -> String {
        format!("explain/{}", self.name)
    }
}

/// Something that cannot be done.
pub struct Wrong {
    /// The words of the command.
    pub words: &'static [&'static str],
    /// Those behind `--`.
    pub program: &'static [&'static str],
    /// The one line that is said.
    pub says: &'static str,
}

const fn always(
    name: &'static str,
    words: &'static [&'static str],
    expected: &'static [&'static str],
) -> Case {
    Case { name, always: true, words, program: &[], expected }
}

const fn long(name: &'static str, words: &'static [&'static str], expected: &'static [&'static str]) -> Case {
    Case { always: false, ..always(name, words, expected) }
}

/// A pipe that is empty until a child has slept.
const PIPE: &str = "pipe((int *)buffer); if (fork() == 0) { usleep(1000); write(((int *)buffer)[1], \"x\", 1); _exit(0); } \
                    fd = *(int *)buffer; read(fd, buffer, 16)";

/// The recordings.
pub const CASES: &[Case] = &[
    always(
        "write",
        &["write"],
        &[
            r"^The road of write, x86_64$",
            r"^1\. The program calls a function",
            r"return write\(1, .Hi\\n., 3\);",
            r"call write$",
            r"^2\. The wrapper write, in write-64",
            r"mov \$1, %eax",
            r" syscall ",
            r"^3\. The registers at the door",
            r"rax +1 ",
            r"rsi .*Hi\\n",
            r"rdx +3 +size_t count",
            r"LSTAR +0xffffffff8",
            r"on in the kernel: entry_SYSCALL_64$",
            r"The stub entry_SYSCALL_64",
            r"the stack: 0x7ff[0-9a-f]+ → 0xffff",
            r"pt_regs\.orig_ax",
            r"call do_syscall_64",
            r"sys_call_table\[1\] .*__x64_sys_write",
            r"^7\. The handler, and what it calls",
            r"__x64_sys_write ",
            r"kernel/syscall/src/file\.rs:[0-9]+ +write\(2\)",
            r"vfs_write .*kernel/vfs/",
            r"write_iter .*kernel/tty/",
            r"port 0x3f8 .*Hi\\r\\n",
            r"^8\. The answer",
            r"rax +3 ",
            r"^9\. The stub again: entry_SYSCALL_64 ends in sysretq",
            r"^10\. The wrapper looks at the answer",
            r"result +3 ",
            r#"In strace's words: write\(1, "Hi\\n", 3\) = 3$"#,
            r"^[0-9]+ instructions: [0-9]+ of the program, [0-9]+ of the kernel$",
        ],
    ),
    always(
        "syscall32",
        &["write", "--abi", "i386"],
        &[
            r"^The road of write, i386$",
            r"^2\. The wrapper write",
            r"on in the vDSO",
            r"^3\. Through the vDSO: __kernel_vsyscall",
            r"mov %ecx, %ebp +# SYSCALL takes ecx",
            r" syscall +# to the kernel",
            r"eax +4 ",
            r"ecx .*Hi\\n",
            r"32-bit: its last two bits",
            r"CSTAR +0xffffffff8",
            r"on in the kernel: entry_SYSCALL_compat$",
            r"The stub entry_SYSCALL_compat",
            r"the second: the running task",
            r"call do_fast_syscall_32",
            r"ia32_sys_call_table\[4\] .*__ia32_sys_write",
            r"The handler, and what it calls",
            r"vfs_write ",
            r"The stub again: sysret32_from_system_call ends in sysretl",
            r"the vDSO's landing pad",
            r"result +3 ",
        ],
    ),
    always(
        "sysenter",
        &["write", "--abi", "i386", "--door", "sysenter"],
        &[
            r"^The road of write, i386 by sysenter$",
            r"Through the vDSO: __kernel_vsyscall",
            r"mov %esp, %ebp +# SYSENTER forgets the stack",
            r" sysenter +# to the kernel",
            r"SYSENTER_EIP +0xffffffff8",
            r"on in the kernel: entry_SYSENTER_(compat|pti)$",
            r"The stub entry_SYSENTER_",
            r"call do_SYSENTER_32",
            r"ia32_sys_call_table\[4\] .*__ia32_sys_write",
            r"The handler, and what it calls",
            r"the vDSO's landing pad",
            r"result +3 ",
        ],
    ),
    always(
        "int80",
        &["write", "--abi", "i386", "--door", "int80"],
        &[
            r"^The road of write, i386 by int \$0x80$",
            r"The wrapper int80",
            r"int \$0x80 +# to the kernel",
            r"32-bit: its last two bits",
            r"IDT\[0x80\] .*entry_INT80_compat",
            r"TSS\.rsp0",
            r"The stub entry_INT80_compat",
            r"call do_int80_syscall_32",
            r"ia32_sys_call_table\[4\] ",
            r"ends in iretq",
            r"cs +0x10 → 0x23",
            r"result +3 ",
        ],
    ),
    always(
        "int80-from-64",
        &["write", "--abi", "i386", "--door", "int80-64"],
        &[
            r"^The road of write, i386 by int \$0x80 from 64-bit code$",
            r"mov %esi, %ebx",
            r"int \$0x80 +# to the kernel",
            r"ecx .*Hi\\n",
            r"64-bit: its last two bits",
            r"The stub entry_INT80_compat",
            r"ia32_sys_call_table\[4\] ",
            r"cs +0x10 → 0x33",
            r"result +3 ",
        ],
    ),
    always(
        "x32",
        &["write", "--abi", "x32"],
        &[
            r"^The road of write, x32$",
            r"rax +0x40000001 +the number of write \(x32\), with x32's bit",
            r"The stub entry_SYSCALL_64",
            r"do_syscall_x32",
            r"x32_sys_call_table\[1\] .*__x64_sys_write",
            r"ends in sysretq",
            r"result +3 ",
        ],
    ),
    always(
        "vdso",
        &["clock_gettime"],
        &[
            r"C's function asks the vDSO",
            r"on in the vDSO$",
            r"The answer, in the vDSO: (__vdso_)?clock_gettime",
            r"No system call is made",
            r"# from the kernel's page",
            r"rdtscp? ",
            r"Back, without a system call",
            r"result +0 ",
            r"^[0-9]+ instructions: [0-9]+ of the program, 0 of the kernel$",
        ],
    ),
    always(
        "vdso-falls-back",
        &["clock_gettime", "--as", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID, (void *)buffer)"],
        &[
            r"The vDSO's (__vdso_)?clock_gettime must ask the kernel",
            r"mov \$0xe4, %eax +# the number of the call",
            r" syscall +# to the kernel",
            r"rdi +2 ",
            r"sys_call_table\[228\] .*__x64_sys_clock_gettime$",
            r"result +0 ",
        ],
    ),
    long("vdso-32", &["gettimeofday", "--abi", "i386"], &[r"The answer, in the vDSO: ", r"result +0 "]),
    always(
        "error",
        &["access"],
        &[
            r"rax +-2 \(-ENOENT\) +what the handler answers",
            r"-4095 … -1 is an error",
            r"result +-1 ",
            r#"In strace's words: access\("/no/such/file", R_OK\) = -1 ENOENT"#,
            r"errno +2 ENOENT +No such file or directory",
        ],
    ),
    always(
        "exit",
        &["exit_group"],
        &[
            r"The handler, and what it calls",
            r"do_exit|exit_group",
            r"The road ends here",
            r"never comes back",
            r"In strace's words: exit_group\(3\) = \?$",
            r"[0-9]+ of the kernel$",
        ],
    ),
    long(
        "exit-32",
        &["exit", "--abi", "i386"],
        &[r"Through the vDSO: __kernel_vsyscall", r"The road ends here"],
    ),
    always(
        "execve",
        &["execve"],
        &[
            r"rdi .*/init",
            r"The handler, and what it calls",
            r"ends in iretq|ends in sysretq",
            r"Another program begins",
            r"rip +0x[0-9a-f]+ +the entry point",
        ],
    ),
    always(
        "sigreturn",
        &["rt_sigreturn"],
        &[
            r"A signal's handler returns",
            r"The wrapper __restore_rt",
            r"The handler, and what it calls",
            r"What the signal had interrupted goes on",
            r"where it was interrupted, in ",
        ],
    ),
    long(
        "sigreturn-32",
        &["sigreturn", "--abi", "i386"],
        &[r"Through the vDSO: __kernel_sigreturn", r"What the signal had interrupted goes on"],
    ),
    always(
        "sleep",
        &["nanosleep"],
        &[r"The handler, and what it calls", r"Here it sleeps: [0-9]+ instructions", r"result +0 "],
    ),
    long("pipe", &["read", "--as", PIPE], &[r"Here it sleeps: ", r"rax +1 ", r"result +1 "]),
    Case {
        program: &["cat", "/etc/passwd"],
        ..always(
            "dynamic",
            &["read", "--nth", "2"],
            &[
                r"^The road of read, x86_64, of cat /etc/passwd$",
                r"in libc\.so\.6",
                r" syscall +# to the kernel",
                r"char \*buf",
                r"sys_call_table\[0\] .*__x64_sys_read",
                r"The handler, and what it calls",
                r"-4095 … -1 is an error",
            ],
        )
    },
];

/// What is wrong, and what is said of it.
pub const WRONG: &[Wrong] = &[
    Wrong { words: &["wrte"], program: &[], says: "^ferrogate: no system call \"wrte\" of x86_64" },
    Wrong { words: &["write", "--door", "int80"], program: &[], says: "^ferrogate: that door leads to i386" },
    Wrong { words: &["write"], program: &["/no/such"], says: "^ferrogate: /no/such: No such program$" },
    Wrong {
        words: &["swapon"],
        program: &["true"],
        says: r"^ferrogate: true never called swapon \(x86_64\)$",
    },
    Wrong {
        words: &["write", "--html", "/no/such/page.html"],
        program: &[],
        says: "^ferrogate: cannot write /no/such/page.html: No such file",
    },
];
