//! Seals that are easy to forge.

use domain::ports::PageSealer;

/// Adds up the bytes of a message.
#[derive(Debug, Clone, Copy, Default)]
pub struct FakeSealer;

impl PageSealer for FakeSealer {
    fn seal(&self, message: &[u8]) -> [u8; 32] {
        let mut seal = [7_u8; 32];
        for (at, byte) in message.iter().enumerate() {
            let here = &mut seal[at % 32];
            *here = here.wrapping_mul(31).wrapping_add(*byte);
        }
        seal
    }
}
