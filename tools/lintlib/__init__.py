"""The rules behind `make lint`, one module a subject; tools/lint.py runs them all.

A rule is a function from a Tree to Problems. It has no switch and no list of exceptions for single files: where a
rule is wrong, the rule changes, with its reason in the commit.
"""
