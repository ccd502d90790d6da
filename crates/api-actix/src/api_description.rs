//! The API description, built on demand.

use utoipa::openapi::OpenApi;

use crate::compat::Dialects;

/// Builds the OpenAPI document. The application provides it to handlers, because building it needs
/// all routes.
#[derive(Clone, Copy)]
pub(crate) struct ApiDescription {
    dialects: Dialects,
    build: fn(Dialects) -> OpenApi,
}

impl ApiDescription {
    pub(crate) fn new(dialects: Dialects, build: fn(Dialects) -> OpenApi) -> Self {
        Self { dialects, build }
    }

    /// The dialects of this installation.
    pub(crate) fn dialects(&self) -> Dialects {
        self.dialects
    }

    /// The document of this installation.
    pub(crate) fn document(&self) -> OpenApi {
        (self.build)(self.dialects)
    }

    /// The document of an installation with the default dialects.
    pub(crate) fn default_document(&self) -> OpenApi {
        (self.build)(Dialects::default())
    }
}
