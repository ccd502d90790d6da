use std::fs;
use std::os::unix::fs::PermissionsExt;

use port_contracts::anchor_log::{AnchorLogUnderTest, checkpoint};
use tempfile::TempDir;

use super::*;

mod contract {
    use super::*;

    fn subject() -> (AnchorLogUnderTest, TempDir) {
        let place = TempDir::new().unwrap();
        let path = place.path().join("anchors.ndjson");
        let open = move || -> Arc<dyn AnchorLog> { Arc::new(AnchorFile::open(&path).unwrap()) };
        (AnchorLogUnderTest { open: Box::new(open) }, place)
    }

    port_contracts::anchor_log!(guarded async { subject() });
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("anchors.ndjson")
    }

    fn open(&self) -> AnchorFile {
        AnchorFile::open(&self.path()).unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }
}

#[tokio::test]
async fn checkpoints_are_lines_of_a_private_file() {
    let place = Place::new();
    let file = place.open();
    assert_eq!(fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o600);
    let checkpoints = [checkpoint("acme", 3), checkpoint("acme", 9), checkpoint("beta", 1)];
    for checkpoint in &checkpoints {
        file.append(checkpoint).await.unwrap();
    }
    let line = |signed_head: &Checkpoint| {
        let line = TrailLine::Head { signed_head: signed_head.clone() };
        serde_json::to_string(&line).unwrap() + "\n"
    };
    assert_eq!(place.text(), checkpoints.iter().map(line).collect::<String>());
}

#[tokio::test]
async fn a_truncated_last_line_is_ignored_and_terminated() {
    let place = Place::new();
    let file = place.open();
    file.append(&checkpoint("acme", 3)).await.unwrap();
    file.append(&checkpoint("acme", 9)).await.unwrap();
    let torn = place.text();
    fs::write(place.path(), &torn[..torn.len() - 20]).unwrap();
    let file = place.open();
    assert!(!file.is_empty());
    assert_eq!(file.restored(), [checkpoint("acme", 3)]);
    assert!(file.is_empty() && file.restored().is_empty(), "they are not kept");
    file.append(&checkpoint("acme", 12)).await.unwrap();
    assert_eq!(place.text().lines().count(), 3);
    assert_eq!(place.open().restored(), [checkpoint("acme", 12)]);
    let mut found = Vec::new();
    let read = read_anchors(place.text().as_bytes(), |checkpoint| found.push(checkpoint.seq.get()));
    assert_eq!(read.unwrap(), AnchorsRead { unreadable: 1, is_torn: false });
    assert_eq!(found, [3, 12]);
}

#[test]
fn the_checkpoint_at_the_end_of_an_export_is_not_an_anchor() {
    let signed_head = Checkpoint { unstored: true, ..checkpoint("acme", 3) };
    let mut line = serde_json::to_vec(&TrailLine::Head { signed_head }).unwrap();
    line.push(b'\n');
    let read = read_anchors(&line[..], |_| panic!("it is one")).unwrap();
    assert_eq!(read, AnchorsRead { unreadable: 1, is_torn: false });
}

#[tokio::test]
async fn a_removed_file_is_an_error_and_is_not_recreated() {
    let place = Place::new();
    let file = place.open();
    fs::remove_file(place.path()).unwrap();
    let error = file.append(&checkpoint("acme", 3)).await.unwrap_err();
    assert!(error.to_string().contains("No such file"), "{error}");
    assert!(!place.path().exists());
    fs::write(place.path(), "").unwrap();
    file.append(&checkpoint("acme", 3)).await.unwrap();
    assert_eq!(place.open().restored(), [checkpoint("acme", 3)]);
}

#[test]
fn an_unwritable_path_is_refused() {
    let place = Place::new();
    for path in [place.0.path().to_owned(), place.0.path().join("gone").join("file")] {
        assert!(AnchorFile::open(&path).is_err(), "{}", path.display());
    }
}

/// A file that is not an anchor file at all costs no memory: a line is read in parts.
#[test]
fn an_endless_line_is_unreadable() {
    let endless = BufReader::new(io::repeat(b'x').take(10 * MAX_LINE));
    let read = read_anchors(endless, |_| panic!("there is none")).unwrap();
    assert_eq!(read, AnchorsRead { unreadable: 10, is_torn: true });
}
