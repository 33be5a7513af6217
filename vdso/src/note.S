	# What uname(2) calls the version of the interface, as a note that linkers and debuggers read.
	.section .note.Linux, "a", @note
	.p2align 2
	.long 2f - 1f
	.long 4f - 3f
	.long 0
1:	.asciz "Linux"
2:	.p2align 2
3:	.long LINUX_VERSION_CODE
4:	.p2align 2
