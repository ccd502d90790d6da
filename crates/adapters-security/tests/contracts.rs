//! The contracts of the ports that these adapters implement.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

mod clock {
    port_contracts::clock!(async { adapters_security::SystemClock });
}

mod checkpoint_signer {
    use std::sync::Arc;

    use adapters_security::{AuditSigner, PublicKeys, SystemClock, generate_signing_key};
    use domain::ports::Clock;
    use port_contracts::checkpoint_signer::SignersUnderTest;
    use secrecy::SecretString;

    mod of_the_store {
        port_contracts::checkpoint_signer!(async { super::signers(super::stored()) });
    }

    mod of_the_configuration {
        port_contracts::checkpoint_signer!(async { super::signers(super::configured()) });
    }

    fn signers(signer: AuditSigner) -> SignersUnderTest {
        SignersUnderTest {
            signer: Arc::new(signer),
            other: Arc::new(stored()),
            verifier: |jwks| Box::new(PublicKeys::parse(&jwks.to_string()).unwrap()),
        }
    }

    fn stored() -> AuditSigner {
        let keys = [(); 2].map(|()| generate_signing_key(SystemClock.now()).unwrap());
        AuditSigner::from_store(&keys[1], &keys).unwrap()
    }

    /// RFC 8410, section 10.3
    fn configured() -> AuditSigner {
        const KEY: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----\n");
        AuditSigner::from_pem(&SecretString::from(pem)).unwrap()
    }
}

mod id_generator {
    port_contracts::id_generator!(async { adapters_security::UuidIds });
}

mod key_holder {
    use std::sync::Arc;

    use adapters_security::JwtIssuer;
    use port_contracts::fakes::SettableClock;
    use port_contracts::key_holder::HolderUnderTest;

    port_contracts::key_holder!(async {
        let clock = Arc::new(SettableClock::default());
        let issuer = Arc::new(JwtIssuer::with_keys(clock.clone()));
        HolderUnderTest { holder: issuer.clone(), issuer, clock }
    });
}

mod password_hasher {
    use std::num::NonZeroUsize;

    use adapters_security::{HasherConfig, PasswordScheme, PooledHasher};

    mod argon2id {
        port_contracts::password_hasher!(super::hasher(super::PasswordScheme::Argon2id));
    }

    mod bcrypt {
        port_contracts::password_hasher!(super::hasher(super::PasswordScheme::Bcrypt));
    }

    /// Costs are small, but large enough to exceed the time to reach the thread.
    async fn hasher(scheme: PasswordScheme) -> PooledHasher {
        let config = HasherConfig {
            scheme,
            argon2_memory_kib: 1024,
            bcrypt_cost: 5,
            threads: NonZeroUsize::MIN,
            ..HasherConfig::default()
        };
        PooledHasher::new(&config).unwrap()
    }
}

mod token_issuer {
    use std::sync::Arc;

    use adapters_security::{JwtIssuer, SystemClock, generate_signing_key};
    use domain::ports::Clock;
    use port_contracts::token_issuer::IssuerUnderTest;
    use ring::hmac;
    use ring::signature::Ed25519KeyPair;
    use secrecy::SecretString;

    mod hs256 {
        port_contracts::token_issuer!(async { super::hs256_issuer() });
    }

    mod ed25519 {
        port_contracts::token_issuer!(async { super::ed25519_issuer() });
    }

    fn hs256_issuer() -> IssuerUnderTest {
        const SECRET: &str = "a secret of exactly thirty-two b";
        let clock = Arc::new(SystemClock);
        let issuer = JwtIssuer::with_secret(&SecretString::from(SECRET), clock.clone()).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        IssuerUnderTest {
            issuer: Box::new(issuer),
            clock,
            sign: Box::new(move |message| hmac::sign(&key, message).as_ref().to_vec()),
        }
    }

    fn ed25519_issuer() -> IssuerUnderTest {
        let clock = Arc::new(SystemClock);
        let key = generate_signing_key(clock.now()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(&key.pkcs8).unwrap();
        IssuerUnderTest {
            issuer: Box::new(JwtIssuer::with_key(&key, clock.clone()).unwrap()),
            clock,
            sign: Box::new(move |message| pair.sign(message).as_ref().to_vec()),
        }
    }
}

mod work_pool {
    port_contracts::work_pool!(async { adapters_security::SharedWorkPool::new() });
}
