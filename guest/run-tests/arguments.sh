# Arguments, environment and current directory arrive as they are.
$RUN printf '<%s>' "a
b" '' $'\377\376' ' x ' '*' '--help' | od -c
$RUN bash -c 'printf %s "$1" | wc -c' - "$(head -c 100000 /dev/zero | tr '\0' x)"
A=$'1\n2' 'B=' $RUN bash -c 'printf "<%s>" "$A" "${B-unset}"'; echo
env -i PATH="$PATH" 'odd name=1' "BASH_FUNC_f%%=() { echo function; }" $RUN env | grep -v ^_= | sort
$RUN pwd
mkdir 'a dir'; cd 'a dir'; echo content >file; $RUN cat file; $RUN ls -A
cd /usr/share; $RUN pwd
umask 027; $RUN sh -c umask
$RUN id -u; $RUN id -G
$RUN hostname
