//! Walks one minidump, using indexes of Breakpad .sym files.
//!
//! A stack walker spends nearly all its time parsing symbols: half a second for 100 MB of text, in
//! every process, to name a few hundred addresses. Here each .sym is parsed once, its index is kept
//! as a file, and a walk reads only the few pages that it needs. Unwinding, symbol rules and JSON
//! are rust-minidump's own code, so the output is byte for byte that of its `minidump-stackwalk`.
//!
//! From the command line down:
//! * `json` prints the result of the walk;
//! * `provider` answers the unwinder, from an index or, without one, from the parsed .sym;
//! * `store` finds, builds and removes indexes;
//! * `index` looks up one address, `write` writes what it reads;
//! * `record` is the layout, `pages` are the checked pages that it is stored in.

pub mod index;
pub mod json;
pub mod pages;
pub mod provider;
pub mod record;
pub mod store;
pub mod write;
