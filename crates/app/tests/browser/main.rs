//! The HTML pages in a real browser: `cargo xtask browser`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what is unexpected fails the test")]

mod driver;
#[path = "../it/support.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod support;

use driver::{screenshot, visit};
use support::Server;
use thirtyfour::prelude::*;

#[tokio::test]
async fn docs_can_create_an_organization_and_log_in() {
    tried_out("docs", ["/v1/organizations", "/v1/auth/login", "/v1/me"]).await;
}

#[tokio::test]
async fn docs_can_call_the_reference_apis() {
    tried_out("docs-org", ["/org/create", "/admin/login", "/admin/me"]).await;
    tried_out("docs-enterprise", ["/organizations/", "/auth/login", "/v1/me"]).await;
}

/// Sends the examples of operations that create an organization, log in, and require a login.
async fn tried_out(name: &str, [create, login, me]: [&str; 3]) {
    let server = Server::start();
    visit(&server, "/docs", async |page| {
        page.query(By::Css(".opblock")).first().await?;
        screenshot(page, name).await?;

        assert_eq!(execute(page, "post", create).await?, "201");
        screenshot(page, &format!("{name}-created")).await?;
        assert_eq!(execute(page, "post", login).await?, "200");
        page.query(By::Css(".btn.authorize.locked")).first().await?;
        assert_eq!(execute(page, "get", me).await?, "200");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn redoc_shows_and_searches_the_reference() {
    let server = Server::start();
    visit(&server, "/redoc", async |page| {
        let title = page.query(By::Tag("h1")).first().await?.text().await?;
        assert!(title.starts_with("Tenantry"), "{title}");
        let operation = "//h2[contains(., 'Create an organization')]";
        page.query(By::XPath(operation)).first().await?;
        screenshot(page, "redoc").await?;

        page.query(By::Css("[role=search] input")).first().await?.send_keys("log in").await?;
        page.query(By::Css("[data-role='search:results'] li")).first().await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_problem_has_a_page() {
    let server = Server::start();
    visit(&server, "/problems", async |page| {
        screenshot(page, "problems").await?;
        page.query(By::LinkText("name_taken")).first().await?.click().await?;
        page.query(By::XPath("//h1[. = 'The name is taken']")).first().await?;
        screenshot(page, "problem").await?;
        Ok(())
    })
    .await;
}

/// Opens an operation of Swagger UI, sends its example, and returns the status of the response.
async fn execute(page: &WebDriver, method: &str, path: &str) -> WebDriverResult<String> {
    let operation =
        format!("//div[contains(@class, 'opblock-{method}')][.//*[@data-path = '{path}']]");
    let operation = page.query(By::XPath(operation)).first().await?;
    operation.query(By::Css(".opblock-summary-control")).first().await?.click().await?;
    let button = operation.query(By::Css("button.execute")).first().await?;
    button.scroll_into_view().await?;
    button.click().await?;
    let status = operation.query(By::Css(".live-responses-table tbody td.response-col_status"));
    let status = status.first().await?;
    status.scroll_into_view().await?;
    status.text().await
}
