# The vDSO of 32-bit programs: the door to the kernel, the way back from signal handlers, and the calls of vdso64.S.
# Arguments are on the stack; ebx, esi, edi, ebp are the caller's.
#
# The page with the kernel's data (layout.rs) lies before the image. Its writer makes VVAR_SEQ odd, writes, and makes
# it even again; who has read an odd number or two different ones has read nothing.

	.set NSEC_PER_SEC, 1000000000

	.set CLOCK_REALTIME, 0
	.set CLOCK_MONOTONIC_RAW, 4
	.set CLOCK_REALTIME_COARSE, 5

	# Bits by clock number: REALTIME, MONOTONIC, MONOTONIC_RAW, BOOTTIME, TAI; REALTIME_COARSE, MONOTONIC_COARSE.
	.set FINE, 1 << 0 | 1 << 1 | 1 << 4 | 1 << 7 | 1 << 11
	.set COARSE, 1 << 5 | 1 << 6
	.set LAST_CLOCK, 11

	.set NR_time, 13
	.set NR_gettimeofday, 78
	.set NR_sigreturn, 119
	.set NR_rt_sigreturn, 173
	.set NR_clock_gettime, 265
	.set NR_clock_getres, 266
	.set NR_clock_gettime64, 403

	# This selector's segment has processor and node number as its limit.
	.set CPUNODE_SELECTOR, 0x7b

	# DWARF's numbers of the registers, and its words for the trampolines below.
	.set EAX, 0
	.set ECX, 1
	.set EDX, 2
	.set EBX, 3
	.set ESP, 4
	.set EBP, 5
	.set ESI, 6
	.set EDI, 7
	.set EIP, 8
	.set DW_CFA_def_cfa_expression, 0x0f
	.set DW_CFA_expression, 0x10
	.set DW_OP_deref, 0x06
	.set DW_OP_breg4, 0x74

	.text

	# How C libraries enter the kernel: number and arguments in the registers of int $0x80, what the processor's fast
	# instruction destroys on the stack. Boot writes that instruction over the four bytes at vsyscall_patch:
	# "mov %esp, %ebp; sysenter" or "mov %ecx, %ebp; syscall". The kernel returns to int80_landing_pad from each of
	# the three; a call that is to be started again begins at the int $0x80 before it.
	.globl __kernel_vsyscall
	.type __kernel_vsyscall, @function
	.p2align 4
__kernel_vsyscall:
	.cfi_startproc
	pushl %ecx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ecx, 0
	pushl %edx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset edx, 0
	pushl %ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ebp, 0
	.globl vsyscall_patch
	.hidden vsyscall_patch
vsyscall_patch:
	.byte 0x90, 0x90, 0x90, 0x90
	int $0x80
	.globl int80_landing_pad
	.hidden int80_landing_pad
int80_landing_pad:
	popl %ebp
	.cfi_restore ebp
	.cfi_adjust_cfa_offset -4
	popl %edx
	.cfi_restore edx
	.cfi_adjust_cfa_offset -4
	popl %ecx
	.cfi_restore ecx
	.cfi_adjust_cfa_offset -4
	ret
	.cfi_endproc
	.size __kernel_vsyscall, . - __kernel_vsyscall

	# The two ways back from a signal handler. Debuggers know them by their bytes, unwinders by what follows: every
	# register is in the sigcontext, which lies \sc bytes above esp. An unwinder looks for the instruction before
	# the return address: so what is said begins one byte before the function.
	.macro saved register, at
	.cfi_escape DW_CFA_expression, \register, 3, DW_OP_breg4, (\at) & 0x7f | 0x80, (\at) >> 7 & 0x7f
	.endm

	.macro sigcontext sc
	.cfi_escape DW_CFA_def_cfa_expression, 4, DW_OP_breg4, (\sc + 28) & 0x7f | 0x80, (\sc + 28) >> 7 & 0x7f, DW_OP_deref
	saved EDI, \sc + 16
	saved ESI, \sc + 20
	saved EBP, \sc + 24
	saved EBX, \sc + 32
	saved EDX, \sc + 36
	saved ECX, \sc + 40
	saved EAX, \sc + 44
	saved EIP, \sc + 56
	.endm

	.p2align 4
	.skip 15, 0x90
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_return_column EIP
	sigcontext 4
	nop
	.globl __kernel_sigreturn
	.type __kernel_sigreturn, @function
__kernel_sigreturn:
	popl %eax
	sigcontext 0
	movl $NR_sigreturn, %eax
	int $0x80
	.globl sigreturn_landing_pad
	.hidden sigreturn_landing_pad
sigreturn_landing_pad:
	.cfi_endproc
	.size __kernel_sigreturn, . - __kernel_sigreturn
	nop

	.p2align 4
	.skip 15, 0x90
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_return_column EIP
	sigcontext 160
	nop
	.globl __kernel_rt_sigreturn
	.type __kernel_rt_sigreturn, @function
__kernel_rt_sigreturn:
	movl $NR_rt_sigreturn, %eax
	int $0x80
	.globl rt_sigreturn_landing_pad
	.hidden rt_sigreturn_landing_pad
rt_sigreturn_landing_pad:
	.cfi_endproc
	.size __kernel_rt_sigreturn, . - __kernel_rt_sigreturn
	nop

	.macro function name
	.globl __vdso_\name
	.type __vdso_\name, @function
	.p2align 4
__vdso_\name:
	.cfi_startproc
	.endm

	.macro end_function name
	.cfi_endproc
	.size __vdso_\name, . - __vdso_\name
	.endm

	.macro save register
	pushl %\register
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset \register, 0
	.endm

	.macro restore register
	popl %\register
	.cfi_restore \register
	.cfi_adjust_cfa_offset -4
	.endm

	# Frees all registers and leaves the page in edi; the arguments follow from FIRST(%esp) on.
	.set FIRST, 20
	.macro enter
	save ebp
	save edi
	save esi
	save ebx
	call .Lreturn_address
	leal vvar_page - .(%edi), %edi
	.endm

	.macro leave_function
	.cfi_remember_state
	restore ebx
	restore esi
	restore edi
	restore ebp
	ret
	.cfi_restore_state
	.endm

	# The call with two arguments, as the function got them.
	.macro call_kernel nr
	movl FIRST(%esp), %ebx
	movl FIRST + 4(%esp), %ecx
	movl $\nr, %eax
	call __kernel_vsyscall
	leave_function
	.endm

	.p2align 4
.Lreturn_address:
	.cfi_startproc
	movl (%esp), %edi
	ret
	.cfi_endproc

	# edx:eax: nanoseconds that clock ecx shows now; with the carry flag the kernel must be asked. edi: the page.
	# Destroys all but edi.
	.p2align 4
.Lnow:
	.cfi_startproc
	pushl %ecx
	.cfi_adjust_cfa_offset 4
	# For the page's version.
	pushl %ecx
	.cfi_adjust_cfa_offset 4
	cmpl $LAST_CLOCK, %ecx
	ja .Lnow_kernel
	movl $FINE | COARSE, %eax
	btl %ecx, %eax
	jnc .Lnow_kernel
	leal VVAR_BASE_TSC(%edi), %esi
	cmpl $CLOCK_MONOTONIC_RAW, %ecx
	jne .Lnow_retry
	leal VVAR_RAW_BASE_TSC(%edi), %esi
.Lnow_retry:
	movl VVAR_SEQ(%edi), %eax
	testb $1, %al
	jnz .Lnow_wait
	cmpl $0, VVAR_MODE(%edi)
	je .Lnow_kernel
	movl %eax, (%esp)
	# Ordered behind what stands before it (RDTSC in the SDM).
	lfence
	rdtsc
	subl (%esi), %eax
	sbbl 4(%esi), %edx
	# Another processor's counter may be a little behind.
	jae .Lnow_ahead
	xorl %eax, %eax
	xorl %edx, %edx
.Lnow_ahead:
	# Times the factor at 8(%esi), divided by 2^32: four products of halves; from the highest only the low half counts.
	movl %eax, %ebx
	movl %edx, %ebp
	mull 8(%esi)
	movl %edx, %ecx
	movl %ebx, %eax
	mull 12(%esi)
	addl %eax, %ecx
	adcl $0, %edx
	movl %edx, %ebx
	movl %ebp, %eax
	mull 8(%esi)
	addl %ecx, %eax
	adcl %ebx, %edx
	imull 12(%esi), %ebp
	addl %ebp, %edx
	addl 16(%esi), %eax
	adcl 20(%esi), %edx
	movl 4(%esp), %ecx
	movl $COARSE, %ebx
	btl %ecx, %ebx
	jnc .Lnow_offset
	# Down to a tick.
	movl %eax, %ebx
	movl %edx, %ebp
	movl %edx, %eax
	xorl %edx, %edx
	divl VVAR_TICK_NS(%edi)
	movl %ebx, %eax
	divl VVAR_TICK_NS(%edi)
	movl %ebx, %eax
	subl %edx, %eax
	sbbl $0, %ebp
	movl %ebp, %edx
.Lnow_offset:
	addl VVAR_OFFSETS(%edi, %ecx, 8), %eax
	adcl VVAR_OFFSETS + 4(%edi, %ecx, 8), %edx
	movl VVAR_SEQ(%edi), %ebx
	cmpl (%esp), %ebx
	jne .Lnow_retry
	.cfi_remember_state
	addl $8, %esp
	.cfi_adjust_cfa_offset -8
	clc
	ret
	.cfi_restore_state
.Lnow_wait:
	pause
	jmp .Lnow_retry
.Lnow_kernel:
	addl $8, %esp
	.cfi_adjust_cfa_offset -8
	stc
	ret
	.cfi_endproc

	# ebp:eax: edx:eax divided by 10^9; edx: the rest.
	.macro split_seconds
	movl $NSEC_PER_SEC, %ecx
	movl %eax, %ebx
	movl %edx, %eax
	xorl %edx, %edx
	divl %ecx
	movl %eax, %ebp
	movl %ebx, %eax
	divl %ecx
	.endm

	# int clock_gettime(clockid_t, struct old_timespec32 *)
	function clock_gettime
	enter
	movl FIRST(%esp), %ecx
	call .Lnow
	jc .Lgettime_kernel
	split_seconds
	movl FIRST + 4(%esp), %ecx
	movl %eax, (%ecx)
	movl %edx, 4(%ecx)
	xorl %eax, %eax
	leave_function
.Lgettime_kernel:
	call_kernel NR_clock_gettime
	end_function clock_gettime

	# int clock_gettime64(clockid_t, struct __kernel_timespec *)
	function clock_gettime64
	enter
	movl FIRST(%esp), %ecx
	call .Lnow
	jc .Lgettime64_kernel
	split_seconds
	movl FIRST + 4(%esp), %ecx
	movl %eax, (%ecx)
	movl %ebp, 4(%ecx)
	movl %edx, 8(%ecx)
	xorl %eax, %eax
	movl %eax, 12(%ecx)
	leave_function
.Lgettime64_kernel:
	call_kernel NR_clock_gettime64
	end_function clock_gettime64

	# int gettimeofday(struct old_timeval32 *, struct timezone *)
	function gettimeofday
	enter
	cmpl $0, FIRST(%esp)
	je .Ltimezone
	movl $CLOCK_REALTIME, %ecx
	call .Lnow
	jc .Ltimeofday_kernel
	split_seconds
	movl FIRST(%esp), %ecx
	movl %eax, (%ecx)
	# A number below 10^9, divided by 1000.
	movl $274877907, %eax
	mull %edx
	shrl $6, %edx
	movl %edx, 4(%ecx)
.Ltimezone:
	movl FIRST + 4(%esp), %ecx
	testl %ecx, %ecx
	jz .Ltimeofday_done
	movl VVAR_TIMEZONE(%edi), %eax
	movl VVAR_TIMEZONE + 4(%edi), %edx
	movl %eax, (%ecx)
	movl %edx, 4(%ecx)
.Ltimeofday_done:
	xorl %eax, %eax
	leave_function
.Ltimeofday_kernel:
	call_kernel NR_gettimeofday
	end_function gettimeofday

	# old_time32_t time(old_time32_t *)
	function time
	enter
	movl $CLOCK_REALTIME_COARSE, %ecx
	call .Lnow
	jc .Ltime_kernel
	split_seconds
	movl FIRST(%esp), %ecx
	testl %ecx, %ecx
	jz .Ltime_done
	movl %eax, (%ecx)
.Ltime_done:
	leave_function
.Ltime_kernel:
	call_kernel NR_time
	end_function time

	# int clock_getres(clockid_t, struct old_timespec32 *)
	function clock_getres
	enter
	movl FIRST(%esp), %ecx
	cmpl $LAST_CLOCK, %ecx
	ja .Lgetres_kernel
	movl $1, %edx
	movl $FINE, %eax
	btl %ecx, %eax
	jc .Lgetres_store
	movl $COARSE, %eax
	btl %ecx, %eax
	jnc .Lgetres_kernel
	movl VVAR_TICK_NS(%edi), %edx
.Lgetres_store:
	xorl %eax, %eax
	movl FIRST + 4(%esp), %ecx
	testl %ecx, %ecx
	jz .Lgetres_done
	movl %eax, (%ecx)
	movl %edx, 4(%ecx)
.Lgetres_done:
	leave_function
.Lgetres_kernel:
	call_kernel NR_clock_getres
	end_function clock_getres

	# int getcpu(unsigned *, unsigned *, void *)
	function getcpu
	movl $CPUNODE_SELECTOR, %eax
	lsl %eax, %eax
	movl 4(%esp), %ecx
	testl %ecx, %ecx
	jz .Lgetcpu_node
	movl %eax, %edx
	andl $0xfff, %edx
	movl %edx, (%ecx)
.Lgetcpu_node:
	movl 8(%esp), %ecx
	testl %ecx, %ecx
	jz .Lgetcpu_done
	shrl $12, %eax
	movl %eax, (%ecx)
.Lgetcpu_done:
	xorl %eax, %eax
	ret
	end_function getcpu

	.include "src/note.S"
	.section .note.GNU-stack, "", @progbits
