//! Below the walk: at any address an index answers what the parsed .sym answers, or says that it
//! is damaged; whatever its bytes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use breakpad_symbols::{FrameSymbolizer, FrameWalker, SimpleModule, SymbolFile};
use index_walker::index::Index;
use index_walker::pages::{CONTENT, PageWriter, Pages};
use index_walker::record::Stamp;
use index_walker::store::symbol_files;
use index_walker::write::write;

const BASE: u64 = 0x40_0000;
const MOST_ADDRESSES: usize = 4000;

/// Every odd record that a .sym can hold.
const ODD: &str = "\
MODULE Linux x86 A0 odd.so
INFO CODE_ID 1234
INFO URL https://symbols.example/odd.sym
FILE 0 zero.c
FILE 4294967295 last file.c
INLINE_ORIGIN 0 inlined()
INLINE_ORIGIN 1 \u{e9}t\u{e9}()
FUNC 1000 100 8 overlaps the next
1000 10 7 0
1010 10 0 9
1018 10 8 4294967295
1080 0 9 0
FUNC 1080 100 c hidden
FUNC m 1100 40 0\x20
INLINE 0 1 0 0 1100 10 1120 8
INLINE 0 2 9 1 1100 20
INLINE 1 3 4294967295 9 1104 4
INLINE 1 3 0 1 1104 4
INLINE 3 3 0 1 1104 4
INLINE 0 3 0 1 10f0 80
1100 40 5 0
FUNC 2000 0 0 empty
FUNC 3000 10 0 before publics
PUBLIC 2ff0 4 between
PUBLIC 3000 4 same start
PUBLIC 3008 4 inside
PUBLIC m 4000 4 a
PUBLIC 4000 8 b
PUBLIC 4000 8\x20
FUNC ffffffffffb00000 ff 0 high
FUNC fffffffffffffff0 20 0 beyond the end
PUBLIC ffffffffffffffff 0 last
STACK CFI INIT 1000 100 .cfa: $rsp 8 + .ra: .cfa 8 - ^
STACK CFI 1010 .cfa: $rsp 16 +
STACK CFI 1008 $rbx: .cfa 16 - ^
STACK CFI 20 $r12: 1
STACK CFI INIT 1100 40 .cfa: $rsp 8 + .ra: .cfa 8 - ^
STACK CFI INIT 1200 40 nonsense
STACK CFI INIT 1300 40\x20
STACK WIN 4 1000 40 1 2 3 4 5 6 1 $T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + =
STACK WIN 4 1010 30 1 2 3 4 5 6 1 $eip 4 + ^ =
STACK WIN 4 1000 40 1 2 9 4 5 6 1 same place
STACK WIN 0 1020 80 1 2 3 4 5 6 0 1
STACK WIN 0 2000 80 1 2 7 4 5 6 0 0
STACK WIN 0 2040 10 1 2 7 4 5 6 1 inconsistent
";

/// What the unwinder is told, in order.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    instruction: u64,
    calls: Vec<String>,
}

impl FrameSymbolizer for Heard {
    fn get_instruction(&self) -> u64 {
        self.instruction
    }
    fn set_function(&mut self, name: &str, base: u64, parameter_size: u32) {
        self.calls.push(format!("function {name:?} {base} {parameter_size}"));
    }
    fn set_source_file(&mut self, file: &str, line: u32, base: u64) {
        self.calls.push(format!("line {file:?} {line} {base}"));
    }
    fn add_inline_frame(&mut self, name: &str, file: Option<&str>, line: Option<u32>) {
        self.calls.push(format!("inline {name:?} {file:?} {line:?}"));
    }
}

impl FrameWalker for Heard {
    fn get_instruction(&self) -> u64 {
        self.instruction
    }
    fn has_grand_callee(&self) -> bool {
        true
    }
    fn get_grand_callee_parameter_size(&self) -> u32 {
        4
    }
    fn get_register_at_address(&self, address: u64) -> Option<u64> {
        Some(address ^ 0x5555)
    }
    fn get_callee_register(&self, name: &str) -> Option<u64> {
        Some(name.bytes().map(u64::from).sum::<u64>() * 64)
    }
    fn set_caller_register(&mut self, name: &str, value: u64) -> Option<()> {
        self.calls.push(format!("{name} = {value}"));
        Some(())
    }
    fn clear_caller_register(&mut self, name: &str) {
        self.calls.push(format!("no {name}"));
    }
    fn set_cfa(&mut self, value: u64) -> Option<()> {
        self.calls.push(format!("cfa = {value}"));
        Some(())
    }
    fn set_ra(&mut self, value: u64) -> Option<()> {
        self.calls.push(format!("ra = {value}"));
        Some(())
    }
}

fn heard(naming: &SymbolFile, unwinding: &SymbolFile, address: u64) -> Heard {
    let module = SimpleModule { base_address: Some(BASE), ..SimpleModule::default() };
    let mut heard = Heard { instruction: BASE + address, calls: Vec::new() };
    naming.fill_symbol(&module, &mut heard);
    let named = heard.calls.len();
    let walked = unwinding.walk_frame(&module, &mut heard);
    heard.calls[named..].sort(); // registers come in no particular order
    heard.calls.push(format!("walked: {walked:?}"));
    heard
}

/// Return the addresses where something begins or ends, and their neighbours.
fn edges(symbols: &SymbolFile) -> Vec<u64> {
    let mut edges = vec![0, u64::MAX - BASE];
    for (range, function) in symbols.functions.ranges_values() {
        edges.extend([range.start, range.end]);
        edges.extend(function.lines.ranges_values().flat_map(|(it, _)| [it.start, it.end]));
        for inlinee in &function.inlinees {
            edges.extend([inlinee.address, inlinee.address.wrapping_add(inlinee.size.into())]);
        }
    }
    for (range, info) in symbols.cfi_stack_info.ranges_values() {
        edges.extend([range.start, range.end]);
        edges.extend(info.add_rules.iter().map(|rule| rule.address));
    }
    for infos in [&symbols.win_stack_framedata_info, &symbols.win_stack_fpo_info] {
        edges.extend(infos.ranges_values().flat_map(|(it, _)| [it.start, it.end]));
    }
    edges.extend(symbols.publics.iter().map(|public| public.address));
    edges.sort_unstable();
    edges.dedup();
    let step = edges.len().div_ceil(MOST_ADDRESSES / 3);
    let some = edges.iter().step_by(step);
    some.flat_map(|at| [at.wrapping_sub(1), *at, at.wrapping_add(1)])
        .filter(|at| *at <= u64::MAX - BASE)
        .collect()
}

struct Indexed {
    folder: tempfile::TempDir,
    stamp: Stamp,
    symbols: SymbolFile,
}

impl Indexed {
    fn new(text: &[u8]) -> Indexed {
        let folder = tempfile::tempdir().unwrap();
        let symbols = SymbolFile::from_bytes(text).unwrap();
        let file = File::create_new(folder.path().join("index")).unwrap();
        let stamp = Stamp::of(&file).unwrap();
        write(Some(&symbols), stamp, file).unwrap();
        Indexed { folder, stamp, symbols }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    /// Compare every answer; return how many there were before damage was told of.
    fn compare(&self, index: &Index, addresses: &[u64]) -> usize {
        let mut answers = 0;
        for &address in addresses {
            let (Ok(naming), Ok(unwinding)) = (index.naming(address), index.unwinding(address))
            else {
                continue;
            };
            let expected = heard(&self.symbols, &self.symbols, address);
            assert_eq!(heard(&naming, &unwinding, address), expected, "at {address:x}");
            answers += 1;
        }
        answers
    }
}

/// The same sequence in every run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

fn shared_symbols() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/minidumps/symbols");
    let found = symbol_files(&folder).unwrap();
    assert!(found.len() >= 8);
    found
}

#[test]
fn an_index_answers_as_the_parsed_file_does() {
    for sym in shared_symbols() {
        let indexed = Indexed::new(&fs::read(&sym).unwrap());
        let index = Index::open(&indexed.path(), indexed.stamp).unwrap();
        let addresses = edges(&indexed.symbols);

        assert_eq!(indexed.compare(&index, &addresses), addresses.len(), "{}", sym.display());
    }
}

#[test]
fn odd_records_are_answered_alike() {
    let long = format!("{ODD}FUNC 9000 10 0 {}\n9000 10 1 0\n", "x".repeat(70_000));
    let huge = format!("{ODD}PUBLIC 9000 0 {}\nPUBLIC 9010 0 after\n", "x".repeat(700_000));
    for text in [ODD, &ODD.replace('\n', "\r\n"), &long, &huge, "MODULE Linux x86 A0 nothing\n"] {
        let indexed = Indexed::new(text.as_bytes());
        let index = Index::open(&indexed.path(), indexed.stamp).unwrap();
        let mut addresses = edges(&indexed.symbols);
        addresses.extend(0xff0..0x1400);
        addresses.extend(0x1ff0..0x4010);

        assert_eq!(index.url, indexed.symbols.url);
        assert_eq!(indexed.compare(&index, &addresses), addresses.len());
    }
}

#[test]
fn a_damaged_index_is_noticed_before_it_answers() {
    let indexed = Indexed::new(&fs::read(&shared_symbols()[3]).unwrap());
    let whole = fs::read(indexed.path()).unwrap();
    let addresses: Vec<u64> = edges(&indexed.symbols).into_iter().step_by(23).collect();
    let mut chance = Chance(1);
    let mut noticed = 0;
    for round in 0..60 {
        let mut bytes = whole.clone();
        if round % 3 == 0 {
            bytes.truncate(chance.below(whole.len()));
        } else {
            let at = chance.below(whole.len());
            bytes[at] ^= 1 << chance.below(8);
        }
        fs::write(indexed.path(), &bytes).unwrap();

        match Index::open(&indexed.path(), indexed.stamp) {
            Some(index) => noticed += addresses.len() - indexed.compare(&index, &addresses),
            None => noticed += 1,
        }
    }
    assert!(noticed > 60);
}

#[test]
fn a_hostile_index_with_right_checksums_only_answers_wrong() {
    let indexed = Indexed::new(ODD.as_bytes());
    let pages = Pages::new(File::open(indexed.path()).unwrap()).unwrap();
    let size = fs::metadata(indexed.path()).unwrap().len() / 4096 * CONTENT as u64;
    let whole = pages.bytes(0, size).unwrap();
    let used = whole.iter().rposition(|byte| *byte != 0).unwrap();
    let mut chance = Chance(2);
    for _ in 0..3000 {
        let mut content = whole.clone();
        for _ in 0..=chance.below(6) {
            let at = chance.below(used + 1);
            content[at] = [0, 1, 0x7f, 0x80, 0xff, chance.below(256) as u8][chance.below(6)];
        }
        let mut writer = PageWriter::new(File::create(indexed.path()).unwrap()).unwrap();
        writer.append(&content[CONTENT..]).unwrap();
        writer.finish(&content[..CONTENT]).unwrap();

        if let Some(index) = Index::open(&indexed.path(), indexed.stamp) {
            for address in [0, 0x1000, 0x1104, 0x2010, 0x3004, 0x4001, u64::MAX - BASE] {
                if let (Ok(naming), Ok(unwinding)) =
                    (index.naming(address), index.unwinding(address))
                {
                    heard(&naming, &unwinding, address);
                }
            }
        }
    }
}

#[test]
fn our_version_names_the_crates_it_prints_like() {
    let (_, version) = env!("CARGO_PKG_VERSION").split_once("+rust-minidump.").unwrap();
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"));
    let lock = lock.unwrap();
    for name in ["breakpad-symbols", "minidump", "minidump-processor", "minidump-unwind"] {
        assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")), "{name}");
    }
}
