"""Dialect `org-envelope` by a client that was made from openapi/openapi-org-envelope.json.

    python3 generated_org_envelope.py http://127.0.0.1:8000
"""

import sys

from tenantry_client import AuthenticatedClient, Client
from tenantry_client.api.reference_api_org_envelope import (
    org_envelope_admin_login, org_envelope_admin_me, org_envelope_create, org_envelope_delete, org_envelope_get,
    org_envelope_update)
from tenantry_client.models import (
    Detail, HttpValidationError, OrgCreate, OrgCredentials, OrgEnvelopeAdminData, OrgEnvelopeOrganizationData,
    OrgEnvelopeToken, OrgUpdate)

from expect import same
from typed import answered, refused

PASSWORD = "Correct horse 5"


def enveloped(response, status, kind, message=None):
    found = answered(response, status)
    same((found.success, type(found.data)), (True, kind))
    if message is not None:
        same(found.message, message)
    return found.data


def main(base):
    anybody = Client(base_url=base, raise_on_unexpected_status=True)
    wanted = OrgCreate(organization_name="Acme Inc", email="ada@example.com", password=PASSWORD)
    created = org_envelope_create.sync_detailed(client=anybody, body=wanted)
    made = enveloped(created, 201, OrgEnvelopeOrganizationData, "Organization 'acme_inc' created successfully").organization
    same((made.name, made.collection_name, made.is_active), ("acme_inc", "org_acme_inc", True))
    taken = "Organization 'acme_inc' already exists"
    refused(org_envelope_create.sync_detailed(client=anybody, body=wanted), 409, Detail, detail=taken)
    weak = OrgCreate(organization_name="Eve", email="eve@example.com", password="weak")
    wrong = answered(org_envelope_create.sync_detailed(client=anybody, body=weak), 422, HttpValidationError)
    same([(item.type_, item.loc) for item in wrong.detail], [("string_too_short", ["body", "password"])])

    found = org_envelope_get.sync_detailed(client=anybody, organization_name="Acme Inc")
    found = enveloped(found, 200, OrgEnvelopeOrganizationData, "Organization retrieved successfully").organization
    same((found.id, found.admin_email), (made.id, "ada@example.com"))
    unknown = org_envelope_get.sync_detailed(client=anybody, organization_name="nobody")
    refused(unknown, 404, Detail, detail="Organization 'nobody' not found")

    credentials = OrgCredentials(email="ada@example.com", password="Wrong horse 5")
    login = org_envelope_admin_login.sync_detailed(client=anybody, body=credentials)
    refused(login, 401, Detail, detail="Invalid credentials")
    credentials = OrgCredentials(email="ada@example.com", password=PASSWORD)
    login = org_envelope_admin_login.sync_detailed(client=anybody, body=credentials)
    token = enveloped(login, 200, OrgEnvelopeToken)
    same(token.token_type, "bearer")
    ada = AuthenticatedClient(base_url=base, token=token.access_token, raise_on_unexpected_status=True)
    me = enveloped(org_envelope_admin_me.sync_detailed(client=ada), 200, OrgEnvelopeAdminData).admin
    same((me.email, me.organization_id), ("ada@example.com", made.id))

    change = OrgUpdate(organization_name="Acme Labs")
    changed = org_envelope_update.sync_detailed(client=ada, body=change, current_org_name="Acme Inc")
    same(enveloped(changed, 200, OrgEnvelopeOrganizationData, "Organization updated successfully").organization.name, "acme_labs")
    late = org_envelope_update.sync_detailed(client=ada, body=change, current_org_name="Acme Inc")
    refused(late, 404, Detail, detail="Organization 'acme_inc' not found")

    unusable = org_envelope_delete.sync_detailed(client=ada, organization_name="not-a-name")
    answered(unusable, 400, Detail)
    gone = org_envelope_delete.sync_detailed(client=ada, organization_name="Acme Labs")
    enveloped(gone, 200, type(None), "Organization 'acme_labs' deleted successfully")


main(sys.argv[1])
