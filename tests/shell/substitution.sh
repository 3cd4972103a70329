# Would catch: wrong arithmetic or command substitution.
echo $((1 + 2 * 3)) $(((1 + 2) * 3)) $((7 / 2)) $((-7 % 3)) $((1 << 4)) $((5 > 3 && 2))
x=5
echo $((x + 1)) $((x = 7)) $x
echo `echo back` $(echo $(echo nested))
echo "$(printf 'x\n\n')y"
echo $(echo one; echo two)
echo "$(echo one; echo two)"
eval "echo \$((2 + 2))"
