"use strict";

const LOGINS = ["/v1/auth/login", "/org/admin/login", "/admin/login", "/auth/login"];

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  operationsSorter: byPathAndMethod,
  responseInterceptor: authorizeAfterLogin,
  tryItOutEnabled: true,
  validatorUrl: null,
});

// What makes a thing comes before what reads it, and what ends it comes last.
function byPathAndMethod(a, b) {
  const rank = (operation) => ["post", "get", "put", "patch", "delete"].indexOf(operation.get("method"));
  return a.get("path").localeCompare(b.get("path")) || rank(a) - rank(b);
}

// Whoever logs in on this page has the token filled in for the requests that follow.
function authorizeAfterLogin(response) {
  if (response.ok && LOGINS.includes(new URL(response.url).pathname)) {
    const body = JSON.parse(response.text);
    ui.preauthorizeApiKey("bearer", body.access_token ?? body.data.access_token);
  }
  return response;
}
