"""Who is asking, and which refusals a schema can't tell.

TENANTRY_CALLER is `anonymous`, `owner` or `operator`; TENANTRY_OPERATOR_TOKEN is the token of the last.
"""

import itertools
import json
import os

import requests
import schemathesis

CALLER = os.environ["TENANTRY_CALLER"]

# Refusals that hang on the state of the server: a request that is valid by the schema may get them.
OF_THE_STATE = {"idempotency_key_reused", "precondition_failed"}

# The same for single values, whose rules JSON Schema has no words for. All other refusals of a request
# that is valid by the schema are failures.
BEYOND_SCHEMAS = {
    "common_password",  # on a list of 10,000
    "guessable_password",  # the address or the name of the organization
    "invalid_character",  # in names and descriptions, by Unicode's categories
    "invalid_format",  # a cursor that was never given out; a name without a letter or a digit
    "invalid_key",  # below the first level of a document, and NUL in metadata
    "out_of_range",  # a number of more digits than 64 bits hold, anywhere
    "wrong",  # a password that is another's
}

# What ends the session, or more, of whoever asks.
ENDING = {
    "change_password",
    "delete_admin",
    "delete_organization",
    "enterprise_delete",
    "end_session",
    "end_sessions",
    "logout",
    "org_delete",
    "org_update",
    "refresh",
    "update_admin",
}

alternately = itertools.cycle([True, False])


class Owner:
    """The owner of an organization of its own, freshly logged in."""

    numbers = itertools.count(1)

    def __init__(self, base_url):
        number = next(self.numbers)
        self.credentials = {
            "email": f"owner-{number}@tenantry.example",
            "password": "seventeen green bottles",
        }
        organization = {"name": f"Organization {number}", "owner": self.credentials}
        self.organization_id = answer(base_url, "organizations", organization)["id"]
        login = answer(base_url, "auth/login", self.credentials)
        self.token = login["access_token"]
        self.refresh_token = login["refresh_token"]

    present = None

    @classmethod
    def at(cls, base_url):
        if cls.present is None:
            cls.present = cls(base_url)
        return cls.present


def answer(base_url, path, body):
    response = requests.post(f"{base_url.rstrip('/')}/v1/{path}", json=body, timeout=30)
    response.raise_for_status()
    return response.json()


if CALLER != "anonymous":

    @schemathesis.auth(refresh_interval=None)
    class Token:
        def get(self, case, context):
            if CALLER == "operator":
                return os.environ["TENANTRY_OPERATOR_TOKEN"]
            return Owner.at(case.operation.base_url).token

        def set(self, case, data, context):
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """A text as it is; anything else as one line."""
    return (value if isinstance(value, str) else json.dumps(value)).encode(errors="replace")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives an owner its own organization, and every other time the secrets that it knows."""
    if CALLER != "owner" or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    owner = Owner.at(case.operation.base_url)
    if "organization_id" in (case.path_parameters or {}):
        case.path_parameters["organization_id"] = owner.organization_id
    known = {
        "login": owner.credentials,
        "org_login": owner.credentials,
        "org_admin_login": owner.credentials,
        "enterprise_login": owner.credentials,
        "refresh": {"refresh_token": owner.refresh_token},
        "change_password": {"current_password": owner.credentials["password"]},
    }.get(operation_id(case))
    if known and isinstance(case.body, dict) and next(alternately):
        case.body = case.body | known


@schemathesis.hook
def after_call(context, case, response):
    """Has another owner take over from one whose session may have ended."""
    ended = response.status_code < 300 and operation_id(case) in ENDING
    if CALLER == "owner" and (ended or response.status_code == 401):
        Owner.present = None


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Takes a refusal of valid data for a failure only where the schema could have told."""
    if operation_id(case) == "import_documents" and response.status_code == 200:
        # Whatever comes is lines; those that are no documents are told in the answer.
        return type(failure).__name__ != "AcceptedNegativeData"
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    problem = response.json()
    if "detail" in problem and "code" not in problem:
        # One of a reference API, which says `value_error` of all that has no words in JSON Schema.
        said = problem["detail"]
        if isinstance(said, str):
            return not said.endswith("already exists")
        return any(item["type"] != "value_error" for item in said)
    codes = {error["code"] for error in problem.get("errors", [])}
    explained = codes <= BEYOND_SCHEMAS if codes else problem["code"] in OF_THE_STATE
    return not explained


def operation_id(case):
    return case.operation.definition.raw.get("operationId")
