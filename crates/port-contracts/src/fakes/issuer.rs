//! Tokens that only their issuing process understands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::model::{AccessClaims, AccessToken, Audience};
use domain::ports::{BoxError, Clock, TokenError, TokenIssuer};
use serde_json::{Value, json};

/// Remembers the claims that it issued; a token is the id of its claims.
pub struct FakeIssuer {
    clock: Arc<dyn Clock>,
    issued: Mutex<HashMap<String, AccessClaims>>,
}

impl FakeIssuer {
    /// An issuer of tokens that expire by this clock, without leeway.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, issued: Mutex::default() }
    }
}

impl TokenIssuer for FakeIssuer {
    fn issue(&self, claims: &AccessClaims) -> Result<AccessToken, BoxError> {
        let token = claims.id.to_string();
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.insert(token.clone(), claims.clone());
        Ok(AccessToken(token.into()))
    }

    fn issue_for(
        &self,
        claims: &AccessClaims,
        audience: &Audience,
    ) -> Result<AccessToken, BoxError> {
        Ok(AccessToken(format!("{}@{}", claims.id, audience.as_str()).into()))
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, TokenError> {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let claims = issued.get(token).ok_or(TokenError::Invalid)?;
        if claims.expires_at <= self.clock.now() {
            return Err(TokenError::Expired);
        }
        Ok(claims.clone())
    }

    fn jwks(&self) -> Value {
        json!({ "keys": [] })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::model::{SessionId, TokenId};

    use super::*;
    use crate::fakes::SettableClock;
    use crate::fixtures::{active, admin, at};

    #[test]
    fn a_token_is_valid_until_its_expiry() {
        let clock = Arc::new(SettableClock::default());
        let issuer = FakeIssuer::new(clock.clone());
        let ids = (TokenId::parse("token").unwrap(), SessionId::parse("session").unwrap());
        let (ada, acme) = (admin("ada", "acme", "ada@example.com"), active("acme", "Acme"));
        let claims = AccessClaims::new(ids, &ada, &acme, at(0), Duration::from_secs(60));
        issuer.issue(&claims).unwrap();
        assert_eq!(issuer.verify("token"), Ok(claims));
        assert_eq!(issuer.verify("other"), Err(TokenError::Invalid));
        clock.advance(Duration::from_secs(60));
        assert_eq!(issuer.verify("token"), Err(TokenError::Expired));
    }
}
