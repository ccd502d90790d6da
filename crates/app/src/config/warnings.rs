//! Warnings about settings that are valid but probably a mistake.

use std::collections::HashSet;
use std::net::SocketAddr;

use api_actix::Network;
use domain::service::Signup;
use secrecy::ExposeSecret;

use super::{Config, Resolved, settings, values};

/// Minimum number of distinct characters of a random secret of 32 bytes, also in hexadecimal
/// digits.
const DISTINCT_CHARACTERS: usize = 10;

/// Parts of placeholder secrets from examples, in lower case.
const PLACEHOLDERS: [&str; 6] = ["change", "secret", "password", "example", "default", "your-"];

/// Returns one line for each setting that weakens the installation.
pub(super) fn of(config: &Config, values: &[Resolved]) -> Vec<String> {
    let secrets = values.iter().filter(|value| value.setting.secret).filter_map(weak_secret);
    let others = [
        everything_trusted(values),
        plain_http(config),
        public_metrics(config),
        no_step_up(config),
    ];
    secrets.chain(others.into_iter().flatten()).collect()
}

/// Checks SECRET_KEY and OPERATOR_TOKEN; connection strings and PEM files are checked elsewhere.
fn weak_secret(resolved: &Resolved) -> Option<String> {
    let name = resolved.setting.name;
    if ![settings::SECRET_KEY.name, settings::OPERATOR_TOKEN.name].contains(&name) {
        return None;
    }
    let secret = resolved.value.as_ref()?.expose_secret();
    is_guessable(secret).then(|| {
        format!(
            "{name} looks guessable; generate a random one, such as with `openssl rand -hex 32`"
        )
    })
}

/// Whether `secret` looks typed by hand or copied from an example.
fn is_guessable(secret: &str) -> bool {
    let distinct: HashSet<char> = secret.chars().collect();
    let lower = secret.to_lowercase();
    let is_placeholder = PLACEHOLDERS.iter().any(|part| lower.contains(part));
    distinct.len() < DISTINCT_CHARACTERS || is_placeholder || repeats(lower.as_bytes())
}

/// Whether `text` is a repetition of a shorter text.
fn repeats(text: &[u8]) -> bool {
    (1..=text.len() / 2).any(|period| text[period..] == text[..text.len() - period])
}

fn everything_trusted(resolved: &[Resolved]) -> Option<String> {
    let name = settings::TRUSTED_PROXIES.name;
    let proxies = resolved.iter().find(|value| value.setting.name == name)?.value.as_ref()?;
    let networks: Vec<Network> = values::list(proxies.expose_secret()).ok()?;
    networks.iter().any(Network::is_huge).then(|| {
        format!("{name} trusts a large part of all addresses: clients there can forge their address, which disables all limits by address")
    })
}

fn plain_http(config: &Config) -> Option<String> {
    let exposed = config.tls.is_none() && !config.bind.ip().is_loopback();
    exposed.then(|| {
        format!(
            "BIND={} serves plain HTTP beyond loopback: passwords and tokens cross the network unencrypted, \
             unless a reverse proxy on this network adds TLS (or set TLS_CERT and TLS_KEY)",
            config.bind
        )
    })
}

fn no_step_up(config: &Config) -> Option<String> {
    config.step_up.is_none().then(|| {
        "STEP_UP_SECONDS=0: a leaked token suffices to change the e-mail address and the password of its admin"
            .to_owned()
    })
}

fn public_metrics(config: &Config) -> Option<String> {
    let exposed = |address: SocketAddr| !address.ip().is_loopback();
    let public = exposed(config.metrics_bind.unwrap_or(config.bind));
    let open = matches!(config.signup, Signup::Open);
    (public && open).then(|| {
        "SIGNUP=open with a public /metrics: set METRICS_BIND to an address that only the monitoring can reach"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{Layer, Source, load};

    fn warnings(settings: &[(&str, &str)]) -> Vec<String> {
        let mut flags = Layer::new(Source::Flag);
        for (name, value) in [("STORE", "memory")].iter().chain(settings) {
            flags.add((*name).to_owned(), (*value).to_owned());
        }
        load(flags, None).warnings()
    }

    #[test]
    fn defaults_and_sound_settings_are_not_warned_about() {
        let random = "3f9c1d7be8a2460597bd1f3c8e6a40d2b5c7e9f1a3d508264e6f8091a2b3c4d5";
        assert_eq!(warnings(&[]), Vec::<String>::new());
        let sound = [
            ("SECRET_KEY", random),
            ("OPERATOR_TOKEN", random),
            ("TRUSTED_PROXIES", "10.0.0.0/8"),
            ("METRICS_BIND", "127.0.0.1:0"),
        ];
        assert_eq!(warnings(&sound), Vec::<String>::new());
    }

    #[test]
    fn each_warning_is_one_line_that_names_its_setting_without_secrets() {
        let token = "operator-operator-operator-operator";
        for (settings, name) in [
            (&[("OPERATOR_TOKEN", token)][..], "OPERATOR_TOKEN"),
            (&[("SECRET_KEY", "Change-Me-0123456789-abcdefghijklmn")], "SECRET_KEY"),
            (&[("TRUSTED_PROXIES", "10.0.0.0/8, ::/0")], "TRUSTED_PROXIES"),
            (&[("TRUSTED_PROXIES", "0.0.0.0/1, 128.0.0.0/1")], "TRUSTED_PROXIES"),
            (&[("SECRET_KEY", "0123456789abcdef0123456789abcdef")], "SECRET_KEY"),
            (&[("STEP_UP_SECONDS", "0")], "STEP_UP_SECONDS"),
            (&[("METRICS_BIND", "0.0.0.0:0")], "SIGNUP"),
            (&[("BIND", "0.0.0.0:0"), ("SIGNUP", "operator")], "BIND"),
        ] {
            let warnings = warnings(settings);
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert!(warnings[0].starts_with(name), "{warnings:?}");
            assert!(!warnings[0].contains("Change-Me") && !warnings[0].contains(token));
        }
        let public = warnings(&[("BIND", "[::]:0")]);
        assert!(public.len() == 2 && public[1].contains("METRICS_BIND"), "{public:?}");
    }
}
