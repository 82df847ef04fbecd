//! Where indexes are, and how they are built and removed.
//!
//! `NAME.sym` has its index next to it, `NAME.sym.index1` (1 is the number of the format), or below
//! an index folder at `DEBUG_FILE/ID/NAME.sym.index1`, as in a symbol store. An index is written to
//! a temporary file and renamed, so readers only see whole indexes. Removing one in use is safe.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Error, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use breakpad_symbols::{SymbolError, SymbolFile};

use crate::index::Index;
use crate::record::{FORMAT, Stamp};
use crate::write::write;

/// How often the use of an index is recorded.
const USE_NOTED_EVERY: Duration = Duration::from_secs(3600);
/// Older temporary files were left behind by a killed process.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 3600);
const TEMPORARY: &str = "tmp";

/// The outcome of indexing one .sym.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It had an index already.
    Fresh,
    /// It has one now.
    Built,
    /// It has one now, and that says that the .sym cannot be parsed.
    Corrupt,
}

impl fmt::Display for Outcome {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str(match self {
            Outcome::Fresh => "fresh",
            Outcome::Built => "built",
            Outcome::Corrupt => "corrupt",
        })
    }
}

/// Where indexes are.
#[derive(Clone, Debug, Default)]
pub struct Store {
    folder: Option<PathBuf>,
}

impl Store {
    /// Keep indexes in *folder*, or next to each .sym.
    pub fn new(folder: Option<PathBuf>) -> Store {
        Store { folder }
    }

    /// Return the path of the index of *sym*.
    pub fn path(&self, sym: &Path) -> PathBuf {
        let mut name = sym.as_os_str().to_owned();
        name.push(format!(".index{FORMAT}"));
        let beside = PathBuf::from(name);
        let Some(folder) = &self.folder else {
            return beside;
        };
        let names: Vec<_> = std::path::absolute(&beside)
            .unwrap_or(beside)
            .components()
            .filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_owned()),
                _ => None, // so that no path leads out of the folder
            })
            .collect();
        folder.join(names[names.len().saturating_sub(3)..].iter().collect::<PathBuf>())
    }

    /// Open the index of *sym* if it has one that fits *stamp*.
    pub fn open(&self, sym: &Path, stamp: Stamp) -> Option<Index> {
        let index = Index::open(&self.path(sym), stamp)?;
        if self.folder.is_some() {
            note_use(index.file());
        }
        Some(index)
    }

    /// Build the index of *sym* unless it has one.
    ///
    /// Several processes may do so at once; on a file system with locks, one of them works and the
    /// others use its index. Fails when the .sym cannot be read, changes meanwhile, or contains
    /// something that the format cannot store: then it is walked without an index.
    pub fn ensure(&self, sym: &Path) -> io::Result<Outcome> {
        let file = File::open(sym)?;
        let _ = file.lock(); // released on close, however this ends
        let stamp = Stamp::of(&file)?;
        let path = self.path(sym);
        if Index::open(&path, stamp).is_some() {
            return Ok(Outcome::Fresh);
        }
        let parsed = match SymbolFile::parse(&file, |_| ()) {
            Ok(parsed) => Some(parsed),
            Err(SymbolError::LoadError(why)) => return Err(why),
            Err(_) => None,
        };
        if Stamp::of(&file)? != stamp {
            return Err(Error::new(ErrorKind::InvalidData, "it changed while it was read"));
        }
        publish(&path, |file| write(parsed.as_ref(), stamp, file))?;
        Ok(if parsed.is_some() { Outcome::Built } else { Outcome::Corrupt })
    }

    /// Remove the index of *sym*: it was found damaged, and `ensure` looks at its start only.
    ///
    /// An index that was rebuilt meanwhile may be removed, too, which only costs time.
    pub fn discard(&self, sym: &Path) {
        let _ = fs::remove_file(self.path(sym));
    }

    /// Remove the indexes that were unused for longest, until at most *most* bytes are left.
    ///
    /// Returns what was removed.
    pub fn prune(&self, most: u64) -> io::Result<Vec<PathBuf>> {
        let mut removed = Vec::new();
        let Some(folder) = &self.folder else {
            return Ok(removed);
        };
        let mut indexes = Vec::new();
        for path in files(folder)? {
            // Another process may remove it just now.
            let Ok(told) = fs::symlink_metadata(&path) else { continue };
            let used = told.modified()?;
            if path.extension().is_some_and(|found| found == TEMPORARY) {
                if age(used) > LEFT_BEHIND {
                    let _ = fs::remove_file(&path);
                }
            } else if is_index(&path) {
                indexes.push((used, told.len(), path));
            }
        }
        indexes.sort();
        let mut total: u64 = indexes.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in indexes {
            if total <= most {
                break;
            }
            match fs::remove_file(&path) {
                Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
                _ => total -= size,
            }
            removed.push(path);
        }
        Ok(removed)
    }
}

/// Return all .sym files at or below *path*, sorted, including links.
pub fn symbol_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = files(path)?;
    found.retain(|path| path.extension().is_some_and(|found| found == "sym") && path.is_file());
    found.sort();
    Ok(found)
}

fn is_index(path: &Path) -> bool {
    let extension = path.extension().and_then(|found| found.to_str());
    let format = extension.and_then(|found| found.strip_prefix("index"));
    format.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Return all files below *folder*; links are not followed.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let folder = entry.file_type()?.is_dir();
            if folder { &mut folders } else { &mut found }.push(entry.path());
        }
    }
    Ok(found)
}

/// Let *fill* write a file that appears at *path* whole and synced, or not at all.
fn publish(path: &Path, fill: impl FnOnce(File) -> io::Result<File>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = OsString::from(path);
    name.push(format!(".{}.{TEMPORARY}", std::process::id()));
    let temporary = PathBuf::from(name);
    let published = File::create(&temporary)
        .and_then(fill)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if published.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    published
}

/// Record the use of the index for `prune`. In a read-only folder it just looks older.
fn note_use(file: &File) {
    if let Ok(used) = file.metadata().and_then(|told| told.modified())
        && age(used) > USE_NOTED_EVERY
    {
        let _ = file.set_modified(SystemTime::now());
    }
}

fn age(since: SystemTime) -> Duration {
    SystemTime::now().duration_since(since).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYM: &str = "MODULE Linux x86 A0 a.so\nFUNC 1000 10 0 one\n1000 10 7 1\nFILE 1 a.c\n";

    fn symbols(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let sym = folder.path().join("a.so/A0/a.so.sym");
        fs::create_dir_all(sym.parent().unwrap()).unwrap();
        fs::write(&sym, text).unwrap();
        (folder, sym)
    }

    fn open(store: &Store, sym: &Path) -> Option<Index> {
        store.open(sym, Stamp::of(&File::open(sym).unwrap()).unwrap())
    }

    #[test]
    fn an_index_is_built_once_and_again_after_a_change() {
        let (_folder, sym) = symbols(SYM);
        let store = Store::default();

        assert_eq!(store.ensure(&sym).unwrap(), Outcome::Built);
        assert_eq!(store.ensure(&sym).unwrap(), Outcome::Fresh);
        fs::write(&sym, format!("{SYM}PUBLIC 2000 0 two\n")).unwrap();
        assert!(open(&store, &sym).is_none());
        assert_eq!(store.ensure(&sym).unwrap(), Outcome::Built);
        assert!(open(&store, &sym).is_some());
    }

    #[test]
    fn a_corrupt_sym_has_an_index_that_says_so() {
        for text in ["", "no symbols\n", "MODULE Linux x86 A0 a.so\nFUNC"] {
            let (_folder, sym) = symbols(text);
            let store = Store::default();

            assert_eq!(store.ensure(&sym).unwrap(), Outcome::Corrupt);
            assert!(open(&store, &sym).unwrap().is_corrupt());
        }
    }

    #[test]
    fn an_index_folder_mirrors_the_store_and_cannot_be_left() {
        let store = Store::new(Some(PathBuf::from("/indexes")));

        for (sym, index) in [
            ("/symbols/a.so/A0/a.so.sym", "/indexes/a.so/A0/a.so.sym.index1"),
            ("/symbols/../A0/...sym", "/indexes/symbols/A0/...sym.index1"),
            ("/a.sym", "/indexes/a.sym.index1"),
        ] {
            assert_eq!(store.path(Path::new(sym)), Path::new(index));
        }
    }

    #[test]
    fn pruning_keeps_what_was_used_last() {
        let (folder, first) = symbols(SYM);
        let store = Store::new(Some(folder.path().join("indexes")));
        let second = first.with_file_name("b.so.sym");
        fs::write(&second, SYM).unwrap();
        for (sym, hours) in [(&first, 3), (&second, 2)] {
            store.ensure(sym).unwrap();
            let used = SystemTime::now() - Duration::from_secs(hours * 3600);
            File::open(store.path(sym)).unwrap().set_modified(used).unwrap();
        }
        let size = fs::metadata(store.path(&first)).unwrap().len();

        assert!(open(&store, &first).is_some());
        store.prune(2 * size).unwrap();
        assert!(store.path(&second).exists());
        store.prune(2 * size - 1).unwrap();
        assert!(store.path(&first).exists());
        assert!(!store.path(&second).exists());
    }

    #[test]
    fn pruning_removes_nothing_but_indexes_and_old_leftovers() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Some(folder.path().to_owned()));
        let names = ["a.sym", "a.index", "a.indexes", "a.index1x", "new.index1.7.tmp"];
        for name in names {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let old = folder.path().join("old.index1.7.tmp");
        fs::write(&old, "x").unwrap();
        let before = SystemTime::now() - 2 * LEFT_BEHIND;
        File::open(&old).unwrap().set_modified(before).unwrap();

        store.prune(0).unwrap();

        assert!(names.iter().all(|name| folder.path().join(name).exists()));
        assert!(!old.exists());
    }
}
