"""A client of version 1, made from docs/API.md.

    OPERATOR_TOKEN=... python3 v1_client.py http://127.0.0.1:8000
"""

import json
import os
import sys

import httpx

from expect import ANYTHING, NUMBER, TEXT, TOKEN, UTC_TIME, answered, same

PASSWORD = "correct horse battery"
OPERATOR = os.environ["OPERATOR_TOKEN"]
PATCH = {"Content-Type": "application/merge-patch+json"}
LINES = {"Content-Type": "application/x-ndjson"}


class Service:
    def __init__(self, base):
        self.client = httpx.Client(base_url=base, timeout=30)

    def ask(self, method, path, token=None, headers={}, **arguments):
        headers = dict(headers, **({"Authorization": f"Bearer {token}"} if token else {}))
        return self.client.request(method, path, headers=headers, **arguments)

    def create(self, name, email, headers={}, **more):
        body = {"name": name, "owner": {"email": email, "password": PASSWORD}, **more}
        return self.ask("POST", "/v1/organizations", headers=headers, json=body)

    def login(self, email, password=PASSWORD):
        return self.ask("POST", "/v1/auth/login", json={"email": email, "password": password})

    def patch(self, path, token, body, headers={}):
        return self.ask("PATCH", path, token, headers=dict(PATCH, **headers), content=json.dumps(body))


def organization(name, slug, **more):
    return {
        "id": TEXT,
        "name": name,
        "slug": slug,
        "description": None,
        "metadata": {},
        "status": "active",
        "collection_name": f"org_{slug}",
        "rate_limit": None,
        "quota": {"documents": 0, "bytes": 0},
        "created_at": UTC_TIME,
        "updated_at": UTC_TIME,
        "deleted_at": None,
        "deleted_by": None,
        "version": NUMBER,
        **more,
    }


def admin(email, role, **more):
    return {
        "id": TEXT,
        "organization_id": TEXT,
        "email": email,
        "name": None,
        "role": role,
        "is_active": True,
        "last_login": ANYTHING,
        "created_at": UTC_TIME,
        "updated_at": UTC_TIME,
        "version": NUMBER,
        **more,
    }


def refused(response, status, code, errors=None):
    expected = {
        "type": f"/problems/{code}",
        "title": TEXT,
        "status": status,
        "detail": TEXT,
        "instance": response.request.url.path,
        "code": code,
        "request_id": response.headers["X-Request-Id"],
    }
    found = answered(response, status)
    if errors is not None:
        places = [(error.get("pointer") or error.get("parameter"), error["code"]) for error in found.pop("errors")]
        same(places, errors)
    same(found, expected, str(response.request.url))
    same(response.headers["Content-Type"], "application/problem+json")


def organizations(service):
    key = {"Idempotency-Key": "the-first"}
    created = service.create("Acme Inc", "ada@example.com", key, metadata={"plan": "free"})
    made = answered(created, 201, organization("Acme Inc", "acme_inc", metadata={"plan": "free"}))
    path = f"/v1/organizations/{made['id']}"
    same(created.headers["Location"], path)
    same(created.headers["ETag"], f'"{made["version"]}"')
    again = service.create("Acme Inc", "ada@example.com", key, metadata={"plan": "free"})
    answered(again, 201, made)
    same(again.headers["Idempotent-Replayed"], "true")
    refused(service.create("acme-INC", "eve@example.com"), 409, "name_taken")
    refused(service.create("Eve", "ADA@example.com"), 409, "email_taken")
    wrong = service.ask("POST", "/v1/organizations", json={"name": "", "owner": {"email": "x"}, "more": 1})
    refused(wrong, 400, "validation_failed", [("/name", "empty"), ("/owner/email", "invalid_format"), ("/owner/password", "required"), ("/more", "unknown_field")])
    refused(service.ask("POST", "/v1/organizations", content="{"), 415, "unsupported_media_type")
    refused(service.ask("GET", path), 401, "unauthenticated")
    refused(service.ask("GET", path, "no.real.token"), 401, "token_invalid")
    return made, path


def sessions(service, made):
    login = answered(service.login("ada@example.com"), 200, {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": NUMBER,
        "refresh_token": TEXT,
        "refresh_expires_in": NUMBER,
        "admin": admin("ada@example.com", "owner", organization_id=made["id"], last_login=UTC_TIME),
        "organization": organization("Acme Inc", "acme_inc", id=made["id"], metadata={"plan": "free"}),
    })
    refused(service.login("ada@example.com", "wrong horse"), 401, "invalid_credentials")
    refreshed = service.ask("POST", "/v1/auth/refresh", json={"refresh_token": login["refresh_token"]})
    token = answered(refreshed, 200)["access_token"]
    same(set(refreshed.json()), set(login))
    refused(service.ask("POST", "/v1/auth/refresh", json={"refresh_token": "x"}), 401, "token_invalid")
    other = answered(service.login("ada@example.com"), 200)["access_token"]
    found = answered(service.ask("GET", "/v1/auth/sessions", token), 200)
    same([len(found["items"]), found["next"]], [2, None])
    [foreign] = [one for one in found["items"] if not one["is_current"]]
    answered(service.ask("DELETE", f"/v1/auth/sessions/{foreign['id']}", token), 204)
    refused(service.ask("GET", "/v1/me", other), 401, "token_invalid")
    new = {"current_password": PASSWORD, "new_password": "another horse battery"}
    answered(service.ask("POST", "/v1/auth/password", token, json=new), 204)
    refused(service.ask("POST", "/v1/auth/password", token, json=new), 400, "validation_failed", [("/current_password", "wrong")])
    me = answered(service.ask("GET", "/v1/me", token), 200)
    same((me["admin"]["email"], me["organization"]["id"]), ("ada@example.com", made["id"]))
    passing = answered(service.login("ada@example.com", "another horse battery"), 200)["access_token"]
    answered(service.ask("POST", "/v1/auth/logout", passing), 204)
    refused(service.ask("GET", "/v1/me", passing), 401, "token_invalid")
    return token


def amending(service, made, path, token):
    seen = answered(service.ask("GET", path, token), 200, dict(made, version=NUMBER, updated_at=UTC_TIME))
    stale = {"If-Match": f'"{seen["version"] + 7}"'}
    refused(service.patch(path, token, {"name": "Acme Labs"}, stale), 412, "precondition_failed")
    change = {"name": "Acme Labs", "description": "Anvils", "metadata": {"plan": None, "seats": 5}}
    expected = organization("Acme Labs", "acme_labs", id=made["id"], description="Anvils", metadata={"seats": 5})
    answered(service.patch(path, token, change, {"If-Match": f'"{seen["version"]}"'}), 200, expected)
    refused(service.patch(path, token, {"slug": "x"}), 400, "validation_failed", [("/slug", "unknown_field")])
    refused(service.patch(path, token, {"rate_limit": 5}), 403, "forbidden")
    refused(service.ask("GET", "/v1/organizations", token), 403, "forbidden")


def staff(service, path, token):
    admins = f"{path}/admins"
    new = {"email": "bob@example.com", "role": "viewer", "password": PASSWORD}
    bob = answered(service.ask("POST", admins, token, json=new), 201, admin("bob@example.com", "viewer"))
    same(len(answered(service.ask("GET", admins, token), 200)["items"]), 2)
    one = f"{admins}/{bob['id']}"
    answered(service.ask("GET", one, token), 200, bob)
    viewer = answered(service.login("bob@example.com"), 200)["access_token"]
    refused(service.ask("POST", admins, viewer, json=new), 403, "forbidden")
    refused(service.ask("POST", f"{path}/documents", viewer, json={}), 403, "forbidden")
    answered(service.patch(one, token, {"role": "admin", "name": "Bob"}), 200, admin("bob@example.com", "admin", name="Bob"))
    owner = answered(service.ask("GET", "/v1/me", token), 200)["admin"]["id"]
    refused(service.ask("DELETE", f"{admins}/{owner}", token), 409, "last_owner")
    answered(service.ask("DELETE", one, token), 204)
    refused(service.ask("GET", one, token), 404, "admin_not_found")


def documents(service, path, token):
    all = f"{path}/documents"
    created = service.ask("POST", all, token, json={"_id": "bolt", "price": 2.5, "tags": ["m6"]})
    answered(created, 201, {"_id": "bolt", "price": 2.5, "tags": ["m6"]})
    refused(service.ask("POST", all, token, json={"_id": "bolt"}), 409, "document_exists")
    refused(service.ask("POST", all, token, json={"$set": 1}), 400, "validation_failed", [("/$set", "invalid_key")])
    answered(service.ask("POST", all, token, json={"price": 7}), 201, {"_id": TEXT, "price": 7})
    answered(service.ask("PUT", f"{all}/nut", token, json={"price": 1}), 201, {"_id": "nut", "price": 1})
    answered(service.ask("PUT", f"{all}/nut", token, json={"price": 2}), 200, {"_id": "nut", "price": 2})
    changed = {"_id": "bolt", "price": 3}
    answered(service.patch(f"{all}/bolt", token, {"price": 3, "tags": None}), 200, changed)
    found = service.ask("GET", f"{all}/bolt", token)
    answered(found, 200, changed)
    stale = {"If-Match": created.headers["ETag"]}
    refused(service.ask("DELETE", f"{all}/bolt", token, stale), 412, "precondition_failed")
    same(service.ask("GET", f"{all}/bolt", token, {"If-None-Match": found.headers["ETag"]}).status_code, 304)

    query = {"filter": json.dumps({"price": {"$lt": 5}}), "sort": "-price", "fields": "price", "limit": 1}
    first = answered(service.ask("GET", all, token, params=query), 200, {"items": [changed], "next": TEXT})
    rest = answered(service.ask("GET", all, token, params={**query, "after": first["next"]}), 200)
    same(rest, {"items": [{"_id": "nut", "price": 2}], "next": None})
    refused(service.ask("GET", all, token, params={"filter": '{"$where": "1"}'}), 400, "invalid_parameter", [("filter", TEXT)])

    lines = '{"_id":"bolt"}\n{"_id":"screw","n":1}\n\nno document\n'
    report = answered(service.ask("POST", f"{all}/import?mode=skip", token, LINES, content=lines), 200)
    same({key: report[key] for key in report if key != "errors"}, {"lines": 4, "inserted": 1, "replaced": 0, "skipped": 1, "refused": 1})
    same([error["line"] for error in report["errors"]], [4])
    exported = service.ask("GET", f"{all}/export", token)
    same(exported.headers["Content-Type"], "application/x-ndjson")
    same(len([json.loads(line) for line in exported.text.splitlines()]), 4)
    used = {"documents": 4, "bytes": NUMBER, "limits": {"documents": 0, "bytes": 0}}
    answered(service.ask("GET", f"{path}/usage", token), 200, used)
    answered(service.ask("DELETE", f"{all}/bolt", token), 204)
    refused(service.ask("GET", f"{all}/bolt", token), 404, "document_not_found")


def trail(service, path, token):
    events = answered(service.ask("GET", f"{path}/audit-events?limit=100", token), 200)["items"]
    same([event["seq"] for event in events], list(range(1, len(events) + 1)))
    same(events[0]["action"], "organization.created")
    verified = answered(service.ask("GET", f"{path}/audit-events/verify", token), 200)
    same((verified["intact"], verified["events"], verified["first_break"]), (True, len(events), None))
    exported = service.ask("GET", f"{path}/audit-events/export", token)
    same(len(exported.text.splitlines()), len(events) + 1)


def operator(service, made, path, token):
    found = answered(service.ask("GET", "/v1/organizations", OPERATOR), 200)
    same([one["id"] for one in found["items"]], [made["id"]])
    limited = answered(service.patch(path, OPERATOR, {"quota": {"documents": 4}}), 200)
    same(limited["quota"], {"documents": 4, "bytes": 0})
    answered(service.ask("POST", f"{path}/documents", token, json={}), 201)
    refused(service.ask("POST", f"{path}/documents", token, json={}), 403, "quota_exceeded")
    same(answered(service.ask("POST", f"{path}/suspend", OPERATOR), 200)["status"], "suspended")
    refused(service.ask("GET", path, token), 403, "organization_suspended")
    same(answered(service.ask("POST", f"{path}/activate", OPERATOR), 200)["status"], "active")


def deleting(service, path, token):
    other = answered(service.create("Bell Labs", "carol@example.com"), 201)
    refused(service.ask("DELETE", f"/v1/organizations/{other['id']}", token), 404, "organization_not_found")
    answered(service.ask("DELETE", path, token), 204)
    refused(service.ask("GET", path, token), 404, "organization_not_found")
    same(answered(service.ask("GET", path, OPERATOR), 200)["status"], "deleted")
    answered(service.create("Acme Labs", "ada@example.com"), 201)


def main(base):
    service = Service(base)
    answered(service.ask("GET", "/health/live"), 200)
    answered(service.ask("GET", "/health/ready"), 200)
    made, path = organizations(service)
    token = sessions(service, made)
    amending(service, made, path, token)
    staff(service, path, token)
    documents(service, path, token)
    trail(service, path, token)
    operator(service, made, path, token)
    deleting(service, path, token)
    refused(service.ask("GET", "/v1/nothing"), 404, "route_not_found")


main(sys.argv[1])
