//! Opening the database: its directory, its file and its format.

mod exposure;

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use redb::backends::InMemoryBackend;
use redb::{Builder, Database, DatabaseError, ReadableDatabase, TableError};
use thiserror::Error;

use crate::organization_repo::index_public;
use crate::tables::{self, META};
use crate::tenant_store::count_all;

pub use exposure::check_external_file;

const FILE_NAME: &str = "tenantry.redb";
/// Name of a store without a file in errors.
const MEMORY_NAME: &str = "memory";
const FORMAT_KEY: &str = "format";
/// Version of the layout in [`tables`]. A change that older versions can't handle gets the next
/// number.
const FORMAT_VERSION: u64 = 4;
/// Memory for the page cache. The operating system caches the file as well, so more gains little.
const CACHE_BYTES: usize = 256 * 1024 * 1024;

/// Reasons for which a store can't be opened; displayed as one line.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process, or another store of this one, has it open.
    #[error("{} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// The directory can't be created or used.
    #[error("can't use the directory {}: {cause}", .directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// Other users could replace or read the stored data.
    #[error("{} is refused: {reason}", .path.display())]
    Exposed {
        /// The directory or file.
        path: PathBuf,
        /// The problem, and what to do about it.
        reason: &'static str,
    },
    /// The file can't be opened, read or written.
    #[error("can't open {}: {cause}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Error of the operating system or the database.
        cause: Box<redb::Error>,
    },
    /// The file is not a store.
    #[error("{} is not a Tenantry store", .0.display())]
    NotAStore(PathBuf),
    /// A later version wrote the file.
    #[error(
        "{} was written by a newer version of Tenantry: its format is {found}, and this version \
         reads {FORMAT_VERSION}",
        .file.display()
    )]
    NewerFormat {
        /// The file.
        file: PathBuf,
        /// The version of its format.
        found: u64,
    },
    /// The writer thread can't be started.
    #[error("can't start a thread: {0}")]
    Thread(io::Error),
}

/// A database in memory.
pub(crate) fn memory() -> Result<Database, OpenError> {
    let database = Builder::new().create_with_backend(InMemoryBackend::new());
    prepare(database, Path::new(MEMORY_NAME))
}

/// The error for an attempt to reopen a database in memory: it would be a new, empty one.
pub(crate) fn reopen_memory() -> Result<Database, OpenError> {
    Err(file_error(Path::new(MEMORY_NAME), redb::Error::DatabaseClosed))
}

/// Opens the database in the file of `data_dir`, and creates the tables of this version.
pub(crate) fn file(data_dir: &Path) -> Result<Database, OpenError> {
    let path = data_dir.join(FILE_NAME);
    make_directory(data_dir)
        .map_err(|cause| OpenError::Directory { directory: data_dir.to_owned(), cause })?;
    exposure::check_writers(data_dir)?;
    if !path.exists() {
        create_first(data_dir, &path)?;
    }
    open_existing(&path)
}

/// Whether the file is in `data_dir`.
pub(crate) fn is_in(data_dir: &Path) -> bool {
    data_dir.join(FILE_NAME).exists()
}

/// Reopens the database in the file of `data_dir`, which must exist.
pub(crate) fn reopen(data_dir: &Path) -> Result<Database, OpenError> {
    open_existing(&data_dir.join(FILE_NAME))
}

fn open_existing(path: &Path) -> Result<Database, OpenError> {
    let file = owned_file(path)?;
    if file.metadata().is_ok_and(|found| found.len() == 0) {
        // redb would create a new database in it, and the lost data would seem never to have
        // existed.
        return Err(OpenError::NotAStore(path.to_owned()));
    }
    prepare(Builder::new().set_cache_size(CACHE_BYTES).create_file(file), path)
}

/// Creates a store under a temporary name, and renames it when it is complete: an interrupted first
/// start leaves nothing that could disturb the next one. If another process was faster, its store
/// stays.
fn create_first(directory: &Path, path: &Path) -> Result<(), OpenError> {
    let draft = || {
        let draft = tempfile::Builder::new().suffix(".new").tempfile_in(directory)?;
        Ok((draft.reopen()?, draft))
    };
    let (file, draft) = draft().map_err(|cause: io::Error| file_error(path, cause))?;
    drop(prepare(Builder::new().create_file(file), path)?);
    match draft.persist_noclobber(path) {
        Err(refused) if refused.error.kind() != io::ErrorKind::AlreadyExists => {
            Err(file_error(path, refused.error))
        }
        _ => sync_names(directory).map_err(|cause| file_error(path, cause)),
    }
}

/// Checks the format of a database that was just opened, or writes it when the database is new.
/// `path` is its name in errors.
pub(crate) fn prepare(
    opened: Result<Database, DatabaseError>,
    path: &Path,
) -> Result<Database, OpenError> {
    let database = opened.map_err(|error| open_error(path, error))?;
    match format(&database).map_err(|cause| file_error(path, cause))? {
        Format::Known(FORMAT_VERSION) => {
            create_missing_tables(&database).map_err(|cause| file_error(path, cause))?;
            Ok(database)
        }
        Format::Known(found) if found > FORMAT_VERSION => {
            Err(OpenError::NewerFormat { file: path.to_owned(), found })
        }
        Format::Known(found @ 1..FORMAT_VERSION) => {
            upgrade(&database, found).map_err(|cause| file_error(path, cause))?;
            Ok(database)
        }
        Format::Known(_) | Format::Foreign => Err(OpenError::NotAStore(path.to_owned())),
        Format::New => {
            initialize(&database).map_err(|cause| file_error(path, cause))?;
            Ok(database)
        }
    }
}

/// Format version of a database.
enum Format {
    New,
    Known(u64),
    Foreign,
}

fn format(database: &Database) -> Result<Format, redb::Error> {
    let tx = database.begin_read()?;
    let meta = match tx.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::Storage(error)) => return Err(error.into()),
        Err(_) if tx.list_tables()?.next().is_none() => return Ok(Format::New),
        Err(_) => return Ok(Format::Foreign),
    };
    Ok(meta.get(FORMAT_KEY)?.map_or(Format::Foreign, |format| Format::Known(format.value())))
}

fn initialize(database: &Database) -> Result<(), redb::Error> {
    let tx = database.begin_write()?;
    tables::create_all(&tx)?;
    tx.open_table(META)?.insert(FORMAT_KEY, FORMAT_VERSION)?;
    Ok(tx.commit()?)
}

/// Creates tables that were added later. A complete database is not written to: its disk may be
/// full.
fn create_missing_tables(database: &Database) -> Result<(), redb::Error> {
    if !tables::lacks_tables(&database.begin_read()?)? {
        return Ok(());
    }
    let tx = database.begin_write()?;
    tables::create_all(&tx)?;
    Ok(tx.commit()?)
}

/// Upgrades from format 1, which had no index of dedicated collections (every organization with
/// documents had one); from format 2, which did not count documents; and from format 3, which had
/// no index of public organizations, and where no rename followed the change of an admin.
fn upgrade(database: &Database, from: u64) -> Result<(), redb::Error> {
    let tx = database.begin_write()?;
    tables::create_all(&tx)?;
    if from == 1 {
        tables::index_own_collections(&tx)?;
    }
    if from <= 2 {
        count_all(&tx)?;
    }
    index_public(&tx)?;
    tx.open_table(META)?.insert(FORMAT_KEY, FORMAT_VERSION)?;
    Ok(tx.commit()?)
}

fn make_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    directory.parent().map_or(Ok(()), sync_names)
}

/// Opens the file, which contains password hashes and private keys, readable by its owner only.
fn owned_file(path: &Path) -> Result<File, OpenError> {
    let open = || {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok((file.metadata()?, file))
    };
    let (found, file) = open().map_err(|cause: io::Error| file_error(path, cause))?;
    exposure::check_file(path, &found)?;
    if found.permissions().mode() & 0o077 != 0 {
        let tightened = file.set_permissions(Permissions::from_mode(0o600));
        tightened.map_err(|cause| file_error(path, cause))?;
    }
    Ok(file)
}

/// Makes file names in `directory` durable; the contents of a new file are useless without its
/// name.
fn sync_names(directory: &Path) -> io::Result<()> {
    let current = Path::new(".");
    let directory = if directory.as_os_str().is_empty() { current } else { directory };
    File::open(directory)?.sync_all()
}

fn open_error(path: &Path, error: DatabaseError) -> OpenError {
    match redb::Error::from(error) {
        redb::Error::DatabaseAlreadyOpen => OpenError::Locked(path.to_owned()),
        redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            OpenError::NotAStore(path.to_owned())
        }
        cause => file_error(path, cause),
    }
}

fn file_error(path: &Path, cause: impl Into<redb::Error>) -> OpenError {
    OpenError::File { file: path.to_owned(), cause: Box::new(cause.into()) }
}
