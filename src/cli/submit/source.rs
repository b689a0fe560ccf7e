//! What files hold: an envelope or a statement, one a file or one a line; or a table.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::IgnoredAny;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::submit::rows;
use crate::cli::submit::signing::{Signing, Unsent};
use crate::cli::table_file::{self, Defaults};
use crate::envelope::{Envelope, JSON_BYTES_MAX};
use crate::table::Head;

/// Where an envelope, or what becomes one, stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The file.
    pub(super) file: Arc<Path>,
    /// The line, of a table the row, from 1.
    pub(super) line: usize,
    /// The columns, of a table.
    pub(super) head: Option<Arc<Head>>,
}

/// What stands at a place.
pub(super) type Item = (Place, Result<Envelope, Unsent>);

/// What becomes of that which is no envelope yet.
#[derive(Debug)]
pub(super) struct Making {
    pub(super) signing: Signing,
    pub(super) defaults: Box<Defaults>,
}

/// Reads every envelope of every file, in their order, until nobody takes them any more. With each
/// goes how many bytes were read for it. Each file is opened once: a pipe gives its bytes once.
pub(super) fn read(
    paths: &[PathBuf],
    making: &Making,
    mut take: impl FnMut(Item, u64) -> bool,
) -> Result<(), Failure> {
    for path in paths {
        let Making { signing, defaults } = making;
        let file = path.as_path().into();
        let is_taken = if table_file::is_table(path) {
            rows::read(&file, signing, defaults, &mut take)?
        } else {
            read_file(&file, signing, &mut take)?
        };
        if !is_taken {
            return Ok(());
        }
    }
    Ok(())
}

/// How many bytes all files have, as far as that can be told. A file that is not there is an error.
pub(super) fn total_bytes(paths: &[PathBuf]) -> Result<u64, Failure> {
    let mut total = 0_u64;
    for path in paths {
        let step = || format!("read {}", path.display());
        let metadata = std::fs::metadata(path).step(step())?;
        if metadata.is_file() {
            drop(File::open(path).step(step())?);
            total = total.saturating_add(metadata.len());
        }
    }
    Ok(total)
}

/// One JSON text over however many lines, or one a line. If the first line is a JSON text, there
/// is one a line, and none waits for those behind it.
fn read_file(
    path: &Arc<Path>,
    signing: &Signing,
    take: &mut impl FnMut(Item, u64) -> bool,
) -> Result<bool, Failure> {
    let step = || format!("read {}", path.display());
    let mut reader = BufReader::new(File::open(path).step(step())?);
    let limit = JSON_BYTES_MAX as u64 + 1;
    let mut head = Vec::new();
    reader.by_ref().take(limit).read_until(b'\n', &mut head).step(step())?;
    if !is_json(&head) {
        let rest = limit.saturating_sub(head.len() as u64);
        reader.by_ref().take(rest).read_to_end(&mut head).step(step())?;
        if head.len() <= JSON_BYTES_MAX && is_json(&head) {
            let place = Place { file: Arc::clone(path), line: 1, head: None };
            // White space around a statement is no part of what is signed.
            return Ok(take((place, signing.envelope(head.trim_ascii())), head.len() as u64));
        }
    }
    read_lines(path, signing, Cursor::new(head).chain(reader), take)
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

fn read_lines(
    path: &Arc<Path>,
    signing: &Signing,
    mut reader: impl BufRead,
    take: &mut impl FnMut(Item, u64) -> bool,
) -> Result<bool, Failure> {
    let step = || format!("read {}", path.display());
    let limit = JSON_BYTES_MAX as u64 + 1;
    for line in 1.. {
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(limit).read_until(b'\n', &mut bytes).step(step())?;
        if read == 0 {
            break;
        }
        if bytes.len() as u64 == limit && bytes.last() != Some(&b'\n') {
            let place = Place { file: Arc::clone(path), line, head: None };
            let message = format!("{place} has more than {JSON_BYTES_MAX} bytes in a line");
            return Err(Failure::new(message));
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let place = Place { file: Arc::clone(path), line, head: None };
        if !take((place, signing.envelope(bytes.trim_ascii())), read as u64) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Place {
    /// The column that a member of the statement stands in, of a table.
    pub(super) fn column(&self, member: &str) -> Option<String> {
        let place = member.strip_prefix("predicate").unwrap_or(member).trim_start_matches('.');
        self.head.as_ref()?.nearest(place).map(str::to_owned)
    }
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

    fn making() -> Making {
        Making { signing: Signing::read(&[]).unwrap(), defaults: Box::new([]) }
    }

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
        read(&paths, &making(), |(place, item), _| {
            found.push((place.line, item.ok().map(|envelope| envelope.payload().to_vec())));
            true
        })
        .unwrap();
        let payload = |text: &str| Some(text.as_bytes().to_vec());
        let expected = [(1, payload("1")), (1, payload("2")), (3, None), (4, payload("3"))];
        assert_eq!(found, expected);
        assert!(total_bytes(&paths).unwrap() > 600);
        read(&[dir.path().join("absent")], &making(), |_, _| true).unwrap_err();
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_read_once_and_wholly() {
        use std::io::Write as _;
        use std::os::fd::AsRawFd as _;

        let payloads = |text: &str| {
            let (reader, mut writer) = std::io::pipe().unwrap();
            let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
            assert_eq!(total_bytes(std::slice::from_ref(&path)).unwrap(), 0);
            let text = text.to_owned();
            let written = std::thread::spawn(move || writer.write_all(text.as_bytes()).unwrap());
            let mut found = Vec::new();
            read(&[path], &making(), |(_, item), _| {
                found.push(item.unwrap().payload().to_vec());
                true
            })
            .unwrap();
            written.join().unwrap();
            found
        };
        let (one, two) = (envelope("1").to_json(), envelope("2").to_json());
        assert_eq!(payloads(&format!("{one}\n{two}\n")), [b"1", b"2"]);
        assert_eq!(payloads(&one.replace(',', ",\n")), [b"1"]);
        assert_eq!(payloads(""), Vec::<Vec<u8>>::new());
    }
}
