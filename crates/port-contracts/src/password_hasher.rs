//! Contract of [`PasswordHasher`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::fixtures::{client, organization_id};
use crate::suite::at_once;
use domain::model::{Password, PasswordHash};
use domain::ports::{HashJob, HasherError, PasswordHasher, PasswordVerdict};

type Hasher = Arc<dyn PasswordHasher>;

suite! { $ password_hasher(Hasher):
    verify_distinguishes_correct_and_wrong_passwords,
    hash_uses_every_byte_of_the_password,
    hash_uses_a_fresh_salt,
    verify_without_a_hash_is_wrong,
    verify_without_a_hash_costs_as_much_as_a_wrong_password,
    verify_takes_the_same_time_for_every_kind_of_hash,
    a_burst_of_one_organization_refuses_no_job_of_others,
}

async fn verify_distinguishes_correct_and_wrong_passwords(hasher: Hasher) {
    let hash = hash(&hasher, "correct horse").await;
    assert_eq!(verify(&hasher, "correct horse", Some(&hash)).await, PasswordVerdict::Match);
    for wrong in ["correct horsf", "Correct horse", "correct horse ", "correct hors", ""] {
        assert_eq!(
            verify(&hasher, wrong, Some(&hash)).await,
            PasswordVerdict::Mismatch,
            "{wrong:?}"
        );
    }
}

/// 72 bytes are the limit of bcrypt, NUL ends a C string, and 128 characters are the maximum
/// length.
async fn hash_uses_every_byte_of_the_password(hasher: Hasher) {
    let longest = "\u{1F600}".repeat(127);
    for (password, lookalike) in [
        ("x".repeat(73), "x".repeat(72)),
        (format!("{}a", "x".repeat(72)), format!("{}b", "x".repeat(72))),
        ("before\0after".to_owned(), "before\0other".to_owned()),
        ("caf\u{E9} au lait".to_owned(), "cafe\u{301} au lait".to_owned()),
        (format!("{longest}\u{1F600}"), format!("{longest}\u{1F601}")),
    ] {
        let hash = hash(&hasher, &password).await;
        assert_eq!(
            verify(&hasher, &password, Some(&hash)).await,
            PasswordVerdict::Match,
            "{password:?}"
        );
        let verdict = verify(&hasher, &lookalike, Some(&hash)).await;
        assert_eq!(verdict, PasswordVerdict::Mismatch, "{password:?} {lookalike:?}");
    }
}

async fn hash_uses_a_fresh_salt(hasher: Hasher) {
    assert_ne!(hash(&hasher, "correct horse").await, hash(&hasher, "correct horse").await);
}

async fn verify_without_a_hash_is_wrong(hasher: Hasher) {
    for password in ["correct horse", "", "\0"] {
        assert_eq!(
            verify(&hasher, password, None).await,
            PasswordVerdict::Mismatch,
            "{password:?}"
        );
    }
}

/// The fastest of several runs, so that a busy machine does no harm; a verification that does no
/// work is thousands of times faster.
async fn verify_without_a_hash_costs_as_much_as_a_wrong_password(hasher: Hasher) {
    let hash = hash(&hasher, "correct horse").await;
    let mut with_hash = Duration::MAX;
    let mut without = Duration::MAX;
    for _ in 0..10 {
        with_hash = with_hash.min(time_to_verify(&hasher, Some(&hash)).await);
        without = without.min(time_to_verify(&hasher, None).await);
    }
    assert!(without > with_hash / 5 && with_hash > without / 5, "{with_hash:?} {without:?}");
}

/// The cost of bcrypt makes it several times as slow as Argon2id here. Compares the fastest of all
/// runs so far: other load on the machine slows some runs down and makes none faster.
async fn verify_takes_the_same_time_for_every_kind_of_hash(hasher: Hasher) {
    let argon2id = "$argon2id$v=19$m=8192,t=2,p=1$D2owBI1V2eUDqXn8iCibUQ\
                    $q1lxfNUreVOhmrmKZ1FCoiq0MRe6Q8hDupPtRG2PiKA";
    let bcrypt = "$2b$11$vauwAMvo3UGx0uB1Bzeo0.uhwjwFT2KEl6t/U9peFbyqak9aQng3G";
    let known = [argon2id, bcrypt].map(|hash| Some(PasswordHash::new(hash.to_owned())));
    let mut kinds: Vec<_> =
        [None].into_iter().chain(known).map(|hash| (hash, Duration::MAX)).collect();
    for (hash, _) in &kinds {
        time_to_verify(&hasher, hash.as_ref()).await;
    }
    for _ in 0..30 {
        for (hash, fastest) in &mut kinds {
            *fastest = time_to_verify(&hasher, hash.as_ref()).await.min(*fastest);
        }
        let times = kinds.iter().map(|(_, fastest)| *fastest);
        if times.clone().max() < times.min().map(|fastest| fastest * 2) {
            return;
        }
    }
    panic!("without a hash, with Argon2id, with bcrypt: {kinds:?}");
}

async fn time_to_verify(hasher: &Hasher, hash: Option<&PasswordHash>) -> Duration {
    let start = Instant::now();
    assert_eq!(verify(hasher, "battery staple", hash).await, PasswordVerdict::Mismatch);
    start.elapsed()
}

/// 600 admins that one organization creates at once.
async fn a_burst_of_one_organization_refuses_no_job_of_others(hasher: Hasher) {
    let known = hash(&hasher, "correct horse").await;
    let results = at_once(602, |i| {
        let (hasher, known) = (Arc::clone(&hasher), known.clone());
        let password = Password::attempt("correct horse".to_owned());
        async move {
            match i {
                600 => hasher.hash(change("globex"), password).await.map(drop),
                601 => hasher.verify(login(), password, Some(known)).await.map(drop),
                _ => hasher.hash(change("acme"), password).await.map(drop),
            }
        }
    })
    .await;
    let (others, burst) = (&results[600..], &results[..600]);
    assert!(others.iter().all(Result::is_ok), "{others:?}");
    assert!(burst.iter().any(Result::is_ok));
    assert!(burst.iter().all(|it| matches!(it, Ok(()) | Err(HasherError::Busy))));
}

fn change(organization: &str) -> HashJob {
    HashJob::change(&organization_id(organization))
}

fn login() -> HashJob {
    HashJob::login(client("192.0.2.1"))
}

fn sign_up() -> HashJob {
    HashJob::sign_up(client("192.0.2.1"))
}

async fn hash(hasher: &Hasher, password: &str) -> PasswordHash {
    hasher.hash(sign_up(), Password::attempt(password.to_owned())).await.unwrap()
}

async fn verify(hasher: &Hasher, password: &str, hash: Option<&PasswordHash>) -> PasswordVerdict {
    hasher.verify(login(), Password::attempt(password.to_owned()), hash.cloned()).await.unwrap()
}
