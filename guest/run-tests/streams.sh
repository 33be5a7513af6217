# Each standard stream for itself, byte for byte.
echo hi | $RUN cat | wc -c
$RUN sh -c 'echo out; echo err >&2' 2>err >out; cat out; cat err
$RUN sh -c 'echo a; echo b >&2; echo c; echo d >&2' 2>&1 | cat
head -c 300000 /dev/urandom >bytes
$RUN cat <bytes >copy; cmp bytes copy
$RUN cat <bytes | cmp bytes -
$RUN cat </dev/null; echo "status $?"
