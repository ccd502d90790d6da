//! Dialect `org`.

mod create;
