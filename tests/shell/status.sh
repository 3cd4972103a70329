# Would catch: wrong exit statuses and short circuits.
true && echo a || echo b
false && echo a || echo b
! true
echo $?
false
echo $?
/no/such/program 2>/dev/null
echo $?
sh -c "exit 3"
echo $?
test -d / && echo directory
test -f /etc/passwd && echo file
[ a = a ] && [ 3 -gt 2 ] && echo ok
[ -z "" ]
echo $?
(exit 4)
echo $?
exit 7
