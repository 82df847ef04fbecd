//! A file of checked pages, read where needed and written from front to back.
//!
//! Each page of 4096 bytes ends with a CRC-32 of its number and its content, so a torn, swapped or
//! corrupt page is detected, but only when it is read: a walk reads a few dozen pages of an index
//! of a hundred megabytes. Positions count only the content, as if there were no checksums.
//!
//! Pages are read with `pread`, not mapped. That costs the same at this size (no read-ahead for
//! single pages, no need for `madvise`), needs no `unsafe`, and a truncated file or a broken disk
//! gives an error, where a mapping gives SIGBUS.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

const PAGE: usize = 4096;
/// How many bytes of content a page holds.
pub const CONTENT: usize = PAGE - 4;

/// The file is not what was written: treat it as absent.
#[derive(Debug, PartialEq, Eq)]
pub struct Damaged;

fn check(number: u64, content: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(content);
    hasher.finalize()
}

/// A file of pages, open for reading. Pages read once stay in memory.
pub struct Pages {
    file: File,
    size: u64,
    held: Mutex<BTreeMap<u64, Vec<u8>>>,
}

impl Pages {
    /// Take *file* as pages.
    pub fn new(file: File) -> io::Result<Pages> {
        let pages = file.metadata()?.len() / PAGE as u64;
        let size = pages * CONTENT as u64;
        Ok(Pages { file, size, held: Mutex::default() })
    }

    /// Return the file itself.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Fill *buffer* with the content from position *at*.
    pub fn fill(&self, mut at: u64, mut buffer: &mut [u8]) -> Result<(), Damaged> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        while !buffer.is_empty() {
            let page = match held.entry(at / CONTENT as u64) {
                Entry::Occupied(page) => page.into_mut(),
                Entry::Vacant(place) => {
                    let page = self.read(*place.key())?;
                    place.insert(page)
                }
            };
            let content = &page[(at % CONTENT as u64) as usize..CONTENT];
            let count = content.len().min(buffer.len());
            let (now, later) = buffer.split_at_mut(count);
            now.copy_from_slice(&content[..count]);
            buffer = later;
            at += count as u64;
        }
        Ok(())
    }

    /// Return *length* bytes of content from position *at*.
    pub fn bytes(&self, at: u64, length: u64) -> Result<Vec<u8>, Damaged> {
        // Before memory is allocated: a hostile length may have any value.
        if at.checked_add(length).is_none_or(|end| end > self.size) {
            return Err(Damaged);
        }
        let mut buffer = vec![0; length as usize];
        self.fill(at, &mut buffer)?;
        Ok(buffer)
    }

    fn read(&self, number: u64) -> Result<Vec<u8>, Damaged> {
        let at = number.checked_mul(PAGE as u64).ok_or(Damaged)?;
        let mut page = vec![0; PAGE];
        self.file.read_exact_at(&mut page, at).map_err(|_| Damaged)?;
        let (content, told) = page.split_at(CONTENT);
        if check(number, content).to_le_bytes() != told {
            return Err(Damaged);
        }
        Ok(page)
    }
}

/// Writes pages from front to back; page 0, the header, comes last.
pub struct PageWriter {
    file: BufWriter<File>,
    number: u64,
    content: Vec<u8>,
}

impl PageWriter {
    /// Begin with page 1 of the empty *file*.
    pub fn new(file: File) -> io::Result<PageWriter> {
        let mut file = BufWriter::with_capacity(64 * PAGE, file);
        file.write_all(&[0; PAGE])?;
        Ok(PageWriter { file, number: 1, content: Vec::with_capacity(PAGE) })
    }

    /// Append *bytes* and return their position.
    pub fn append(&mut self, mut bytes: &[u8]) -> io::Result<u64> {
        let at = self.number * CONTENT as u64 + self.content.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CONTENT - self.content.len()));
            self.content.extend_from_slice(now);
            bytes = later;
            if self.content.len() == CONTENT {
                self.end_page()?;
            }
        }
        Ok(at)
    }

    /// End the file: only the header makes it valid.
    pub fn finish(mut self, header: &[u8]) -> io::Result<File> {
        if !self.content.is_empty() {
            self.end_page()?;
        }
        self.file.seek(SeekFrom::Start(0))?;
        self.number = 0;
        self.content.extend_from_slice(header);
        self.end_page()?;
        Ok(self.file.into_inner()?)
    }

    fn end_page(&mut self) -> io::Result<()> {
        self.content.resize(CONTENT, 0);
        let told = check(self.number, &self.content).to_le_bytes();
        self.content.extend_from_slice(&told);
        self.file.write_all(&self.content)?;
        self.number += 1;
        self.content.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(content: &[u8]) -> File {
        let mut pages = PageWriter::new(tempfile::tempfile().unwrap()).unwrap();
        assert_eq!(pages.append(content).unwrap(), CONTENT as u64);
        pages.finish(b"header").unwrap()
    }

    #[test]
    fn content_is_read_as_written_across_pages() {
        let content: Vec<u8> = (0..3 * PAGE).map(|at| (at % 251) as u8).collect();
        let pages = Pages::new(written(&content)).unwrap();

        for (at, length) in [(0, 1), (CONTENT - 1, 2), (17, 2 * PAGE), (0, content.len())] {
            let found = pages.bytes((CONTENT + at) as u64, length as u64).unwrap();
            assert_eq!(found, content[at..at + length]);
        }
        assert_eq!(pages.bytes(0, 6).unwrap(), b"header");
    }

    #[test]
    fn any_changed_byte_of_a_page_is_noticed() {
        let file = written(&[7; 100]);
        let pages = |file: &File| Pages::new(file.try_clone().unwrap()).unwrap();
        for at in [PAGE, PAGE + 99, 2 * PAGE - 5, 2 * PAGE - 1] {
            let mut byte = [0];
            file.read_exact_at(&mut byte, at as u64).unwrap();

            file.write_all_at(&[byte[0] ^ 1], at as u64).unwrap();
            assert_eq!(pages(&file).bytes(CONTENT as u64, 1), Err(Damaged));

            file.write_all_at(&byte, at as u64).unwrap();
            assert!(pages(&file).bytes(CONTENT as u64, 1).is_ok());
        }
    }

    #[test]
    fn what_lies_outside_the_file_is_damage_not_a_panic() {
        let pages = Pages::new(written(&[7; 100])).unwrap();

        for (at, length) in [(0, u64::MAX), (u64::MAX, 1), (u64::MAX, u64::MAX), (1 << 40, 1)] {
            assert_eq!(pages.bytes(at, length), Err(Damaged));
        }
        for at in [u64::MAX, u64::MAX - 1, 2 * CONTENT as u64] {
            assert_eq!(pages.fill(at, &mut [0; 24]), Err(Damaged));
        }
    }

    #[test]
    fn a_file_without_its_header_is_damaged() {
        let pages = PageWriter::new(tempfile::tempfile().unwrap()).unwrap();
        let file = pages.file.into_inner().unwrap();

        assert_eq!(Pages::new(file).unwrap().bytes(0, 1), Err(Damaged));
    }
}
