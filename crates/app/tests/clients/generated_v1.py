"""Version 1 by a client that was made from openapi/openapi.json.

    OPERATOR_TOKEN=... python3 generated_v1.py http://127.0.0.1:8000
"""

import datetime
import json
import os
import sys

from tenantry_client import AuthenticatedClient, Client
from tenantry_client.api.admins import create_admin, delete_admin, get_admin, list_admins, update_admin
from tenantry_client.api.audit_trails import export_audit_events, list_audit_events, verify_audit_events
from tenantry_client.api.authentication import (
    change_password, end_session, end_sessions, get_me, list_sessions, login, logout, refresh)
from tenantry_client.api.documents import (
    delete_document, export_documents, get_document, get_usage, insert_document, list_documents, put_document,
    update_document)
from tenantry_client.api.organizations import (
    activate_organization, create_organization, delete_organization, get_organization, list_organizations,
    suspend_organization, update_organization)
from tenantry_client.api.system import get_health_live, get_health_ready, get_jwks
from tenantry_client.models import (
    Admin, AuditAction, AuditVerification, ChangePassword, CreateAdmin, CreateOrganization, Credentials, Document,
    DocumentPatch, ImportReport, Login, Me, NewDocument, Organization, Owner, PageAdmin, PageAuditEvent, PageDocument,
    PageOrganization, PageSession, Problem, QuotaPatch, Refresh, Role, Status, UpdateAdmin, UpdateOrganization, Usage)

from expect import same
from typed import answered, refused

PASSWORD = "correct horse battery"


def client(base, token=None):
    if token is None:
        return Client(base_url=base, raise_on_unexpected_status=True)
    return AuthenticatedClient(base_url=base, token=token, raise_on_unexpected_status=True)


def created(anybody, name, email):
    body = CreateOrganization(name=name, owner=Owner(email=email, password=PASSWORD))
    return create_organization.sync_detailed(client=anybody, body=body)


def logged_in(anybody, email, password=PASSWORD):
    return login.sync_detailed(client=anybody, body=Credentials(email=email, password=password))


def sessions(base, anybody, made):
    refused(logged_in(anybody, "ada@example.com", "wrong horse"), 401, Problem, code="invalid_credentials")
    session = answered(logged_in(anybody, "ada@example.com"), 200, Login)
    same((session.token_type, session.organization.id, session.admin.role), ("Bearer", made.id, Role.OWNER))
    body = Refresh(refresh_token=session.refresh_token)
    session = answered(refresh.sync_detailed(client=anybody, body=body), 200, Login)
    ada = client(base, session.access_token)
    other = answered(logged_in(anybody, "ada@example.com"), 200, Login)
    page = answered(list_sessions.sync_detailed(client=ada), 200, PageSession)
    [foreign] = [one.id for one in page.items if not one.is_current]
    answered(end_session.sync_detailed(foreign, client=ada), 204)
    refused(get_me.sync_detailed(client=client(base, other.access_token)), 401, Problem, code="token_invalid")
    body = ChangePassword(current_password=PASSWORD, new_password="another horse battery")
    answered(change_password.sync_detailed(client=ada, body=body), 204)
    wrong = answered(change_password.sync_detailed(client=ada, body=body), 400, Problem)
    same([(error.pointer, error.code) for error in wrong.errors], [("/current_password", "wrong")])
    me = answered(get_me.sync_detailed(client=ada), 200, Me)
    same((me.admin.email, type(me.admin.last_login)), ("ada@example.com", datetime.datetime))
    return ada


def organizations(ada, made):
    found = answered(get_organization.sync_detailed(made.id, client=ada), 200, Organization)
    same((found.status, type(found.created_at)), (Status.ACTIVE, datetime.datetime))
    change = UpdateOrganization(name="Acme Labs", description="Anvils")
    stale = update_organization.sync_detailed(made.id, client=ada, body=change, if_match='"77"')
    refused(stale, 412, Problem, code="precondition_failed")
    changed = answered(update_organization.sync_detailed(made.id, client=ada, body=change), 200, Organization)
    same((changed.slug, changed.collection_name, changed.description), ("acme_labs", "org_acme_labs", "Anvils"))
    refused(list_organizations.sync_detailed(client=ada), 403, Problem, code="forbidden")


def staff(ada, made):
    body = CreateAdmin(email="bob@example.com", role=Role.VIEWER, password=PASSWORD)
    bob = answered(create_admin.sync_detailed(made.id, client=ada, body=body), 201, Admin)
    page = answered(list_admins.sync_detailed(made.id, client=ada, limit=1), 200, PageAdmin)
    rest = answered(list_admins.sync_detailed(made.id, client=ada, after=page.next_), 200, PageAdmin)
    same(([type(one) for one in page.items + rest.items], rest.next_), ([Admin, Admin], None))
    body = UpdateAdmin(name="Bob", role=Role.ADMIN)
    changed = answered(update_admin.sync_detailed(made.id, bob.id, client=ada, body=body), 200, Admin)
    same((changed.name, changed.role), ("Bob", Role.ADMIN))
    answered(delete_admin.sync_detailed(made.id, bob.id, client=ada), 204)
    refused(get_admin.sync_detailed(made.id, bob.id, client=ada), 404, Problem, code="admin_not_found")


def documents(base, ada, made):
    def new(kind, **members):
        return kind.from_dict(members)

    bolt = new(NewDocument, _id="bolt", price=2.5)
    inserted = answered(insert_document.sync_detailed(made.id, client=ada, body=bolt), 201, Document)
    same(inserted.to_dict(), {"_id": "bolt", "price": 2.5})
    refused(insert_document.sync_detailed(made.id, client=ada, body=bolt), 409, Problem, code="document_exists")
    put = put_document.sync_detailed(made.id, "nut", client=ada, body=new(NewDocument, price=1))
    answered(put, 201, Document)
    changed = update_document.sync_detailed(made.id, "nut", client=ada, body=new(DocumentPatch, price=None, n=[1, {"a": True}]))
    same(answered(changed, 200, Document).to_dict(), {"_id": "nut", "n": [1, {"a": True}]})
    # This generator knows no application/x-ndjson, so the client below it is asked.
    path = f"/v1/organizations/{made.id}/documents/import"
    lines = {"headers": {"Content-Type": "application/x-ndjson"}, "params": {"mode": "upsert"}}
    report = ada.get_httpx_client().post(path, content='{"_id":"nut"}\n{"_id":"screw"}\n', **lines)
    report = ImportReport.from_dict(report.json())
    same((report.lines, report.inserted, report.replaced, report.errors), (2, 1, 1, []))
    lax = AuthenticatedClient(base_url=base, token=ada.token)
    exported = export_documents.sync_detailed(made.id, client=lax).content.splitlines()
    same([json.loads(line)["_id"] for line in exported], ["bolt", "nut", "screw"])

    query = {"filter_": json.dumps({"price": {"$exists": False}}), "sort": "-_id", "limit": 1}
    first = answered(list_documents.sync_detailed(made.id, client=ada, **query), 200, PageDocument)
    rest = answered(list_documents.sync_detailed(made.id, client=ada, after=first.next_, **query), 200, PageDocument)
    same([[one["_id"] for one in page.items] for page in (first, rest)], [["screw"], ["nut"]])
    wrong = list_documents.sync_detailed(made.id, client=ada, filter_='{"$where": 1}')
    refused(wrong, 400, Problem, code="invalid_parameter")
    usage = answered(get_usage.sync_detailed(made.id, client=ada), 200, Usage)
    same((usage.documents, usage.bytes_ > 0, usage.limits.documents), (3, True, 0))
    answered(delete_document.sync_detailed(made.id, "bolt", client=ada), 204)
    refused(get_document.sync_detailed(made.id, "bolt", client=ada), 404, Problem, code="document_not_found")


def trail(base, ada, made):
    events = answered(list_audit_events.sync_detailed(made.id, client=ada, limit=100), 200, PageAuditEvent).items
    same((events[0].action, type(events[0].at)), (AuditAction.ORGANIZATION_CREATED, datetime.datetime))
    verified = answered(verify_audit_events.sync_detailed(made.id, client=ada), 200, AuditVerification)
    same((verified.intact, verified.events), (True, len(events)))
    lax = AuthenticatedClient(base_url=base, token=ada.token)
    same(len(export_audit_events.sync_detailed(made.id, client=lax).content.splitlines()), len(events) + 1)


def operating(base, ada, made):
    operator = client(base, os.environ["OPERATOR_TOKEN"])
    page = answered(list_organizations.sync_detailed(client=operator, status=Status.ACTIVE), 200, PageOrganization)
    same([one.id for one in page.items], [made.id])
    quota = UpdateOrganization(quota=QuotaPatch(documents=2))
    limited = answered(update_organization.sync_detailed(made.id, client=operator, body=quota), 200, Organization)
    same(limited.quota.documents, 2)
    full = insert_document.sync_detailed(made.id, client=ada, body=NewDocument())
    refused(full, 403, Problem, code="quota_exceeded")
    answered(suspend_organization.sync_detailed(made.id, client=operator), 200, Organization)
    refused(get_me.sync_detailed(client=ada), 403, Problem, code="organization_suspended")
    answered(activate_organization.sync_detailed(made.id, client=operator), 200, Organization)


def main(base):
    anybody = client(base)
    answered(get_health_live.sync_detailed(client=anybody), 200)
    answered(get_health_ready.sync_detailed(client=anybody), 200)
    answered(get_jwks.sync_detailed(client=anybody), 200)
    made = answered(created(anybody, "Acme Inc", "ada@example.com"), 201, Organization)
    refused(created(anybody, "ACME-inc", "eve@example.com"), 409, Problem, code="name_taken")
    wrong = answered(created(anybody, "", "no address"), 400, Problem)
    same([error.pointer for error in wrong.errors], ["/name", "/owner/email"])
    ada = sessions(base, anybody, made)
    organizations(ada, made)
    staff(ada, made)
    documents(base, ada, made)
    trail(base, ada, made)
    operating(base, ada, made)
    late = client(base, answered(logged_in(anybody, "ada@example.com", "another horse battery"), 200, Login).access_token)
    answered(logout.sync_detailed(client=late), 204)
    answered(delete_organization.sync_detailed(made.id, client=ada), 204)
    refused(get_organization.sync_detailed(made.id, client=ada), 404, Problem, code="organization_not_found")
    refused(end_sessions.sync_detailed(client=ada), 401, Problem, code="token_invalid")


main(sys.argv[1])
