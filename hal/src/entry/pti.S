/* The ways in and out with page tables of their own for user mode (pti=on). Behind entry.S and compat.S, whose names it
 * uses. Boot lets LSTAR, CSTAR, SYSENTER's MSR and the gate of INT 0x80 point here, and overwrites the first instructions
 * of what all others share with a jump to here (mem/isolation.rs). So nothing of this is on the plain ways.
 *
 * A user root lies one page above the root of the kernel: bit 12 of CR3. With PCIDs its translations have a number of
 * their own: bit 11. Until CR3 is written, only this section, the processor's own PerCpu, its descriptor tables, TSS and
 * the stacks that the TSS names can be reached. */

	.set USER_CR3, 0x1800
	.set PT_DI, 112
	.set PT_SP, 152

	/* Bit 63 of a value for CR3 keeps translations; boot makes it a no-operation without PCIDs. */
	.macro KEEP reg
774:	bts $63, \reg
	.pushsection .rodata.pcid_sites, "a"
	.quad 774b
	.popsection
	.endm

	.macro TO_KERNEL_TABLES reg
	mov %cr3, \reg
	and $~USER_CR3, \reg
	KEEP \reg
	mov \reg, %cr3
	.endm

	/* CR3_BITS has the bits of the user half, and KEEP's unless something of it has to be forgotten. */
	.macro TO_USER_TABLES reg
	mov %cr3, \reg
	or %gs:CR3_BITS, \reg
	mov \reg, %cr3
775:	btsq $63, %gs:CR3_BITS
	.pushsection .rodata.pcid_mem_sites, "a"
	.quad 775b
	.popsection
	.endm

	/* Over to the thread's stack: ss, sp, flags and cs of the frame whose ip is \ip bytes above rdi. */
	.macro TO_THREAD_STACK ip room=0
	mov %gs:STACK_TOP, %rsp
	.if \room
	sub $\room, %rsp
	.endif
	push \ip + 32(%rdi)
	push \ip + 24(%rdi)
	push \ip + 16(%rdi)
	push \ip + 8(%rdi)
	.endm

	.section .text.entry, "ax"
	.code64

	.balign 64
	.globl entry_SYSCALL_64_pti
	.type entry_SYSCALL_64_pti, @function
entry_SYSCALL_64_pti:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	swapgs
	mov %rsp, %gs:USER_RSP
	TO_KERNEL_TABLES %rsp
	mov %gs:STACK_TOP, %rsp
	jmp .Lsyscall_64_on_stack
	.cfi_endproc
	.size entry_SYSCALL_64_pti, . - entry_SYSCALL_64_pti

	/* Takes the place of the last instructions of SYSCALL's door: pt_regs at rsp. */
sysret_pti:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	POP_ALL
	mov 32(%rsp), %rsp
	mov %rdi, %gs:SCRATCH
	TO_USER_TABLES %rdi
	mov %gs:SCRATCH, %rdi
	swapgs
	sysretq
	.cfi_endproc

	/* Takes return_to_user's place. The frame for IRET moves to the stack that both tables have. */
return_to_user_pti:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	mov %rsp, %rdi
	mov %gs:ENTRY_STACK, %rsp
	push PT_SS(%rdi)
	push PT_SP(%rdi)
	push PT_FLAGS(%rdi)
	push PT_CS(%rdi)
	push PT_IP(%rdi)
	push PT_DI(%rdi)
	mov %rdi, %rsp
	.cfi_undefined rsp
	POP_ALL
	mov %gs:ENTRY_STACK, %rsp
	sub $48, %rsp
	TO_USER_TABLES %rdi
	pop %rdi
	swapgs
iret_to_user_pti:
	iretq
	.cfi_endproc

	/* Takes trap_common's place. */
trap_common_pti:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_undefined rip
	CLEAN_FLAGS
	testb $3, 24(%rsp)
	jz 1f
from_user_pti:			/* SWAPGS is not guessed here: writing CR3 waits */
	swapgs
	push %rdi
	TO_KERNEL_TABLES %rdi
	mov %rsp, %rdi
	TO_THREAD_STACK 24
	push 24(%rdi)			/* ip */
	push 16(%rdi)			/* error code */
	push 8(%rdi)			/* vector */
	mov (%rdi), %rdi
	jmp trap_swapped
	/* The IRET to a program can fault, on the user tables: for trap_dispatch it is the plain way's, with its frame
	 * below the place of pt_regs, where bad_iret puts what comes of it. */
1:	lfence				/* SWAPGS above may be guessed */
	push %rax
	lea iret_to_user_pti(%rip), %rax
	cmp %rax, 24(%rsp)
	pop %rax
	jne trap_from_kernel
	swapgs
	push %rdi
	TO_KERNEL_TABLES %rdi
	mov %rsp, %rdi
	TO_THREAD_STACK 24 room=PT_SIZE+8
	push $iret_to_user
	push 16(%rdi)
	push 8(%rdi)
	mov (%rdi), %rdi
	jmp .Ltrap_kernel_swapped
	.cfi_endproc

	/* As CALL_PARANOID; CR3 may be either, too. */
	.macro CALL_PARANOID_PTI
	xchg %rdi, (%rsp)
	PUSH_REST
	.cfi_def_cfa rsp, PT_SIZE
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	mov %rdi, %r15			/* vector */
	mov %cr3, %r14
	TO_KERNEL_TABLES %rax
	mov $0xc0000101, %ecx		/* MSR_GS_BASE */
	rdmsr
	mov %eax, %r12d
	mov %edx, %r13d
	mov %rsp, %rbx
	and $-8192, %rbx
	mov (%rbx), %rax
	mov %rax, %rdx
	shr $32, %rdx
	wrmsr
	lfence
	mov %r15, %rsi
	mov %rsp, %rdi
	call trap_dispatch
	mov $0xc0000101, %ecx
	mov %r12d, %eax
	mov %r13d, %edx
	wrmsr
	KEEP %r14
	mov %r14, %cr3
	.endm

	/* Takes trap_paranoid's place. */
trap_paranoid_pti:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_undefined rip
	CLEAN_FLAGS
	testb $3, 24(%rsp)
	jnz from_user_pti
	CALL_PARANOID_PTI
	POP_ALL
	add $8, %rsp
	iretq
	.cfi_endproc

	/* Takes nmi_handle's place. */
nmi_handle_pti:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_undefined rip
	CALL_PARANOID_PTI
	jmp nmi_handled
	.cfi_endproc

	.balign 64
	.globl entry_INT80_pti
	.type entry_INT80_pti, @function
entry_INT80_pti:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	CLEAN_FLAGS
	swapgs
	push %rdi
	TO_KERNEL_TABLES %rdi
	mov %rsp, %rdi
	TO_THREAD_STACK 8
	push 8(%rdi)			/* ip */
	mov (%rdi), %rdi
	jmp .Lint80_on_stack
	.cfi_endproc
	.size entry_INT80_pti, . - entry_INT80_pti

	.balign 64
	.globl entry_SYSCALL_compat_pti
	.type entry_SYSCALL_compat_pti, @function
entry_SYSCALL_compat_pti:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	swapgs
	mov %esp, %r8d
	TO_KERNEL_TABLES %rsp
	mov %gs:STACK_TOP, %rsp
	jmp .Lsyscall_compat_on_stack
	.cfi_endproc
	.size entry_SYSCALL_compat_pti, . - entry_SYSCALL_compat_pti

	/* rsp is free here. A program that steps into SYSENTER goes on stepping: within the plain one's bounds for that. */
	.balign 64
	.globl entry_SYSENTER_pti, __end_entry_SYSENTER_pti
	.type entry_SYSENTER_pti, @function
entry_SYSENTER_pti:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	swapgs
	TO_KERNEL_TABLES %rsp
	mov %gs:STACK_TOP, %rsp
	jmp .Lsysenter_on_stack
__end_entry_SYSENTER_pti:
	.cfi_endproc
	.size entry_SYSENTER_pti, . - entry_SYSENTER_pti

	.section .text.entry, "ax"
	/* The same places' stubs for processors that guess SWAPGS and have nothing else against it. */
trap_common_fenced:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_undefined rip
	CLEAN_FLAGS
	testb $3, 24(%rsp)
	jz 1f
	swapgs
	lfence
	jmp trap_swapped
1:	lfence
	jmp trap_from_kernel
	.cfi_endproc

trap_paranoid_fenced:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_undefined rip
	CLEAN_FLAGS
	testb $3, 24(%rsp)
	jz .Lparanoid_from_kernel
	swapgs
	lfence
	jmp .Lparanoid_swapped
	.cfi_endproc

	.section .rodata.fence_jumps, "a"
	.quad trap_common, trap_common_fenced
	.quad trap_paranoid, trap_paranoid_fenced

	/* Whose first five bytes become a jump, and where to. The way back by SYSRETL becomes the one by IRET, which
	 * restores all registers and is as good. */
	.section .rodata.pti_jumps, "a"
	.quad trap_common, trap_common_pti
	.quad trap_paranoid, trap_paranoid_pti
	.quad nmi_handle, nmi_handle_pti
	.quad return_to_user, return_to_user_pti
	.quad .Lsysret_exit, sysret_pti
	.quad sysret32_from_system_call, return_to_user_pti
	.text
