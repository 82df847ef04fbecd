//! Walks one minidump over indexes of Breakpad .sym files.
//!
//! A stack walker spends nearly all its time parsing symbols: half a second for 100 MB of text, in
//! each process, to name a few hundred addresses. Here each .sym is parsed once, its index is kept
//! as a file, and a walk reads the few pages it needs. Unwinding, symbol rules and JSON are
//! rust-minidump's own code, so the output is byte for byte that of its `minidump-stackwalk`.
//!
//! From the command line down:
//! * `json` prints what the walk found;
//! * `provider` answers the unwinder, from an index or, without one, from the parsed .sym;
//! * `store` knows where indexes lie, makes them and clears them away;
//! * `index` looks one address up, `write` writes what it reads;
//! * `record` is the layout, `pages` the checked pages underneath.

pub mod index;
pub mod json;
pub mod pages;
pub mod provider;
pub mod record;
pub mod store;
pub mod write;
