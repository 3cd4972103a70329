"""The test runner behind `make test`: result.py counts, suite.py selects and runs, guest.py boots machines,
and each t_*.py is one group of tests."""
