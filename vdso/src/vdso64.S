# The vDSO of 64-bit programs (vdso(7)): calls that need no kernel. Functions keep to the C calling convention and use
# no stack but for registers that a callee must keep. getrandom.S has the longest.
#
# The page with the kernel's data (layout.rs) lies before the image. Its writer makes VVAR_SEQ odd, writes, and makes
# it even again; who has read an odd number or two different ones has read nothing.

	.set PAGE, 4096
	.set NSEC_PER_SEC, 1000000000

	.set CLOCK_REALTIME, 0
	.set CLOCK_MONOTONIC_RAW, 4
	.set CLOCK_REALTIME_COARSE, 5

	# Bits by clock number: REALTIME, MONOTONIC, BOOTTIME, TAI; REALTIME_COARSE, MONOTONIC_COARSE.
	.set STEERED, 1 << 0 | 1 << 1 | 1 << 7 | 1 << 11
	.set COARSE, 1 << 5 | 1 << 6
	.set LAST_CLOCK, 11

	.set NR_gettimeofday, 96
	.set NR_time, 201
	.set NR_clock_gettime, 228
	.set NR_clock_getres, 229

	# This selector's segment has processor and node number as its limit.
	.set CPUNODE_SELECTOR, 0x7b

	.macro function name
	.globl __vdso_\name
	.weak \name
	.type __vdso_\name, @function
	.type \name, @function
	.p2align 4
__vdso_\name:
\name:
	.cfi_startproc
	.endm

	.macro end_function name
	.cfi_endproc
	.size __vdso_\name, . - __vdso_\name
	.size \name, . - \name
	.endm

	.macro call_kernel nr
	movl $\nr, %eax
	syscall
	ret
	.endm

	# r9d: the page's version; goes to \kernel if the counter may not be used. r8: the page.
	.macro begin_read kernel
.Lretry\@:
	movl VVAR_SEQ(%r8), %r9d
	testb $1, %r9b
	jnz .Lwait\@
	cmpl $0, VVAR_MODE(%r8)
	je \kernel
	.subsection 1
.Lwait\@:
	pause
	jmp .Lretry\@
	.previous
	.endm

	# rax: the clock whose three words begin at \words, now. Ordered behind what stands before it (RDTSC in the SDM).
	.macro read_clock words
	lfence
	rdtsc
	shlq $32, %rdx
	orq %rdx, %rax
	xorl %edx, %edx
	subq \words(%r8), %rax
	# Another processor's counter may be a little behind.
	cmovbq %rdx, %rax
	mulq \words+8(%r8)
	shrdq $32, %rdx, %rax
	addq \words+16(%r8), %rax
	.endm

	# rdx: rax divided by 10^9, rounded down; r10: the rest.
	.macro split_seconds
	movq %rax, %r10
	movabsq $0x89705f4136b4a597, %rdx
	mulq %rdx
	shrq $29, %rdx
	imulq $NSEC_PER_SEC, %rdx, %rax
	subq %rax, %r10
	.endm

	.text

	# int clock_gettime(clockid_t edi, struct timespec *rsi)
	function clock_gettime
	leaq vvar_page(%rip), %r8
	# A clock number has 32 bits; what is above them is nobody's.
	movl %edi, %edi
	cmpl $LAST_CLOCK, %edi
	ja .Lgettime_kernel
	movl $STEERED, %eax
	btl %edi, %eax
	jnc .Lgettime_others
.Lgettime_steered:
	begin_read .Lgettime_kernel
	read_clock VVAR_BASE_TSC
	addq VVAR_OFFSETS(%r8, %rdi, 8), %rax
	cmpl VVAR_SEQ(%r8), %r9d
	jne .Lgettime_steered
.Lgettime_store:
	split_seconds
	movq %rdx, (%rsi)
	movq %r10, 8(%rsi)
	xorl %eax, %eax
	ret

.Lgettime_others:
	movl $COARSE, %eax
	btl %edi, %eax
	jc .Lgettime_coarse
	cmpl $CLOCK_MONOTONIC_RAW, %edi
	jne .Lgettime_kernel
.Lgettime_raw:
	begin_read .Lgettime_kernel
	read_clock VVAR_RAW_BASE_TSC
	cmpl VVAR_SEQ(%r8), %r9d
	jne .Lgettime_raw
	jmp .Lgettime_store

.Lgettime_coarse:
	begin_read .Lgettime_kernel
	read_clock VVAR_BASE_TSC
	xorl %edx, %edx
	movq %rax, %r10
	divq VVAR_TICK_NS(%r8)
	subq %rdx, %r10
	movq %r10, %rax
	addq VVAR_OFFSETS(%r8, %rdi, 8), %rax
	cmpl VVAR_SEQ(%r8), %r9d
	jne .Lgettime_coarse
	jmp .Lgettime_store

.Lgettime_kernel:
	call_kernel NR_clock_gettime
	end_function clock_gettime

	# int gettimeofday(struct timeval *rdi, struct timezone *rsi)
	function gettimeofday
	leaq vvar_page(%rip), %r8
	testq %rdi, %rdi
	jz .Ltimezone
.Ltimeofday:
	begin_read .Ltimeofday_kernel
	read_clock VVAR_BASE_TSC
	addq VVAR_OFFSETS + 8 * CLOCK_REALTIME(%r8), %rax
	cmpl VVAR_SEQ(%r8), %r9d
	jne .Ltimeofday
	split_seconds
	movq %rdx, (%rdi)
	# A number below 10^9, divided by 1000.
	imulq $274877907, %r10, %rax
	shrq $38, %rax
	movq %rax, 8(%rdi)
.Ltimezone:
	testq %rsi, %rsi
	jz .Ltimeofday_done
	movq VVAR_TIMEZONE(%r8), %rax
	movq %rax, (%rsi)
.Ltimeofday_done:
	xorl %eax, %eax
	ret
.Ltimeofday_kernel:
	call_kernel NR_gettimeofday
	end_function gettimeofday

	# time_t time(time_t *rdi)
	function time
	leaq vvar_page(%rip), %r8
.Ltime:
	begin_read .Ltime_kernel
	read_clock VVAR_BASE_TSC
	xorl %edx, %edx
	movq %rax, %r10
	divq VVAR_TICK_NS(%r8)
	subq %rdx, %r10
	movq %r10, %rax
	addq VVAR_OFFSETS + 8 * CLOCK_REALTIME_COARSE(%r8), %rax
	cmpl VVAR_SEQ(%r8), %r9d
	jne .Ltime
	split_seconds
	movq %rdx, %rax
	testq %rdi, %rdi
	jz .Ltime_done
	movq %rax, (%rdi)
.Ltime_done:
	ret
.Ltime_kernel:
	call_kernel NR_time
	end_function time

	# int clock_getres(clockid_t edi, struct timespec *rsi)
	function clock_getres
	cmpl $LAST_CLOCK, %edi
	ja .Lgetres_kernel
	leaq vvar_page(%rip), %r8
	movl $1, %edx
	movl $STEERED | 1 << CLOCK_MONOTONIC_RAW, %eax
	btl %edi, %eax
	jc .Lgetres_store
	movl $COARSE, %eax
	btl %edi, %eax
	jnc .Lgetres_kernel
	movq VVAR_TICK_NS(%r8), %rdx
.Lgetres_store:
	testq %rsi, %rsi
	jz .Lgetres_done
	movq $0, (%rsi)
	movq %rdx, 8(%rsi)
.Lgetres_done:
	xorl %eax, %eax
	ret
.Lgetres_kernel:
	call_kernel NR_clock_getres
	end_function clock_getres

	# int getcpu(unsigned *rdi, unsigned *rsi, void *)
	function getcpu
	movl $CPUNODE_SELECTOR, %eax
	lsl %eax, %eax
	testq %rdi, %rdi
	jz .Lgetcpu_node
	movl %eax, %ecx
	andl $0xfff, %ecx
	movl %ecx, (%rdi)
.Lgetcpu_node:
	testq %rsi, %rsi
	jz .Lgetcpu_done
	shrl $12, %eax
	movl %eax, (%rsi)
.Lgetcpu_done:
	xorl %eax, %eax
	ret
	end_function getcpu

	.include "src/getrandom.S"
	.include "src/note.S"
	.section .note.GNU-stack, "", @progbits
