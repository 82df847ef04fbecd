//! Writes the index of a parsed .sym.
//!
//! It is built from the parser's result, after sorting and removal of overlaps, never from the
//! text, so that a lookup in the index finds the same record as a lookup in the parsed file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Error, ErrorKind};

use breakpad_symbols::SymbolFile;
use breakpad_symbols::fuzzing_private_exports::{StackInfoWin, WinStackThing};
use range_map::{Range, RangeMap};

use crate::pages::PageWriter;
use crate::record::{Header, Key, Kind, Piece, Stamp, Table, put, put_piece};

/// Write the index of *symbols* into the empty *file*; None stands for a corrupt .sym.
///
/// Fails with InvalidData when a record does not fit the format; then the .sym has no index.
pub fn write(symbols: Option<&SymbolFile>, stamp: Stamp, file: File) -> io::Result<File> {
    let mut writer = Writer { pages: PageWriter::new(file)?, known: HashMap::new() };
    let mut header = Header {
        stamp,
        corrupt: symbols.is_none(),
        url: Piece::default(),
        tables: Default::default(),
    };
    if let Some(symbols) = symbols {
        header.url = writer.text(symbols.url.as_deref().unwrap_or_default())?;
        for kind in Kind::ALL {
            let keys = writer.records(kind, symbols)?;
            header.tables[kind as usize] = writer.table(&keys)?;
        }
    }
    writer.pages.finish(&header.encode())
}

struct Writer<'a> {
    pages: PageWriter,
    /// Pieces that were written before: names, paths and above all unwinding rules repeat.
    known: HashMap<Cow<'a, [u8]>, Piece>,
}

impl<'a> Writer<'a> {
    fn records(&mut self, kind: Kind, symbols: &'a SymbolFile) -> io::Result<Vec<Key>> {
        match kind {
            Kind::Function => self.functions(symbols),
            Kind::Public => self.publics(symbols),
            Kind::Cfi => self.cfi(symbols),
            Kind::FrameData => self.windows(&symbols.win_stack_framedata_info),
            Kind::Fpo => self.windows(&symbols.win_stack_fpo_info),
            Kind::File => self.texts(&symbols.files),
            Kind::Origin => self.texts(&symbols.inline_origins),
        }
    }

    fn functions(&mut self, symbols: &'a SymbolFile) -> io::Result<Vec<Key>> {
        let mut keys = Vec::new();
        let (mut record, mut lines) = (Vec::new(), Vec::new());
        for (range, function) in symbols.functions.ranges_values() {
            covers(range, function.address, function.size)?;
            lines.clear();
            let mut end = function.address;
            for (range, line) in function.lines.ranges_values() {
                covers(range, line.address, line.size)?;
                put(&mut lines, line.address.wrapping_sub(end));
                put(&mut lines, line.size.into());
                put(&mut lines, line.file.into());
                put(&mut lines, line.line.into());
                end = line.address.wrapping_add(line.size.into());
            }
            record.clear();
            put(&mut record, function.parameter_size.into());
            put_piece(&mut record, self.text(&function.name)?);
            put(&mut record, lines.len() as u64);
            record.extend_from_slice(&lines);
            for inlinee in &function.inlinees {
                put(&mut record, inlinee.depth.into());
                put(&mut record, inlinee.address.wrapping_sub(function.address));
                put(&mut record, inlinee.size.into());
                put(&mut record, inlinee.call_file.into());
                put(&mut record, inlinee.call_line.into());
                put(&mut record, inlinee.origin_id.into());
            }
            let record = self.piece(&record)?;
            keys.push(Key { start: function.address, size: function.size, record });
        }
        Ok(keys)
    }

    fn publics(&mut self, symbols: &'a SymbolFile) -> io::Result<Vec<Key>> {
        let mut keys = Vec::new();
        // They are sorted and the last one before an address is taken: of several at one
        // address only the last is ever found.
        for same in symbols.publics.chunk_by(|one, other| one.address == other.address) {
            let public = &same[same.len() - 1];
            let mut record = Vec::new();
            put(&mut record, public.parameter_size.into());
            put_piece(&mut record, self.text(&public.name)?);
            let record = self.shared(Cow::Owned(record))?;
            keys.push(Key { start: public.address, size: 0, record });
        }
        Ok(keys)
    }

    fn cfi(&mut self, symbols: &'a SymbolFile) -> io::Result<Vec<Key>> {
        let mut keys = Vec::new();
        for (range, info) in symbols.cfi_stack_info.ranges_values() {
            let start = info.init.address;
            covers(range, start, info.size)?;
            let mut record = Vec::new();
            put_piece(&mut record, self.text(&info.init.rules)?);
            for added in &info.add_rules {
                put(&mut record, added.address.wrapping_sub(start));
                put_piece(&mut record, self.text(&added.rules)?);
            }
            let record = self.shared(Cow::Owned(record))?;
            keys.push(Key { start, size: info.size, record });
        }
        Ok(keys)
    }

    fn windows(&mut self, infos: &'a RangeMap<u64, StackInfoWin>) -> io::Result<Vec<Key>> {
        let mut keys = Vec::new();
        for (range, info) in infos.ranges_values() {
            covers(range, info.address, info.size)?;
            let mut record = Vec::new();
            put(&mut record, info.prologue_size.into());
            put(&mut record, info.epilogue_size.into());
            put(&mut record, info.parameter_size.into());
            put(&mut record, info.saved_register_size.into());
            put(&mut record, info.local_size.into());
            put(&mut record, info.max_stack_size.into());
            match &info.program_string_or_base_pointer {
                WinStackThing::AllocatesBasePointer(told) => put(&mut record, u64::from(*told)),
                WinStackThing::ProgramString(program) => {
                    put(&mut record, 2);
                    put_piece(&mut record, self.text(program)?);
                }
            }
            let record = self.shared(Cow::Owned(record))?;
            keys.push(Key { start: info.address, size: info.size, record });
        }
        Ok(keys)
    }

    fn texts(&mut self, texts: &'a HashMap<u32, String>) -> io::Result<Vec<Key>> {
        let mut sorted: Vec<_> = texts.iter().collect();
        sorted.sort();
        let mut keys = Vec::with_capacity(sorted.len());
        for (&number, text) in sorted {
            keys.push(Key { start: number.into(), size: 0, record: self.text(text)? });
        }
        Ok(keys)
    }

    fn table(&mut self, keys: &[Key]) -> io::Result<Table> {
        let at = self.pages.append(&[])?;
        for key in keys {
            self.pages.append(&key.encode())?;
        }
        Ok(Table { at, count: keys.len() as u64 })
    }

    fn text(&mut self, text: &'a str) -> io::Result<Piece> {
        self.shared(Cow::Borrowed(text.as_bytes()))
    }

    fn shared(&mut self, bytes: Cow<'a, [u8]>) -> io::Result<Piece> {
        if let Some(piece) = self.known.get(&bytes) {
            return Ok(*piece);
        }
        let piece = self.piece(&bytes)?;
        self.known.insert(bytes, piece);
        Ok(piece)
    }

    fn piece(&mut self, bytes: &[u8]) -> io::Result<Piece> {
        let length = u32::try_from(bytes.len()).map_err(|_| unfit("a record is too long"))?;
        Ok(Piece { at: self.pages.append(bytes)?, length })
    }
}

/// Check what the parser promises: a value is found at the addresses that it names itself.
fn covers(range: &Range<u64>, start: u64, size: u32) -> io::Result<()> {
    if range.start == start && range.end.wrapping_sub(start) == u64::from(size).wrapping_sub(1) {
        return Ok(());
    }
    Err(unfit("a record is found elsewhere than it says"))
}

fn unfit(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}
