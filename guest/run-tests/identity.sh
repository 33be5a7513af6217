# --user, --env and --cwd.
#= 1234:77:77
$TOOL --user 1234:77 -- sh -c 'echo $(id -u):$(id -g):$(id -G)'
#= value
$TOOL --env NAME=value -- sh -c 'echo $NAME'
#= /usr
$TOOL --cwd /usr -- pwd
#= ~ferrogate: warning: the directory /no/where cannot be entered in the guest \(No such file or directory\): starting in /
#= /
$TOOL --cwd /no/where -- pwd
#= denied
$TOOL --user 1234:77 -- sh -c 'cat /etc/shadow 2>/dev/null || echo denied'
