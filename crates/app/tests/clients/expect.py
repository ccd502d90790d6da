"""What the programs beside this one expect of answers; whatever is different ends them, and is told."""

import re


class Shown:
    """Something that holds for a value, with words for it."""

    def __init__(self, words, holds):
        self.words, self.holds = words, holds

    def __repr__(self):
        return self.words


def pattern(words, expression):
    found = re.compile(expression)
    return Shown(words, lambda value: isinstance(value, str) and found.fullmatch(value) is not None)


TEXT = pattern("<text>", r"(?s).+")
TOKEN = pattern("<a JWT>", r"[\w-]+\.[\w-]+\.[\w-]+")
NAIVE_TIME = pattern("<a time without a zone>", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")
UTC_TIME = pattern("<a time in UTC>", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
NUMBER = Shown("<a positive number>", lambda value: type(value) is int and value > 0)
ANYTHING = Shown("<anything>", lambda value: True)


def same(found, expected, where="it"):
    """Exactly the same keys and values; what is a Shown holds."""
    if isinstance(expected, Shown):
        if not expected.holds(found):
            fail(f"{where} is {found!r} instead of {expected}")
    elif isinstance(expected, dict) and isinstance(found, dict):
        if set(found) != set(expected):
            fail(f"{where} has the keys {sorted(found)} instead of {sorted(expected)}")
        for key, value in expected.items():
            same(found[key], value, f"{where}[{key!r}]")
    elif type(found) is type(expected) and isinstance(expected, (list, tuple)):
        if len(found) != len(expected):
            fail(f"{where} is {found!r} instead of {expected!r}")
        for index, value in enumerate(expected):
            same(found[index], value, f"{where}[{index}]")
    elif type(found) is not type(expected) or found != expected:
        fail(f"{where} is {found!r} instead of {expected!r}")


def answered(response, status, body=None):
    """The answer of `requests` or `httpx`; of its body, all keys and values, unless none is given."""
    request = response.request
    asked = f"{request.method} {request.url}"
    if response.status_code != status:
        fail(f"{asked}: {response.status_code} instead of {status}: {response.text}")
    if body is not None:
        same(response.json(), body, asked)
    return response.json() if response.content else None


def fail(reason):
    raise AssertionError(reason)
