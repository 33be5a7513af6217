# timeout 300
# Everyday programs print what they print here.
$RUN ls -la /etc/apt /usr/share
$RUN cat /etc/passwd
$RUN bash -c 'for i in 1 2 3; do echo $i; done | sort -r | tr "\n" " "; cat <<<here; diff <(echo a) <(echo b); trap "echo trap" EXIT'
$RUN env -i A=1 env
$RUN id
$RUN sh -c 'seq 1000 | sort -n | tail -1; seq 10 | awk "{s+=\$1} END {print s}"; echo abc | sed s/b/x/; expr 3 \* 4'
$RUN python3 -c 'import json, hashlib; print(json.dumps({"a": [1, 2]}), hashlib.sha256(b"x").hexdigest())'
$RUN perl -e 'print join(",", map { $_ * 2 } 1..5), "\n"'
$RUN md5sum /bin/ls /usr/bin/env
