"""A client of the organization service with flat answers.

    python3 org_client.py http://127.0.0.1:8000
"""

import base64
import json
import sys

import requests

from expect import ANYTHING, NAIVE_TIME, NUMBER, TEXT, TOKEN, answered, same

PASSWORD = "Correct horse 5"


class Service:
    def __init__(self, base):
        self.base, self.session = base, requests.Session()

    def ask(self, method, path, token=None, **arguments):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.session.request(method, self.base + path, headers=headers, timeout=30, **arguments)

    def create(self, name, email, password=PASSWORD, **more):
        body = {"organization_name": name, "email": email, "password": password, **more}
        return self.ask("POST", "/org/create", json=body)

    def get(self, name):
        return self.ask("GET", "/org/get", params={"organization_name": name})

    def login(self, email, password=PASSWORD, path="/org/admin/login"):
        return self.ask("POST", path, json={"email": email, "password": password})

    def token(self, email, password=PASSWORD):
        return answered(self.login(email, password), 200)["access_token"]

    def update(self, token, body, **params):
        return self.ask("PUT", "/org/update", token, json=body, params=params)

    def delete(self, token, **params):
        return self.ask("DELETE", "/org/delete", token, params=params)


def organization(name, email):
    return {
        "id": TEXT,
        "organization_name": name,
        "collection_name": f"org_{name}",
        "admin_email": email,
        "created_at": NAIVE_TIME,
        "updated_at": NAIVE_TIME,
    }


def items(response, *expected):
    """The kinds and places of what could not be processed, in the form of FastAPI."""
    found = answered(response, 422)
    same(list(found), ["detail"])
    for item in found["detail"]:
        same({"type", "loc", "msg"} - set(item), set(), "what an item lacks")
        same(set(item) - {"type", "loc", "msg", "input", "ctx"}, set(), "what an item has besides")
        same(item["msg"], TEXT)
    same([(item["type"], item["loc"]) for item in found["detail"]], list(expected))
    return response.text


def creation(service):
    # What the service does not know is left out.
    made = answered(
        service.create("Acme Inc", "Ada@Example.com", plan="free"),
        201,
        {
            "message": "Organization created successfully",
            "organization": organization("acme_inc", "ada@example.com"),
            "admin_id": TEXT,
        },
    )
    taken = {"detail": "Organization 'acme_inc' already exists"}
    answered(service.create("ACME INC", "eve@example.com"), 400, taken)
    taken = {"detail": "Admin with email 'ada@example.com' already exists"}
    answered(service.create("other", "ADA@example.com"), 400, taken)
    return made


def what_can_not_be_processed(service):
    items(
        service.ask("POST", "/org/create", json={}),
        ("missing", ["body", "organization_name"]),
        ("missing", ["body", "email"]),
        ("missing", ["body", "password"]),
    )
    for name, kind in [("ab", "string_too_short"), ("x" * 51, "string_too_long"), ("no-hyphen", "value_error")]:
        items(service.create(name, "eve@example.com"), (kind, ["body", "organization_name"]))
    items(service.create(7, "eve@example.com"), ("string_type", ["body", "organization_name"]))
    items(service.create("Eve", "no address"), ("value_error", ["body", "email"]))
    weak = [("Short 1", "string_too_short"), ("no capital 5", "value_error"), ("NO SMALL 5", "value_error"),
            ("No digit at all", "value_error"), ("Long 1" * 20, "string_too_long")]
    for password, kind in weak:
        text = items(service.create("Eve", "eve@example.com", password), (kind, ["body", "password"]))
        same(password in text, False, "that a password is told back")
    broken = service.ask("POST", "/org/create", data="{", )
    items(broken, ("json_invalid", ANYTHING))
    items(service.ask("GET", "/org/get"), ("missing", ["query", "organization_name"]))
    items(service.ask("POST", "/org/admin/login", json={"email": "ada@example.com"}), ("missing", ["body", "password"]))


def reading(service, made):
    for name in ["acme_inc", "Acme Inc", "_ACME INC"]:
        answered(service.get(name), 200, made["organization"])
    answered(service.get("nobody"), 404, {"detail": "Organization 'nobody' not found"})


def logging_in(service, made):
    expected = {"access_token": TOKEN, "token_type": "bearer", "expires_in": NUMBER}
    for path in ["/org/admin/login", "/admin/login"]:
        token = answered(service.login("ada@example.com", path=path), 200, expected)["access_token"]
        wrong = {"detail": "Invalid credentials"}
        for email, password in [("ada@example.com", "Wrong horse 5"), ("nobody@example.com", PASSWORD)]:
            answered(service.login(email, password, path), 401, wrong)
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    same({name: claims.get(name) for name in ["admin_id", "organization_id", "email", "type", "org_name"]}, {
        "admin_id": made["admin_id"],
        "organization_id": made["organization"]["id"],
        "email": "ada@example.com",
        "type": "admin",
        "org_name": "acme_inc",
    })
    same([type(claims[name]) for name in ["jti", "iat", "exp"]], [str, int, int])
    return token


def who_am_i(service, made, token):
    answered(service.ask("GET", "/admin/me", token), 200, {
        "id": made["admin_id"],
        "email": "ada@example.com",
        "role": TEXT,
        "organization_id": made["organization"]["id"],
        "organization_name": "acme_inc",
        "is_active": True,
        "last_login": NAIVE_TIME,
        "created_at": NAIVE_TIME,
    })
    answered(service.ask("GET", "/admin/me"), 401, {"detail": "Not authenticated"})


def without_a_token(service):
    for method, path, arguments in [("PUT", "/org/update", {"json": {}}), ("DELETE", "/org/delete", {})]:
        other = requests.request(method, service.base + path, headers={"Authorization": "Basic eA=="}, timeout=30, **arguments)
        for response, detail in [
            (service.ask(method, path, **arguments), "Not authenticated"),
            (other, "Not authenticated"),
            (service.ask(method, path, "no.real.token", **arguments), "Could not validate credentials"),
        ]:
            answered(response, 401, {"detail": detail})
            same(response.headers["WWW-Authenticate"], "Bearer")


def updating(service, made, token):
    def updated(body, name, email, **params):
        expected = {"message": "Organization updated successfully", "organization": organization(name, email)}
        found = answered(service.update(token, body, **params), 200, expected)
        same(found["organization"]["id"], made["organization"]["id"])

    for nothing in [{}, {"organization_name": None, "email": None, "password": None}, {"organization_name": "ACME inc"}]:
        updated(nothing, "acme_inc", "ada@example.com")
    answered(service.create("Bell Labs", "bob@example.com"), 201)
    taken = {"detail": "Organization 'bell_labs' already exists"}
    answered(service.update(token, {"organization_name": "Bell Labs"}), 409, taken)
    taken = {"detail": "Admin with email 'bob@example.com' already exists"}
    answered(service.update(token, {"organization_name": "Acme Labs", "email": "BOB@example.com"}), 409, taken)
    # None of it was done.
    answered(service.get("acme_inc"), 200, organization("acme_inc", "ada@example.com"))
    forbidden = {"detail": "Not authorized to update this organization"}
    answered(service.update(token, {}, current_org_name="Bell Labs"), 403, forbidden)
    unknown = {"detail": "Organization 'nobody' not found"}
    answered(service.update(token, {}, current_org_name="nobody"), 404, unknown)
    items(service.update(token, {"password": "weak"}), ("string_too_short", ["body", "password"]))

    updated({"organization_name": "Acme Labs"}, "acme_labs", "ada@example.com", current_org_name="Acme Inc")
    answered(service.get("acme_inc"), 404)
    # The old name is free at once.
    answered(service.create("Acme Inc", "carol@example.com"), 201)
    updated({"email": "Ada@Example.org", "password": "Another horse 6"}, "acme_labs", "ada@example.org")
    answered(service.login("ada@example.org"), 401)
    return service.token("ada@example.org", "Another horse 6")


def deleting(service, token):
    forbidden = {"detail": "Not authorized to delete this organization"}
    answered(service.delete(token, organization_name="Bell Labs"), 403, forbidden)
    unknown = {"detail": "Organization 'nobody' not found"}
    answered(service.delete(token, organization_name="nobody"), 404, unknown)
    # Nobody lost anything by that.
    answered(service.get("bell_labs"), 200)
    answered(service.get("acme_labs"), 200)
    gone = {"message": "Organization 'acme_labs' deleted successfully"}
    answered(service.delete(token, organization_name="Acme Labs"), 200, gone)
    same(service.delete(token).status_code in (401, 404), True, "that it is gone on a repeat")
    answered(service.get("acme_labs"), 404, {"detail": "Organization 'acme_labs' not found"})
    answered(service.login("ada@example.org", "Another horse 6"), 401)
    # Name and address can be used again, and nobody has to say whose they delete.
    answered(service.create("Acme Labs", "ada@example.org"), 201)
    answered(service.delete(service.token("ada@example.org")), 200, gone)


def health(service):
    response = service.ask("GET", "/health")
    found = answered(response, 200)
    for key in ["service", "version", "environment"]:
        same(found[key], TEXT, key)
    same(found["status"], "healthy")
    same(response.headers["X-Content-Type-Options"], "nosniff")
    same(response.headers["X-Frame-Options"], "DENY")
    for name in ["Content-Security-Policy", "Referrer-Policy", "Permissions-Policy"]:
        same(response.headers[name], TEXT, name)


def main(base):
    service = Service(base)
    health(service)
    made = creation(service)
    what_can_not_be_processed(service)
    reading(service, made)
    token = logging_in(service, made)
    who_am_i(service, made, token)
    without_a_token(service)
    deleting(service, updating(service, made, token))


main(sys.argv[1])
