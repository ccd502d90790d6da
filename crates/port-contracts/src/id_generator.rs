//! Contract of [`IdGenerator`].

use std::collections::HashSet;
use std::sync::Arc;

use domain::ports::IdGenerator;

use crate::suite::at_once;

type Ids = Arc<dyn IdGenerator>;

suite! { $ id_generator(Ids):
    ids_are_increasing,
    ids_of_concurrent_tasks_are_unique,
    random_bits_do_not_repeat,
}

async fn ids_are_increasing(ids: Ids) {
    let made: Vec<String> = (0..2_000).flat_map(|_| one_of_each(&ids)).collect();
    for pair in made.windows(2) {
        assert!(pair[0] < pair[1], "{pair:?}");
    }
}

async fn ids_of_concurrent_tasks_are_unique(ids: Ids) {
    let made = at_once(16, |_| {
        let ids = Arc::clone(&ids);
        async move { (0..500).flat_map(|_| one_of_each(&ids)).collect::<Vec<_>>() }
    })
    .await
    .concat();
    assert_eq!(made.iter().collect::<HashSet<_>>().len(), made.len());
}

async fn random_bits_do_not_repeat(ids: Ids) {
    let made: HashSet<[u8; 32]> = (0..1_000).map(|_| ids.random().unwrap()).collect();
    assert_eq!(made.len(), 1_000);
}

fn one_of_each(ids: &Ids) -> [String; 7] {
    [
        ids.organization().into(),
        ids.admin().into(),
        ids.document().into(),
        ids.event().into(),
        ids.session().into(),
        ids.token().into(),
        ids.node().into(),
    ]
}
