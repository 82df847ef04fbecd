//! The bytes of an index: the header, fixed keys, and numbers of variable length.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

use crate::pages::Damaged;

const MAGIC: [u8; 8] = *b"SYMINDEX";
/// Raise this whenever the layout or the meaning of an index changes.
pub const FORMAT: u32 = 1;

/// The version of the .sym that an index was built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    size: u64,
    seconds: u64,
    nanoseconds: u64,
}

impl Stamp {
    /// Return the stamp of an open .sym.
    pub fn of(file: &File) -> io::Result<Stamp> {
        let told = file.metadata()?;
        Ok(Stamp {
            size: told.len(),
            seconds: told.mtime().cast_unsigned(),
            nanoseconds: told.mtime_nsec().cast_unsigned(),
        })
    }
}

/// The kinds of records that are found by address or number. The order belongs to the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// FUNC, with its lines and INLINEs.
    Function,
    /// PUBLIC.
    Public,
    /// STACK CFI INIT, with its STACK CFI.
    Cfi,
    /// STACK WIN 4.
    FrameData,
    /// STACK WIN 0.
    Fpo,
    /// FILE, by number.
    File,
    /// INLINE_ORIGIN, by number.
    Origin,
}

impl Kind {
    /// Every kind, in the order of the header.
    pub const ALL: [Kind; 7] = [
        Kind::Function,
        Kind::Public,
        Kind::Cfi,
        Kind::FrameData,
        Kind::Fpo,
        Kind::File,
        Kind::Origin,
    ];
}

/// A piece of the index: a text, or the record of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// Position in the content.
    pub at: u64,
    /// Bytes.
    pub length: u32,
}

/// One entry of a table, sorted by `start`; addresses are relative to the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The first address, or the number of a FILE or INLINE_ORIGIN.
    pub start: u64,
    /// Bytes covered; 0 where the kind has no end.
    pub size: u32,
    /// The record; for a FILE or INLINE_ORIGIN, the text itself.
    pub record: Piece,
}

impl Key {
    /// Bytes of a key.
    pub const BYTES: usize = 24;

    /// Return the key as it is written.
    pub fn encode(&self) -> [u8; Key::BYTES] {
        let mut bytes = [0; Key::BYTES];
        bytes[..8].copy_from_slice(&self.start.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.record.at.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.size.to_le_bytes());
        bytes[20..].copy_from_slice(&self.record.length.to_le_bytes());
        bytes
    }

    /// Read a key; its bytes may be anything.
    pub fn decode(bytes: &[u8; Key::BYTES]) -> Key {
        let u32 = |at| u32::from_le_bytes(std::array::from_fn(|offset| bytes[at + offset]));
        let u64 = |at| u64::from(u32(at)) | u64::from(u32(at + 4)) << 32;
        Key { start: u64(0), size: u32(16), record: Piece { at: u64(8), length: u32(20) } }
    }
}

/// Where the keys of one kind are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Position of the first key.
    pub at: u64,
    /// Number of keys.
    pub count: u64,
}

/// The content of page 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The .sym that the index was built from.
    pub stamp: Stamp,
    /// The .sym could not be parsed; there are no tables.
    pub corrupt: bool,
    /// INFO URL; length 0 when there is none.
    pub url: Piece,
    /// By Kind.
    pub tables: [Table; Kind::ALL.len()],
}

impl Header {
    /// Return the header as it is written.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let Stamp { size, seconds, nanoseconds } = self.stamp;
        for number in [FORMAT.into(), size, seconds, nanoseconds, u64::from(self.corrupt)] {
            put(&mut bytes, number);
        }
        put_piece(&mut bytes, self.url);
        for table in self.tables {
            put(&mut bytes, table.at);
            put(&mut bytes, table.count);
        }
        bytes
    }

    /// Read a header of this format.
    pub fn decode(bytes: &[u8]) -> Result<Header, Damaged> {
        let mut numbers = Numbers(bytes.strip_prefix(&MAGIC).ok_or(Damaged)?);
        if numbers.u32()? != FORMAT {
            return Err(Damaged);
        }
        let (size, seconds, nanoseconds) = (numbers.u64()?, numbers.u64()?, numbers.u64()?);
        let corrupt = numbers.u64()? != 0;
        let url = numbers.piece()?;
        let mut tables = [Table::default(); Kind::ALL.len()];
        for table in &mut tables {
            *table = Table { at: numbers.u64()?, count: numbers.u64()? };
        }
        Ok(Header { stamp: Stamp { size, seconds, nanoseconds }, corrupt, url, tables })
    }
}

/// Append *number* to a record: seven bits a byte, the low ones first.
pub fn put(record: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        record.push(number as u8 | 0x80);
        number >>= 7;
    }
    record.push(number as u8);
}

/// Append *piece* to a record.
pub fn put_piece(record: &mut Vec<u8>, piece: Piece) {
    put(record, piece.at);
    put(record, piece.length.into());
}

/// Reads the numbers of a record from front to back.
pub struct Numbers<'a>(pub &'a [u8]);

impl<'a> Numbers<'a> {
    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Read a number.
    pub fn u64(&mut self) -> Result<u64, Damaged> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, later) = self.0.split_first().ok_or(Damaged)?;
            self.0 = later;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damaged)
    }

    /// Read a number that fits 32 bits.
    pub fn u32(&mut self) -> Result<u32, Damaged> {
        u32::try_from(self.u64()?).map_err(|_| Damaged)
    }

    /// Take the next *length* bytes.
    pub fn part(&mut self, length: u64) -> Result<Numbers<'a>, Damaged> {
        let length = usize::try_from(length).map_err(|_| Damaged)?;
        let (now, later) = self.0.split_at_checked(length).ok_or(Damaged)?;
        self.0 = later;
        Ok(Numbers(now))
    }

    /// Read a piece.
    pub fn piece(&mut self) -> Result<Piece, Damaged> {
        Ok(Piece { at: self.u64()?, length: self.u32()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX];
        let mut record = Vec::new();
        for number in numbers {
            put(&mut record, number);
        }

        let mut found = Numbers(&record);
        for number in numbers {
            assert_eq!(found.u64(), Ok(number));
        }
        assert!(found.is_empty());
    }

    #[test]
    fn numbers_that_end_early_or_never_are_damage() {
        for bytes in [&[][..], &[0x80], &[0xff; 9], &[0xff; 10], &[0xff; 100]] {
            assert_eq!(Numbers(bytes).u64(), Err(Damaged));
        }
        assert_eq!(Numbers(&[0xff, 0xff, 0xff, 0xff, 0x1f]).u32(), Err(Damaged));
    }

    #[test]
    fn the_header_comes_back_and_other_formats_do_not() {
        let header = Header {
            stamp: Stamp { size: 7, seconds: u64::MAX, nanoseconds: 999_999_999 },
            corrupt: true,
            url: Piece { at: 1, length: 2 },
            tables: std::array::from_fn(|at| Table { at: at as u64, count: 10 }),
        };
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes), Ok(header));

        let mut newer = bytes.clone();
        newer[MAGIC.len()] += 1;
        for wrong in [&newer[..], &bytes[..bytes.len() - 1], b"MDMP", b""] {
            assert_eq!(Header::decode(wrong), Err(Damaged));
        }
    }

    #[test]
    fn a_key_comes_back() {
        let key = Key { start: u64::MAX, size: 3, record: Piece { at: 1 << 40, length: 9 } };

        assert_eq!(Key::decode(&key.encode()), key);
    }
}
