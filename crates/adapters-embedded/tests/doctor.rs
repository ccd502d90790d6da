//! Every kind of damage that the doctor finds and repairs, in memory.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

#[path = "support/in_memory.rs"]
mod in_memory;

use in_memory::InMemory;

port_contracts::doctor!(async { InMemory });
