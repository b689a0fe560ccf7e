//! The strict binary reader and writer behind every byte format here: big-endian integers, counted
//! bytes, nothing left over; and the strict text forms of bytes and numbers. Knows nothing of what
//! they mean.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Digest;

/// Why bytes could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// The bytes end before the value does.
    #[error("{field} needs {expected} bytes, found {found}")]
    Short {
        /// What was being read.
        field: &'static str,
        /// How many bytes it takes.
        expected: usize,
        /// How many were left.
        found: usize,
    },
    /// Bytes follow where the value should end.
    #[error("{found} bytes left over")]
    LeftOver {
        /// How many bytes.
        found: usize,
    },
    /// Not base64, or not the one way to write these bytes.
    #[error("{found:?} is not base64: expected the standard alphabet, padded, no bits left over")]
    Base64 {
        /// The text, cut after 80 characters.
        found: String,
    },
}

/// Writes `bytes` as base64: standard alphabet, padded (RFC 4648, section 4).
pub fn base64_encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads base64: standard alphabet, padded, and only the form that [`base64_encode`] writes.
pub fn base64_decode(text: &str) -> Result<Vec<u8>, EncodingError> {
    let error = |_cause| EncodingError::Base64 { found: text.chars().take(80).collect() };
    STANDARD.decode(text).map_err(error)
}

/// Reads a number as its one decimal form: ASCII digits, no sign, no leading zero but in `0`.
pub fn decimal_decode(text: &str) -> Option<u64> {
    let is_canonical =
        text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    if is_canonical { text.parse().ok() } else { None }
}

/// Reads values off the front of a byte slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `count` bytes; `field` names them in an error.
    pub fn take(&mut self, count: usize, field: &'static str) -> Result<&'a [u8], EncodingError> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(EncodingError::Short { field, expected: count, found: self.rest.len() });
        };
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], EncodingError> {
        let found = self.rest.len();
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(EncodingError::Short { field, expected: N, found });
        };
        self.rest = rest;
        Ok(*taken)
    }

    /// One byte.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, EncodingError> {
        self.array(field).map(u8::from_be_bytes)
    }

    /// Two bytes, big-endian.
    pub fn u16(&mut self, field: &'static str) -> Result<u16, EncodingError> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// Four bytes, big-endian.
    pub fn u32(&mut self, field: &'static str) -> Result<u32, EncodingError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Eight bytes, big-endian.
    pub fn u64(&mut self, field: &'static str) -> Result<u64, EncodingError> {
        self.array(field).map(u64::from_be_bytes)
    }

    /// A digest, 32 bytes.
    pub fn digest(&mut self, field: &'static str) -> Result<Digest, EncodingError> {
        self.array(field).map(Digest::new)
    }

    /// Bytes behind a two-byte length.
    pub fn bytes_u16(&mut self, field: &'static str) -> Result<&'a [u8], EncodingError> {
        let length = self.u16(field)?;
        self.take(usize::from(length), field)
    }

    /// Bytes behind a four-byte length. The length is checked against what is there before anything
    /// is allocated.
    pub fn bytes_u32(&mut self, field: &'static str) -> Result<&'a [u8], EncodingError> {
        let length = self.u32(field)?;
        // A length beyond `usize` is beyond any slice, so saturating keeps the error right.
        self.take(usize::try_from(length).unwrap_or(usize::MAX), field)
    }

    /// What has not been read.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether everything has been read.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Checks that nothing is left over.
    pub const fn finish(self) -> Result<(), EncodingError> {
        match self.rest.len() {
            0 => Ok(()),
            found => Err(EncodingError::LeftOver { found }),
        }
    }
}

/// Writes values onto the end of a byte vector; the mirror of [`Reader`].
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// A writer with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    /// Bytes as they are.
    pub fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.put(&[value])
    }

    /// Two bytes, big-endian.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Four bytes, big-endian.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Eight bytes, big-endian.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Bytes behind a two-byte length.
    ///
    /// # Panics
    /// If there are more than 65,535 bytes: the maker of the value has to keep to its limit.
    pub fn bytes_u16(&mut self, bytes: &[u8]) -> &mut Self {
        let length = u16::try_from(bytes.len());
        assert!(length.is_ok(), "{} bytes do not fit behind a u16 length", bytes.len());
        self.u16(length.unwrap_or_default()).put(bytes)
    }

    /// Bytes behind a four-byte length.
    ///
    /// # Panics
    /// If there are more than 4,294,967,295 bytes: the maker of the value has to keep to its limit.
    pub fn bytes_u32(&mut self, bytes: &[u8]) -> &mut Self {
        let length = u32::try_from(bytes.len());
        assert!(length.is_ok(), "{} bytes do not fit behind a u32 length", bytes.len());
        self.u32(length.unwrap_or_default()).put(bytes)
    }

    /// The bytes written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let mut writer = Writer::default();
        writer.u8(1).u16(2).u32(3).u64(4).bytes_u16(b"five").bytes_u32(b"six").put(&[7; 32]);
        let bytes = writer.into_bytes();

        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.u8("a"), Ok(1));
        assert_eq!(reader.u16("b"), Ok(2));
        assert_eq!(reader.u32("c"), Ok(3));
        assert_eq!(reader.u64("d"), Ok(4));
        assert_eq!(reader.bytes_u16("e"), Ok(&b"five"[..]));
        assert_eq!(reader.bytes_u32("f"), Ok(&b"six"[..]));
        assert_eq!(reader.digest("g"), Ok(Digest::new([7; 32])));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn a_length_beyond_the_bytes_is_an_error_that_names_both() {
        let mut reader = Reader::new(&[0xff, 0xff, 0xff, 0xff, 1]);
        let expected = EncodingError::Short { field: "f", expected: 0xffff_ffff, found: 1 };
        assert_eq!(reader.bytes_u32("f"), Err(expected));
    }

    #[test]
    fn bytes_left_over_are_an_error() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u8("a"), Ok(1));
        assert_eq!(reader.finish(), Err(EncodingError::LeftOver { found: 2 }));
    }
    #[test]
    fn base64_has_one_form() {
        for bytes in [&b""[..], b"a", b"ab", b"abc", b"\xff\xfe\xfd\xfc"] {
            assert_eq!(base64_decode(&base64_encode(bytes)).unwrap(), bytes);
        }
        for bad in ["YQ", "YQ=", "YR==", "YQ==\n", " YQ==", "Y Q==", "__8=", "YQ==YQ==", "="] {
            base64_decode(bad).unwrap_err();
        }
    }

    #[test]
    fn decimal_numbers_have_one_form() {
        for number in [0, 1, 10, u64::MAX] {
            assert_eq!(decimal_decode(&number.to_string()), Some(number));
        }
        for bad in ["", "00", "01", "+1", "-1", "1 ", "1_0", "\u{661}", "18446744073709551616"] {
            assert_eq!(decimal_decode(bad), None, "{bad:?}");
        }
    }
}
