# What can go wrong before the program runs: a message and a status of its own.
status() { "$@"; echo "status $?"; }
#= ferrogate: no-such-program: not found in PATH=/usr/bin:/bin
#= status 127
PATH=/usr/bin:/bin status $TOOL -- no-such-program
#= ferrogate: /no/such/program: No such file or directory
#= status 127
status $TOOL -- /no/such/program
#= ferrogate: /etc/passwd: not executable
#= status 126
status $TOOL -- /etc/passwd
#= ferrogate: /etc: a directory
#= status 126
status $TOOL -- /etc
printf '#!/no/interpreter\n' >script; chmod +x script
#= ferrogate: ./script: its interpreter /no/interpreter does not exist
#= status 127
status $TOOL -- ./script
head -c 64 /bin/true >part; printf '\267' | dd of=part bs=1 seek=18 conv=notrunc 2>/dev/null; chmod +x part
#= ferrogate: ./part: a program for another machine (AArch64)
#= status 126
status $TOOL -- ./part
#= ~ferrogate: --root /no/root: No such file or directory.*
#= status 125
status $TOOL --root /no/root -- ls
#= ferrogate: --root /etc/passwd: not a directory
#= status 125
status $TOOL --root /etc/passwd -- ls
#= status 125
$TOOL --cpus none -- ls 2>/dev/null; echo "status $?"
#= status 125
$TOOL -- 2>/dev/null; echo "status $?"
mkdir empty
#= ~ferrogate: warning: the directory .* cannot be entered in the guest \(No such file or directory\): starting in /
#= ferrogate: ls: not found in PATH=/usr/bin:/bin
#= status 127
PATH=/usr/bin:/bin status $TOOL --root empty -- ls
#= ~ferrogate: ended after \d+ s, as --timeout says
#= status 124
status $TOOL --timeout 6 -- sleep 100
#= ferrogate: --env X: write NAME=VALUE
#= status 125
status $TOOL --env X -- ls
