"""orderings.py INCLUDE NOTICED LIST: where an ordering of the library is weaker, a model notices, or LIST says why none does.

NOTICED holds what the models wrote: the accesses whose weakening failed a check. LIST has a line for each ordering that no
model weakens: header | code | reason. An ordering that is in neither fails, and so does a line of LIST whose ordering is gone
or is noticed by now. So does what would hide an ordering: an access that names none, which is seq_cst, and one that is handed
to a function, whose callers are then one access to the models.
"""
import pathlib
import re
import sys

include, noticed_in, not_modelled = map(pathlib.Path, sys.argv[1:4])
strong = re.compile(r"\bmemory_order(?:_|::)(?:acquire|release|acq_rel|seq_cst|consume)\b")
access = re.compile(r"(?:\.|->)(?:load|store|exchange|fetch_\w+|compare_exchange_\w+|test_and_set)\(")
wrong = []


def opening(code, at):
    """Of the innermost parenthesis around `at`."""
    depth = 0
    while depth != -1:
        at -= 1
        depth += (code[at] == ")") - (code[at] == "(")
    return at


def closing(code, at):
    depth = 1
    while depth != 0:
        at += 1
        depth += (code[at] == "(") - (code[at] == ")")
    return at


def orderings(code):
    """(offset, from where its access may begin, whether it is of a compare_exchange that does not write)"""
    end_of_last, call_of_last, begin_of_last = 0, -1, 0
    for match in strong.finditer(code):
        call = opening(code, match.start())
        is_of_failure = call == call_of_last
        begin = begin_of_last if is_of_failure else max(end_of_last, *(code.rfind(c, 0, call) for c in ";{}"))
        yield match.start(), begin, is_of_failure
        end_of_last, call_of_last, begin_of_last = match.end(), call, begin


noticed = {}
for path in noticed_in.glob("*.txt"):
    for line in path.read_text(encoding="utf-8").splitlines():
        file, row, column, *failure = line.split()
        noticed.setdefault(file, []).append(((int(row), int(column)), bool(failure)))
reasons = {}
for line in not_modelled.read_text(encoding="utf-8").splitlines():
    if line and not line.startswith("#"):
        header, code, reason = (part.strip() for part in line.split(" | "))
        reasons[header, code] = reason

names = {}
used = set()
count = 0
for path in sorted(include.rglob("*.hpp")):
    header = path.relative_to(include / "iafmetrics").as_posix()
    text = path.read_text(encoding="utf-8")
    code = re.sub(r"//[^\n]*", lambda comment: " " * len(comment[0]), text)
    lines = text.splitlines()

    def at(offset):
        return code.count("\n", 0, offset) + 1, offset - code.rfind("\n", 0, offset)

    for match in access.finditer(code):
        if "memory_order" not in code[match.end():closing(code, match.end() - 1)]:
            wrong.append(f"{header}:{at(match.start())[0]}: names no order, which is seq_cst")
    for match in re.finditer(r"\bmemory_order\s+\w+", code):
        wrong.append(f"{header}:{at(match.start())[0]}: hands an order on, so that its callers are one access to the models")
    for offset, begin, is_of_failure in orderings(code):
        count += 1
        if names.setdefault(path.name, header) != header:
            wrong.append(f"{header} and {names[path.name]}: models tell headers by their names")
        place = at(offset)
        is_noticed = any(at(begin) < where <= place and failure == is_of_failure
                         for where, failure in noticed.get(path.name, []))
        entries = {entry for entry in reasons if entry[0] == header and entry[1] in lines[place[0] - 1]}
        used |= entries
        if is_noticed:
            wrong += [f"{header}:{place[0]}: a model notices, and not_modelled.txt says that none does: {entry[1]}"
                      for entry in entries]
        elif not entries:
            wrong.append(f"{header}:{place[0]}: may be weaker, and no model notices: {lines[place[0] - 1].strip()}")
wrong += [f"{header}: not_modelled.txt has what is gone: {code}" for header, code in sorted(set(reasons) - used)]
print("\n".join(wrong) if wrong else f"{count} orderings, {len(used)} of them not modelled")
sys.exit(bool(wrong) or not count)
