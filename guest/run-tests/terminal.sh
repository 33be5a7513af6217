# timeout 200
# A terminal is one: size, settings, keys. `script` gives each program a terminal of its own.
# Where there is no KVM it is said here, once.
script -qec "$RUN true" /dev/null </dev/null >/dev/null
on_terminal() { script -qec "stty rows 33 cols 99; $RUN $1" /dev/null </dev/null | tr -d '\r'; }
on_terminal "sh -c 'tty >/dev/null && stty size; test -t 0 && test -t 1 && test -t 2 && echo three'"
on_terminal "sh -c 'echo x | cat; exit 3'"
{ sleep 8; printf 'typed\n'; sleep 1; printf '\004'; sleep 2; } | script -qec "$RUN cat" /dev/null | tr -d '\r'
{ sleep 8; printf '\003'; sleep 2; } | script -qec "$RUN bash -c 'trap \"echo caught; exit 4\" INT; while :; do sleep 0.1; done'; echo status \$?" /dev/null | tr -d '\r'
