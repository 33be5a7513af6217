/* The doors and the gates: where the processor enters the kernel, and where it leaves.
 *
 * Every entry builds a whole pt_regs at the top of the thread's kernel stack. The direction flag is
 * cleared by SYSCALL's mask or here; RBP is cleared so that a walk along frame pointers ends here. */

	.set USER_RSP, 16		/* offsets in PerCpu */
	.set STACK_TOP, 24
	.set CURRENT, 32
	.set ENTRY_STACK, 56		/* these with pti=on only */
	.set SCRATCH, 64
	.set CR3_BITS, 72
	.set USER_DS, 0x2b
	.set USER_CS, 0x33
	.set USER32_CS, 0x23
	.set PT_BP, 32
	.set PT_BX, 40
	.set PT_R11, 48
	.set PT_AX, 80
	.set PT_CX, 88
	.set PT_IP, 128
	.set PT_CS, 136
	.set PT_FLAGS, 144
	.set PT_SS, 160
	.set PT_SIZE, 168
	.set TF_RF, 0x10100
	.set USER_BITS, 47		/* a program's addresses fit in so many; boot makes it 56 */

	.cfi_sections .debug_frame

	/* Unwind rules for a frame that begins with pt_regs at rsp + \offset: the caller is what the
	 * program ran. Debuggers stop here. */
	.macro CFI_REGS offset=0
	.cfi_def_cfa rsp, \offset + PT_SIZE
	.cfi_undefined rip
	.endm

	/* Below rdi: rsi … r15, with \cx and \ax in the places of rcx and rax. */
	.macro PUSH_REST cx=%rcx ax=%rax
	push %rsi
	push %rdx
	push \cx
	push \ax
	push %r8
	push %r9
	push %r10
	push %r11
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	.endm

	.macro POP_ALL
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	.endm

	/* A gate leaves DF and AC as it found them: a program's, or those of a copy to user memory that
	 * faulted. With AC set, SMAP would be off for all that follows. Boot patches CLAC out where the
	 * processor does not know it. */
	.macro CLEAN_FLAGS
	cld
771:	clac
	.pushsection .rodata.smap_sites, "a"
	.quad 771b
	.popsection
	.endm

	.section .text.entry, "ax"
	.code64

	/* SYSCALL from 64-bit code (SDM vol. 2, SYSCALL): rcx = return address, r11 = flags, interrupts
	 * off by SFMASK, still on the program's stack. */
	.balign 64
	.globl entry_SYSCALL_64
	.type entry_SYSCALL_64, @function
entry_SYSCALL_64:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	swapgs
	mov %rsp, %gs:USER_RSP
	mov %gs:STACK_TOP, %rsp
.Lsyscall_64_on_stack:
	push $USER_DS
	push %gs:USER_RSP
	push %r11
	push $USER_CS
	push %rcx
	push %rax			/* orig_ax */
	push %rdi
	PUSH_REST ax=$-38		/* -ENOSYS until something answers */
	mov %rsp, %rdi
	mov %eax, %esi			/* the upper half of rax does not count */
	mov %gs:CURRENT, %rdx
	xor %ebp, %ebp
	call do_syscall_64
	/* SYSRET takes rip from rcx and rflags from r11, faults in kernel mode on a rip that is not
	 * canonical, and cannot set TF and RF as IRET does (SDM vol. 2, SYSRET): IRET for all else. */
	mov PT_CX(%rsp), %rcx
	mov PT_R11(%rsp), %r11
	cmp PT_IP(%rsp), %rcx
	jne return_to_user
	cmp PT_FLAGS(%rsp), %r11
	jne return_to_user
	cmpq $USER_CS, PT_CS(%rsp)
	jne return_to_user
	cmpq $USER_DS, PT_SS(%rsp)
	jne return_to_user
	shr $USER_BITS, %rcx
773:	jnz return_to_user
	.pushsection .rodata.user_bits_sites, "a"
	.quad 773b - 1
	.popsection
	test $TF_RF, %r11d
	jnz return_to_user
.Lsysret_exit:
	POP_ALL
	mov 32(%rsp), %rsp
	swapgs
	sysretq
	.cfi_endproc
	.size entry_SYSCALL_64, . - entry_SYSCALL_64

	/* To user mode by IRET, with pt_regs at rsp. */
	.globl return_to_user
return_to_user:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_REGS
	POP_ALL
	add $8, %rsp
	swapgs
	.globl iret_to_user
iret_to_user:
	iretq
	.cfi_endproc

	/* The first instruction of a new thread that goes to user mode. */
	.globl ret_from_fork_asm
	.type ret_from_fork_asm, @function
ret_from_fork_asm:
	.cfi_startproc simple
	CFI_REGS
	mov %rsp, %rdi
	call hal_new_thread
	mov %rsp, %rdi
	xor %ebp, %ebp
	call ret_from_fork_upcall
	jmp return_to_user
	.cfi_endproc

	/* The first instruction of a kernel thread: rbx(rdi = r12). */
	.globl kernel_thread_asm
	.type kernel_thread_asm, @function
kernel_thread_asm:
	.cfi_startproc simple
	.cfi_undefined rip
	call hal_new_thread
	mov %r12, %rdi
	xor %ebp, %ebp
	call *%rbx
	ud2
	.cfi_endproc

	/* switch_stacks(save: *mut u64, load: u64): callee-saved registers live on the stack. */
	.globl switch_stacks
	.type switch_stacks, @function
switch_stacks:
	.cfi_startproc
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rdi)
	mov %rsi, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret
	.cfi_endproc

	/* Exceptions and interrupts. A stub leaves the vector on top of the error code; from a program
	 * the stack is the thread's (RSP0), so the frame comes to lie where a system call's does. */
trap_common:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_undefined rip
	CLEAN_FLAGS
	testb $3, 24(%rsp)
	jz trap_from_kernel
	swapgs
trap_swapped:
	xchg %rdi, (%rsp)
	PUSH_REST
	CFI_REGS
	mov %rdi, %rsi
	mov %rsp, %rdi
	xor %ebp, %ebp
	call trap_dispatch
	mov %rax, %rsp			/* trap_dispatch may have moved the frame */
	testb $3, PT_CS(%rsp)
	jnz return_to_user
	POP_ALL
	add $8, %rsp
	iretq
	.cfi_endproc

trap_from_kernel:
	.cfi_startproc simple
	.cfi_signal_frame
	/* The IRET to a program can fault after SWAPGS: then the GS base is the program's. */
	push %rax
	lea iret_to_user(%rip), %rax
	cmp %rax, 24(%rsp)
	pop %rax
	jne 1f
	swapgs
1:
.Ltrap_kernel_swapped:
	xchg %rdi, (%rsp)
	PUSH_REST
	.cfi_def_cfa rsp, PT_SIZE
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	.cfi_offset rbp, -136
	mov %rdi, %rsi
	mov %rsp, %rdi
	/* rbp stays: a backtrace goes on through the interrupted code. */
	call trap_dispatch
	mov %rax, %rsp
	testb $3, PT_CS(%rsp)
	jnz return_to_user
	POP_ALL
	add $8, %rsp
	iretq
	.cfi_endproc

	/* The handler, from the kernel, with the vector on top of the error code on an IST stack: 8 KiB, aligned, and
	 * the first word is the PerCpu. All is as it was then, but for the general registers. */
	.macro CALL_PARANOID
	xchg %rdi, (%rsp)
	PUSH_REST
	.cfi_def_cfa rsp, PT_SIZE
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	mov %rdi, %r15			/* vector */
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
	mov %r15, %rsi
	mov %rsp, %rdi
	call trap_dispatch
	mov $0xc0000101, %ecx
	mov %r12d, %eax
	mov %r13d, %edx
	wrmsr
	.endm

	/* #DB, #MC, #DF and NMI have stacks of their own (IST). From a program the frame moves to the
	 * thread's stack and all is as for other exceptions. From the kernel the GS base may be anybody's
	 * (between SYSCALL and SWAPGS, or when a program has set a kernel address by WRGSBASE), so it is
	 * set to what the bottom of the IST stack says and restored afterwards. */
trap_paranoid:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_undefined rip
	CLEAN_FLAGS
	testb $3, 24(%rsp)
	jz .Lparanoid_from_kernel
	swapgs
.Lparanoid_swapped:
	push %rdi
	mov %rsp, %rdi
	mov %gs:STACK_TOP, %rsp
	push 56(%rdi)			/* ss */
	push 48(%rdi)			/* sp */
	push 40(%rdi)			/* flags */
	push 32(%rdi)			/* cs */
	push 24(%rdi)			/* ip */
	push 16(%rdi)			/* error code */
	push 8(%rdi)			/* vector */
	mov (%rdi), %rdi
	jmp trap_swapped
.Lparanoid_from_kernel:
	CALL_PARANOID
	POP_ALL
	add $8, %rsp
	iretq
	.cfi_endproc

	/* NMI. From a program it is taken as the others are, and its frame is on the thread's stack before anything can
	 * let the next NMI in. From the kernel the frame stays on the IST stack, where the processor would put the next
	 * one's: it lets that in after any IRET, and a handler that faults comes back by one (SDM vol. 3, 6.7.1). So the
	 * frame is copied further down, and the word NMI_STATE below says that it is in use. An NMI that finds it so,
	 * asks for another round and goes; so does one between nmi_tail and nmi_tail_end, where the word may be 0 again
	 * and the copied frame not yet used: there all registers are the interrupted ones, and a round can begin anew.
	 * Nothing up to nmi_round can fault. */
	.set NMI_STATE, -8192 + 8	/* from the top of the stack: 0, 1 handled, 2 another came */
	.set NMI_NESTED, -8192 + 16	/* how many came so */
	.set NMI_COPY, 288		/* below the top: the copied frame */
trap_nmi:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_undefined rip
	testb $3, 24(%rsp)
	jnz trap_paranoid
	CLEAN_FLAGS
	push %rax
	lea nmi_tail(%rip), %rax
	cmp %rax, 24(%rsp)
	jb 1f
	lea nmi_tail_end(%rip), %rax
	cmp %rax, 24(%rsp)
	jae 1f
	lea nmi_round(%rip), %rax
	mov %rax, 24(%rsp)
	jmp 2f
1:	cmpq $0, NMI_STATE + 64(%rsp)
	je 3f
	movq $2, NMI_STATE + 64(%rsp)
2:	incq NMI_NESTED + 64(%rsp)
	pop %rax
	add $16, %rsp
	iretq
3:	pop %rax
	sub $NMI_COPY - 40 - 56, %rsp
	.rept 5
	push NMI_COPY - 48(%rsp)	/* ss, sp, flags, cs, ip: rsp moves along */
	.endr
nmi_round:
	movq $1, NMI_STATE + NMI_COPY(%rsp)
	push $-1
	push $2
nmi_handle:
	CALL_PARANOID
nmi_handled:
	POP_ALL
	add $8, %rsp
nmi_tail:
	cmpq $1, NMI_STATE + NMI_COPY(%rsp)
	jne nmi_round
	movq $0, NMI_STATE + NMI_COPY(%rsp)
	iretq
nmi_tail_end:
	.cfi_endproc

	/* Sleeps until an interrupt. An NMI can come between the two instructions and end STI's hold on interrupts, so
	 * that they are taken before the HLT, which nothing wakes then: it goes on behind the HLT (nmi.rs). */
	.globl sti_hlt, sti_hlt_halt
sti_hlt:
	.cfi_startproc
	sti
sti_hlt_halt:
	hlt
	ret
	.cfi_endproc

	/* One stub a vector, 16 bytes each. */
	.macro STUB vector
	.balign 16
	.if (\vector == 8) || (\vector >= 10 && \vector <= 14) || (\vector == 17) || (\vector == 21) || (\vector == 29) || (\vector == 30)
	.else
	push $-1
	.endif
	push $\vector
	.if (\vector == 1) || (\vector == 8) || (\vector == 18)
	jmp trap_paranoid
	.elseif \vector == 2
	jmp trap_nmi
	.else
	jmp trap_common
	.endif
	.endm

	.balign 16
	.globl trap_stubs
trap_stubs:
	.altmacro
	.set nr, 0
	.rept 256
	STUB %nr
	.set nr, nr + 1
	.endr
	.noaltmacro
	.text
