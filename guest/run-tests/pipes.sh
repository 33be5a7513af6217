# A reader that goes, a writer that never ends, a file that is left where the program stopped reading.
yes | $RUN head -2
$RUN yes 2>&1 | head -2; echo "status ${PIPESTATUS[0]}"
printf 'a\nb\nc\n' >lines
{ $RUN bash -c 'read x; echo "got $x"'; cat; } <lines
while read -r x; do $RUN echo "line $x"; done <lines
