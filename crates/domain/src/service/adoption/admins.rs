//! Assignment of another service's admins to organizations, and their conversion.

use std::collections::BTreeMap;

use crate::model::{
    Admin, AdminId, AdminName, AdoptedAdmin, Email, Invalid, Legacy, LegacyAdmin,
    LegacyOrganization, NewAdmin, OrganizationId, PasswordHash, Role, Timestamp,
};

use super::{AdminToAdopt, AdoptionProblem};

/// Admins by the id of their organization.
pub(super) type AdminsByOrganization<'a> = BTreeMap<&'a str, Vec<&'a LegacyAdmin>>;

/// Groups admins by organization: the one that the admin names, else the one that names the admin.
/// Admins among the documents stay documents, except for the founder, unless `among_documents` is
/// set.
pub(super) fn by_organization<'a>(
    legacy: &'a Legacy,
    among_documents: bool,
    problems: &mut Vec<AdoptionProblem>,
    notes: &mut Vec<String>,
) -> AdminsByOrganization<'a> {
    let (mut grouped, mut left) = (AdminsByOrganization::new(), AdminsByOrganization::new());
    for admin in &legacy.admins {
        let is_its = |it: &&LegacyOrganization| match &admin.organization {
            Some(id) => it.id == *id,
            None => it.deletion.is_none() && it.founder.as_ref() == Some(&admin.id),
        };
        let mut its = legacy.organizations.iter().filter(is_its);
        match (its.next(), its.next()) {
            (Some(it), None) if it.deletion.is_none() => {
                let stays = admin.is_document && !among_documents && !is_founder(it, admin);
                let list = if stays { &mut left } else { &mut grouped };
                list.entry(it.id.as_str()).or_default().push(admin);
            }
            (Some(it), None) => {
                notes
                    .push(format!("admin {} is left: organization {} is deleted", admin.id, it.id));
            }
            (Some(one), Some(other)) => {
                let reason = format!("is that of the organizations {} and {}", one.id, other.id);
                problems.push(AdoptionProblem::new(subject(admin), "_id", reason));
            }
            (None, _) => {
                notes.push(format!("admin {} is left: its organization is not there", admin.id));
            }
        }
    }
    notes.extend(left.into_iter().map(|(organization, admins)| note(organization, &admins)));
    grouped
}

/// Note about documents that look like admins and stay documents.
fn note(organization: &str, admins: &[&LegacyAdmin]) -> String {
    const SHOWN: usize = 10;
    let ids: Vec<&str> = admins.iter().take(SHOWN).map(|admin| admin.id.as_str()).collect();
    let (count, ids) = (admins.len(), ids.join(", "));
    let rest = if count > SHOWN { ", ..." } else { "" };
    format!(
        "{count} among the documents of organization {organization} look like admins, and are left there \
         (--admins-among-documents takes them over): _id {ids}{rest}"
    )
}

/// Whether `admin` is the founder of `organization`.
pub(super) fn is_founder(organization: &LegacyOrganization, admin: &LegacyAdmin) -> bool {
    organization.founder.as_ref() == Some(&admin.id)
}

/// The ids of admins that are stored among the documents of `organization`.
pub(super) fn ids_among_documents(
    organization: &LegacyOrganization,
    grouped: &AdminsByOrganization<'_>,
) -> Vec<String> {
    let admins = grouped.get(organization.id.as_str()).into_iter().flatten();
    admins.filter(|admin| admin.is_document).map(|admin| admin.id.clone()).collect()
}

/// Subject line of a problem of `admin`.
pub(super) fn subject(admin: &LegacyAdmin) -> String {
    format!("admin {}", admin.id)
}

/// Parses the address of an admin.
pub(super) fn email(legacy: &LegacyAdmin) -> Result<Email, Invalid> {
    Email::parse(legacy.email.as_deref().unwrap_or_default())
}

/// Converts `legacy` to an admin.
pub(super) fn read(
    legacy: &LegacyAdmin,
    organization: &OrganizationId,
    is_founder: bool,
    now: Timestamp,
    problems: &mut Vec<AdoptionProblem>,
) -> Option<AdminToAdopt> {
    let mut refuse = |field, invalid: Invalid| {
        problems.push(AdoptionProblem::new(subject(legacy), field, invalid));
    };
    let id = AdminId::parse(legacy.id.as_str()).map_err(|it| refuse("_id", it));
    let email = email(legacy).map_err(|it| refuse("email", it));
    let name = legacy.name.as_deref().filter(|name| !name.trim().is_empty());
    let name = name.map(AdminName::parse).transpose().map_err(|it| refuse("name", it));
    let hash = legacy.password_hash.as_ref().filter(|hash| is_bcrypt(hash));
    let hash = hash.ok_or_else(|| refuse("password", Invalid::Format("must be a bcrypt hash")));
    let new = NewAdmin {
        id: id.ok()?,
        organization: organization.clone(),
        email: email.ok()?,
        name: name.ok()?,
        role: role(legacy.role.as_deref(), is_founder),
        password_hash: hash.ok()?.clone(),
    };
    let admin = Admin::adopted(AdoptedAdmin {
        admin: new,
        is_active: legacy.is_active,
        last_login: legacy.last_login,
        created_at: legacy.created_at.unwrap_or(now),
    });
    Some(AdminToAdopt::new(admin, legacy, is_founder))
}

/// Least privilege: a role counts only in this exact spelling; any other value, or none, makes a
/// viewer. The founder is an owner if its role is `owner`, `admin` or not set.
fn role(text: Option<&str>, is_founder: bool) -> Role {
    match (text, is_founder) {
        (Some("owner"), _) | (Some("admin") | None, true) => Role::Owner,
        (Some("admin"), false) => Role::Admin,
        _ => Role::Viewer,
    }
}

/// `$2b$12$`, then 22 characters of salt and 31 of the hash. The costs are those that the hasher
/// verifies.
fn is_bcrypt(hash: &PasswordHash) -> bool {
    let mut parts = hash.expose().split('$');
    let (empty, version) = (parts.next(), parts.next());
    let cost = parts.next().filter(|cost| cost.len() == 2).and_then(|cost| cost.parse::<u8>().ok());
    let rest = parts.next().unwrap_or_default();
    let known = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '/';
    empty == Some("")
        && version.is_some_and(|version| ["2a", "2b", "2y"].contains(&version))
        && cost.is_some_and(|cost| (4..=16).contains(&cost))
        && (rest.len() == 53 && rest.chars().all(known))
        && parts.next().is_none()
}
