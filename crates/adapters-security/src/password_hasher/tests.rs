//! Tests of the hasher through its port, with parameters so small that a hash takes no time.

use std::sync::Arc;

use domain::model::ClientAddress;

use super::*;

/// Hashes from Python with argon2-cffi 25.1.0 and bcrypt 5.0.0: of `UNICODE` if the name contains
/// it, otherwise of `PASSWORD`.
mod known {
    pub(super) const PASSWORD: &str = "correct horse battery staple";
    pub(super) const UNICODE: &str = "пароль 密码 🔑";

    pub(super) const ARGON2ID_19_MIB: &str = "$argon2id$v=19$m=19456,t=2,p=1$D2owBI1V2eUDqXn8iCibUQ$q1lxfNUreVOhmrmKZ1FCoiq0MRe6Q8hDupPtRG2PiKA";
    /// With the default parameters of argon2-cffi.
    pub(super) const ARGON2ID_64_MIB: &str = "$argon2id$v=19$m=65536,t=3,p=4$QrRx4FmNs7ysbrtLYIWpuQ$yh/dOwWYe23NzA0kYP/IqZIAg+eanhmLlDwJTprkUhs";
    pub(super) const ARGON2ID_UNICODE: &str = "$argon2id$v=19$m=256,t=2,p=1$3WXK6FFl2EaPPg3cjdd3Yg$jRTTkl5OheNE6feHsiosBjzJOOB25+z5HHjJ0P0GOkc";
    pub(super) const ARGON2ID_16_BYTE_DIGEST: &str =
        "$argon2id$v=19$m=1024,t=2,p=2$JH+L6d/su2xFJCbNyZ/ibQ$+mZAEi1xky9hoDhVR1Xrwg";
    pub(super) const ARGON2I: &str = "$argon2i$v=19$m=256,t=2,p=1$li328BH78glQfo4mJa0VSQ$J21Zpgf+KeW579c0OE5sX6XZkhFwefyabg+B8Ldrj+Q";

    pub(super) const BCRYPT_12: &str =
        "$2b$12$HAypzazJMSgBp0goYsbi9eiT49n2IhNlwXdwfb9aQQXXlqQ/gY9D2";
    pub(super) const BCRYPT_UNICODE: &str =
        "$2b$04$yeUUQ92tyjrMa5TBOWRFmOJhbFgLc67.0FQz7YThQ6YBL4pZKnHQO";
    /// Hash of 72 times `x`.
    pub(super) const BCRYPT_72_BYTES: &str =
        "$2b$04$vauwAMvo3UGx0uB1Bzeo0.uhwjwFT2KEl6t/U9peFbyqak9aQng3G";
}

fn small(scheme: PasswordScheme) -> HasherConfig {
    HasherConfig {
        scheme,
        argon2_memory_kib: 64,
        argon2_passes: 2,
        bcrypt_cost: 4,
        threads: NonZeroUsize::new(2).unwrap(),
        queue_per_thread: 8,
        logins_per_client: 8,
        changes_per_requester: 8,
        max_wait: Duration::from_secs(60),
    }
}

fn argon2id() -> PooledHasher {
    PooledHasher::new(&small(PasswordScheme::Argon2id)).unwrap()
}

fn bcrypt() -> PooledHasher {
    PooledHasher::new(&small(PasswordScheme::Bcrypt)).unwrap()
}

fn login() -> HashJob {
    HashJob::login(ClientAddress::new([192, 0, 2, 1].into()))
}

fn password(text: &str) -> Password {
    Password::attempt(text.to_owned())
}

async fn hash(hasher: &PooledHasher, text: &str) -> String {
    hasher.hash(login(), password(text)).await.unwrap().expose().to_owned()
}

async fn verify(hasher: &PooledHasher, text: &str, hash: &str) -> PasswordVerdict {
    try_verify(hasher, text, hash).await.unwrap()
}

async fn try_verify(
    hasher: &PooledHasher,
    text: &str,
    hash: &str,
) -> Result<PasswordVerdict, HasherError> {
    hasher.verify(login(), password(text), Some(PasswordHash::new(hash.to_owned()))).await
}

/// Verifies with a rehash. Returns the new hash, which matches and needs no other rehash.
async fn rehashed(hasher: &PooledHasher, text: &str, hash: &str) -> String {
    let PasswordVerdict::Rehashed(next) = verify(hasher, text, hash).await else {
        panic!("{hash} was not rehashed");
    };
    assert_eq!(verify(hasher, text, next.expose()).await, PasswordVerdict::Match);
    next.expose().to_owned()
}

#[test]
fn production_parameters_follow_owasp() {
    let config = HasherConfig::default();
    let argon2 = (config.argon2_memory_kib, config.argon2_passes);
    assert_eq!((config.scheme, argon2), (PasswordScheme::Argon2id, (19_456, 2)));
    assert_eq!(config.bcrypt_cost, 12);
    let waiting = (config.queue_per_thread, config.max_wait);
    assert_eq!(waiting, (1024, Duration::from_secs(5)));
    assert_eq!((config.logins_per_client, config.changes_per_requester), (256, 64));
}

#[test]
fn parameters_out_of_range_are_refused() {
    let small = small(PasswordScheme::Argon2id);
    for config in [
        HasherConfig { argon2_memory_kib: 7, ..small.clone() },
        HasherConfig { argon2_memory_kib: u32::MAX, ..small.clone() },
        HasherConfig { argon2_passes: 0, ..small.clone() },
        HasherConfig { bcrypt_cost: 3, ..small.clone() },
        HasherConfig { bcrypt_cost: 17, ..small.clone() },
    ] {
        assert!(PooledHasher::new(&config).is_err(), "{config:?}");
    }
}

#[tokio::test]
async fn a_hash_verifies_only_its_password_and_has_a_fresh_salt() {
    for (hasher, prefix) in [(argon2id(), "$argon2id$v=19$m=64,t=2,p=1$"), (bcrypt(), "$2b$04$")] {
        let first = hash(&hasher, known::PASSWORD).await;
        let second = hash(&hasher, known::PASSWORD).await;
        assert!(first.starts_with(prefix), "{first}");
        assert_ne!(first, second);
        for hash in [&first, &second] {
            assert_eq!(verify(&hasher, known::PASSWORD, hash).await, PasswordVerdict::Match);
            assert_eq!(verify(&hasher, "correct horse", hash).await, PasswordVerdict::Mismatch);
            assert_eq!(verify(&hasher, "", hash).await, PasswordVerdict::Mismatch);
        }
    }
}

#[tokio::test]
async fn hashes_of_other_programs_are_verified() {
    for (scheme, hash) in [
        (PasswordScheme::Argon2id, known::ARGON2ID_19_MIB),
        (PasswordScheme::Argon2id, known::ARGON2ID_64_MIB),
        (PasswordScheme::Bcrypt, known::BCRYPT_12),
    ] {
        let config = HasherConfig { scheme, ..HasherConfig::default() };
        let hasher = PooledHasher::new(&config).unwrap();
        assert_eq!(verify(&hasher, known::PASSWORD, hash).await, PasswordVerdict::Match, "{hash}");
        assert_eq!(
            verify(&hasher, "Correct horse", hash).await,
            PasswordVerdict::Mismatch,
            "{hash}"
        );
    }
}

#[tokio::test]
async fn unicode_is_hashed_as_utf_8() {
    let hash = known::ARGON2ID_UNICODE;
    assert_eq!(verify(&argon2id(), known::UNICODE, hash).await, PasswordVerdict::Match);
    let hash = known::BCRYPT_UNICODE;
    assert_eq!(verify(&bcrypt(), known::UNICODE, hash).await, PasswordVerdict::Match);
}

#[tokio::test]
async fn bcrypt_is_verified_under_each_of_its_names() {
    for name in ["2a", "2b", "2y"] {
        let hash = known::BCRYPT_UNICODE.replacen("2b", name, 1);
        assert_eq!(
            verify(&bcrypt(), known::UNICODE, &hash).await,
            PasswordVerdict::Match,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_hash_of_another_scheme_is_rehashed() {
    let next = rehashed(&argon2id(), known::UNICODE, known::BCRYPT_UNICODE).await;
    assert!(next.starts_with("$argon2id$"));
    let next = rehashed(&bcrypt(), known::UNICODE, known::ARGON2ID_UNICODE).await;
    assert!(next.starts_with("$2b$"));
    assert_eq!(
        verify(&argon2id(), "wrong", known::BCRYPT_UNICODE).await,
        PasswordVerdict::Mismatch
    );
    assert_eq!(
        verify(&bcrypt(), "wrong", known::ARGON2ID_UNICODE).await,
        PasswordVerdict::Mismatch
    );
}

#[tokio::test]
async fn a_weaker_hash_is_rehashed_and_a_stronger_one_is_kept() {
    let weak = argon2id();
    let more_memory = HasherConfig { argon2_memory_kib: 128, ..small(PasswordScheme::Argon2id) };
    let more_passes = HasherConfig { argon2_passes: 3, ..small(PasswordScheme::Argon2id) };
    let more_rounds = HasherConfig { bcrypt_cost: 5, ..small(PasswordScheme::Bcrypt) };
    for (weak, strong) in [(&weak, more_memory), (&weak, more_passes), (&bcrypt(), more_rounds)] {
        let strong = PooledHasher::new(&strong).unwrap();
        let strong_hash = rehashed(&strong, "password", &hash(weak, "password").await).await;
        assert_eq!(verify(weak, "password", &strong_hash).await, PasswordVerdict::Match);
    }
    rehashed(&weak, known::PASSWORD, known::ARGON2I).await;
    let short = known::ARGON2ID_16_BYTE_DIGEST;
    assert_eq!(verify(&weak, known::PASSWORD, short).await, PasswordVerdict::Match);
}

#[tokio::test]
async fn every_byte_of_a_long_password_counts() {
    let start = "x".repeat(72);
    let (one, other) = (format!("{start}1"), format!("{start}2"));
    for hasher in [argon2id(), bcrypt()] {
        let hash = hash(&hasher, &one).await;
        assert!(hash.starts_with("$argon2id$"), "bcrypt would truncate the password: {hash}");
        assert_eq!(
            verify(&hasher, &one, &hash).await,
            PasswordVerdict::Match,
            "the hash needs no rehash"
        );
        assert_eq!(verify(&hasher, &other, &hash).await, PasswordVerdict::Mismatch);
        assert_eq!(verify(&hasher, &start, &hash).await, PasswordVerdict::Mismatch);
    }
}

#[tokio::test]
async fn bcrypt_refuses_more_than_72_bytes() {
    let (whole, more) = ("x".repeat(72), "x".repeat(73));
    assert!(hash(&bcrypt(), &whole).await.starts_with("$2b$"));
    let hash = known::BCRYPT_72_BYTES;
    assert_eq!(verify(&bcrypt(), &whole, hash).await, PasswordVerdict::Match);
    assert_eq!(verify(&bcrypt(), &more, hash).await, PasswordVerdict::Mismatch);
    assert_eq!(verify(&argon2id(), &more, hash).await, PasswordVerdict::Mismatch);
}

#[tokio::test]
async fn passwords_are_not_truncated_at_a_nul_byte() {
    for hasher in [argon2id(), bcrypt()] {
        let hash = hash(&hasher, "a\0a").await;
        assert_eq!(verify(&hasher, "a\0a", &hash).await, PasswordVerdict::Match);
        for other in ["a", "a\0", "a\0b", "a\0a\0a"] {
            assert_eq!(verify(&hasher, other, &hash).await, PasswordVerdict::Mismatch, "{other:?}");
        }
    }
    // bcrypt can't distinguish these two.
    let hash = hash(&bcrypt(), "a").await;
    assert!(hash.starts_with("$2b$"));
    assert_eq!(verify(&bcrypt(), "a\0a", &hash).await, PasswordVerdict::Mismatch);
}

#[tokio::test]
async fn without_a_hash_no_password_verifies() {
    for hasher in [argon2id(), bcrypt()] {
        for text in ["", "password", &"x".repeat(73)] {
            assert_eq!(
                hasher.verify(login(), password(text), None).await.unwrap(),
                PasswordVerdict::Mismatch
            );
        }
    }
}

/// The dummy hash has the form and the parameters of a new one, and goes through the same
/// functions: the work is the same.
#[tokio::test]
async fn a_dummy_hash_costs_as_much_as_a_real_one() {
    for (hasher, parameters) in [(argon2id(), 4), (bcrypt(), 3)] {
        let real = hash(&hasher, "password").await;
        let dummy = hasher.schemes.dummy();
        let shape = |hash: &str| {
            let fields = hash.split('$').map(str::to_owned).collect::<Vec<_>>();
            (fields[..parameters].to_vec(), fields.iter().map(String::len).collect::<Vec<_>>())
        };
        assert_eq!(shape(&real), shape(dummy.expose()));
        let verdict = verify(&hasher, "password", dummy.expose()).await;
        assert_eq!(verdict, PasswordVerdict::Mismatch, "the dummy hash is readable");
    }
}

#[tokio::test]
async fn an_unreadable_hash_is_an_error() {
    let digest = "D2owBI1V2eUDqXn8iCibUQ$q1lxfNUreVOhmrmKZ1FCoiq0MRe6Q8hDupPtRG2PiKA";
    let unreadable = [
        String::new(),
        "password".to_owned(),
        "5f4dcc3b5aa765d61d8327deb882cf99".to_owned(),
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0".to_owned(),
        format!("$scrypt$ln=16,r=8,p=1${digest}"),
        format!("$argon2id$v=20$m=64,t=2,p=1${digest}"),
        format!("$argon2id$v=19$m=64,t=2,p=0${digest}"),
        format!("$argon2id$v=19$m=64,t=0,p=1${digest}"),
        format!("$argon2id$v=19$m=64,t=2,p=1,x=1${digest}"),
        format!("$argon2id$v=19$m=4294967295,t=1,p=1${digest}"),
        format!("$argon2id$v=19$m=64,t=4294967295,p=1${digest}"),
        "$argon2id$v=19$m=64,t=2,p=1".to_owned(),
        "$argon2id$v=19$m=64,t=2,p=1$D2owBI1V2eUDqXn8iCibUQ".to_owned(),
        known::BCRYPT_72_BYTES.replacen("2b", "2x", 1),
        known::BCRYPT_72_BYTES.replacen("04", "03", 1),
        known::BCRYPT_72_BYTES.replacen("04", "31", 1),
        known::BCRYPT_72_BYTES.replacen("04", "ab", 1),
        known::BCRYPT_72_BYTES[..59].to_owned(),
        format!("{}.", known::BCRYPT_72_BYTES),
        format!("$2b$04${}", "é".repeat(26)),
    ];
    for hasher in [argon2id(), bcrypt()] {
        for hash in &unreadable {
            let verdict = try_verify(&hasher, "password", hash).await;
            assert!(matches!(verdict, Err(HasherError::Failed(_))), "{hash:?}: {verdict:?}");
        }
    }
}

#[tokio::test]
async fn excess_concurrent_jobs_are_refused_and_the_others_complete() {
    let config = HasherConfig {
        threads: NonZeroUsize::MIN,
        queue_per_thread: 3,
        ..small(PasswordScheme::Argon2id)
    };
    let hasher = Arc::new(PooledHasher::new(&config).unwrap());
    let one = || {
        let hasher = Arc::clone(&hasher);
        tokio::spawn(async move { hasher.verify(login(), password("password"), None).await })
    };
    // All are submitted before the one thread of this test waits for the first.
    let jobs: Vec<_> = (0..1000).map(|_| one()).collect();
    let (mut served, mut refused) = (0, 0);
    for job in jobs {
        match job.await.unwrap() {
            Ok(verdict) => {
                assert_eq!(verdict, PasswordVerdict::Mismatch);
                served += 1;
            }
            Err(HasherError::Busy) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(served >= 3 && refused > 0, "{served} served, {refused} refused");
    assert_eq!(
        hasher.verify(login(), password("password"), None).await.unwrap(),
        PasswordVerdict::Mismatch
    );
}

#[tokio::test]
async fn a_job_that_waits_too_long_is_refused() {
    let config = HasherConfig { max_wait: Duration::ZERO, ..small(PasswordScheme::Argon2id) };
    let hasher = PooledHasher::new(&config).unwrap();
    let hashed = hasher.hash(login(), password("password")).await;
    assert!(matches!(hashed, Err(HasherError::Busy)));
    let verdict = hasher.verify(login(), password("password"), None).await;
    assert!(matches!(verdict, Err(HasherError::Busy)));
}
