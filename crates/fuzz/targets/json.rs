//! Bodies: what the strict reader takes means the same to any other reader, and stays what it is when it is
//! written and read again. What it refuses leads to an answer of bounded size.

#![no_main]

use api_actix::fuzzing::json;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    match json(bytes) {
        Ok(value) => {
            assert_eq!(serde_json::from_slice::<Value>(bytes).ok().as_ref(), Some(&value));
            assert_eq!(json(value.to_string().as_bytes()), Ok(value));
        }
        Err(size) => assert!(size <= MAX_ERRORS, "{size}"),
    }
});

/// 100 errors, each with a pointer of 1 KiB, of which a character may be written as six, and a detail.
const MAX_ERRORS: usize = 100 * 7 * 1024;
