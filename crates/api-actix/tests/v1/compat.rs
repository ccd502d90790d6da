//! The reference APIs: every row of their tables, as their clients see it.

mod enterprise;
mod org;

use crate::support::Answer;

impl Answer {
    /// Checks that this is a failure in the words of a reference API, and returns them.
    pub(crate) fn detail(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/json");
        let body = self.json();
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        crate::support::text(&body["detail"])
    }

    /// Checks that this is FastAPI's answer to values that can't be used, and returns their kinds and places.
    pub(crate) fn wrong(&self) -> Vec<(String, String)> {
        assert_eq!(self.status.as_u16(), 422, "{}", self.text());
        let body = self.json();
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        let items = body["detail"].as_array().unwrap().iter();
        let told = items.map(|item| {
            assert!(item["msg"].as_str().is_some_and(|msg| !msg.is_empty()), "{item}");
            let loc = item["loc"].as_array().unwrap().iter().map(crate::support::text);
            (crate::support::text(&item["type"]), loc.collect::<Vec<_>>().join("."))
        });
        told.collect()
    }
}
