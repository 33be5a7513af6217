# timeout 300
# A program that tries to change all that it sees changes nothing on this machine: no file, no attribute.
mkdir -p tree/d1/d2; for n in 1 2 3; do echo $n >tree/d1/f$n; ln -s f$n tree/d1/l$n; done; mkfifo tree/p; chmod 640 tree/d1/f1
state() { find "$PWD" /etc -printf '%p %y %m %u %g %s %T@ %C@ %l\n' 2>/dev/null | sort | md5sum; find tree -type f -exec md5sum {} +; }
before=$(state)
#= tried
#= status 0
$TOOL -- sh -c '
	for f in $(find tree /etc/apt /etc/passwd /etc/shadow /etc -maxdepth 2 2>/dev/null | head -60); do
		chmod 777 "$f"; chown 1:1 "$f"; touch -d 2001-01-01 "$f"; [ -f "$f" ] && echo evil >>"$f"
		ln "$f" "$f.hard"; ln -s / "$f.soft"; mknod "$f.node" b 7 0; mkfifo "$f.fifo"; mv "$f" "$f.moved"; rm -rf "$f.moved"
	done >/dev/null 2>&1
	find /etc -exec chmod 777 {} + >/dev/null 2>&1
	rm -rf tree /etc >/dev/null 2>&1; echo tried'
echo "status $?"
[ "$before" = "$(state)" ] || echo "this machine has changed"
