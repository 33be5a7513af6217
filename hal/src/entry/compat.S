/* The 32-bit doors: INT 0x80, and SYSENTER and SYSCALL out of 32-bit code. Behind entry.S, whose names it uses.
 *
 * All of them build the same pt_regs as SYSCALL's door. Registers that the call does not pass are cleared before
 * any Rust runs, so that a program's values are not at hand to speculation. */

	.set FLAGS_FIXED, 2
	.set NT_AC_TF, 0x44100

	/* Below orig_ax; \cx is what pt_regs->cx shall be. Clears all but rsp. */
	.macro PUSH_AND_CLEAR_REGS cx=%rcx
	push %rdi
	PUSH_REST cx=\cx ax=$-38	/* -ENOSYS until something answers */
	xor %esi, %esi
	xor %edx, %edx
	xor %ecx, %ecx
	xor %r8d, %r8d
	xor %r9d, %r9d
	xor %r10d, %r10d
	xor %r11d, %r11d
	xor %ebx, %ebx
	xor %ebp, %ebp
	xor %r12d, %r12d
	xor %r13d, %r13d
	xor %r14d, %r14d
	xor %r15d, %r15d
	.endm

	.section .text.entry, "ax"
	.code64

	/* INT 0x80, from 32- and from 64-bit code. The gate has switched stacks and pushed the frame; interrupts are
	 * off. All registers but rax come back as they were, r8 to r15 and upper halves too. */
	.balign 64
	.globl entry_INT80_compat
	.type entry_INT80_compat, @function
entry_INT80_compat:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	CLEAN_FLAGS
	swapgs
.Lint80_on_stack:
	mov %eax, %eax			/* whoever looks at orig_ax expects 32 bits */
	push %rax
	PUSH_AND_CLEAR_REGS
	mov %rsp, %rdi
	mov %gs:CURRENT, %rsi
	call do_int80_syscall_32
	jmp return_to_user
	.cfi_endproc
	.size entry_INT80_compat, . - entry_INT80_compat

	/* SYSENTER from 32-bit code (SDM vol. 2, SYSENTER): nothing is saved anywhere, not even where it came from;
	 * interrupts are off, all other flags are the program's. By agreement with the 32-bit vDSO ebp holds the stack
	 * pointer, and the word there is the sixth argument. With TF set each instruction from here to the popf raises
	 * #DB; the handler knows the place and goes on (trap.rs). */
	.balign 64
	.globl entry_SYSENTER_compat
	.type entry_SYSENTER_compat, @function
entry_SYSENTER_compat:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	swapgs
	mov %gs:STACK_TOP, %rsp
.Lsysenter_on_stack:
	push $USER_DS
	push $0				/* sp: do_SYSENTER_32 */
	pushf				/* without IF, which it sets */
	push $USER32_CS
	push $0				/* ip: the vDSO's landing pad */
	mov %eax, %eax
	push %rax
	PUSH_AND_CLEAR_REGS
	cld
	testl $NT_AC_TF, PT_FLAGS(%rsp)
	jnz 2f
1:	mov %rsp, %rdi
	mov %gs:CURRENT, %rsi
	call do_SYSENTER_32
	test %al, %al			/* a bool: the rest of eax says nothing */
	jz return_to_user
	jmp sysret32_from_system_call
2:	push $FLAGS_FIXED
	popf
	jmp 1b
	.globl __end_entry_SYSENTER_compat
__end_entry_SYSENTER_compat:
	.cfi_endproc
	.size entry_SYSENTER_compat, . - entry_SYSENTER_compat

	/* SYSCALL from 32-bit code, which only AMD's processors know: ecx = return address, r11 = flags, interrupts
	 * off by SFMASK. By agreement with the vDSO ebp holds the second argument, and the word at esp the sixth. */
	.balign 64
	.globl entry_SYSCALL_compat
	.type entry_SYSCALL_compat, @function
entry_SYSCALL_compat:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	swapgs
	mov %esp, %r8d
	mov %gs:STACK_TOP, %rsp
.Lsyscall_compat_on_stack:
	push $USER_DS
	push %r8
	push %r11
	push $USER32_CS
	push %rcx
	mov %eax, %eax
	push %rax
	PUSH_AND_CLEAR_REGS cx=%rbp
	mov %rsp, %rdi
	mov %gs:CURRENT, %rsi
	call do_fast_syscall_32
	test %al, %al			/* a bool: the rest of eax says nothing */
	jz return_to_user

	/* To the vDSO's landing pad, which gives ecx, edx and ebp back itself. r12 to r15 are what they were at the
	 * door; r8 to r10 are no business of the program's. */
	.globl sysret32_from_system_call
sysret32_from_system_call:
	mov PT_BX(%rsp), %rbx
	mov PT_BP(%rsp), %rbp
	mov PT_FLAGS(%rsp), %r11
	mov PT_IP(%rsp), %rcx
	add $PT_AX, %rsp
	pop %rax
	pop %rdx			/* cx */
	pop %rdx
	pop %rsi
	pop %rdi
	mov 32(%rsp), %rsp
	xor %r8d, %r8d
	xor %r9d, %r9d
	xor %r10d, %r10d
	swapgs
	sysretl
	.cfi_endproc
	.size entry_SYSCALL_compat, . - entry_SYSCALL_compat

	/* The same with the 32-bit doors switched off (ia32=off). */
	.balign 64
	.globl entry_SYSCALL32_ignore
	.type entry_SYSCALL32_ignore, @function
entry_SYSCALL32_ignore:
	.cfi_startproc simple
	.cfi_undefined rip
	mov $-38, %eax
	sysretl
	.cfi_endproc
	.size entry_SYSCALL32_ignore, . - entry_SYSCALL32_ignore
	.text
