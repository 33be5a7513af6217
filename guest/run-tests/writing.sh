# What a program writes is gone at its end and reaches nothing on this machine, but for the directories of --rw.
mkdir tree open; echo old >tree/file; echo old >open/file; ln -s file tree/link; mkfifo tree/fifo
before=$(ls -lR --time-style=full-iso tree; cat tree/file)
#= new
#= gone
$TOOL -- sh -c 'cd tree; echo new >file; cat file; rm link fifo; chmod 0 .; mknod node c 1 3; mkdir d; ln file hard
	rm -rf ../tree/file; [ -e file ] || echo gone'
[ "$before" = "$(ls -lR --time-style=full-iso tree; cat tree/file)" ] || echo changed
#= status 0
#= old
#= more
$TOOL --rw open -- sh -c 'echo more >>open/file; mkdir open/dir; echo x >open/dir/x'; echo "status $?"
cat open/file
#= x
cat open/dir/x
#= /etc/passwd is as it was
sum=$(md5sum /etc/passwd)
$TOOL -- sh -c 'echo evil >>/etc/passwd; rm -f /etc/group' && [ "$sum" = "$(md5sum /etc/passwd)" ] && echo "/etc/passwd is as it was"
