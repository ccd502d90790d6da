//! Contract of the brute-force protection for passwords: the use cases over the ports of a store.

mod at_once;
mod world;

use std::sync::Arc;
use std::time::Duration;

use domain::model::{Account, AttemptKey};
use domain::service::Error;

use self::at_once::{
    concurrent_correct_logins_all_succeed, concurrent_guesses_reveal_few_verdicts,
    slow_concurrent_guesses_reveal_no_more_verdicts,
};
use self::world::{LoginResult, World};
use crate::fakes::Store;
use crate::faults::{Plan, When};
use crate::fixtures::{admin_id, client, email};

type AnyStore = Arc<dyn Store>;

suite! { $ login_throttle(AnyStore):
    the_wait_doubles_with_each_failure_up_to_a_maximum,
    a_login_after_the_wait_is_admitted,
    throttled_attempts_do_not_count,
    failures_are_forgotten_after_a_day,
    a_success_resets_the_failures,
    an_attacker_does_not_block_the_owner_elsewhere,
    an_owner_can_log_in_from_a_known_address_during_an_attack,
    an_owner_at_a_new_address_waits_a_minute_at_most,
    a_client_that_guesses_at_many_accounts_is_throttled,
    failures_at_a_known_address_do_not_block_others_there,
    an_address_is_known_for_ninety_days_and_each_login_counts,
    repeated_logins_of_a_day_write_nothing,
    unknown_addresses_are_throttled_alike,
    an_ipv6_network_is_one_client,
    concurrent_guesses_reveal_few_verdicts,
    slow_concurrent_guesses_reveal_no_more_verdicts,
    concurrent_correct_logins_all_succeed,
    a_guess_that_cannot_be_counted_reveals_nothing,
    reauthentication_is_throttled_alike,
    an_owner_can_reauthenticate_while_a_stolen_token_is_throttled,
    expired_attempts_are_swept,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// The owner's usual address.
const HOME: &str = "192.0.2.1";
/// The attacker's address.
const ELSEWHERE: &str = "198.51.100.7";

async fn the_wait_doubles_with_each_failure_up_to_a_maximum(store: AnyStore) {
    let world = World::new(store).await;
    for _ in 0..6 {
        assert_eq!(world.guess(ELSEWHERE).await, LoginResult::Wrong);
    }
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        assert_eq!(world.guess(ELSEWHERE).await, LoginResult::Wait(seconds));
        world.advance(seconds);
        assert_eq!(world.guess(ELSEWHERE).await, LoginResult::Wrong);
    }
}

async fn a_login_after_the_wait_is_admitted(store: AnyStore) {
    let world = World::new(store).await;
    world.fail_attempts(8, ELSEWHERE).await;
    assert_eq!(world.log_in(ELSEWHERE).await, LoginResult::Wait(4));
    world.advance(3);
    assert_eq!(world.log_in(ELSEWHERE).await, LoginResult::Wait(1));
    world.advance(1);
    assert_eq!(world.log_in(ELSEWHERE).await, LoginResult::Right);
}

async fn throttled_attempts_do_not_count(store: AnyStore) {
    let world = World::new(store).await;
    world.fail_attempts(6, ELSEWHERE).await;
    for _ in 0..20 {
        assert_eq!(world.guess(ELSEWHERE).await, LoginResult::Wait(1));
    }
    world.advance(1);
    assert_eq!(world.guess(ELSEWHERE).await, LoginResult::Wrong);
}

async fn failures_are_forgotten_after_a_day(store: AnyStore) {
    let world = World::new(store).await;
    world.fail_attempts(15, ELSEWHERE).await;
    world.advance(DAY);
    for _ in 0..6 {
        assert_eq!(world.guess(ELSEWHERE).await, LoginResult::Wrong);
    }
    assert_eq!(world.guess(ELSEWHERE).await, LoginResult::Wait(1));
}

async fn a_success_resets_the_failures(store: AnyStore) {
    let world = World::new(store).await;
    for _ in 0..5 {
        for _ in 0..5 {
            assert_eq!(world.guess(HOME).await, LoginResult::Wrong);
        }
        assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    }
}

async fn an_attacker_does_not_block_the_owner_elsewhere(store: AnyStore) {
    let world = World::new(store).await;
    for _ in 0..6 {
        assert_eq!(world.guess(ELSEWHERE).await, LoginResult::Wrong);
    }
    assert_eq!(
        world.log_in(ELSEWHERE).await,
        LoginResult::Wait(1),
        "the right password is not verified either"
    );
    // Not even within hours, and from where the owner never logged in before.
    world.fail_attempts(30, ELSEWHERE).await;
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
}

async fn an_owner_can_log_in_from_a_known_address_during_an_attack(store: AnyStore) {
    let world = World::new(store).await;
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    world.attack().await;
    assert_eq!(
        world.guess(ELSEWHERE).await,
        LoginResult::Wait(MINUTE),
        "no attempt of a new client is admitted"
    );
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    assert_eq!(world.guess(HOME).await, LoginResult::Wrong, "and may mistype");
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
}

async fn an_owner_at_a_new_address_waits_a_minute_at_most(store: AnyStore) {
    let world = World::new(store).await;
    world.attack().await;
    assert_eq!(world.log_in(ELSEWHERE).await, LoginResult::Wait(MINUTE));
    world.advance(MINUTE);
    assert_eq!(world.log_in(ELSEWHERE).await, LoginResult::Right);
}

async fn a_client_that_guesses_at_many_accounts_is_throttled(store: AnyStore) {
    let world = World::new(store).await;
    for n in 0..21 {
        assert_eq!(world.log_in_as("bob@example.com", ELSEWHERE).await, LoginResult::Right);
        assert_eq!(
            world.guess_at(&format!("{n}@example.com"), ELSEWHERE).await,
            LoginResult::Wrong
        );
    }
    assert_eq!(world.guess_at("new@example.com", ELSEWHERE).await, LoginResult::Wait(1));
    assert_eq!(world.log_in(ELSEWHERE).await, LoginResult::Wait(1), "nor if it were right");
    assert_eq!(
        world.log_in_as("bob@example.com", ELSEWHERE).await,
        LoginResult::Right,
        "its own is"
    );
    assert_eq!(world.guess_at("new@example.com", ELSEWHERE).await, LoginResult::Wait(1), "still");
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
}

async fn failures_at_a_known_address_do_not_block_others_there(store: AnyStore) {
    let world = World::new(store).await;
    assert_eq!(world.log_in_as("bob@example.com", HOME).await, LoginResult::Right);
    for _ in 0..60 {
        world.guess_at("bob@example.com", HOME).await;
        world.advance(900);
    }
    world.guess_at("bob@example.com", HOME).await;
    assert_eq!(world.guess_at("bob@example.com", HOME).await, LoginResult::Wait(900));
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    assert_eq!(world.log_in_as("bob@example.com", ELSEWHERE).await, LoginResult::Right);
}

async fn an_address_is_known_for_ninety_days_and_each_login_counts(store: AnyStore) {
    let world = World::new(store).await;
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    world.advance(89 * DAY);
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    world.advance(89 * DAY);
    world.attack().await;
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    world.advance(90 * DAY);
    world.attack().await;
    assert_eq!(world.log_in(HOME).await, LoginResult::Wait(MINUTE));
}

/// A write costs more than the rest of a login, except for the hash.
async fn repeated_logins_of_a_day_write_nothing(store: AnyStore) {
    let world = World::new(store).await;
    let home = AttemptKey::pair(Account::Email(&email(World::ADA).key()), client(HOME));
    let known = async || world.attempts(&home).await.known_until.unwrap();
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    let first = known().await;
    world.advance(DAY - 1);
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    assert_eq!(known().await, first);
    world.advance(1);
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    assert_eq!(known().await, first + Duration::from_secs(DAY));
}

async fn unknown_addresses_are_throttled_alike(store: AnyStore) {
    let world = World::new(store).await;
    let mut results = Vec::new();
    for (address, from) in [(World::ADA, "10.1.0.1"), ("unknown@example.com", "10.2.0.1")] {
        let mut responses = Vec::new();
        for _ in 0..4 {
            for _ in 0..10 {
                responses.push(world.guess_at(address, from).await);
            }
            world.advance(3);
        }
        world.attack_account(address).await;
        responses.push(world.guess_at(address, "10.3.0.1").await);
        results.push(responses);
    }
    assert_eq!(results[0], results[1]);
    assert!(results[0].contains(&LoginResult::Wait(MINUTE)), "{results:?}");
}

async fn an_ipv6_network_is_one_client(store: AnyStore) {
    let world = World::new(store).await;
    for n in 0..6 {
        assert_eq!(world.guess(&format!("2001:db8::{n}")).await, LoginResult::Wrong);
    }
    assert_eq!(world.guess("2001:db8::ffff:7").await, LoginResult::Wait(1));
    assert_eq!(world.guess("2001:db8:0:1::7").await, LoginResult::Wrong);
}

/// Neither when the number of failures is unknown, nor when this failure can't be recorded.
async fn a_guess_that_cannot_be_counted_reveals_nothing(store: AnyStore) {
    let world = World::new(store).await;
    // The counters, the admin, and the counts of the pair, the client address and the account.
    for (call, when) in [(1, When::Before), (3, When::Before), (4, When::Before), (5, When::After)]
    {
        let result = world.under(&Plan::fail(call, when)).guess(ELSEWHERE).await;
        assert_eq!(result, LoginResult::Unavailable, "{call}");
    }
}

async fn reauthentication_is_throttled_alike(store: AnyStore) {
    let world = World::new(store).await;
    let (login_throttle, ada) = (&world.services.login_throttle, admin_id("ada"));
    let (thief, home) = (client(ELSEWHERE), client(HOME));
    for _ in 0..6 {
        let guess = login_throttle.admit(Account::Admin(&ada), thief).await.unwrap();
        login_throttle.record_failure(&guess).await.unwrap();
    }
    let refused = login_throttle.admit(Account::Admin(&ada), thief).await;
    assert!(matches!(refused, Err(Error::TooManyAttempts { .. })), "{refused:?}");
    let guess = login_throttle.admit(Account::Admin(&ada), home).await.unwrap();
    login_throttle.record_success(&guess).await.unwrap();
    assert_eq!(world.log_in(ELSEWHERE).await, LoginResult::Right, "a login is another thing");
}

async fn an_owner_can_reauthenticate_while_a_stolen_token_is_throttled(store: AnyStore) {
    let world = World::new(store).await;
    let (login_throttle, ada) = (&world.services.login_throttle, world.ada().await);
    let owner = Account::Admin(&ada);
    assert_eq!(world.log_in(HOME).await, LoginResult::Right);
    // From a hundred addresses, until no attempt is admitted any more.
    for n in 0..100 {
        let thief = client(&format!("203.0.113.{n}"));
        loop {
            match login_throttle.admit(owner, thief).await {
                Ok(guess) => login_throttle.record_failure(&guess).await.unwrap_or_default(),
                Err(Error::TooManyAttempts { retry_after }) if retry_after.as_secs() < MINUTE => {
                    world.advance(retry_after.as_secs());
                }
                Err(_) => break,
            }
        }
    }
    let refused = login_throttle.admit(owner, client(ELSEWHERE)).await;
    assert!(matches!(refused, Err(Error::TooManyAttempts { .. })), "{refused:?}");
    let guess = login_throttle.admit(owner, client(HOME)).await.unwrap();
    login_throttle.record_success(&guess).await.unwrap();
}

async fn expired_attempts_are_swept(store: AnyStore) {
    let world = World::new(store).await;
    let (ada, here) = (email(World::ADA).key(), client(ELSEWHERE));
    let keys = [
        AttemptKey::pair(Account::Email(&ada), here),
        AttemptKey::address(here),
        AttemptKey::account(Account::Email(&ada)),
    ];
    world.guess(ELSEWHERE).await;
    for (time, left) in [(HOUR - 1, 3), (1, 1), (DAY - HOUR - 1, 1), (1, 0)] {
        world.advance(time);
        world.services.login_throttle.sweep().await.unwrap();
        let mut kept = 0;
        for key in &keys {
            kept += usize::from(world.attempts(key).await.failures.is_some());
        }
        assert_eq!(kept, left);
    }
}
