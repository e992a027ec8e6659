# SPDX-License-Identifier: Apache-2.0
"""Which labels the result of a PromQL expression can have, and what in it reads or matches by labels that are not there."""

import promql

AGGREGATIONS = {"sum", "min", "max", "avg", "group", "count", "stddev", "stdvar", "count_values", "topk", "bottomk",
                "quantile"}
LEVELS = (("or",), ("and", "unless"), ("==", "!=", "<=", "<", ">=", ">"), ("+", "-"), ("*", "/", "%", "atan2"), ("^",))
SET_OPERATORS = {"and", "or", "unless"}


class Mistake(Exception):
    """What is wrong with the labels of an expression."""


def labels_of(expression, labels_of_metric):
    """The labels that the result of an expression can have; None of a number. labels_of_metric(name) says those of a
    metric, or None for one that nobody shows."""
    reader = _Reader(promql.tokens(expression), labels_of_metric)
    labels = reader.binary(0)
    if reader.at != len(reader.words):
        raise Mistake(f"not PromQL from {reader.text!r} on")
    return labels


class _Reader:
    def __init__(self, words, labels_of_metric):
        self.words, self.labels_of_metric, self.at = words, labels_of_metric, 0

    @property
    def text(self):
        return self.words[self.at].text if self.at < len(self.words) else ""

    def take(self, expected=None):
        word = self.words[self.at]
        if expected is not None and word.text != expected:
            raise Mistake(f"{word.text!r} in the place of {expected!r}")
        self.at += 1
        return word

    def has(self, text):
        if self.text != text:
            return False
        self.at += 1
        return True

    def names(self):
        """( label, … )"""
        self.take("(")
        found = []
        while not self.has(")"):
            found.append(self.take().text)
            self.has(",")
        return found

    def binary(self, level):
        if level == len(LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.text in LEVELS[level]:
            operator = self.take().text
            compares = self.has("bool")
            matching = (self.take().text, self.names()) if self.text in ("on", "ignoring") else None
            group = self.take().text if self.text in ("group_left", "group_right") else None
            brought = self.names() if group and self.text == "(" and self.is_list() else []
            right = self.binary(level + 1)
            left = self.joined(operator, left, right, matching, group, brought) - ({"__name__"} if compares else set()) \
                if left is not None and right is not None else (left if right is None else right)
        return left

    def is_list(self):
        """Whether a parenthesis after group_left holds labels: `group_left (a, b) x` or `group_left () x`."""
        end = next(i for i in range(self.at, len(self.words)) if self.words[i].text == ")")
        inner = [word.text for word in self.words[self.at + 1:end] if word.text != ","]
        following = self.words[end + 1].text if end + 1 < len(self.words) else ""
        return all(text.isidentifier() for text in inner) and following not in ("", ")", *sum(LEVELS, ()))

    def joined(self, operator, left, right, matching, group, brought):
        """The labels of two vectors that an operator puts together."""
        how, names = matching or ("ignoring", [])
        if how == "on":
            for side, labels in (("left", left), ("right", right)):
                if missing := set(names) - labels:
                    raise Mistake(f"{operator} on ({', '.join(names)}): the {side} side has no {', '.join(sorted(missing))}")
        elif missing := set(names) - (left | right):
            raise Mistake(f"{operator} ignoring ({', '.join(names)}): neither side has {', '.join(sorted(missing))}")
        elif operator != "or" and left - set(names) != right - set(names):
            raise Mistake(f"{operator} never finds a pair: only one side has "
                          f"{', '.join(sorted((left ^ right) - set(names)))}")
        if operator == "or":
            return left | right
        if operator in SET_OPERATORS:
            return left
        if missing := set(brought) - (right if group == "group_left" else left):
            raise Mistake(f"{group} ({', '.join(brought)}): there is no {', '.join(sorted(missing))} to bring")
        if group:
            return (left if group == "group_left" else right) | set(brought)
        return set(names) if how == "on" else left - set(names)

    def unary(self):
        if self.text in ("-", "+"):
            self.take()
        labels = self.primary()
        while self.text in ("[", "offset"):
            if self.has("offset"):
                self.take()
            else:
                while not self.has("]"):
                    self.take()
        return labels

    def primary(self):
        word = self.take()
        if word.kind in ("number", "string"):
            return None
        if word.text == "(":
            labels = self.binary(0)
            self.take(")")
            return labels
        if word.text in AGGREGATIONS and self.text in ("by", "without", "("):
            return self.aggregation(word.text)
        if self.text == "(":
            return self.call(word.text)
        self.at -= 1
        return self.selector()[1]

    def selector(self):
        """(matchers, labels)"""
        metric = self.take().text
        labels = self.labels_of_metric(metric)
        if labels is None:
            raise Mistake(f"nobody shows {metric}")
        matchers = []
        if self.has("{"):
            while not self.has("}"):
                matchers.append((self.take().text, self.take().text, self.take().text[1:-1]))
                self.has(",")
        if missing := {label for label, _, _ in matchers} - labels:
            raise Mistake(f"{metric} has no label {', '.join(sorted(missing))}")
        return matchers, set(labels)

    def arguments(self):
        self.take("(")
        found = []
        while not self.has(")"):
            begin = self.at
            found.append((self.binary(0), self.words[begin]))
            self.has(",")
        return found

    def aggregation(self, name):
        grouping = (self.take().text, self.names()) if self.text in ("by", "without") else None
        arguments = self.arguments()
        if grouping is None and self.text in ("by", "without"):
            grouping = (self.take().text, self.names())
        labels = arguments[-1][0]
        if name in ("topk", "bottomk"):
            return labels
        how, names = grouping or ("by", [])
        if missing := set(names) - labels:
            raise Mistake(f"{name} {how} ({', '.join(names)}): there is no {', '.join(sorted(missing))} in what is aggregated")
        kept = set(names) if how == "by" else labels - set(names)
        return kept | ({arguments[0][1].text[1:-1]} if name == "count_values" else set())

    def call(self, name):
        if name in ("absent", "absent_over_time"):
            self.take("(")
            matchers, _ = self.selector()
            self.unary_rest()
            self.take(")")
            return {label for label, operator, _ in matchers if operator == "="}
        arguments = self.arguments()
        if name == "vector":
            return set()
        if name == "time":
            return None
        if name == "scalar":
            return None
        if name == "label_replace":
            labels, target, source = arguments[0][0], arguments[1][1].text[1:-1], arguments[3][1].text[1:-1]
            if source and source not in labels:
                raise Mistake(f"label_replace: there is no {source}")
            return labels | {target}
        if name == "histogram_quantile":
            labels = arguments[1][0]
            if "le" not in labels:
                raise Mistake("histogram_quantile: there is no le")
            return labels - {"le"}
        return next((labels for labels, _ in arguments if labels is not None), None)

    def unary_rest(self):
        while self.text == "[":
            while not self.has("]"):
                self.take()
