//! Figures about the running process, for Prometheus and whatever reads its text format.
//!
//! They belong to a [`Metrics`] and not to the process, so that servers in one process do not count
//! for each other. However many requests are measured, they take no more room: values of labels
//! come from closed sets, never from a client.

mod measure;

use std::time::Duration;

use domain::model::Timestamp;
use domain::service::{CollectionUsage, Policy};
use prometheus::{
    HistogramVec, IntCounterVec, IntGaugeVec, Registry, TextEncoder,
    register_histogram_vec_with_registry, register_int_counter_vec_with_registry,
    register_int_gauge_vec_with_registry, register_int_gauge_with_registry,
};

pub(crate) use measure::measure;

/// What is known of the running process in figures. Clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    refused: IntCounterVec,
    // Without labels, but left out of the text until they are set, as a plain gauge is not.
    collections: IntGaugeVec,
    collections_max: IntGaugeVec,
}

/// In seconds: from a read of the embedded store to a request that a store in trouble holds up.
const BUCKETS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

impl Metrics {
    /// Figures of a process that started at `started`, with nothing counted yet.
    ///
    /// # Errors
    /// When two figures have the same name: a mistake in here.
    pub fn new(started: Timestamp) -> prometheus::Result<Self> {
        let registry = Registry::new();
        register_int_gauge_vec_with_registry!(
            "tenantry_build_info",
            "The version that runs; always 1",
            &["version"],
            registry
        )?
        .with_label_values(&[env!("CARGO_PKG_VERSION")])
        .set(1);
        register_int_gauge_with_registry!(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970",
            registry
        )?
        .set(started.unix_seconds());
        Ok(Self {
            requests: register_int_counter_vec_with_registry!(
                "tenantry_http_requests_total",
                "Requests that were answered",
                &["method", "route", "status"],
                registry
            )?,
            durations: register_histogram_vec_with_registry!(
                "tenantry_http_request_duration_seconds",
                "From the head of a request to that of its answer",
                &["method", "route"],
                BUCKETS.to_vec(),
                registry
            )?,
            refused: register_int_counter_vec_with_registry!(
                "tenantry_rate_limited_total",
                "Requests over a limit",
                &["policy"],
                registry
            )?,
            collections: register_int_gauge_vec_with_registry!(
                "tenantry_tenant_collections",
                "Organizations with a collection of their own",
                &[],
                registry
            )?,
            collections_max: register_int_gauge_vec_with_registry!(
                "tenantry_tenant_collections_max",
                "How many organizations may have a collection of their own",
                &[],
                registry
            )?,
            registry,
        })
    }

    /// Tells how many tenants' collections there are, and may be.
    pub fn set_tenant_collections(&self, usage: CollectionUsage) {
        set(&self.collections, usage.used);
        set(&self.collections_max, usage.max);
    }

    /// Counts a request that was refused because it was over the limit of `policy`.
    pub(crate) fn count_refused(&self, policy: Policy) {
        self.refused.with_label_values(&[policy.as_str()]).inc();
    }

    /// The text of all figures, sorted by name and labels.
    ///
    /// # Errors
    /// When a figure can't be written: a mistake in here.
    pub(crate) fn text(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    /// Counts an answer. All texts have to come from closed sets.
    fn count(&self, method: &str, route: &str, status: &str, took: Duration) {
        self.requests.with_label_values(&[method, route, status]).inc();
        self.durations.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }
}

fn set(gauge: &IntGaugeVec, value: u64) {
    let none: [&str; 0] = [];
    gauge.with_label_values(&none).set(i64::try_from(value).unwrap_or(i64::MAX));
}
