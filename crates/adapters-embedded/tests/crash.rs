//! Every workflow, stopped at every call, in memory.

use adapters_embedded::EmbeddedStore;

port_contracts::crash!(async { || async { EmbeddedStore::in_memory().unwrap() } });
