# timeout 400
# cpus 1 2
# What people start on a Unix machine: a parallel build, runtimes with threads and processes, tools that start programs.
mkdir src
for n in 1 2 3 4 5; do printf '#include "all.h"\nint f%s(int x) { return x * %s + %s; }\n' $n $n $n >src/f$n.c; done
printf 'int f1(int), f2(int), f3(int), f4(int), f5(int);\n' >src/all.h
cat >src/main.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include "all.h"
static void *run(void *p) { return (void *)(long)f5((int)(long)p); }
int main(void)
{
	pthread_t t[8];
	long sum = 0;
	void *r;
	for (long i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, run, (void *)i);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], &r), sum += (long)r;
	printf("%d %ld\n", f1(f2(f3(f4(1)))), sum);
	return 0;
}
END
cat >src/Makefile <<'END'
CFLAGS = -O2 -Wall -pthread
prog: main.o f1.o f2.o f3.o f4.o f5.o
	@$(CC) $(CFLAGS) -o $@ $^ && echo linked
%.o: %.c all.h
	@$(CC) $(CFLAGS) -c -o $@ $<
clean:
	@rm -f *.o prog
END
$RUN sh -c 'cd src && make -s -j4 && ./prog && make -j4 && make clean'
$RUN python3 -c '
import threading, queue, subprocess, os, signal, time
lock, total, q = threading.Lock(), 0, queue.Queue()
def work():
    global total
    for _ in range(500):
        with lock: total += 1
    q.put(threading.get_ident() != 0)
ts = [threading.Thread(target=work) for _ in range(16)]
[t.start() for t in ts]; [t.join() for t in ts]; print(total, q.qsize())
c, got = threading.Condition(), []
def wait():
    with c:
        c.wait_for(lambda: got, timeout=60); got.append(1)
ts = [threading.Thread(target=wait) for _ in range(4)]
[t.start() for t in ts]
with c: got.append(0); c.notify_all()
[t.join() for t in ts]; print(len(got))
p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
print(p.communicate("through\n")[0], end="", flush=True)
print([p.wait() for p in [subprocess.Popen(["sh", "-c", f"exit {n}"]) for n in range(6)]])
p = subprocess.Popen(["sleep", "100"]); p.terminate(); print(p.wait())
try: subprocess.run(["sleep", "100"], timeout=0.2)
except subprocess.TimeoutExpired: print("timed out")
pid = os.fork()
if pid == 0: os._exit(9)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
'
$RUN python3 -c '
import multiprocessing as mp
def square(x): return x * x
def put(q, lock, v):
    with lock: v.value += 1
    q.put(v.value > 0)
if __name__ == "__main__":
    with mp.Pool(3) as p: print(p.map(square, range(10)), p.apply(square, (12,)))
    q, lock, v = mp.Queue(), mp.Lock(), mp.Value("i", 0)
    ps = [mp.Process(target=put, args=(q, lock, v)) for _ in range(4)]
    [p.start() for p in ps]; print([q.get() for _ in ps]); [p.join() for p in ps]; print(v.value, [p.exitcode for p in ps])
    a, b = mp.Pipe(); a.send({"k": [1, 2]}); print(b.recv())
    with mp.Manager() as m: d = m.dict(); d["x"] = 1; print(dict(d))
'
cat >fork.pl <<'END'
$| = 1;
my @kids;
for my $n (1..5) { my $pid = fork // die; if (!$pid) { exit $n } push @kids, $pid }
my $sum = 0;
for (@kids) { waitpid $_, 0; $sum += $? >> 8 } print "sum $sum\n";
pipe my $r, my $w; if (!fork) { close $r; print $w "from the child $_\n" for 1..3; exit } close $w; print while <$r>; wait;
defined(my $pid = open(my $kid, "-|")) or die; if (!$pid) { print "implicit fork\n"; exit 3 } print <$kid>; close $kid; print $? >> 8, "\n";
$pid = fork; if (!$pid) { $SIG{USR1} = sub { exit 7 }; kill "STOP", $$; sleep 100 while 1 }
use POSIX ":sys_wait_h";
waitpid $pid, WUNTRACED; kill "USR1", $pid; kill "CONT", $pid; waitpid $pid, 0; print "after a stop ", $? >> 8, "\n";
$SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0; $done = 1 }; $done = 0; fork || exit; select undef, undef, undef, 0.05 until $done; print "reaped\n";
$SIG{CHLD} = "IGNORE"; fork || exit for 1..3; print wait, "\n"; print "nested ", `sh -c 'echo \$(echo deep)'`;
eval { local $SIG{ALRM} = sub { die "alarm\n" }; alarm 1; select undef, undef, undef, 60; }; print $@;
END
$RUN perl fork.pl
$RUN sh -c 'seq 12 | xargs -P 4 -n 2 sh -c "echo \$((\$0 + \$1))" | sort -n | tr "\n" " "; seq 3 | xargs -P 2 -I{} sh -c "exit {}"; echo $?
	timeout 0.3 sleep 100; echo $?; timeout -k 0.1 0.3 sh -c "trap : TERM; sleep 2 & wait; wait; sleep 2" 2>/dev/null; echo $?; timeout 60 sh -c "exit 5"; echo $?
	nice -n 19 nice; nice -n 30 nice; taskset -c 0 sh -c "taskset -cp \$\$ | sed s/.*://"; taskset -c 63 true 2>&1 | grep -o Invalid.*'
$RUN sh -c 'cd /dev/shm && sqlite3 t.db "pragma journal_mode=wal; create table t(a integer primary key, b text); create index i on t(b);
	with recursive c(x) as (select 1 union all select x + 1 from c where x < 2000) insert into t select x, hex(x * 7919 % 2000) from c;
	begin; delete from t where a % 3 = 0; commit; vacuum; select count(*), sum(a), max(b) from t; pragma integrity_check;"
	for n in 1 2 3 4; do sqlite3 -cmd ".timeout 60000" t.db "insert into t select a + 10000 * $n, b from t where a < 50" & done; wait
	sqlite3 t.db "select count(*) from t; pragma integrity_check"; rm -f t.db*'
$RUN bash -c 'sleep 100 & kill %1; wait %1; echo $?; for n in 3 1 2; do (exit $n) & done; wait; echo $?
	(sleep 0.1; exit 4) & wait -n; echo $?; trap "echo usr1" USR1; kill -USR1 $$; ulimit -n 64; ulimit -n'
if command -v fzf >/dev/null; then $RUN sh -c 'seq 3000 | fzf --filter 77 | sort -n | tail -n 2'; fi
