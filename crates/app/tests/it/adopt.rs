//! `tenantry adopt`: taking over what the services left whose clients Tenantry serves.

mod again;
mod house;
mod old;
mod refused;
mod whole;
