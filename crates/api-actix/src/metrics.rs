//! Prometheus metrics.
//!
//! Metrics belong to a [`Metrics`] and not to the process, so that servers in one process have
//! separate counts. Memory is bounded, however many requests are measured: label values come from
//! closed sets, never from a client.

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

/// Metrics of a server. Clones share the state.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    refused: IntCounterVec,
    // Vectors without labels: unlike a plain gauge, they are absent from the output until set.
    collections: IntGaugeVec,
    collections_max: IntGaugeVec,
}

/// Histogram buckets in seconds: from a read of the embedded store to a request delayed by a
/// failing store.
const BUCKETS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

impl Metrics {
    /// Creates the metrics of a process that started at `started`.
    ///
    /// # Errors
    /// Fails if two metrics have the same name, which is a bug in this module.
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
            "Start time of the process since the Unix epoch in seconds",
            registry
        )?
        .set(started.unix_seconds());
        Ok(Self {
            requests: register_int_counter_vec_with_registry!(
                "tenantry_http_requests_total",
                "HTTP requests completed",
                &["method", "route", "status"],
                registry
            )?,
            durations: register_histogram_vec_with_registry!(
                "tenantry_http_request_duration_seconds",
                "Time from the head of a request to the head of its response",
                &["method", "route"],
                BUCKETS.to_vec(),
                registry
            )?,
            refused: register_int_counter_vec_with_registry!(
                "tenantry_rate_limited_total",
                "Requests rejected by a rate limit",
                &["policy"],
                registry
            )?,
            collections: register_int_gauge_vec_with_registry!(
                "tenantry_tenant_collections",
                "Organizations with a dedicated collection",
                &[],
                registry
            )?,
            collections_max: register_int_gauge_vec_with_registry!(
                "tenantry_tenant_collections_max",
                "Maximum number of organizations with a dedicated collection",
                &[],
                registry
            )?,
            registry,
        })
    }

    /// Sets the number of tenant collections and its limit.
    pub fn set_tenant_collections(&self, usage: CollectionUsage) {
        set(&self.collections, usage.used);
        set(&self.collections_max, usage.max);
    }

    /// Counts a request that was rejected by the limit `policy`.
    pub(crate) fn count_refused(&self, policy: Policy) {
        self.refused.with_label_values(&[policy.as_str()]).inc();
    }

    /// Renders all metrics in the text format, sorted by name and labels.
    ///
    /// # Errors
    /// Fails if a metric cannot be encoded, which is a bug in this module.
    pub(crate) fn text(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    /// Counts a response. All label values must come from closed sets.
    fn count(&self, method: &str, route: &str, status: &str, took: Duration) {
        self.requests.with_label_values(&[method, route, status]).inc();
        self.durations.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }
}

fn set(gauge: &IntGaugeVec, value: u64) {
    let none: [&str; 0] = [];
    gauge.with_label_values(&none).set(i64::try_from(value).unwrap_or(i64::MAX));
}
