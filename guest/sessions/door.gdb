# One call, seen from both sides of the door: the program that opens a file, calls dup and closes both, as process 1.
#boot program /bin/dup programs/dup.c
#boot file /etc/passwd 644 <<END
#boot root:x:0:0:root:/:/bin/sh
#boot END
#boot append rdinit=/bin/dup

# In the kernel, at the handler's thunk.
break __x64_sys_dup
continue
#expect Breakpoint 1, .*__x64_sys_dup
print /t $cs
#expect ^\$1 = 10000$
backtrace
#expect ^#0 .*__x64_sys_dup
#expect ^#1 .*do_syscall_x64
#expect ^#2 .*do_syscall_64
#expect ^#3 .*entry_SYSCALL_64
frame 3
#expect ^#3 .*entry_SYSCALL_64
disassemble
#expect swapgs
#expect call .*do_syscall_64>
#expect sysretq

# The table, from a frame of assembly and from one of Rust.
info variables sys_call_table
#expect long \(\*sys_call_table\[470\]\)\(struct pt_regs \*\)
print *sys_call_table
#expect __x64_sys_read
print sys_call_table[1]
#expect __x64_sys_write
print sizeof(sys_call_table) / sizeof(sys_call_table[0])
#expect = 470$
frame 0
print *sys_call_table
#expect __x64_sys_read

# What the program passed, in the frame at the top of its kernel stack.
frame 3
print ((struct pt_regs *) $rsp)->orig_ax
#expect = 32$
print /x ((struct pt_regs *) $rsp)->cs
#expect = 0x33$
print ((struct pt_regs *) $rsp)->di
#expect = 3$
set $behind = ((struct pt_regs *) $rsp)->ip
frame 0

# On to the way out.
break syscall_exit_to_user_mode
continue
#expect hit Breakpoint 2
backtrace
#expect ^#[0-9] .*syscall_exit_to_user_mode
#expect ^#[0-9] .*do_syscall_64
#expect ^#[0-9] .*entry_SYSCALL_64

# And in the program: behind the instruction, with the new descriptor in rax.
delete
hbreak *$behind
continue
#expect Breakpoint 3
print /t $cs
#expect = 110011$
print $rax
#expect = 4$
