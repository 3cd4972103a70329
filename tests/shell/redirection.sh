# Would catch: redirections, pipes, subshells or here-documents that lose or mix data.
T=/tmp/lucid-shell-test.$$
echo one > $T
echo two >> $T
cat < $T
wc -l < $T | tr -d ' '
ls /no/such/file 2>/dev/null || echo failed
{ echo a; echo b; } | wc -l | tr -d ' '
(cd /tmp; pwd)
pwd
echo to-stderr 2>&1 >/dev/null
exec 3> $T
echo through three >&3
exec 3>&-
cat $T
cat <<END
here $((1 + 1)) "quoted"
END
cat <<'END'
not $expanded
END
seq 5 | tail -n 2 | sort -r
seq 3 | while read n; do echo "n=$n"; done
read x y <<END
one two three
END
echo "$x|$y"
x=5
(x=6; echo $x)
echo $x
export E=exported
sh -c 'echo $E'
rm $T
sleep 0.05 &
wait
echo waited
