/* PVH entry (Xen's x86/HVM direct boot ABI): 32-bit protected mode, paging off, EBX points at
 * hvm_start_info. The ELF loader has zeroed .bss. What follows maps the first GiB at 0, at the
 * direct map and at the kernel's base, switches to long mode and calls hal_start(start_info).
 * Other processors come through the trampoline below, copied to low memory, to hal_start_secondary. */

	.set BASE, 0xffffffff80000000
	.set EFER, 0xc0000080

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 4, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long pvh_start - BASE

	.section .text.boot, "ax"
	.code32
	.globl pvh_start
pvh_start:
	cli
	cld
	mov $boot_stack_top - BASE, %esp
	mov %ebx, %ebp
	rdtsc				/* what boot costs is counted from here */
	mov %eax, entry_tsc - BASE
	mov %edx, entry_tsc - BASE + 4
	/* Without these two the switch below would fault, and without handlers that is a silent reset. */
	mov $0x80000000, %eax
	cpuid
	cmp $0x80000001, %eax
	jb refuse_processor
	mov $0x80000001, %eax
	cpuid
	and $(1 << 29 | 1 << 20), %edx	/* long mode, no-execute */
	cmp $(1 << 29 | 1 << 20), %edx
	jne refuse_processor
	/* One page directory of 2 MiB pages for the first GiB, shared by three places. */
	mov $boot_pd - BASE, %edi
	mov $0x83, %eax
	mov $512, %ecx
1:	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	dec %ecx
	jnz 1b
	movl $boot_pd - BASE + 3, boot_pdpt_low - BASE
	movl $boot_pd - BASE + 3, boot_pdpt_high - BASE + 510 * 8
	movl $boot_pdpt_low - BASE + 3, boot_pml4 - BASE
	movl $boot_pdpt_low - BASE + 3, boot_pml4 - BASE + 273 * 8
	movl $boot_pdpt_high - BASE + 3, boot_pml4 - BASE + 511 * 8
	call choose_levels
	call enter_long_mode32
	lgdt boot_gdt_pointer - BASE
	ljmp $0x08, $start64_low - BASE

/* Says on COM1 why there is nothing to be done, ends the machine as a panic does, or else stops. */
refuse_processor:
	mov $processor_message - BASE, %esi
1:	lodsb
	test %al, %al
	jz 3f
	mov %al, %bl
	mov $1000000, %ecx		/* a stuck port must not keep us */
	mov $0x3fd, %edx
2:	in %dx, %al
	test $0x20, %al			/* room for a byte */
	loopz 2b
	mov %bl, %al
	mov $0x3f8, %edx
	out %al, %dx
	jmp 1b
3:	mov $0x31, %eax
	mov $0xf4, %edx			/* QEMU's debug-exit device, or nobody */
	out %eax, %dx
4:	hlt
	jmp 4b

/* Five levels of page tables (LA57), if the processor has them and no word of the command line is "no5lvl": that can
 * only be chosen before paging is on. EBP points at hvm_start_info, which has the command line's address at 24. The
 * kernel's addresses lie in the first and last 48 bits, for which both entries here lead to the fourth level. */
choose_levels:
	xor %eax, %eax
	cpuid
	cmp $7, %eax
	jb 3f
	mov $7, %eax
	xor %ecx, %ecx
	cpuid
	test $1 << 16, %ecx
	jz 3f
	mov 24(%ebp), %esi
	test %esi, %esi
	jz 2f
1:	cmpl $0x6c356f6e, (%esi)	/* no5l */
	jne 4f
	cmpw $0x6c76, 4(%esi)		/* vl */
	jne 4f
	cmpb $0x20, 6(%esi)		/* a space or the end behind it */
	jbe 3f
4:	lodsb				/* to the next word */
	test %al, %al
	jz 2f
	cmp $0x20, %al
	jne 4b
	jmp 1b
2:	movl $boot_pml4 - BASE + 3, boot_pml5 - BASE
	movl $boot_pml4 - BASE + 3, boot_pml5 - BASE + 511 * 8
	movl $boot_pml5 - BASE, boot_root - BASE
	orl $1 << 12, boot_cr4 - BASE
3:	ret

/* PAE, long mode with no-execute, paging on the boot tables. Clobbers eax, ecx, edx. */
enter_long_mode32:
	mov %cr4, %eax
	or boot_cr4 - BASE, %eax
	mov %eax, %cr4
	mov boot_root - BASE, %eax
	mov %eax, %cr3
	mov $EFER, %ecx
	rdmsr
	or $0x900, %eax
	wrmsr
	mov %cr0, %eax
	or $0x80010001, %eax
	mov %eax, %cr0
	ret

	.code64
start64_low:
	movabs $start64, %rax
	jmp *%rax
start64:
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %eax, %fs
	mov %eax, %gs
	lgdt boot_gdt_pointer64(%rip)
	mov $boot_stack_top, %rsp
	mov %ebp, %edi
	xor %ebp, %ebp
	push $0
	call hal_start
	ud2

/* The trampoline: copied to TRAMPOLINE (below 1 MiB), where a start-up IPI makes a processor begin in
 * real mode with CS = TRAMPOLINE >> 4. */
	.globl ap_trampoline, ap_trampoline_end, ap_stack, ap_cpu
	.code16
ap_trampoline:
	cli
	cld
	mov %cs, %ax
	mov %ax, %ds
	lgdtl ap_gdt_pointer - ap_trampoline
	mov %cr0, %eax
	or $1, %al
	mov %eax, %cr0
	ljmpl $0x10, $ap_start32 - BASE
	.balign 4
ap_gdt_pointer:
	.word boot_gdt_end - boot_gdt - 1
	.long boot_gdt - BASE
ap_trampoline_end:

	.code32
ap_start32:
	mov $0x18, %eax
	mov %eax, %ds
	mov %eax, %ss
	mov %cr4, %eax
	or boot_cr4 - BASE, %eax
	mov %eax, %cr4
	mov boot_root - BASE, %eax
	mov %eax, %cr3
	mov $EFER, %ecx
	rdmsr
	or $0x900, %eax
	wrmsr
	mov %cr0, %eax
	or $0x80010001, %eax
	mov %eax, %cr0
	ljmp $0x08, $ap_start64_low - BASE
	.code64
ap_start64_low:
	movabs $ap_start64, %rax
	jmp *%rax
ap_start64:
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %eax, %fs
	mov %eax, %gs
	lgdt boot_gdt_pointer64(%rip)
	mov kernel_root(%rip), %rax
	mov %rax, %cr3
	mov ap_stack(%rip), %rsp
	mov ap_cpu(%rip), %edi
	xor %ebp, %ebp
	push $0
	call hal_start_secondary
	ud2

	.section .data.boot, "aw"
	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 08: 64-bit code */
	.quad 0x00cf9b000000ffff	/* 10: 32-bit code */
	.quad 0x00cf93000000ffff	/* 18: data */
boot_gdt_end:
processor_message:
	.asciz "Kernel panic - not syncing: Ferrogate needs a processor with 64-bit mode and NX\r\n"
	.balign 4
boot_gdt_pointer:
	.word boot_gdt_end - boot_gdt - 1
	.long boot_gdt - BASE
	.balign 8
boot_gdt_pointer64:
	.word boot_gdt_end - boot_gdt - 1
	.quad boot_gdt
boot_cr4:	.long 0x20		/* PAE */
boot_root:	.long boot_pml4 - BASE
	.globl kernel_root
	.balign 8
kernel_root:	.quad 0
ap_stack:	.quad 0
ap_cpu:		.quad 0

	.section .bss.boot, "aw", @nobits
	.balign 4096
	.globl boot_pml4, boot_stack_guard, boot_stack_top, entry_tsc
boot_pml5:	.skip 4096
boot_pml4:	.skip 4096
boot_pdpt_low:	.skip 4096
boot_pdpt_high:	.skip 4096
boot_pd:	.skip 4096
boot_stack_guard: .skip 4096
	.skip 32768
boot_stack_top:
entry_tsc:	.skip 8
	.text
	.code64
