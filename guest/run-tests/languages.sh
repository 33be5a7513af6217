# timeout 400
# Language runtimes and tools of development.
$RUN python3 -c 'import subprocess, threading, tempfile, sqlite3, os, multiprocessing
print(subprocess.run(["ls", "/etc/apt"], capture_output=True).stdout)
print(subprocess.run("exit 3", shell=True).returncode, os.popen("echo popen").read())
got = []
threads = [threading.Thread(target=got.append, args=(i,)) for i in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(sorted(got))
with tempfile.NamedTemporaryFile() as f: f.write(b"abc"); f.flush(); print(os.path.getsize(f.name))
db = sqlite3.connect("test.db")
db.execute("create table t(a)"); db.executemany("insert into t values(?)", [(i,) for i in range(1000)]); db.commit()
print(db.execute("select sum(a) from t").fetchone(), db.execute("pragma integrity_check").fetchone())
os.remove("test.db")'
cat >hello.c <<'END'
#include <stdio.h>
int main(int argc, char **argv)
{
	printf("hello %d %s\n", argc, argv[1]);
	return 42;
}
END
$RUN sh -c 'gcc -O2 -Wall -o hello hello.c && ./hello world; echo $?; gcc -static -o hello hello.c && ./hello static; rm hello'
# The same commit wherever it is made.
export GIT_AUTHOR_DATE='2024-01-02T03:04:05Z' GIT_COMMITTER_DATE='2024-01-02T03:04:05Z' HOME=/nonexistent
$RUN sh -c 'git init -q -b main repo && cd repo && git config user.name n && git config user.email e@x &&
	echo a >a && git add a && git commit -qm one && echo b >>a && echo new >b && git status --short &&
	git diff | tail -3 && git commit -qam two && git log --format="%h %s" && git fsck 2>&1 && cd .. && rm -rf repo'
$RUN perl -e 'my @l = sort { $a <=> $b } map { $_ * 7 % 11 } 1..10; print "@l\n"; print `echo backticks`; open(F, "<", "/etc/passwd"); print scalar(<F>);'
$RUN awk 'BEGIN { for (i = 0; i < 5; i++) s = s " " i * i; print s; "date +%Y" | getline y; print (y > 2000) }'
$RUN bash -c 'set -o pipefail; f() { local x=$1; echo $((x * 2)); }; a=($(seq 5)); echo ${a[@]:1:3} $(f 21); false | true; echo $?; coproc cat; echo co >&${COPROC[1]}; read -u ${COPROC[0]} l; echo $l; kill $COPROC_PID; wait 2>/dev/null; echo done'
if command -v node >/dev/null; then $RUN node -e 'console.log([1, 2, 3].map(x => x * 2).join()); fs.writeFileSync("n", "x"); console.log(fs.readFileSync("n", "utf8")); fs.unlinkSync("n"); setTimeout(() => console.log("later"), 20)'; fi
if command -v sqlite3 >/dev/null; then $RUN sh -c 'sqlite3 q.db "create table a(b); insert into a values(1),(2); select sum(b) from a; pragma integrity_check"; rm q.db'; fi
