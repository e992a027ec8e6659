# SPDX-License-Identifier: Apache-2.0
"""The words of a PromQL expression: enough to break it on purpose, and to say which metrics and labels it reads."""

import re
from typing import NamedTuple

WORD = re.compile(r"""
    (?P<comment>\#[^\n]*)
  | (?P<space>\s+)
  | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<duration>\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*)
  | (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)
  | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
  | (?P<matcher>=~|!~)
  | (?P<comparator>==|!=|<=|>=|<|>)
  | (?P<punctuation>[-+*/%^=(){}\[\],])
""", re.VERBOSE)

GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS = {"and", "or", "unless", "offset", "bool", "atan2", *GROUPING}


class Token(NamedTuple):
    kind: str
    text: str
    begin: int
    end: int


def tokens(expression):
    """The words, without spaces and comments."""
    found, at = [], 0
    while at < len(expression):
        match = WORD.match(expression, at)
        if not match:
            raise ValueError(f"not PromQL at {expression[at:at + 20]!r}")
        if match.lastgroup not in ("space", "comment"):
            found.append(Token(match.lastgroup, match[0], match.start(), match.end()))
        at = match.end()
    return in_matchers(found)


def in_matchers(words):
    """Within braces, = and != are matchers, too."""
    depth, found = 0, []
    for word in words:
        depth += {"{": 1, "}": -1}.get(word.text, 0)
        found.append(word._replace(kind="matcher") if depth and word.text in ("=", "!=") else word)
    return found


def lists(words):
    """(keyword, its label tokens) of each by, without, on, … list."""
    for i, word in enumerate(words):
        if word.kind == "name" and word.text in GROUPING and i + 1 < len(words) and words[i + 1].text == "(":
            end = next(j for j in range(i, len(words)) if words[j].text == ")")
            yield word.text, [w for w in words[i + 2:end] if w.kind == "name"]


class Selector(NamedTuple):
    metric: str
    matchers: list  # (label, operator, value)


def selectors(expression):
    """What an expression reads: metrics with their label matchers."""
    words = tokens(expression)
    in_lists = {label.begin for _, labels in lists(words) for label in labels}
    found, i = [], 0
    while i < len(words):
        word = words[i]
        following = words[i + 1].text if i + 1 < len(words) else ""
        if word.kind == "name" and word.text not in WORDS and word.begin not in in_lists and following != "(" \
                and not is_function_of_list(words, i):
            matchers = []
            if following == "{":
                end = next(j for j in range(i, len(words)) if words[j].text == "}")
                inner = [w for w in words[i + 2:end] if w.text != ","]
                matchers = [(inner[k].text, inner[k + 1].text, inner[k + 2].text[1:-1]) for k in range(0, len(inner), 3)]
                i = end
            found.append(Selector(word.text, matchers))
        i += 1
    return found


def is_function_of_list(words, i):
    """Whether it is the sum of `sum by (…) (…)`."""
    return i + 1 < len(words) and words[i + 1].text in ("by", "without")


def grouping_labels(expression):
    return {label.text for _, labels in lists(tokens(expression)) for label in labels}
