"""A client of the organization service whose answers are in an envelope.

    python3 org_envelope_client.py http://127.0.0.1:8000
"""

import sys

import httpx

from expect import NAIVE_TIME, TEXT, TOKEN, answered, same

PASSWORD = "Correct horse 5"


class Service:
    def __init__(self, base):
        self.client = httpx.Client(base_url=base, timeout=30)

    def ask(self, method, path, token=None, **arguments):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.request(method, path, headers=headers, **arguments)

    def create(self, name, email, password=PASSWORD):
        return self.ask("POST", "/org/create", json={"organization_name": name, "email": email, "password": password})

    def get(self, name):
        return self.ask("GET", "/org/get", params={"organization_name": name})

    def login(self, email, password=PASSWORD):
        return self.ask("POST", "/admin/login", json={"email": email, "password": password})

    def update(self, token, name, body):
        return self.ask("PUT", "/org/update", token, params={"current_org_name": name}, json=body)

    def delete(self, token, name):
        return self.ask("DELETE", "/org/delete", token, params={"organization_name": name})


def enveloped(response, status, message, data):
    found = answered(response, status, {"success": True, "message": message, "data": data})
    return found["data"]


def organization(name, email):
    return {"organization": {
        "id": TEXT,
        "name": name,
        "collection_name": f"org_{name}",
        "admin_email": email,
        "created_at": NAIVE_TIME,
        "updated_at": NAIVE_TIME,
        "is_active": True,
    }}


def refused(response, status, detail):
    answered(response, status, {"detail": detail})


def unprocessable(response, *expected):
    found = answered(response, 422)
    same([(item["type"], item["loc"]) for item in found["detail"]], list(expected))


def creation(service):
    message = "Organization 'acme_inc' created successfully"
    enveloped(service.create("Acme Inc", "ada@example.com"), 201, message, organization("acme_inc", "ada@example.com"))
    refused(service.create("acme_inc", "eve@example.com"), 409, "Organization 'acme_inc' already exists")
    refused(service.create("Eve", "ADA@example.com"), 409, "Admin with email 'ada@example.com' already exists")
    unprocessable(service.create("ab", "eve@example.com"), ("string_too_short", ["body", "organization_name"]))
    unprocessable(service.create("Eve", "eve@example.com", "Weak 1"), ("string_too_short", ["body", "password"]))
    missing = service.ask("POST", "/org/create", json={"organization_name": "Eve", "password": PASSWORD})
    unprocessable(missing, ("missing", ["body", "email"]))


def reading(service):
    expected = organization("acme_inc", "ada@example.com")
    enveloped(service.get("Acme Inc"), 200, "Organization retrieved successfully", expected)
    refused(service.get("nobody"), 404, "Organization 'nobody' not found")


def logging_in(service):
    data = answered(service.login("ada@example.com"), 200, {
        "success": True,
        "message": TEXT,
        "data": {"access_token": TOKEN, "token_type": "bearer"},
    })["data"]
    for email, password in [("ada@example.com", "Wrong horse 5"), ("nobody@example.com", PASSWORD)]:
        refused(service.login(email, password), 401, "Invalid credentials")
    token = data["access_token"]
    me = answered(service.ask("GET", "/admin/me", token), 200)
    same((me["success"], list(me["data"])), (True, ["admin"]))
    same(me["data"]["admin"]["email"], "ada@example.com")
    answered(service.ask("GET", "/admin/me"), 401)
    answered(service.ask("GET", "/admin/me", "no.real.token"), 401)
    return token


def updating(service, token):
    message = "Organization updated successfully"
    data = organization("acme_inc", "ada@example.com")
    enveloped(service.update(token, "Acme Inc", {}), 200, message, data)
    answered(service.create("Bell Labs", "bob@example.com"), 201)
    refused(service.update(token, "nobody", {}), 404, "Organization 'nobody' not found")
    refused(service.update(token, "Bell Labs", {}), 403, "Not authorized to update this organization")
    taken = service.update(token, "Acme Inc", {"organization_name": "Bell Labs"})
    refused(taken, 409, "Organization 'bell_labs' already exists")
    taken = service.update(token, "Acme Inc", {"email": "bob@example.com"})
    refused(taken, 409, "Admin with email 'bob@example.com' already exists")
    unprocessable(service.ask("PUT", "/org/update", token, json={}), ("missing", ["query", "current_org_name"]))
    answered(service.update(None, "Acme Inc", {}), 401)

    body = {"organization_name": "Acme Labs", "email": "ada@example.org", "password": "Another horse 6"}
    data = organization("acme_labs", "ada@example.org")
    enveloped(service.update(token, "Acme Inc", body), 200, message, data)
    answered(service.get("Acme Inc"), 404)
    answered(service.login("ada@example.org"), 401)
    return answered(service.login("ada@example.org", "Another horse 6"), 200)["data"]["access_token"]


def deleting(service, token):
    refused(service.delete(token, "nobody"), 404, "Organization 'nobody' not found")
    refused(service.delete(token, "Bell Labs"), 403, "Not authorized to delete this organization")
    answered(service.delete(token, "not-a-name"), 400)
    answered(service.delete(None, "Acme Labs"), 401)
    enveloped(service.delete(token, "Acme Labs"), 200, "Organization 'acme_labs' deleted successfully", None)
    same(service.delete(token, "Acme Labs").status_code in (401, 404), True, "that it is gone on a repeat")
    refused(service.get("Acme Labs"), 404, "Organization 'acme_labs' not found")
    answered(service.create("Acme Labs", "ada@example.org"), 201)


def main(base):
    service = Service(base)
    same(answered(service.ask("GET", "/health"), 200)["status"], "healthy")
    creation(service)
    reading(service)
    token = logging_in(service)
    deleting(service, updating(service, token))


main(sys.argv[1])
