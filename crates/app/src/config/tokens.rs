//! Settings of tokens and sessions.

use std::time::Duration;

use domain::model::Audience;
use domain::service::TokenLifetimes;

use super::config_error::ConfigError;
use super::{ConfigReader, settings, values};

/// One year; a longer-lived token would amount to a password.
const MAX_TOKEN_MINUTES: u64 = 365 * 24 * 60;
/// Ten years; a new login after that is acceptable.
const MAX_SESSION_DAYS: u64 = 10 * 365;
/// One day; an older login is not recent.
const MAX_STEP_UP_SECONDS: u64 = 24 * 60 * 60;

pub(super) fn lifetimes(reader: &mut ConfigReader<'_>) -> Option<TokenLifetimes> {
    let minutes = values::number(1..=MAX_TOKEN_MINUTES);
    let minutes = reader.read(&settings::ACCESS_TOKEN_EXPIRE_MINUTES, minutes);
    let days = values::number(1..=MAX_SESSION_DAYS);
    let days = reader.read(&settings::REFRESH_TOKEN_EXPIRE_DAYS, days);
    Some(TokenLifetimes {
        access: Duration::from_secs(minutes? * 60),
        session: Duration::from_secs(days? * 24 * 60 * 60),
    })
}

/// Reads the audiences. Other services verify tokens with published keys; with a shared secret they
/// could also sign them.
pub(super) fn audiences(reader: &mut ConfigReader<'_>) -> Option<Vec<Audience>> {
    let read = reader.read(&settings::TOKEN_AUDIENCES, values::list::<Audience, Vec<_>>);
    let audiences = match read {
        None if !reader.is_unset(&settings::TOKEN_AUDIENCES) => return None,
        read => read.unwrap_or_default(),
    };
    if !audiences.is_empty() && !reader.is_unset(&settings::SECRET_KEY) {
        let about = "is not possible with SECRET_KEY: services that can verify such tokens could forge them";
        reader.problems.push(ConfigError::new(settings::TOKEN_AUDIENCES.name, about));
        return None;
    }
    Some(audiences)
}

/// Reads the maximum age of the login for step-up authentication; 0: any.
pub(super) fn step_up(reader: &mut ConfigReader<'_>) -> Option<Option<Duration>> {
    let seconds = values::number(0..=MAX_STEP_UP_SECONDS);
    let seconds = reader.read(&settings::STEP_UP_SECONDS, seconds)?;
    Some((seconds > 0).then(|| Duration::from_secs(seconds)))
}
