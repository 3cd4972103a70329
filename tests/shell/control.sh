# Would catch: loops, conditions, cases or functions that take the wrong way.
for i in a "b c" d; do echo "<$i>"; done
i=0
while [ $i -lt 3 ]; do echo $i; i=$((i + 1)); done
until [ $i -eq 0 ]; do i=$((i - 1)); done
echo $i
if true; then echo yes; else echo no; fi
if false; then echo a; elif true; then echo b; else echo c; fi
case hello in h*) echo h ;; *) echo other ;; esac
case x in a | b) echo ab ;; x | y) echo xy ;; esac
f() {
    echo "f got $# $1 $2"
    return 3
}
f one "two three"
echo $?
for i in 1 2 3 4; do
    if [ $i = 2 ]; then continue; fi
    if [ $i = 4 ]; then break; fi
    echo $i
done
set -- a "b c" d
echo $#
for x in "$@"; do echo "[$x]"; done
shift
echo $1 $#
