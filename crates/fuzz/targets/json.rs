//! Bodies: what the strict reader takes means the same to any other reader, and stays what it is when it is
//! written and read again.

#![no_main]

use api_actix::fuzzing::json;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    if let Some(value) = json(bytes) {
        assert_eq!(serde_json::from_slice::<Value>(bytes).ok().as_ref(), Some(&value));
        assert_eq!(json(value.to_string().as_bytes()), Some(value));
    }
});
