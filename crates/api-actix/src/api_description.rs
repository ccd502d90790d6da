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

    /// Mounted dialects.
    pub(crate) fn dialects(&self) -> Dialects {
        self.dialects
    }

    /// OpenAPI document of this installation.
    pub(crate) fn document(&self) -> OpenApi {
        (self.build)(self.dialects)
    }

    /// OpenAPI document of an installation with the default dialects.
    pub(crate) fn default_document(&self) -> OpenApi {
        (self.build)(Dialects::default())
    }
}
