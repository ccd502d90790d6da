"""What the programs beside this one expect of a client that was made from the OpenAPI document."""

import attrs

from expect import fail, same


def answered(response, status, kind=None):
    """What a generated function understood of an answer: something of this type, all of whose members are described."""
    if response.status_code != status:
        fail(f"{response.status_code} instead of {status}: {response.content.decode()}")
    if kind is not None and type(response.parsed) is not kind:
        fail(f"it is {response.parsed!r} instead of a {kind.__name__}")
    described(response.parsed)
    return response.parsed


def refused(response, status, kind, **members):
    """A failure of this type, with these members."""
    found = answered(response, status, kind)
    same({name: getattr(found, name) for name in members}, members)


def described(value):
    """Nothing is in it that the document does not name, but where it says that anything may be."""
    if isinstance(value, list):
        for item in value:
            described(item)
    elif attrs.has(type(value)):
        names = [field.name for field in attrs.fields(type(value)) if field.name != "additional_properties"]
        if names and getattr(value, "additional_properties", {}):
            fail(f"{type(value).__name__} has {value.additional_properties} besides")
        for name in names:
            described(getattr(value, name))
