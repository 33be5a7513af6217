# timeout 1500
# cpus 2
# long
# stress-ng's stressors, 30 seconds each: they find nothing wrong, and the kernel does not either.
#= cpu 0
#= vm 0
#= fork 0
#= switch 0
#= futex 0
#= signal 0
#= timer 0
#= mmap 0
#= pthread 0
$TOOL -- sh -c 'for s in cpu vm fork switch futex signal timer mmap pthread; do
	stress-ng --quiet --$s 2 --vm-bytes 64M --mmap-bytes 64M --pthread-max 64 --timeout 30 --verify --temp-path /tmp; echo $s $?; done'
