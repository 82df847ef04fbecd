//! Looks up one address in an index and returns what a parsed .sym has for it.
//!
//! The result is itself a `SymbolFile`, with only the FUNC, PUBLIC and STACK record of the address.
//! rust-minidump's own code then reads it, so the rules for choosing symbols, listing inlined
//! functions and recovering registers are not written a second time here.
//!
//! Most of the types in a `SymbolFile` have no public name, but all fields are public: values are
//! made by parsing a small text and changing the result.

use std::collections::HashMap;
use std::fmt::Debug;
use std::fs::File;
use std::path::Path;
use std::sync::LazyLock;

use breakpad_symbols::fuzzing_private_exports::{StackInfoWin, WinStackThing};
use breakpad_symbols::{CfiRules, SymbolFile};
use range_map::{Range, RangeMap};

use crate::pages::{CONTENT, Damaged, Pages};
use crate::record::{Header, Key, Kind, Numbers, Piece, Stamp};

static PATTERN: LazyLock<SymbolFile> = LazyLock::new(|| {
    parse(
        b"MODULE Linux x86 0 m\nFUNC 0 1 0 f\n0 1 0 0\nINLINE 0 0 0 0 0 1\nSTACK CFI INIT 0 1 r\n",
    )
});

fn parse(text: &[u8]) -> SymbolFile {
    SymbolFile::from_bytes(text).expect("our own text can be parsed")
}

/// The index of one .sym, open.
pub struct Index {
    pages: Pages,
    header: Header,
    /// INFO URL of the .sym.
    pub url: Option<String>,
}

impl Index {
    /// Open the index at *path*; None unless it is whole, of this format and made from *stamp*.
    pub fn open(path: &Path, stamp: Stamp) -> Option<Index> {
        let pages = Pages::new(File::open(path).ok()?).ok()?;
        let header = Header::decode(&pages.bytes(0, CONTENT as u64).ok()?).ok()?;
        if header.stamp != stamp {
            return None;
        }
        let mut index = Index { pages, header, url: None };
        if index.header.url.length > 0 {
            index.url = Some(index.text(index.header.url).ok()?);
        }
        Some(index)
    }

    /// Return the file of the index.
    pub fn file(&self) -> &File {
        self.pages.file()
    }

    /// Whether the .sym could not be parsed.
    pub fn is_corrupt(&self) -> bool {
        self.header.corrupt
    }

    /// Return what is needed to name a frame; *address* is relative to the module.
    pub fn naming(&self, address: u64) -> Result<SymbolFile, Damaged> {
        let mut found = self.windows(address)?; // they know the size of parameters better
        if let Some(function) = self.last(Kind::Function, address)? {
            if covers(&function, address) {
                self.add_function(&mut found, &function, address)?;
                return Ok(found);
            }
            // It ends before the address. A PUBLIC in front of it does not reach beyond it.
            let mut value = first(&PATTERN.functions);
            value.address = function.start;
            value.size = function.size;
            found.functions = single(&function, value)?;
        }
        if let Some(public) = self.last(Kind::Public, address)? {
            self.add_public(&mut found, &public)?;
        }
        Ok(found)
    }

    /// Return what is needed to find a frame's caller; *address* is relative to the module.
    pub fn unwinding(&self, address: u64) -> Result<SymbolFile, Damaged> {
        let mut found = self.windows(address)?;
        if let Some(key) = self.covering(Kind::Cfi, address)? {
            let record = self.record(&key)?;
            let mut numbers = Numbers(&record);
            let mut info = first(&PATTERN.cfi_stack_info);
            info.size = key.size;
            info.init = CfiRules { address: key.start, rules: self.text(numbers.piece()?)? };
            while !numbers.is_empty() {
                let address = key.start.wrapping_add(numbers.u64()?);
                let rules = self.text(numbers.piece()?)?;
                info.add_rules.push(CfiRules { address, rules });
            }
            found.cfi_stack_info = single(&key, info)?;
        }
        Ok(found)
    }

    fn add_function(&self, found: &mut SymbolFile, key: &Key, address: u64) -> Result<(), Damaged> {
        let record = self.record(key)?;
        let mut numbers = Numbers(&record);
        let mut function = first(&PATTERN.functions);
        let inline = function.inlinees.pop().expect("the pattern has one");
        function.address = key.start;
        function.size = key.size;
        function.parameter_size = numbers.u32()?;
        function.name = self.text(numbers.piece()?)?;
        let length = numbers.u64()?;
        let line = line_at(&mut numbers.part(length)?, key.start, address)?;
        function.lines = RangeMap::new();
        if let Some((line, file, number)) = line {
            let mut value = first(&first(&PATTERN.functions).lines);
            (value.address, value.size) = (line.start, line.size);
            (value.file, value.line) = (file, number);
            function.lines = single(&line, value)?;
            self.add_text(&mut found.files, Kind::File, file)?;
        }
        while !numbers.is_empty() {
            let mut inlinee = inline.clone();
            inlinee.depth = numbers.u32()?;
            inlinee.address = key.start.wrapping_add(numbers.u64()?);
            inlinee.size = numbers.u32()?;
            inlinee.call_file = numbers.u32()?;
            inlinee.call_line = numbers.u32()?;
            inlinee.origin_id = numbers.u32()?;
            function.inlinees.push(inlinee);
        }
        for depth in 0.. {
            let Some((file, _, _, origin)) = function.get_inlinee_at_depth(depth, address) else {
                break;
            };
            self.add_text(&mut found.files, Kind::File, file)?;
            self.add_text(&mut found.inline_origins, Kind::Origin, origin)?;
        }
        found.functions = single(key, function)?;
        Ok(())
    }

    fn add_public(&self, found: &mut SymbolFile, key: &Key) -> Result<(), Damaged> {
        let record = self.record(key)?;
        let mut numbers = Numbers(&record);
        found.publics = parse(b"PUBLIC 0 0 p\n").publics; // no Clone, hence parsed each time
        for public in &mut found.publics {
            public.address = key.start;
            public.parameter_size = numbers.u32()?;
            public.name = self.text(numbers.piece()?)?;
        }
        Ok(())
    }

    fn add_text(
        &self,
        texts: &mut HashMap<u32, String>,
        kind: Kind,
        number: u32,
    ) -> Result<(), Damaged> {
        if let Some(key) = self.numbered(kind, number.into())? {
            texts.insert(number, self.text(key.record)?);
        }
        Ok(())
    }

    /// Return a file with the STACK WIN records of *address* and nothing else.
    fn windows(&self, address: u64) -> Result<SymbolFile, Damaged> {
        let mut found = empty();
        for (kind, infos) in [
            (Kind::FrameData, &mut found.win_stack_framedata_info),
            (Kind::Fpo, &mut found.win_stack_fpo_info),
        ] {
            if let Some(key) = self.covering(kind, address)? {
                *infos = single(&key, self.window(&key)?)?;
            }
        }
        Ok(found)
    }

    fn window(&self, key: &Key) -> Result<StackInfoWin, Damaged> {
        let record = self.record(key)?;
        let mut numbers = Numbers(&record);
        Ok(StackInfoWin {
            address: key.start,
            size: key.size,
            prologue_size: numbers.u32()?,
            epilogue_size: numbers.u32()?,
            parameter_size: numbers.u32()?,
            saved_register_size: numbers.u32()?,
            local_size: numbers.u32()?,
            max_stack_size: numbers.u32()?,
            program_string_or_base_pointer: match numbers.u32()? {
                0 => WinStackThing::AllocatesBasePointer(false),
                1 => WinStackThing::AllocatesBasePointer(true),
                2 => WinStackThing::ProgramString(self.text(numbers.piece()?)?),
                _ => return Err(Damaged),
            },
        })
    }

    fn covering(&self, kind: Kind, address: u64) -> Result<Option<Key>, Damaged> {
        Ok(self.last(kind, address)?.filter(|key| covers(key, address)))
    }

    /// Return the last key that starts at or before *start*.
    fn last(&self, kind: Kind, start: u64) -> Result<Option<Key>, Damaged> {
        let (mut low, mut high) = (0, self.header.tables[kind as usize].count);
        let mut last = None;
        while low < high {
            let middle = low + (high - low) / 2;
            let key = self.key(kind, middle)?;
            if key.start <= start {
                last = Some(key);
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(last)
    }

    /// Return the key of *number*. It is mostly at that index, because gaps are rare.
    fn numbered(&self, kind: Kind, number: u64) -> Result<Option<Key>, Damaged> {
        if number < self.header.tables[kind as usize].count {
            let key = self.key(kind, number)?;
            if key.start == number {
                return Ok(Some(key));
            }
        }
        Ok(self.last(kind, number)?.filter(|key| key.start == number))
    }

    fn key(&self, kind: Kind, number: u64) -> Result<Key, Damaged> {
        let table = self.header.tables[kind as usize];
        let offset = number.checked_mul(Key::BYTES as u64).ok_or(Damaged)?;
        let mut bytes = [0; Key::BYTES];
        self.pages.fill(table.at.checked_add(offset).ok_or(Damaged)?, &mut bytes)?;
        Ok(Key::decode(&bytes))
    }

    fn record(&self, key: &Key) -> Result<Vec<u8>, Damaged> {
        self.pages.bytes(key.record.at, key.record.length.into())
    }

    fn text(&self, piece: Piece) -> Result<String, Damaged> {
        let bytes = self.pages.bytes(piece.at, piece.length.into())?;
        String::from_utf8(bytes).map_err(|_| Damaged)
    }
}

/// Find the line of *address*: its range (as a key), the number of its file, and its line number.
fn line_at(
    lines: &mut Numbers,
    mut end: u64,
    address: u64,
) -> Result<Option<(Key, u32, u32)>, Damaged> {
    while !lines.is_empty() {
        let start = end.wrapping_add(lines.u64()?);
        let (size, file, number) = (lines.u32()?, lines.u32()?, lines.u32()?);
        let line = Key { start, size, record: Piece::default() };
        if covers(&line, address) {
            return Ok(Some((line, file, number)));
        }
        end = start.wrapping_add(size.into());
    }
    Ok(None)
}

fn covers(key: &Key, address: u64) -> bool {
    address.checked_sub(key.start).is_some_and(|offset| offset < key.size.into())
}

fn first<V: Clone + Debug + Eq>(values: &RangeMap<u64, V>) -> V {
    values.ranges_values().next().expect("the pattern has one").1.clone()
}

/// Return a map with one *value* at the addresses of *key*.
fn single<V: Clone + Debug + Eq>(key: &Key, value: V) -> Result<RangeMap<u64, V>, Damaged> {
    let size = u64::from(key.size).checked_sub(1).ok_or(Damaged)?;
    let end = key.start.checked_add(size).ok_or(Damaged)?;
    Ok(std::iter::once((Range::new(key.start, end), value)).collect())
}

fn empty() -> SymbolFile {
    SymbolFile {
        module_id: String::new(),
        debug_file: String::new(),
        files: HashMap::new(),
        publics: Vec::new(),
        functions: RangeMap::new(),
        inline_origins: HashMap::new(),
        cfi_stack_info: RangeMap::new(),
        win_stack_framedata_info: RangeMap::new(),
        win_stack_fpo_info: RangeMap::new(),
        url: None,
        ambiguities_repaired: 0,
        ambiguities_discarded: 0,
        corruptions_discarded: 0,
        cfi_eval_corruptions: 0,
    }
}
