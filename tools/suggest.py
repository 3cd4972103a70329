#!/usr/bin/env python3
"""Refuse an unknown make variable by name and offer the nearest known one.

Usage: suggest.py GIVEN KNOWN...   prints one line for make's $(error).
"""
import difflib
import sys


def message(given, known):
    near = difflib.get_close_matches(given.upper(), known, n=1, cutoff=0.5)
    if near:
        return f"unknown variable {given}; did you mean {near[0]}?"
    return f"unknown variable {given}; `make help` lists the known ones"


if __name__ == "__main__":
    print(message(sys.argv[1], sys.argv[2:]))
