#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Count the tests of meson runs: count_tests.py TESTLOG.json...

A program that speaks TAP counts by its own tests, any other as one. What TAP marks as known to fail counts as skipped,
and as failed when it does not. Prints "passed failed skipped" on standard output and
the name of everything that failed or was skipped on standard error, with what a TAP program said of the failure.
"""
import json
import re
import sys

LINE = re.compile(r"(not )?ok\b[ \t]*\d*[ \t]*-?[ \t]*(.*)")
SKIP_DIRECTIVE = re.compile(r"#[ \t]*skip\b", re.IGNORECASE)
TODO_DIRECTIVE = re.compile(r"#[ \t]*todo\b", re.IGNORECASE)
SKIP_NOTE = re.compile(r"(#[ \t]*)?skipped:", re.IGNORECASE)
SAID = re.compile(r"#(?![ \t]*(Subtest|skipped:))|[ \t]")
MOST_SAID = 40  # lines about a failure


def count_lines(text):
    """Names of passed, failed and skipped tests of a TAP text; a "skipped:" note is about the next result. What is
    said right behind a failure is kept with its name: comments, or the indented block of TAP 13."""
    passed, failed, skipped = [], [], []
    note = False
    said = 0
    for line in text.splitlines():
        match = LINE.match(line)
        if said and not match and SAID.match(line):
            said -= 1
            failed[-1] += f"\n    {line}"
            continue
        said = 0
        if SKIP_NOTE.match(line):
            note = True
        elif match:
            name = match.group(2)
            known = bool(TODO_DIRECTIVE.search(name))
            if bool(match.group(1)) != known:
                said = MOST_SAID
                failed.append(name)
            elif known:
                skipped.append(name)
            elif note or SKIP_DIRECTIVE.search(name):
                skipped.append(name)
            else:
                passed.append(name)
            note = False
    return passed, failed, skipped


def count_program(test):
    passed, failed, skipped = count_lines(test.get("stdout") or "")
    name = test["name"].split(":", 1)[-1]
    result = test["result"]
    if result == "SKIP":
        return [], [], [name]
    if result in ("OK", "EXPECTEDFAIL"):
        if not passed and not failed and not skipped:
            passed = [name]
    elif not failed:
        failed = [f"{name}: {result.lower()}"]
    return passed, failed, skipped


def main(paths):
    totals = [0, 0, 0]
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as log:
            for line in log:
                test = json.loads(line)
                results = count_program(test)
                for index, names in enumerate(results):
                    totals[index] += len(names)
                for word, names in zip(("failed", "skipped"), results[1:]):
                    for name in names:
                        print(f"  {word}: {test['name']}: {name}", file=sys.stderr)
    print(*totals)


if __name__ == "__main__":
    main(sys.argv[1:])
