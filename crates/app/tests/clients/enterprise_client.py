"""A client of the organization service with soft deletion.

    python3 enterprise_client.py http://127.0.0.1:8000
"""

import sys

import requests

from expect import ANYTHING, TEXT, TOKEN, UTC_TIME, answered, same

PASSWORD = "correct horse battery"


class Service:
    def __init__(self, base):
        self.base, self.session = base, requests.Session()

    def ask(self, method, path, token=None, **arguments):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.session.request(method, self.base + path, headers=headers, timeout=30, **arguments)

    def create(self, name, email, path="/organizations/", **more):
        body = {"name": name, "admin_email": email, "admin_password": PASSWORD, "admin_name": "Ada Lovelace", **more}
        return self.ask("POST", path, json=body)

    def get(self, id):
        return self.ask("GET", f"/organizations/{id}")

    def list(self, **params):
        return self.ask("GET", "/organizations/", params=params)

    def login(self, email, password=PASSWORD):
        return self.ask("POST", "/auth/login", json={"email": email, "password": password})

    def update(self, id, token, body):
        return self.ask("PUT", f"/organizations/{id}", token, json=body)

    def delete(self, id, token):
        return self.ask("DELETE", f"/organizations/{id}", token)


def organization(name, collection, description=None):
    return {
        "id": TEXT,
        "name": name,
        "description": description,
        "collection_name": collection,
        "admin_id": TEXT,
        "created_at": UTC_TIME,
        "updated_at": UTC_TIME,
        "is_deleted": False,
    }


def done(data, message):
    return {"success": True, "data": data, "message": message}


def refused(response, status, detail):
    answered(response, status, {"detail": detail})


def unprocessable(response, *expected):
    found = answered(response, 422)
    same([(item["type"], item["loc"]) for item in found["detail"]], list(expected))
    same(PASSWORD in response.text, False, "that a password is told back")


def creation(service):
    expected = organization("Acme Inc", "org_acme_inc", "Anvils and more")
    created = service.create("Acme Inc", "ada@example.com", description="Anvils and more")
    made = answered(created, 201, done(expected, "Organization created successfully"))["data"]
    bell = organization("Bell_Labs-2", "org_bell_labs_2")
    other = service.create("Bell_Labs-2", "bob@example.com", path="/organizations")
    other = answered(other, 201, done(bell, "Organization created successfully"))["data"]
    answered(service.create("東京 支社", "tokyo@example.com"), 201)
    taken = service.create("ACME inc", "eve@example.com")
    refused(taken, 409, "Organization with name 'ACME inc' already exists")
    answered(service.create("Eve", "ada@example.com"), 409)
    unprocessable(service.create("", "eve@example.com"), ("string_too_short", ["body", "name"]))
    unprocessable(service.create("x" * 101, "eve@example.com"), ("string_too_long", ["body", "name"]))
    unprocessable(service.create("Eve & Sons", "eve@example.com"), ("value_error", ["body", "name"]))
    unprocessable(service.create("Eve", "no address"), ("value_error", ["body", "admin_email"]))
    unprocessable(service.create("Eve", "eve@example.com", admin_password="short"), ("string_too_short", ["body", "admin_password"]))
    unprocessable(service.create("Eve", "eve@example.com", admin_name=""), ("string_too_short", ["body", "admin_name"]))
    unprocessable(service.create("Eve", "eve@example.com", description="x" * 501), ("string_too_long", ["body", "description"]))
    return made, other


def reading(service, made):
    found = answered(service.get(made["id"]), 200)
    same((found["success"], found["data"]), (True, made))
    for id in ["0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e", "507f1f77bcf86cd799439011", "malformed"]:
        refused(service.get(id), 404, "Organization not found")


def listing(service, made):
    found = answered(service.list(), 200)["data"]
    same({key: found[key] for key in ["count", "skip", "limit"]}, {"count": 3, "skip": 0, "limit": 100})
    same([one["name"] for one in found["organizations"]], ["Acme Inc", "Bell_Labs-2", "東京 支社"])
    same(found["organizations"][0], made)
    found = answered(service.list(skip=1, limit=1), 200)["data"]
    same([one["name"] for one in found["organizations"]], ["Bell_Labs-2"])
    for params in [{"limit": 0}, {"limit": 1001}, {"skip": -1}, {"limit": "many"}]:
        unprocessable(service.list(**params), (TEXT, ["query", list(params)[0]]))


def logging_in(service, made):
    expected = {
        "access_token": TOKEN,
        "token_type": "bearer",
        "admin_id": made["admin_id"],
        "organization_id": made["id"],
    }
    token = answered(service.login("ada@example.com"), 200, done(expected, "Login successful"))["data"]["access_token"]
    for email, password in [("ada@example.com", "wrong horse"), ("nobody@example.com", PASSWORD)]:
        response = service.login(email, password)
        refused(response, 401, "Incorrect email or password")
        same(response.headers["WWW-Authenticate"], "Bearer")
    return token


def updating(service, made, other, token):
    def updated(body, expected):
        changed = answered(service.update(made["id"], token, body), 200, done(expected, "Organization updated successfully"))
        same((changed["data"]["id"], changed["data"]["admin_id"]), (made["id"], made["admin_id"]))

    updated({"description": "Anvils"}, organization("Acme Inc", "org_acme_inc", "Anvils"))
    updated({"name": "Acme Labs"}, organization("Acme Labs", "org_acme_labs", "Anvils"))
    updated({"description": None}, organization("Acme Labs", "org_acme_labs"))
    taken = service.update(made["id"], token, {"name": "bell_labs-2"})
    refused(taken, 409, "Organization with name 'bell_labs-2' already exists")
    refused(service.update(made["id"], None, {}), 401, "Not authenticated")
    refused(service.update(made["id"], "no.real.token", {}), 401, "Invalid or expired token")
    refused(service.update(other["id"], token, {}), 403, "Not authorized to update this organization")
    refused(service.update("507f1f77bcf86cd799439011", token, {}), 404, "Organization not found")
    unprocessable(service.update(made["id"], token, {"name": 7}), ("string_type", ["body", "name"]))


def deleting(service, made, other, token):
    refused(service.delete(made["id"], None), 401, "Not authenticated")
    refused(service.delete(other["id"], token), 403, "Not authorized to delete this organization")
    data = {
        "message": TEXT,
        "organization_id": made["id"],
        "deleted_by": made["admin_id"],
        "audit_retained": True,
    }
    answered(service.delete(made["id"], token), 200, done(data, "Organization deleted successfully"))
    same(service.delete(made["id"], token).status_code in (401, 404), True, "that it is gone on a repeat")
    refused(service.get(made["id"]), 404, "Organization not found")
    refused(service.login("ada@example.com"), 401, "Incorrect email or password")
    same(answered(service.list(), 200)["data"]["count"], 2)


def main(base):
    service = Service(base)
    root = service.ask("GET", "/", allow_redirects=False)
    same((root.status_code, root.headers["Location"]), (307, "/docs"))
    health = answered(service.ask("GET", "/health"), 200)
    same((health["success"], health["status"]), (True, "healthy"))
    same(health["service"], TEXT)
    made, other = creation(service)
    reading(service, made)
    listing(service, made)
    token = logging_in(service, made)
    updating(service, made, other, token)
    deleting(service, made, other, token)


main(sys.argv[1])
