//! Contract of [`CheckpointSigner`] and [`CheckpointVerifier`].

use std::sync::Arc;

use domain::ports::{CheckpointSigner, CheckpointVerifier, SignatureVerdict};
use serde_json::Value;

/// Two signers that do not trust each other, and a verifier that uses published keys.
pub struct SignersUnderTest {
    /// The signer under test.
    pub signer: Arc<dyn CheckpointSigner>,
    /// Another signer.
    pub other: Arc<dyn CheckpointSigner>,
    /// Builds a verifier that trusts the keys of a JWK set.
    pub verifier: fn(&Value) -> Box<dyn CheckpointVerifier>,
}

type Subject = Arc<SignersUnderTest>;

suite! { $ checkpoint_signer(Subject):
    only_signed_messages_verify,
    untrusted_keys_are_unknown,
    published_keys_verify_signatures,
}

const MESSAGE: &[u8] = br#"{"seq":1}"#;

async fn only_signed_messages_verify(subject: Subject) {
    let SignersUnderTest { signer, other, .. } = &*subject;
    let (key, signature) = (signer.key_id(), signer.sign(MESSAGE).unwrap());
    assert_eq!(signer.verify(&key, MESSAGE, &signature), SignatureVerdict::Valid);
    for message in [&b""[..], br#"{"seq":2}"#, br#"{"seq":1} "#] {
        assert_eq!(signer.verify(&key, message, &signature), SignatureVerdict::Invalid);
    }
    let foreign = other.sign(MESSAGE).unwrap();
    let longer = format!("{signature}A");
    for signature in ["", "no signature", &signature[1..], &longer, &foreign] {
        let verdict = signer.verify(&key, MESSAGE, signature);
        assert_eq!(verdict, SignatureVerdict::Invalid, "{signature}");
    }
}

async fn untrusted_keys_are_unknown(subject: Subject) {
    let SignersUnderTest { signer, other, .. } = &*subject;
    assert_ne!(signer.key_id(), other.key_id());
    for signed in [other.sign(MESSAGE).unwrap(), signer.sign(MESSAGE).unwrap()] {
        let verdict = signer.verify(&other.key_id(), MESSAGE, &signed);
        assert_eq!(verdict, SignatureVerdict::UnknownKey);
    }
}

async fn published_keys_verify_signatures(subject: Subject) {
    let SignersUnderTest { signer, other, verifier } = &*subject;
    let published = verifier(&signer.jwks());
    let verdict = |signer: &Arc<dyn CheckpointSigner>| {
        published.verify(&signer.key_id(), MESSAGE, &signer.sign(MESSAGE).unwrap())
    };
    assert_eq!(verdict(signer), SignatureVerdict::Valid);
    assert_eq!(verdict(other), SignatureVerdict::UnknownKey);
}
