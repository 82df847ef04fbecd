//! Prints a walk as rust-minidump's `ProcessState::print_json` does, byte for byte.
//!
//! rust-minidump builds a tree of the whole document and copies the crashing thread in it, which
//! takes longer than the walk. Here it prints everything except the frames, which are inserted one
//! by one. Fields are in the order of their names, as in its output.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::mem;

use minidump_processor::{Address, ProcessState};
use minidump_unwind::{CallStack, InlineFrame, StackFrame};
use serde::ser::{SerializeMap, Serializer as _};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Result, Serializer};

use crate::provider::leaf;

/// The crashing thread as rust-minidump prints it: only its first frame has registers.
#[derive(Deserialize)]
struct Crashing<'a> {
    #[serde(borrow)]
    frames: [Registers<'a>; 1],
}

#[derive(Deserialize)]
struct Registers<'a> {
    #[serde(borrow)]
    registers: &'a RawValue,
}

#[derive(Serialize)]
struct Thread<'a> {
    frame_count: usize,
    frames: Vec<Frame<'a>>,
    last_error_value: Option<String>,
    thread_id: u32,
    thread_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threads_index: Option<usize>,
}

#[derive(Serialize)]
struct Frame<'a> {
    file: Option<&'a str>,
    frame: usize,
    function: Option<&'a str>,
    function_offset: Option<Address>,
    inlines: Option<Vec<Inline<'a>>>,
    line: Option<u32>,
    missing_symbols: bool,
    module: Option<&'a str>,
    module_offset: Option<Address>,
    offset: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    registers: Option<&'a RawValue>,
    trust: &'static str,
    unloaded_modules: Option<Vec<Unloaded<'a>>>,
}

#[derive(Serialize)]
struct Inline<'a> {
    file: Option<&'a str>,
    function: &'a str,
    line: Option<u32>,
}

#[derive(Serialize)]
struct Unloaded<'a> {
    module: &'a str,
    offsets: Vec<Address>,
}

/// Print *state* on one line.
pub fn print(mut state: ProcessState, to: impl Write) -> Result<()> {
    let all: Vec<_> = state.threads.iter_mut().map(|it| mem::take(&mut it.frames)).collect();
    if let Some(crashing) = state.requesting_thread {
        state.threads[crashing].frames.extend(all[crashing].first().cloned());
    }
    let mut without = Vec::new();
    state.print_json(&mut without, false)?;
    let without: BTreeMap<&str, &RawValue> = serde_json::from_slice(&without)?;

    let threads = || state.threads.iter().zip(&all).map(|(stack, frames)| thread(stack, frames));
    let mut to = Serializer::new(to);
    let mut map = to.serialize_map(Some(without.len()))?;
    for (name, value) in without {
        match name {
            "threads" => map.serialize_entry(name, &threads().collect::<Vec<_>>())?,
            "crashing_thread" => {
                let Crashing { frames: [first] } = serde_json::from_str(value.get())?;
                let index = state.requesting_thread;
                let mut crashing = threads().nth(index.unwrap_or_default());
                if let Some(thread) = &mut crashing {
                    thread.threads_index = index;
                    thread.frames[0].registers = Some(first.registers);
                }
                map.serialize_entry(name, &crashing)?;
            }
            _ => map.serialize_entry(name, value)?,
        }
    }
    map.end()
}

fn thread<'a>(stack: &'a CallStack, frames: &'a [StackFrame]) -> Thread<'a> {
    Thread {
        frame_count: frames.len(),
        frames: frames.iter().enumerate().map(frame).collect(),
        last_error_value: stack.last_error_value.map(|error| error.to_string()),
        thread_id: stack.thread_id,
        thread_name: stack.thread_name.as_deref(),
        threads_index: None,
    }
}

fn frame((number, frame): (usize, &StackFrame)) -> Frame<'_> {
    let offset = |base| Address(frame.instruction.wrapping_sub(base));
    let module = frame.module.as_ref();
    Frame {
        file: frame.source_file_name.as_deref(),
        frame: number,
        function: frame.function_name.as_deref(),
        function_offset: frame.function_base.map(offset),
        inlines: some(frame.inlines.iter().map(inline).collect()),
        line: frame.source_line,
        missing_symbols: frame.function_name.is_none(),
        module: module.map(|module| leaf(&module.name)),
        module_offset: module.map(|module| offset(module.raw.base_of_image)),
        offset: Address(frame.instruction),
        registers: None,
        trust: frame.trust.as_str(),
        unloaded_modules: some(frame.unloaded_modules.iter().map(unloaded).collect()),
    }
}

fn inline(frame: &InlineFrame) -> Inline<'_> {
    Inline {
        file: frame.source_file_name.as_deref(),
        function: &frame.function_name,
        line: frame.source_line,
    }
}

fn unloaded<'a>((module, offsets): (&'a String, &BTreeSet<u64>)) -> Unloaded<'a> {
    Unloaded { module, offsets: offsets.iter().copied().map(Address).collect() }
}

fn some<T>(found: Vec<T>) -> Option<Vec<T>> {
    (!found.is_empty()).then_some(found)
}
