//! Suspensions during writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::writer::{Writer, assert_contents, done};
use super::{Member, OPERATOR, assert_clean_shutdown, server, written};
use crate::api::Api;

const WRITERS: usize = 4;
const ROUNDS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_lost_during_suspension_and_activation() {
    let server = server();
    let api = Api::new(&server);
    let member = Member::new(&api, "Acme").await;
    let over = Arc::new(AtomicBool::new(false));
    let refusals = &[(403, "organization_suspended")];
    let writers: Vec<_> = (0..WRITERS)
        .map(|name| Writer::new(member.clone(), name, refusals))
        .map(|writer| tokio::spawn(written(writer, Arc::clone(&over))))
        .collect();
    for round in 0..ROUNDS {
        for (action, expected) in [("suspend", 403), ("activate", 201)] {
            let path = format!("/v1/organizations/{}/{action}", member.id);
            let response = api.send(api.post(&path, OPERATOR)).await.unwrap();
            assert_eq!(response.status, 200, "{}", response.body);
            // A response holds for all later requests.
            let probe = member.insert(&format!("probe-{round}")).await;
            assert_eq!(probe.status, expected, "{}", probe.body);
        }
        let removed = api.remove(&member.token, &member.id, &format!("probe-{round}")).await;
        assert_eq!(removed.unwrap().status, 204);
    }
    over.store(true, Ordering::Relaxed);
    let mut ended = Vec::new();
    for writer in writers {
        ended.push(writer.await.unwrap());
    }
    let (done, refused) = (done(&ended), ended.iter().map(|writer| writer.refused).sum::<usize>());
    assert!(refused > ROUNDS && done.len() == 6, "{refused}, {done:?}");
    assert_contents(&member, &ended).await;
    assert_clean_shutdown(server);
}
