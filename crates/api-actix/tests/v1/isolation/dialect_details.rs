//! The error details of the dialects where version 1 has a code.

/// The detail for `code` at `path`; `code` itself in version 1.
pub(super) fn dialect_detail<'a>(path: &str, code: &'a str) -> &'a str {
    let details = if path.starts_with("/org/") || path.starts_with("/admin/") {
        ORG
    } else if path.starts_with("/organizations/") || path.starts_with("/auth/") {
        ENTERPRISE
    } else {
        return code;
    };
    details.iter().find(|(known, _)| *known == code).map_or(code, |(_, detail)| detail)
}

const ORG: &[(&str, &str)] = &[
    ("unauthenticated", "Not authenticated"),
    ("token_invalid", "Could not validate credentials"),
    ("invalid_credentials", "Invalid credentials"),
    ("organization_not_found", "Organization not found"),
    ("organization_suspended", "The organization is suspended"),
    ("admin_deactivated", "The admin is deactivated"),
    ("forbidden", "The caller may not do this"),
];

const ENTERPRISE: &[(&str, &str)] = &[
    ("unauthenticated", "Not authenticated"),
    ("token_invalid", "Invalid or expired token"),
    ("invalid_credentials", "Incorrect email or password"),
    ("organization_not_found", "Organization not found"),
    ("organization_suspended", "The organization is suspended"),
    ("admin_deactivated", "The admin is deactivated"),
];
