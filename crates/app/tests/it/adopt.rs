//! `tenantry adopt`: import of the databases of the reference services.

mod again;
mod migration;
mod old;
mod refused;
mod whole;
