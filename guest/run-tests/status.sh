# The exit status is the program's.
$RUN /bin/true; echo "status $?"
$RUN sh -c 'exit 7'; echo "status $?"
{ $RUN bash -c 'kill -9 $$'; } 2>/dev/null; echo "status $?"
{ $RUN bash -c 'kill -SEGV $$'; } 2>/dev/null; echo "status $?"
