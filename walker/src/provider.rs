//! The symbols of one walk: from a valid index, else from the parsed .sym.
//!
//! It replaces the `Symbolizer` of `minidump-stackwalk` and gives the unwinder the same answers:
//! * fill_symbol is Err only for a module without symbols. Stack scanning depends on that.
//! * The statistics say whether the symbols of each requested module were found and valid. They are
//!   keyed by the last component of its file name, as in the JSON.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use breakpad_symbols::{SimpleSymbolSupplier, SymbolSupplier};
use minidump::Module;
use minidump_unwind::{
    FileError, FileKind, FillSymbolError, FrameSymbolizer, FrameWalker, SymbolError, SymbolFile,
    SymbolProvider, SymbolStats,
};
use tracing::info;

use crate::index::Index;
use crate::pages::Damaged;
use crate::record::Stamp;
use crate::store::Store;

enum Symbols {
    Missing,
    Indexed(Box<Index>, PathBuf),
    Parsed(Box<SymbolFile>),
}

/// Finds symbols for the modules of one dump. Make a new one for each.
pub struct IndexedSymbols {
    supplier: SimpleSymbolSupplier,
    store: Store,
    misses: Option<PathBuf>,
    /// By base address: of overlapping modules, the unwinder requests only one.
    modules: Mutex<HashMap<u64, Arc<Symbols>>>,
    stats: Mutex<HashMap<String, SymbolStats>>,
}

impl IndexedSymbols {
    /// Look for .sym files in *folders* and for their indexes in *store*.
    ///
    /// The path of each .sym that has no index is appended to the file *misses*.
    pub fn new(folders: Vec<PathBuf>, store: Store, misses: Option<PathBuf>) -> IndexedSymbols {
        IndexedSymbols {
            supplier: SimpleSymbolSupplier::new(folders),
            store,
            misses,
            modules: Mutex::default(),
            stats: Mutex::default(),
        }
    }

    async fn symbols(&self, module: &(dyn Module + Sync)) -> Arc<Symbols> {
        let base = module.base_address();
        if let Some(symbols) = lock(&self.modules).get(&base) {
            return Arc::clone(symbols);
        }
        let mut stats = SymbolStats::default();
        let symbols = match self.supplier.locate_file(module, FileKind::BreakpadSym).await {
            Ok(sym) => self.load(&sym, &mut stats),
            Err(_) => Symbols::Missing,
        };
        lock(&self.stats).insert(leaf(&module.code_file()).to_owned(), stats);
        let symbols = Arc::new(symbols);
        lock(&self.modules).insert(base, Arc::clone(&symbols));
        symbols
    }

    fn load(&self, sym: &Path, stats: &mut SymbolStats) -> Symbols {
        let Ok(stamp) = File::open(sym).and_then(|file| Stamp::of(&file)) else {
            return Symbols::Missing;
        };
        if let Some(index) = self.store.open(sym, stamp) {
            stats.loaded_symbols = true;
            if index.is_corrupt() {
                stats.corrupt_symbols = true;
                return Symbols::Missing;
            }
            stats.symbol_url.clone_from(&index.url);
            return Symbols::Indexed(Box::new(index), sym.to_owned());
        }
        self.note_miss(sym);
        match SymbolFile::from_file(sym) {
            Ok(parsed) => {
                stats.loaded_symbols = true;
                stats.symbol_url.clone_from(&parsed.url);
                Symbols::Parsed(Box::new(parsed))
            }
            Err(why) => {
                stats.corrupt_symbols = matches!(why, SymbolError::ParseError(..));
                stats.loaded_symbols = stats.corrupt_symbols;
                Symbols::Missing
            }
        }
    }

    /// Look up *address*; None when the module has no symbols.
    ///
    /// If the index turns out to be damaged only now, the .sym is used from here on. Earlier
    /// answers were right, because every page was checked.
    async fn answer<T>(
        &self,
        module: &(dyn Module + Sync),
        address: u64,
        look_up: fn(&Index, u64) -> Result<SymbolFile, Damaged>,
        read: impl FnOnce(&SymbolFile) -> T,
    ) -> Option<T> {
        let mut symbols = self.symbols(module).await;
        if let Symbols::Indexed(index, sym) = &*symbols {
            let address = address.saturating_sub(module.base_address());
            if let Ok(found) = look_up(index, address) {
                return Some(read(&found));
            }
            symbols = self.replace(module, sym);
        }
        match &*symbols {
            Symbols::Parsed(parsed) => Some(read(parsed)),
            _ => None,
        }
    }

    fn replace(&self, module: &(dyn Module + Sync), sym: &Path) -> Arc<Symbols> {
        self.store.discard(sym);
        self.note_miss(sym);
        let parsed = SymbolFile::from_file(sym);
        let symbols = Arc::new(parsed.map_or(Symbols::Missing, |it| Symbols::Parsed(Box::new(it))));
        lock(&self.modules).insert(module.base_address(), Arc::clone(&symbols));
        symbols
    }

    fn note_miss(&self, sym: &Path) {
        info!("no index of {}: parsing it", sym.display());
        let Some(path) = &self.misses else { return };
        let sym = std::path::absolute(sym).unwrap_or_else(|_| sym.to_owned());
        let line = [sym.as_os_str().as_bytes(), b"\n"].concat();
        let opened = OpenOptions::new().append(true).create(true).open(path);
        // One write, so that lines of several walks do not mix. A lost line only costs time.
        if let Err(why) = opened.and_then(|mut file| file.write_all(&line)) {
            info!("cannot note the miss: {why}");
        }
    }
}

#[async_trait]
impl SymbolProvider for IndexedSymbols {
    async fn fill_symbol(
        &self,
        module: &(dyn Module + Sync),
        frame: &mut (dyn FrameSymbolizer + Send),
    ) -> Result<(), FillSymbolError> {
        let address = frame.get_instruction();
        self.answer(module, address, Index::naming, |found| found.fill_symbol(module, frame))
            .await
            .ok_or(FillSymbolError {})
    }

    async fn walk_frame(
        &self,
        module: &(dyn Module + Sync),
        walker: &mut (dyn FrameWalker + Send),
    ) -> Option<()> {
        let address = walker.get_instruction();
        self.answer(module, address, Index::unwinding, |found| found.walk_frame(module, walker))
            .await?
    }

    async fn get_file_path(
        &self,
        module: &(dyn Module + Sync),
        file_kind: FileKind,
    ) -> Result<PathBuf, FileError> {
        self.supplier.locate_file(module, file_kind).await
    }

    fn stats(&self) -> HashMap<String, SymbolStats> {
        lock(&self.stats).clone()
    }
}

/// Return the last component of *path*, with the separators of any system.
pub fn leaf(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
