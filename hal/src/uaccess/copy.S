/* Copies between the kernel and the program's memory. Instructions that touch the program's memory
 * stand in the exception table: if the fault can't be repaired they go on at their fix-up, which
 * finds out how much is left. STAC and CLAC become no-operations where the processor has no SMAP. */

	.cfi_sections .debug_frame

	.macro EX insn, fix
	.pushsection __ex_table, "a"
	.balign 4
	.long \insn - .
	.long \fix - .
	.popsection
	.endm

	.macro OPEN
771:	stac
	.pushsection .rodata.smap_sites, "a"
	.quad 771b
	.popsection
	.endm

	.macro CLOSE
772:	clac
	.pushsection .rodata.smap_sites, "a"
	.quad 772b
	.popsection
	.endm

	.text

	/* copy_user(to = rdi, from = rsi, len = rdx) -> rax: bytes not copied. */
	.balign 16
	.globl copy_user
	.type copy_user, @function
copy_user:
	.cfi_startproc
	OPEN
	mov %rdx, %rcx
	shr $3, %rcx
	jz 2f
1:	rep movsq
2:	mov %edx, %ecx
	and $7, %ecx
3:	rep movsb
	CLOSE
	mov %rcx, %rax
	ret
	/* Words failed: count what is left in bytes and find the exact place byte by byte. */
4:	and $7, %edx
	lea (%rdx, %rcx, 8), %rcx
	jmp 3b
5:	CLOSE
	mov %rcx, %rax
	ret
	EX 1b, 4b
	EX 3b, 5b
	.cfi_endproc

	/* clear_user_asm(to = rdi, len = rsi) -> rax: bytes not cleared. */
	.balign 16
	.globl clear_user_asm
	.type clear_user_asm, @function
clear_user_asm:
	.cfi_startproc
	OPEN
	xor %eax, %eax
	mov %rsi, %rcx
	shr $3, %rcx
1:	rep stosq
	mov %esi, %ecx
	and $7, %ecx
3:	rep stosb
	CLOSE
	mov %rcx, %rax
	ret
4:	and $7, %esi
	lea (%rsi, %rcx, 8), %rcx
	jmp 3b
5:	CLOSE
	mov %rcx, %rax
	ret
	EX 1b, 4b
	EX 3b, 5b
	.cfi_endproc

	/* strncpy_user(to = rdi, from = rsi, len = rdx) -> rax: length without the NUL; len if there is
	 * none; -1 if the text can't be read to its end. */
	.balign 16
	.globl strncpy_user
	.type strncpy_user, @function
strncpy_user:
	.cfi_startproc
	OPEN
	xor %eax, %eax
	movabs $0x0101010101010101, %r8
	movabs $0x8080808080808080, %r9
1:	lea 8(%rax), %r10
	cmp %rdx, %r10
	ja 3f
2:	mov (%rsi, %rax), %rcx
	mov %rcx, (%rdi, %rax)
	mov %rcx, %r11
	sub %r8, %r11
	not %rcx
	and %r9, %r11
	and %rcx, %r11
	jnz 4f
	mov %r10, %rax
	jmp 1b
4:	bsf %r11, %r11
	shr $3, %r11
	add %r11, %rax
	CLOSE
	ret
3:	cmp %rdx, %rax
	jae 6f
5:	movzbl (%rsi, %rax), %ecx
	mov %cl, (%rdi, %rax)
	test %cl, %cl
	jz 6f
	inc %rax
	jmp 3b
6:	CLOSE
	ret
7:	mov $-1, %rax
	CLOSE
	ret
	EX 2b, 3b
	EX 5b, 7b
	.cfi_endproc
