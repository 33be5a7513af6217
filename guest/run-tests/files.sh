# timeout 400
# Whole trees and large files: copied, packed, searched, sorted.
$RUN sh -c 'cp -a /etc ./copy && diff -r /etc ./copy && echo same; rm -rf copy'
$RUN sh -c 'tar c /usr/share/perl /etc 2>/dev/null | tar t | sort | md5sum'
$RUN sh -c 'find /usr/include /usr/share -name "*.h" | sort | md5sum; find /usr/share | wc -l; find /usr/share | wc -l'
$RUN sh -c 'grep -rl root /etc/pam.d /etc/passwd | sort'
$RUN sh -c 'seq 200000 | sort -r | md5sum; seq 200000 | shuf --random-source=/bin/ls | sort -n | tail -1'
$RUN sh -c 'head -c 50000000 /dev/zero | tr "\0" x >big; md5sum big; wc -c <big; cmp big big && rm big; ls -A'
$RUN sh -c 'gzip -c /etc/services | gunzip | cmp - /etc/services && xz -c /etc/services | xz -d | cmp - /etc/services && echo equal'
$RUN sh -c 'mkdir many; cd many; seq 5000 | xargs touch; ls | wc -l; ls -f | wc -l; rm -r ../many; ls -A ..'
