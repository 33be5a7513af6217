# getrandom(2) without the kernel: the program brings a state of its own, in memory that a fork empties (MAP_DROPPABLE), and
# the kernel fills it with a key. Bytes come from ChaCha20 (RFC 8439) with that key, the first of them ready in a batch; each
# refill makes a new key, and what is given out is wiped. No secret is ever on the stack.
#
# The state counts as new when its number of the kernel's seed is another than the page's: the kernel has a better seed,
# or the memory was emptied.

	.set RNG_BATCH, 0
	.set RNG_BATCH_LEN, 96
	.set RNG_KEY, 96
	.set RNG_KEY_LEN, 32
	.set RNG_GENERATION, 128
	# Bytes of the batch that were given.
	.set RNG_POS, 136
	# A handler of a signal that comes in between must not take the same state.
	.set RNG_IN_USE, 137
	.set RNG_STATE_LEN, 144

	.set NR_getrandom, 318
	.set GRND_KNOWN, 7
	.set MAX_RW_COUNT, 0x7ffff000
	.set EFAULT, 14
	.set PROT_READ_WRITE, 3
	.set MAP_ANONYMOUS_DROPPABLE, 0x28

	.section .rodata
	.p2align 4
.Lchacha_constants:
	.ascii "expand 32-byte k"

	.text

	.macro rotate x, bits
	movdqa %xmm\x, %xmm4
	pslld $\bits, %xmm\x
	psrld $32 - \bits, %xmm4
	por %xmm4, %xmm\x
	.endm

	# The four quarter rounds of the rows xmm0 to xmm3 at once.
	.macro quarter_rounds
	paddd %xmm1, %xmm0
	pxor %xmm0, %xmm3
	rotate 3, 16
	paddd %xmm3, %xmm2
	pxor %xmm2, %xmm1
	rotate 1, 12
	paddd %xmm1, %xmm0
	pxor %xmm0, %xmm3
	rotate 3, 8
	paddd %xmm3, %xmm2
	pxor %xmm2, %xmm1
	rotate 1, 7
	.endm

	# rcx (at least 1) blocks of key stream to rdi, which comes to stand behind them. The four rows of the input are in xmm5
	# to xmm8, of which the last counts up; xmm9 is 1. Destroys eax.
	.p2align 4
.Lchacha_blocks:
	.cfi_startproc
	movdqa %xmm5, %xmm0
	movdqa %xmm6, %xmm1
	movdqa %xmm7, %xmm2
	movdqa %xmm8, %xmm3
	movl $10, %eax
.Lchacha_rounds:
	quarter_rounds
	# The diagonals become columns, and columns again.
	pshufd $0x39, %xmm1, %xmm1
	pshufd $0x4e, %xmm2, %xmm2
	pshufd $0x93, %xmm3, %xmm3
	quarter_rounds
	pshufd $0x93, %xmm1, %xmm1
	pshufd $0x4e, %xmm2, %xmm2
	pshufd $0x39, %xmm3, %xmm3
	decl %eax
	jnz .Lchacha_rounds
	paddd %xmm5, %xmm0
	paddd %xmm6, %xmm1
	paddd %xmm7, %xmm2
	paddd %xmm8, %xmm3
	movdqu %xmm0, (%rdi)
	movdqu %xmm1, 16(%rdi)
	movdqu %xmm2, 32(%rdi)
	movdqu %xmm3, 48(%rdi)
	paddq %xmm9, %xmm8
	addq $64, %rdi
	decq %rcx
	jnz .Lchacha_blocks
	ret
	.cfi_endproc

	.macro keep register
	pushq %\register
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \register, 0
	.endm

	.macro give_back register
	popq %\register
	.cfi_restore \register
	.cfi_adjust_cfa_offset -8
	.endm

	.macro give_all_back
	give_back r15
	give_back r14
	give_back r13
	give_back r12
	give_back rbp
	give_back rbx
	.endm

	# ssize_t getrandom(void *rdi, size_t rsi, unsigned edx, void *rcx, size_t r8): the call's three arguments, and the
	# state and its size. With a size of -1 and nothing else it says what a state needs.
	function getrandom
	cmpq $-1, %r8
	jne .Lrandom_state
	movl %edx, %eax
	orq %rdi, %rax
	orq %rsi, %rax
	jnz .Lrandom_state
	# struct vgetrandom_opaque_params: 64 bytes, of which three words are in use.
	movl $RNG_STATE_LEN, (%rcx)
	movl $PROT_READ_WRITE, 4(%rcx)
	movq $MAP_ANONYMOUS_DROPPABLE, 8(%rcx)
	pxor %xmm0, %xmm0
	movdqu %xmm0, 16(%rcx)
	movdqu %xmm0, 32(%rcx)
	movdqu %xmm0, 48(%rcx)
	ret

.Lrandom_state:
	# A state must not be able to lose one page and keep the other.
	movl %ecx, %eax
	andl $PAGE - 1, %eax
	cmpl $PAGE - RNG_STATE_LEN, %eax
	ja .Lrandom_fault
	cmpq $RNG_STATE_LEN, %r8
	jne .Lrandom_kernel
	leaq vvar_page(%rip), %r8
	cmpq $0, VVAR_RNG_GENERATION(%r8)
	je .Lrandom_kernel
	testl $~GRND_KNOWN, %edx
	jnz .Lrandom_kernel
	xorl %eax, %eax
	testq %rsi, %rsi
	jz .Lrandom_nothing
	cmpb $0, RNG_IN_USE(%rcx)
	jne .Lrandom_kernel

	keep rbx
	keep rbp
	keep r12
	keep r13
	keep r14
	keep r15
	# rbx: the state; r13, r14: what is to be filled; rbp, r12: what is left of it; r15: the generation; r9d: the flags.
	movq %rcx, %rbx
	movq %rdi, %r13
	movl $MAX_RW_COUNT, %r14d
	cmpq %r14, %rsi
	cmovbq %rsi, %r14
	movl %edx, %r9d
.Lrandom_retry:
	movb $1, RNG_IN_USE(%rbx)
	movq VVAR_RNG_GENERATION(%r8), %r15
	cmpq %r15, RNG_GENERATION(%rbx)
	je .Lrandom_keyed
	# Noted first, so that it shows if the memory is emptied after the key has come.
	movq %r15, RNG_GENERATION(%rbx)
	leaq RNG_KEY(%rbx), %rdi
	movl $RNG_KEY_LEN, %esi
	xorl %edx, %edx
	movl $NR_getrandom, %eax
	syscall
	cmpq $RNG_KEY_LEN, %rax
	jne .Lrandom_no_key
	movb $RNG_BATCH_LEN, RNG_POS(%rbx)
.Lrandom_keyed:
	movq %r13, %rbp
	movq %r14, %r12

.Lrandom_from_batch:
	movzbl RNG_POS(%rbx), %eax
	movl $RNG_BATCH_LEN, %ecx
	subq %rax, %rcx
	cmpq %r12, %rcx
	cmovaq %r12, %rcx
	leaq RNG_BATCH(%rbx, %rax), %rsi
	addb %cl, RNG_POS(%rbx)
	subq %rcx, %r12
	subq $8, %rcx
	jb .Lrandom_bytes
.Lrandom_words:
	movq (%rsi), %rax
	movq %rax, (%rbp)
	movq $0, (%rsi)
	addq $8, %rsi
	addq $8, %rbp
	subq $8, %rcx
	jae .Lrandom_words
.Lrandom_bytes:
	addq $8, %rcx
	jz .Lrandom_blocks
.Lrandom_byte:
	movb (%rsi), %al
	movb %al, (%rbp)
	movb $0, (%rsi)
	incq %rsi
	incq %rbp
	decq %rcx
	jnz .Lrandom_byte

.Lrandom_blocks:
	testq %r12, %r12
	jz .Lrandom_check
	movdqa .Lchacha_constants(%rip), %xmm5
	movdqu RNG_KEY(%rbx), %xmm6
	movdqu RNG_KEY + 16(%rbx), %xmm7
	pxor %xmm8, %xmm8
	movl $1, %eax
	movd %eax, %xmm9
	movq %rbp, %rdi
	movq %r12, %rcx
	shrq $6, %rcx
	jz .Lrandom_refill
	andl $63, %r12d
	call .Lchacha_blocks
	movq %rdi, %rbp
.Lrandom_refill:
	# Batch and key: the old key is gone with it.
	leaq RNG_BATCH(%rbx), %rdi
	movl $(RNG_BATCH_LEN + RNG_KEY_LEN) / 64, %ecx
	call .Lchacha_blocks
	movb $0, RNG_POS(%rbx)
	testq %r12, %r12
	jnz .Lrandom_from_batch

.Lrandom_check:
	# Whatever has emptied the state in between, or made it old, has made the bytes worthless.
	cmpq %r15, VVAR_RNG_GENERATION(%r8)
	jne .Lrandom_retry
	cmpq %r15, RNG_GENERATION(%rbx)
	jne .Lrandom_retry
	movb $0, RNG_IN_USE(%rbx)
	.irp x, 0, 1, 2, 3, 4, 6, 7
	pxor %xmm\x, %xmm\x
	.endr
	movq %r14, %rax
	.cfi_remember_state
	give_all_back
	ret
	.cfi_restore_state

.Lrandom_no_key:
	movq $0, RNG_GENERATION(%rbx)
	movb $0, RNG_IN_USE(%rbx)
	movq %r13, %rdi
	movq %r14, %rsi
	movl %r9d, %edx
	give_all_back
.Lrandom_kernel:
	call_kernel NR_getrandom
.Lrandom_fault:
	movq $-EFAULT, %rax
.Lrandom_nothing:
	ret
	end_function getrandom
