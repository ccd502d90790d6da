"""Dialect `enterprise` by a client that was made from openapi/openapi.json.

    python3 generated_enterprise.py http://127.0.0.1:8000
"""

import datetime
import sys

from tenantry_client import AuthenticatedClient, Client
from tenantry_client.api.reference_api_enterprise import (
    enterprise_create, enterprise_delete, enterprise_get, enterprise_list, enterprise_login, enterprise_update)
from tenantry_client.models import (
    Detail, EnterpriseCreateBody, EnterpriseDeleted, EnterpriseLoginBody, EnterpriseOrganization, EnterpriseToken,
    EnterpriseUpdateBody, HttpValidationError)

from expect import same
from typed import answered, refused

PASSWORD = "correct horse battery"


def done(response, status, message, kind):
    found = answered(response, status)
    same((found.success, found.message, type(found.data)), (True, message, kind))
    return found.data


def main(base):
    anybody = Client(base_url=base, raise_on_unexpected_status=True)

    def create(name, email):
        body = EnterpriseCreateBody(name=name, admin_email=email, admin_password=PASSWORD, admin_name="Ada Lovelace")
        return enterprise_create.sync_detailed(client=anybody, body=body)

    made = done(create("Acme Inc", "ada@example.com"), 201, "Organization created successfully", EnterpriseOrganization)
    same((made.name, made.description, made.is_deleted), ("Acme Inc", None, False))
    same(type(made.created_at), datetime.datetime)
    other = done(create("Bell Labs", "bob@example.com"), 201, "Organization created successfully", EnterpriseOrganization)
    taken = "Organization with name 'ACME INC' already exists"
    refused(create("ACME INC", "eve@example.com"), 409, Detail, detail=taken)
    wrong = answered(create("", "eve@example.com"), 422, HttpValidationError)
    same([(item.type_, item.loc) for item in wrong.detail], [("string_too_short", ["body", "name"])])

    found = answered(enterprise_get.sync_detailed(made.id, client=anybody), 200)
    same(found.data.to_dict(), made.to_dict())
    refused(enterprise_get.sync_detailed("malformed", client=anybody), 404, Detail, detail="Organization not found")
    page = answered(enterprise_list.sync_detailed(client=anybody, skip=1), 200).data
    same((page.count, page.skip, page.limit), (1, 1, 100))
    same([(type(one), one.id) for one in page.organizations], [(EnterpriseOrganization, other.id)])
    answered(enterprise_list.sync_detailed(client=anybody, limit=1001), 422, HttpValidationError)

    def login(password):
        body = EnterpriseLoginBody(email="ada@example.com", password=password)
        return enterprise_login.sync_detailed(client=anybody, body=body)

    refused(login("wrong horse"), 401, Detail, detail="Incorrect email or password")
    token = done(login(PASSWORD), 200, "Login successful", EnterpriseToken)
    same((token.organization_id, token.admin_id), (made.id, made.admin_id))
    ada = AuthenticatedClient(base_url=base, token=token.access_token, raise_on_unexpected_status=True)
    stranger = AuthenticatedClient(base_url=base, token="no.real.token", raise_on_unexpected_status=True)

    change = EnterpriseUpdateBody(name="Acme Labs", description="Anvils")
    changed = enterprise_update.sync_detailed(made.id, client=ada, body=change)
    changed = done(changed, 200, "Organization updated successfully", EnterpriseOrganization)
    same((changed.name, changed.description, changed.collection_name), ("Acme Labs", "Anvils", "org_acme_labs"))
    cleared = enterprise_update.sync_detailed(made.id, client=ada, body=EnterpriseUpdateBody(description=None))
    same(done(cleared, 200, "Organization updated successfully", EnterpriseOrganization).description, None)
    foreign = enterprise_update.sync_detailed(other.id, client=ada, body=EnterpriseUpdateBody())
    refused(foreign, 403, Detail, detail="Not authorized to update this organization")
    unknown = enterprise_update.sync_detailed(made.id, client=stranger, body=EnterpriseUpdateBody())
    refused(unknown, 401, Detail, detail="Invalid or expired token")

    foreign = enterprise_delete.sync_detailed(other.id, client=ada)
    refused(foreign, 403, Detail, detail="Not authorized to delete this organization")
    gone = enterprise_delete.sync_detailed(made.id, client=ada)
    gone = done(gone, 200, "Organization deleted successfully", EnterpriseDeleted)
    same((gone.organization_id, gone.deleted_by, gone.audit_retained), (made.id, made.admin_id, True))
    answered(enterprise_get.sync_detailed(made.id, client=anybody), 404, Detail)


main(sys.argv[1])
