//! Times as the services of Python show them.

use domain::model::Timestamp;

/// UTC in ISO 8601 without saying so: what `datetime.isoformat()` gives for a time without a zone.
pub(super) fn naive(time: Timestamp) -> String {
    let mut text = time.to_string();
    text.truncate(text.trim_end_matches('Z').len());
    text
}
