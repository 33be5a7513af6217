# Debian's 32-bit programs in a root of theirs, which apt makes in a corner of its own.
# long
# timeout 900
mkdir -p apt/state/lists/partial apt/cache/archives/partial root
touch apt/status
cat >apt/conf <<EOF
Dir::State "$PWD/apt/state";
Dir::State::status "$PWD/apt/status";
Dir::Cache "$PWD/apt/cache";
APT::Architecture "i386";
APT::Architectures { "i386"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
EOF
export APT_CONFIG=$PWD/apt/conf
{
	apt-get update
	apt-get install -y --download-only busybox-static bash coreutils python3-minimal libpython3.11-stdlib
	for package in apt/cache/archives/*.deb; do dpkg-deb -x "$package" root; done
} >/dev/null 2>&1
unset APT_CONFIG
export LC_ALL=C
run() { (cd / && $TOOL --root "$OLDPWD/root" -- "$@"); }

# Static; its shell, pipes and the oldest calls.
#= 3
#= 2
#= 1
#= Linux
run /bin/busybox sh -c 'for i in 1 2 3; do echo $i; done | tac; uname -s'
# Dynamic: bash with jobs, traps and numbers of 64 bits.
#= hello 1099511627776
#= caught
#= status 3
run /bin/bash -c 'echo hello $((1<<40)); trap "echo caught" USR1; kill -USR1 $$; (exit 3) & wait $!; echo status $?'
# Files beyond what 32 bits can say, ids, times.
#= 5368709120
#= x
#= 2001-09-09
#= ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -
run /bin/bash -c 'cd /tmp; truncate -s 5G f; stat -c %s f; printf x | dd of=f bs=1 seek=4999999999 conv=notrunc 2>/dev/null
	dd if=f bs=1 skip=4999999999 count=1 2>/dev/null; echo; date -u -d @1000000000 +%F; printf abc | sha256sum'
# Threads, processes, sockets with descriptors, signals with values.
#= 2147483647
#= [0, 1, 4, 9]
#= child 7
#= b'data' passed
#= signal 10
#= alarm 14
run /usr/bin/python3.11 -c '
import array, os, signal, socket, sys, threading
print(sys.maxsize)
squares = [0] * 4
def square(n): squares[n] = n * n
threads = [threading.Thread(target=square, args=(n,)) for n in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
print(squares)
pid = os.fork()
if pid == 0: os._exit(7)
print("child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
a, b = socket.socketpair()
r, w = os.pipe()
a.sendmsg([b"data"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [w]))])
data, control, flags, name = b.recvmsg(10, socket.CMSG_SPACE(4))
os.write(array.array("i", control[0][2])[0], b"passed")
print(data, os.read(r, 10).decode())
signal.signal(signal.SIGUSR1, lambda number, frame: print("signal", number))
signal.raise_signal(signal.SIGUSR1)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
signal.setitimer(signal.ITIMER_REAL, 0.01)
print("alarm", signal.sigwait([signal.SIGALRM]))'
