/* errno, for programs without a C library. With one linked in as well, its own errno is the one: these are weak. */

	.section .tbss, "awT", @nobits
	.balign 4
	.weak errno
	.type errno, @object
	.size errno, 4
errno:
	.zero 4

	.text
	.weak __errno_location
	.type __errno_location, @function
__errno_location:
	.cfi_startproc
#if defined(__i386__)
	mov %gs:0, %eax
	lea errno@ntpoff(%eax), %eax
#elif defined(__ILP32__)
	mov %fs:0, %eax
	lea errno@tpoff(%rax), %eax
#else
	mov %fs:0, %rax
	lea errno@tpoff(%rax), %rax
#endif
	ret
	.cfi_endproc
	.size __errno_location, . - __errno_location

	.section .note.GNU-stack, "", @progbits
