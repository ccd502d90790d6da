//! Time format of the legacy Python services.

use domain::model::Timestamp;

/// Formats a time as ISO 8601 in UTC without an offset, like Python's `datetime.isoformat()` for a
/// naive time.
pub(super) fn naive(time: Timestamp) -> String {
    let mut text = time.to_string();
    text.truncate(text.trim_end_matches('Z').len());
    text
}
