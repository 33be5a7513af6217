# timeout 1500
# Programs that draw: a person at a tmux of this machine types, and each screen must become the one that is kept in
# guest/run-tests/screens. Nothing is waited for by time, only by sight. RECORD=1 keeps what is seen on this machine.
kept=$(dirname "$(readlink -f "$0")")/screens
export LC_ALL=C.UTF-8
unset TMUX
seen=$PWD/seen
t() { tmux -L "screens-$$" -f /dev/null "$@"; }
# The tmux within, too, where it is one of this machine.
trap 't kill-server 2>/dev/null; [ -n "$RUN" ] || tmux -S socket kill-server 2>/dev/null' EXIT
patience=150
[ -n "$RUN" ] || patience=60
seq 1 300 >numbers
printf 'one\ntwo\nthree\n' >text
cat >inner <<'END'
set -g status off
set -g default-terminal screen
set -g default-command "PS1='% ' exec bash --norc --noprofile"
END

# Where there is no KVM it is said here, once.
script -qec "$RUN true" /dev/null </dev/null >/dev/null
# The machine of its own starts once; all that follows is typed at its shell.
t new-session -d -x 80 -y 24 "env -i PATH=$PATH HOME=$PWD TERM=screen LC_ALL=$LC_ALL INPUTRC=/dev/null HISTFILE= LESSHISTFILE=- PS1='\$ ' $RUN bash --norc --noprofile -i"
t set-option -g status off >/dev/null

look() { t capture-pane -p | sed -e 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; }
failed() {
	echo "$1"
	echo "--- what there is:"
	look
	exit 1
}
# screen NAME: waits until the screen is the one that is kept under that name.
screen() {
	if [ -n "$RECORD" ] && [ -z "$RUN" ]; then
		sleep 1.5
		look >"$kept/$1.txt"
	fi
	SECONDS=0
	until look >"$seen"; cmp -s "$seen" "$kept/$1.txt"; do
		[ "$SECONDS" -lt "$patience" ] || { diff "$kept/$1.txt" "$seen"; failed "screen $1 has not come"; }
		sleep 0.1
	done
	echo "screen $1"
}
# shows PATTERN: waits until a line of the screen fits.
shows() {
	SECONDS=0
	until look | grep -Eq -- "$1"; do
		[ "$SECONDS" -lt "$patience" ] || failed "nothing shows $1"
		sleep 0.1
	done
}
# prompt TEXT: waits until the last line is that.
prompt() {
	SECONDS=0
	until [ "$(look | tail -n 1)" = "$1" ]; do
		[ "$SECONDS" -lt "$patience" ] || failed "no prompt $1"
		sleep 0.1
	done
}
keys() { t send-keys "$@"; }
say() { t send-keys -l -- "$1"; }
fresh() {
	keys C-l
	SECONDS=0
	until [ "$(look)" = '$' ]; do
		[ "$SECONDS" -lt "$patience" ] || failed "no clean screen"
		sleep 0.1
	done
}

shows '^\$$'
# Line editing: words, the kill ring, a search in what was typed before, names completed.
say 'echo hello wrold'; keys C-w; say 'world'; keys C-a M-f Right; say 'big '; keys Enter
screen edited
fresh; say 'junk'; keys C-u C-r; say 'hel'; screen searching
keys C-e; say '!'; keys Enter; screen found
fresh; say 'wc -l num'; keys Tab Enter; screen completed
fresh; say 'for i in 1 2 3; do'; keys Enter; prompt '>'; say 'echo $i'; keys Enter; screen continuing
say 'done'; keys Enter; screen continued
fresh; keys Up Up C-c; screen interrupted-line
# Several lines at once, as pasted.
fresh; t set-buffer $'echo first\necho second\necho third'; t paste-buffer -p; screen pasting
keys Enter; screen pasted
# The terminal's settings, but for the speed, and input of programs that edit nothing.
fresh; say 'stty -a | tail -n +2'; keys Enter; screen settings
fresh; say 'stty size; cat'; keys Enter; shows '^24 80$'; say 'abX'; keys BSpace; say 'c'; keys Enter; screen cat-line
say 'half'; keys C-d; shows '^halfhalf$'; keys C-d; screen cat
fresh; say 'read -s -p "Password: " p; echo; echo "got $p"'; keys Enter; shows '^Password:'; say 'secret'; keys Enter; screen password
# Job control.
fresh; say 'sleep 1000'; keys Enter; shows 'sleep 1000$'; keys C-z; screen suspended
fresh; say 'sleep 2000 & jobs | cat'; keys Enter; shows 'Running.*sleep 2000'; say 'bg; jobs %1'; keys Enter; shows '^\[1\].*Running'
say 'clear; fg %1'; keys Enter; shows '^sleep 1000$'; keys C-c; shows '^\$$'
say 'kill %2; wait %2; echo $?'; keys Enter; shows '^143$'
fresh; say 'jobs'; keys Enter; screen no-jobs
# A pager and an editor, suspended and taken up again, in a window that changes.
fresh; say 'less numbers'; keys Enter; screen less
keys Space; screen less-page
say '/^25'; keys Enter; screen less-found
t resize-window -x 60 -y 15; screen less-small
t resize-window -x 80 -y 24; screen less-large; keys G; screen less-end
keys q; fresh
say 'vim -u NONE -N -i NONE text'; keys Enter; shows '"text" 3L'; keys j; say 'Onew line'; keys Escape; screen vim
keys C-z; shows 'Stopped'; fresh; say 'fg'; keys Enter; screen vim-again
say ':w'; keys Enter; shows 'written$'; say ':q'; keys Enter; shows '^\$$'; fresh; say 'cat text'; keys Enter; screen vim-wrote
# What shows other things each time: only that it draws, and leaves.
fresh; say 'top'; keys Enter; shows '^ *PID USER'; keys q; fresh
say 'htop'; keys Enter; shows 'PID.*USER'; shows 'F10Quit'; keys F10; fresh
echo drawn
# Programs with a terminal of their own.
say 'script -q -c "tty >/dev/null && stty size && echo on a terminal" log; tail -n +2 log | head -2'; keys Enter; screen script
fresh; say 'python3 -q'; keys Enter; prompt '>>>'; say '6*7'; keys Enter; shows '^42$'; prompt '>>>'; keys Up C-a; say '1+'; keys Enter; screen python
keys C-d; fresh
# A tmux in there, with two shells.
say 'tmux -S socket -f inner new'; keys Enter; shows '^%$'
say 'echo above $TERM'; keys Enter; screen inner-tmux
keys C-b '"'; screen inner-tmux-two; say 'echo below'; keys Enter; screen inner-tmux-split
keys C-b o; say 'exit'; keys Enter; screen inner-tmux-closed
say 'tmux -S socket list-windows -F "#{window_panes} pane"; stty size; exit'; keys Enter; shows '^.exited.$'; fresh
say 'exit 3'; keys Enter
SECONDS=0
while t has-session 2>/dev/null; do
	[ "$SECONDS" -lt "$patience" ] || failed "the shell does not end"
	sleep 0.1
done
echo ended
