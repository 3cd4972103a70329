"""Which tests run, in which order, and how two at a time stay readable.

A job is a function that yields Results; one job may yield many (an in-guest run reports every test of its boot). Jobs
run on a few threads, but their results are printed in the order of the list, so that two runs can be compared.
"""
import fnmatch
import os
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Callable

import qemu

from .result import Bad, INFRA, PASS, Result


@dataclass
class Options:
    """What the caller asked for, from the environment."""
    quick: bool = False
    repeat: int = 1
    pattern: str = ""
    ncpu: int = 4
    mem: str = "512M"
    accel: str = "tcg"
    append: str = ""

    @staticmethod
    def from_environment(env=os.environ):
        return Options(quick=bool(env.get("QUICK")), repeat=int(env.get("REPEAT") or 1), pattern=env.get("TESTS") or "",
                       ncpu=qemu.number_of_cpus(env.get("NCPU") or "4"),
                       mem=qemu.amount_of_memory(env.get("MEM") or "512M"), accel=env.get("ACCEL") or "tcg",
                       append=env.get("APPEND") or "")


@dataclass
class Job:
    """A unit of work. `name` is its result's name, or a prefix `group/` of the names it will yield."""
    name: str
    run: Callable
    slow: bool = False          # left out by QUICK=1
    long: bool = False          # starts first, so that it is not what everything waits for at the end
    arguments: tuple = field(default_factory=tuple)

    def wanted(self, options):
        if self.slow and options.quick and not options.pattern:
            return False
        return not options.pattern or may_match(self.name, options.pattern)


def may_match(name, pattern):
    """Could a result of this job match? A job `guest/` yields guest/x, guest/y, ..."""
    if not name.endswith("/"):
        return fnmatch.fnmatch(name, pattern)
    return fnmatch.fnmatch(name, pattern.split("/")[0] + "/") or fnmatch.fnmatch(name + "x", pattern)


def outcomes(job, options):
    """Run one job; whatever it raises becomes a result."""
    start = time.monotonic()
    try:
        for result in job.run(options, *job.arguments):
            if not options.pattern or fnmatch.fnmatch(result.name, options.pattern) or result.outcome == INFRA:
                yield result
    except Bad as problem:
        reason, _, detail = str(problem).partition("\n")
        yield Result(job.name.rstrip("/"), problem.outcome, reason, detail)
    except Exception as error:          # a bug of the runner must not look like a pass
        yield Result(job.name.rstrip("/"), INFRA, f"the test runner failed: {error!r}", traceback.format_exc())
    finally:
        job.seconds = time.monotonic() - start


def attempt(name, function, *arguments):
    """Call a function that returns nothing and raises Fail, Skip, ...; its Result."""
    start = time.monotonic()
    try:
        function(*arguments)
        outcome, text = PASS, ""
    except Bad as problem:
        outcome, text = problem.outcome, str(problem)
    reason, _, detail = text.partition("\n")
    return Result(name, outcome, reason, detail, time.monotonic() - start)


def simple(function):
    """Make a job's function from one that returns nothing: one job, one result."""
    def run(options, name, *arguments):
        yield attempt(name, function, options, *arguments)
    return run


def one(name, function, *arguments, **how):
    """A job with exactly one result."""
    return Job(name, simple(function), arguments=(name,) + arguments, **how)


def run_all(jobs, options, reporter):
    """Run the wanted jobs, two at a time, and report in the order of the list."""
    wanted = [j for j in jobs if j.wanted(options)]
    with ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        running = {}
        for job in sorted(wanted, key=lambda j: not j.long):
            running[id(job)] = pool.submit(lambda j=job: list(outcomes(j, options)))
        for job in wanted:
            for result in running[id(job)].result():
                reporter.add(result)
