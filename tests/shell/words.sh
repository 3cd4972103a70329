# Would catch: wrong quoting, splitting or expansion of variables.
echo a  b "c  d" 'e  f' g\\h i\ j
echo "a\"b" 'a"b' "\$X" '$X' "back\\slash"
A=1 B="two words"
echo $A "$B" ${B} $B
echo ${X:-default} ${X:=set} $X ${X:+other} ${#X}
A=
echo "${A-unset}" "${A:-empty}"
unset A
echo "${A-unset}" "${A:-empty}"
F=hello.txt
echo ${F%.txt} ${F#he} ${F%%l*} ${F##*l}
echo /etc/pass[vw]d /no/such/*
echo "/etc/pass*" '*'
IFS=:
V=a:b:c
set -- $V
echo $# $2
