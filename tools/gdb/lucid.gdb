# Lucid's commands for a gdb that was built without Python.
source tools/gdb/start.gdb
