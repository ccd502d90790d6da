"""Dialect `org` by a client that was made from openapi/openapi.json.

    python3 generated_org.py http://127.0.0.1:8000
"""

import sys

from tenantry_client import AuthenticatedClient, Client
from tenantry_client.api.reference_api_org import (
    org_admin_login, org_admin_me, org_create, org_delete, org_get, org_login, org_update)
from tenantry_client.api.system import get_health
from tenantry_client.models import (
    CompatHealth, Detail, HttpValidationError, OrgAdmin, OrgCreate, OrgCreated, OrgCredentials, OrgDeleted,
    OrgOrganization, OrgToken, OrgUpdate, OrgUpdated)

from expect import same
from typed import answered, refused

PASSWORD = "Correct horse 5"


def main(base):
    anybody = Client(base_url=base, raise_on_unexpected_status=True)
    same(answered(get_health.sync_detailed(client=anybody), 200, CompatHealth).status, "healthy")

    wanted = OrgCreate(organization_name="Acme Inc", email="ada@example.com", password=PASSWORD)
    made = answered(org_create.sync_detailed(client=anybody, body=wanted), 201, OrgCreated)
    same((made.organization.organization_name, made.organization.collection_name), ("acme_inc", "org_acme_inc"))
    taken = "Organization 'acme_inc' already exists"
    refused(org_create.sync_detailed(client=anybody, body=wanted), 400, Detail, detail=taken)
    weak = OrgCreate(organization_name="Eve", email="eve@example.com", password="weak")
    wrong = answered(org_create.sync_detailed(client=anybody, body=weak), 422, HttpValidationError)
    same([(item.type_, item.loc) for item in wrong.detail], [("string_too_short", ["body", "password"])])
    other = OrgCreate(organization_name="Bell Labs", email="bob@example.com", password=PASSWORD)
    answered(org_create.sync_detailed(client=anybody, body=other), 201, OrgCreated)

    found = answered(org_get.sync_detailed(client=anybody, organization_name="acme inc"), 200, OrgOrganization)
    same(found, made.organization)
    unknown = org_get.sync_detailed(client=anybody, organization_name="nobody")
    refused(unknown, 404, Detail, detail="Organization 'nobody' not found")

    for login in [org_login, org_admin_login]:
        credentials = OrgCredentials(email="ada@example.com", password=PASSWORD)
        token = answered(login.sync_detailed(client=anybody, body=credentials), 200, OrgToken)
        same((token.token_type, token.expires_in > 0), ("bearer", True))
        credentials = OrgCredentials(email="ada@example.com", password="Wrong horse 5")
        refused(login.sync_detailed(client=anybody, body=credentials), 401, Detail, detail="Invalid credentials")
    ada = AuthenticatedClient(base_url=base, token=token.access_token, raise_on_unexpected_status=True)
    stranger = AuthenticatedClient(base_url=base, token="no.real.token", raise_on_unexpected_status=True)

    me = answered(org_admin_me.sync_detailed(client=ada), 200, OrgAdmin)
    same((me.id, me.organization_id, me.is_active), (made.admin_id, made.organization.id, True))
    refused(org_admin_me.sync_detailed(client=stranger), 401, Detail, detail="Could not validate credentials")

    change = OrgUpdate(organization_name="Acme Labs", email="ada@example.org")
    changed = answered(org_update.sync_detailed(client=ada, body=change), 200, OrgUpdated)
    same((changed.organization.id, changed.organization.admin_email), (made.organization.id, "ada@example.org"))
    unchanged = answered(org_update.sync_detailed(client=ada, body=OrgUpdate()), 200, OrgUpdated)
    same(unchanged.organization.organization_name, "acme_labs")
    change = OrgUpdate(organization_name="Bell Labs")
    taken = "Organization 'bell_labs' already exists"
    refused(org_update.sync_detailed(client=ada, body=change), 409, Detail, detail=taken)
    foreign = org_update.sync_detailed(client=ada, body=OrgUpdate(), current_org_name="Bell Labs")
    refused(foreign, 403, Detail, detail="Not authorized to update this organization")

    foreign = org_delete.sync_detailed(client=ada, organization_name="Bell Labs")
    refused(foreign, 403, Detail, detail="Not authorized to delete this organization")
    gone = answered(org_delete.sync_detailed(client=ada), 200, OrgDeleted)
    same(gone.message, "Organization 'acme_labs' deleted successfully")
    refused(org_delete.sync_detailed(client=ada), 404, Detail, detail="Organization not found")


main(sys.argv[1])
