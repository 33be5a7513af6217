/* Where the kernel starts a program that has no C library: argc, argv, the environment and the auxiliary vector
 * stand on the stack. */

	.text
	.globl _start
	.type _start, @function
_start:
	.cfi_startproc
#if defined(__i386__)
	.cfi_undefined eip
	xor %ebp, %ebp
	mov %esp, %eax
	and $-16, %esp
	sub $12, %esp
	push %eax
	call __libcall_start
#else
	.cfi_undefined rip
	xor %ebp, %ebp
	mov %rsp, %rdi
	and $-16, %rsp
	call __libcall_start
#endif
	hlt
	.cfi_endproc
	.size _start, . - _start

	.section .note.GNU-stack, "", @progbits
