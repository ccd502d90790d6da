//! A legacy database and the store into which it is adopted.

use std::collections::BTreeMap;
use std::process::{Child, Command, Output, Stdio};

use futures_util::TryStreamExt;
use local_mongod::TestDatabase;
use mongodb::Database;
use mongodb::bson::{Document, doc};
use tempfile::TempDir;

use super::old::Old;
use crate::support::{Server, tenantry};

/// The target stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    /// The legacy database itself.
    Same,
    /// Another database.
    Other,
    /// A file.
    Embedded,
}

impl Into {
    pub(crate) const ALL: [Self; 3] = [Self::Same, Self::Other, Self::Embedded];
}

/// A legacy database and a target store.
pub(crate) struct Migration {
    pub(crate) old: Old,
    layout: &'static str,
    /// Whether admins other than founders are imported from documents.
    among_documents: bool,
    into: Into,
    other: TestDatabase,
    directory: TempDir,
}

impl Migration {
    pub(crate) async fn new(old: Old, layout: &'static str, into: Into) -> Self {
        let (other, directory) = (TestDatabase::fresh().await.unwrap(), TempDir::new().unwrap());
        Self { old, layout, among_documents: layout == "enterprise", into, other, directory }
    }

    /// The same, importing only founders from documents.
    pub(crate) fn only_founders(self) -> Self {
        Self { among_documents: false, ..self }
    }

    /// The database of the store, if it has one.
    pub(crate) fn database(&self) -> Option<&Database> {
        match self.into {
            Into::Same => Some(self.old.database.database()),
            Into::Other => Some(self.other.database()),
            Into::Embedded => None,
        }
    }

    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        match self.database() {
            None => {
                let data = self.directory.path().join("data");
                vec![("STORE", "embedded".into()), ("DATA_DIR", data.display().to_string())]
            }
            Some(database) => vec![
                ("MONGODB_URL", self.other.url().to_owned()),
                ("DATABASE_NAME", database.name().to_owned()),
            ],
        }
    }

    /// The command with additional arguments.
    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = tenantry(self.directory.path());
        command.envs(self.settings()).args(["adopt", "--layout", self.layout]);
        command.args(["--from", self.old.database.url()]);
        command.args(self.among_documents.then_some("--admins-among-documents"));
        command.args(["--database", self.old.database.name()]).args(more);
        command
    }

    pub(crate) fn run(&self, more: &[&str]) -> Output {
        self.command(more).output().unwrap()
    }

    /// Runs the command, expects success, and returns its output.
    pub(crate) fn adopt(&self, more: &[&str]) -> String {
        let output = self.run(more);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{:?}: {errors}{}",
            self.into,
            stdout_of(&output)
        );
        stdout_of(&output)
    }

    /// Starts the command.
    pub(crate) fn spawn(&self) -> Child {
        let mut command = self.command(&[]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Starts a server on the store.
    pub(crate) fn server(&self) -> Server {
        let settings = self.settings();
        let mut settings: Vec<_> =
            settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        settings.push(("OPERATOR_TOKEN", OPERATOR));
        Server::start_with(&settings)
    }

    /// Expects that `tenantry doctor` finds nothing wrong.
    pub(crate) fn nothing_is_wrong(&self) {
        let mut doctor = tenantry(self.directory.path());
        let report = doctor.envs(self.settings()).arg("doctor").output().unwrap();
        let errors = String::from_utf8_lossy(&report.stderr);
        assert_eq!(stdout_of(&report), "nothing is wrong\n", "{:?}: {errors}", self.into);
    }

    /// The contents of both databases and of the directory.
    pub(crate) async fn all_contents(&self) -> BTreeMap<String, String> {
        let mut seen = all_contents(self.old.database.database()).await;
        seen.extend(all_contents(self.other.database()).await);
        let files = std::fs::read_dir(self.directory.path()).unwrap();
        seen.extend(files.map(|file| (format!("{:?}", file.unwrap().path()), String::new())));
        seen
    }
}

pub(crate) const OPERATOR: &str = "operator-token-of-the-adoption-tests-0123456789";

/// Every collection with its uuid, its indexes and its documents.
pub(crate) async fn all_contents(database: &Database) -> BTreeMap<String, String> {
    let list = database.list_collections().await.unwrap();
    let there: Vec<_> = list.try_collect().await.unwrap();
    let mut seen = BTreeMap::new();
    for found in there {
        let (indexes, documents) = contents(database, &found.name).await;
        let uuid = found.info.uuid;
        seen.insert(
            format!("{}.{}", database.name(), found.name),
            format!("{uuid:?} {indexes:?} {documents:?}"),
        );
    }
    seen
}

/// The indexes and the documents of a collection.
pub(crate) async fn contents(database: &Database, name: &str) -> (Vec<String>, Vec<Document>) {
    let collection = database.collection::<Document>(name);
    let indexes = collection.list_index_names().await.unwrap();
    let all = collection.find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap();
    (indexes, all.try_collect().await.unwrap())
}

/// The standard output.
pub(crate) fn stdout_of(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}
