/* What all wrappers share: the way to errno, and the door for calls that are cancellation points. */

#if defined(__i386__)
#define AX %eax
#define RESULT_IN_ERRNO mov %eax, %gs:errno@ntpoff
#define IS_CANCELLED cmpl $0, %gs:__libcall_cancelled@ntpoff
#else
#define AX %rax
#define RESULT_IN_ERRNO mov %eax, %fs:errno@tpoff
#define IS_CANCELLED cmpl $0, %fs:__libcall_cancelled@tpoff
#endif

	.text

	/* A wrapper jumps here with -errno in rax. */
	.globl __libcall_error
	.hidden __libcall_error
	.type __libcall_error, @function
__libcall_error:
	.cfi_startproc
	neg %eax
	RESULT_IN_ERRNO
	mov $-1, AX
	ret
	.cfi_endproc
	.size __libcall_error, . - __libcall_error

	/* The number is in eax, the arguments are where the kernel takes them. On x86-64 the wrapper jumps here, on i386
	 * it calls. Between begin and end the call has had no effect yet: when a signal comes there,
	 * __libcall_cancel_from (cancel.c) sends the thread to cancelled instead. An interrupted call that is to be
	 * started again is there, too, for the kernel sets the program back to the instruction. On i386 it is
	 * int $0x80 for that reason: __kernel_vsyscall would be elsewhere. */
	.globl __libcall_cancellable
	.hidden __libcall_cancellable
	.type __libcall_cancellable, @function
__libcall_cancellable:
	.cfi_startproc
	.globl __libcall_cancel_begin
	.hidden __libcall_cancel_begin
__libcall_cancel_begin:
	IS_CANCELLED
	jne cancelled
#if defined(__i386__)
	int $0x80
#else
	syscall
#endif
	.globl __libcall_cancel_end
	.hidden __libcall_cancel_end
__libcall_cancel_end:
#if defined(__i386__)
	ret
	.globl __libcall_cancel_exit
	.hidden __libcall_cancel_exit
__libcall_cancel_exit:
cancelled:
	mov $-125, %eax			/* -ECANCELED */
	ret
#else
	cmp $-4095, %rax
	jae __libcall_error
	ret
	.globl __libcall_cancel_exit
	.hidden __libcall_cancel_exit
__libcall_cancel_exit:
cancelled:
	mov $-125, %rax			/* -ECANCELED */
	jmp __libcall_error
#endif
	.cfi_endproc
	.size __libcall_cancellable, . - __libcall_cancellable

	.section .tbss, "awT", @nobits
	.balign 4
	.globl __libcall_cancelled
	.type __libcall_cancelled, @object
	.size __libcall_cancelled, 4
__libcall_cancelled:
	.zero 4

	.section .note.GNU-stack, "", @progbits
