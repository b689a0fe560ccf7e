//! Envelopes from files: one a file, or one a line.

use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::IgnoredAny;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::envelope::{Envelope, EnvelopeError, JSON_BYTES_MAX};

/// Where an envelope stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The file.
    pub(super) file: Arc<Path>,
    /// The line, from 1.
    pub(super) line: usize,
}

/// What stands at a place.
pub(super) type Item = (Place, Result<Envelope, EnvelopeError>);

/// Reads every envelope of every file, in their order, until nobody takes them any more. With each
/// goes how many bytes were read for it.
pub(super) fn read(
    paths: &[PathBuf],
    mut take: impl FnMut(Item, u64) -> bool,
) -> Result<(), Failure> {
    for path in paths {
        let file: Arc<Path> = path.as_path().into();
        if let Some(bytes) = whole(path)? {
            let item = (Place { file, line: 1 }, Envelope::from_json(&bytes));
            if !take(item, bytes.len() as u64) {
                return Ok(());
            }
        } else if !read_lines(&file, &mut take)? {
            return Ok(());
        }
    }
    Ok(())
}

/// How many bytes all files have, all of which can be opened.
pub(super) fn total_bytes(paths: &[PathBuf]) -> Result<u64, Failure> {
    let mut total = 0_u64;
    for path in paths {
        let file = File::open(path).step(format!("read {}", path.display()))?;
        total = total.saturating_add(file.metadata().map_or(0, |metadata| metadata.len()));
    }
    Ok(total)
}

/// The content of a file that is one JSON text, over however many lines.
fn whole(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let step = || format!("read {}", path.display());
    if std::fs::metadata(path).step(step())?.len() > JSON_BYTES_MAX as u64 {
        return Ok(None);
    }
    let bytes = files::read(path, JSON_BYTES_MAX)?;
    let is_one = serde_json::from_slice::<IgnoredAny>(&bytes).is_ok();
    Ok(is_one.then_some(bytes))
}

fn read_lines(path: &Arc<Path>, take: &mut impl FnMut(Item, u64) -> bool) -> Result<bool, Failure> {
    let step = || format!("read {}", path.display());
    let mut reader = BufReader::new(File::open(path).step(step())?);
    let limit = JSON_BYTES_MAX as u64 + 1;
    for line in 1.. {
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(limit).read_until(b'\n', &mut bytes).step(step())?;
        if read == 0 {
            break;
        }
        if bytes.len() as u64 == limit && bytes.last() != Some(&b'\n') {
            let place = Place { file: Arc::clone(path), line };
            let message = format!("{place} has more than {JSON_BYTES_MAX} bytes in a line");
            return Err(Failure::new(message));
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let place = Place { file: Arc::clone(path), line };
        if !take((place, Envelope::from_json(bytes.trim_ascii())), read as u64) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{PrivateKey, Signer};

    fn envelope(payload: &str) -> Envelope {
        let key = PrivateKey::from_seed([7; 32]);
        Envelope::sign(payload.as_bytes().to_vec(), &[&key as &dyn Signer]).unwrap()
    }

    #[test]
    fn one_a_file_over_lines_and_one_a_line_are_all_read_with_their_places() {
        let dir = tempfile::tempdir().unwrap();
        let (one, many) = (dir.path().join("one.json"), dir.path().join("many.jsonl"));
        let first = envelope("1");
        std::fs::write(&one, first.to_json().replace(',', ",\n")).unwrap();
        let lines = [envelope("2").to_json(), String::new(), "{}".into(), envelope("3").to_json()];
        std::fs::write(&many, lines.join("\n")).unwrap();
        let mut found = Vec::new();
        let paths = [one, many];
        read(&paths, |(place, item), _| {
            found.push((place.line, item.ok().map(|envelope| envelope.payload().to_vec())));
            true
        })
        .unwrap();
        let payload = |text: &str| Some(text.as_bytes().to_vec());
        let expected = [(1, payload("1")), (1, payload("2")), (3, None), (4, payload("3"))];
        assert_eq!(found, expected);
        assert!(total_bytes(&paths).unwrap() > 600);
        read(&[dir.path().join("absent")], |_, _| true).unwrap_err();
    }
}
