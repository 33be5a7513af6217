# timeout 400
# cpus 1 2
# Programs that take all there is end with errors or are killed for it; the shell that started them goes on.
#= ~.*fork.*
#= shell lives
$TOOL -- bash -c '(ulimit -u 60; exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "b() { b | b & }; b; b; b; sleep 1" 2>&1 | grep -m 1 fork) ; pkill -9 -u 65534; echo shell lives'
#= killed 137
#= killed 137
#= shell lives
$TOOL --mem 256M -- bash -c 'python3 -c "
a = []
while True: a.append(bytearray(1 << 20))" 2>/dev/null; echo killed $?
perl -e "push @a, q(x) x 1000000 while 1" 2>/dev/null; echo killed $?; echo shell lives | cat' 2>/dev/null
#= MemoryError
#= shell lives
$TOOL --mem 256M -- bash -c '(ulimit -v 150000; python3 -c "
a = []
try:
    while True: a.append(bytearray(1 << 20))
except MemoryError: a = None; print(\"MemoryError\")"); echo shell lives'
