//! `/problems` and `/problems/<code>`: the pages that `type` in problem details refers to.

mod html;

use actix_web::http::StatusCode;
use actix_web::web;

use self::html::{escape, prose};
use super::asset::Asset;
use crate::problem::{Code, Problem};

/// Responds with the list of all problems.
pub(super) async fn list() -> Asset {
    let rows: String = Code::ALL.iter().map(|code| row(*code)).collect();
    page(
        "Problems",
        &format!(
            "<p>Tenantry returns errors as problem details (RFC 9457). Programs rely on \
             <code>code</code>, which never changes; people read <code>title</code> and \
             <code>detail</code>.</p>\n\
             <table>\n<thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead>\n\
             <tbody>\n{rows}</tbody>\n</table>\n"
        ),
    )
}

/// Responds with the page of one problem.
pub(super) async fn get(name: web::Path<String>) -> Result<Asset, Problem> {
    let code = Code::ALL.iter().find(|code| code.as_str() == name.as_str());
    code.map(|code| explain(*code)).ok_or_else(|| Problem::new(Code::RouteNotFound))
}

fn row(code: Code) -> String {
    format!(
        "<tr><td>{status}</td><td><a href=\"/problems/{name}\"><code>{name}</code></a></td>\
         <td>{title}</td></tr>\n",
        status = code.status().as_u16(),
        name = code.as_str(),
        title = escape(code.title()),
    )
}

fn explain(code: Code) -> Asset {
    page(
        code.title(),
        &format!(
            "<p>{status} · <code>{name}</code></p>\n<p>{explanation}</p>\n\
             <p><a href=\"/problems\">All problems</a> · <a href=\"/docs\">API</a></p>\n",
            status = status(code.status()),
            name = code.as_str(),
            explanation = prose(code.explanation()),
        ),
    )
}

fn status(status: StatusCode) -> String {
    format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default())
}

fn page(title: &str, content: &str) -> Asset {
    let title = escape(title);
    Asset::page(
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title} - Tenantry</title>\n\
             <link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">\n\
             <link rel=\"stylesheet\" href=\"/assets/problems.css\">\n</head>\n\
             <body>\n<h1>{title}</h1>\n{content}</body>\n</html>\n"
        ),
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    )
}
