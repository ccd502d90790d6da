//! Every damage that can be found and mended, in memory.

use adapters_embedded::EmbeddedStore;

port_contracts::doctor!(async { || async { EmbeddedStore::in_memory().unwrap() } });
