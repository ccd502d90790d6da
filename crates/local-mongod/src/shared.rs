//! The MongoDB server that tests share.

use std::env;
use std::net::IpAddr;

use anyhow::{Context, Result, bail, ensure};
use mongodb::options::{ConnectionString, HostInfo, ServerAddress};

/// The environment variable with the connection string of the shared server.
pub const TEST_URL: &str = "MONGODB_TEST_URL";

/// The connection string of the shared server.
///
/// # Errors
///
/// When the variable is not set, the error says how to get a server. Any address except loopback is
/// refused, because tests drop databases.
pub fn shared_url() -> Result<String> {
    let url = env::var(TEST_URL).with_context(|| {
        format!(
            "this test needs a MongoDB: run `cargo xtask test`, or start one with `cargo xtask mongod` \
             and set {TEST_URL} to the address it prints"
        )
    })?;
    check_loopback(&url).context(TEST_URL)?;
    Ok(url)
}

fn check_loopback(url: &str) -> Result<()> {
    let hosts = match ConnectionString::parse(url)?.host_info {
        HostInfo::HostIdentifiers(hosts) => hosts,
        other => bail!("names of hosts that DNS would have to tell are refused: {other:?}"),
    };
    for address in hosts {
        let is_loopback = match &address {
            ServerAddress::Tcp { host, .. } => is_loopback(host),
            ServerAddress::Unix { .. } => true,
            _ => false,
        };
        ensure!(
            is_loopback,
            "{address} is not on loopback; tests, which drop databases, refuse it"
        );
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_on_loopback_are_accepted() {
        for hosts in
            ["127.0.0.1:1", "localhost", "[::1]:1", "127.0.0.1:1,127.0.0.1:2", "u:p@127.0.0.1"]
        {
            check_loopback(&format!("mongodb://{hosts}/?replicaSet=a")).unwrap();
        }
    }

    #[test]
    fn other_servers_are_refused_by_name() {
        for hosts in
            ["10.0.0.1:27017", "db.example.com", "localhost.example.com", "127.0.0.1:1,10.0.0.1:2"]
        {
            let refusal = check_loopback(&format!("mongodb://{hosts}/")).unwrap_err().to_string();
            assert!(refusal.contains("is not on loopback"), "{hosts}: {refusal}");
        }
        check_loopback("mongodb+srv://localhost.example.com/").unwrap_err();
        check_loopback("127.0.0.1").unwrap_err();
    }
}
