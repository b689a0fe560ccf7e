//! Lists of logs as the witness network publishes them
//! (github.com/transparency-dev/witness-network, docs/log-list-format.md, `logs/v0`).

use crate::note::{VerifierKey, VerifierKeyError};
use crate::witness::server::log::WitnessedLog;

/// The first line that says something.
const HEADER: &str = "logs/v0";

/// Why text is no list of logs. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogListError {
    /// It begins as something else.
    #[error("line {line}: expected {HEADER}")]
    Header {
        /// The line.
        line: usize,
    },
    /// Not a line that a list can have.
    #[error("line {line}: expected {expected}")]
    Line {
        /// The line.
        line: usize,
        /// What it should look like.
        expected: &'static str,
    },
    /// A key that can't be read.
    #[error("line {line}")]
    Key {
        /// The line.
        line: usize,
        /// What is wrong with it.
        #[source]
        cause: VerifierKeyError,
    },
}

/// Reads a list. A log whose key is of a type that is not known here is passed over, with a warning: a list
/// is for all witnesses, and no log in it is to stop those of the others. How often a log may ask, where it can be reached and by whom it is run is for other
/// witnesses.
pub fn parse_log_list(text: &str) -> Result<Vec<WitnessedLog>, LogListError> {
    let said = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| said(line));
    let first = lines.next();
    if first.is_none_or(|(_, line)| line != HEADER) {
        return Err(LogListError::Header { line: first.map_or(1, |(line, _)| line) });
    }
    let mut logs: Vec<WitnessedLog> = Vec::new();
    let mut is_passed_over = false;
    for (line, said) in lines {
        let (word, value) = said.split_once(' ').unwrap_or((said, ""));
        match (word, logs.last_mut()) {
            ("vkey", _) => {
                let key = value.parse::<VerifierKey>();
                is_passed_over = matches!(key, Err(VerifierKeyError::Type { .. }));
                if is_passed_over {
                    tracing::warn!(line, value, "a log with a key of an unknown type");
                    continue;
                }
                let key = key.map_err(|cause| LogListError::Key { line, cause })?;
                logs.push(WitnessedLog::of(key, None));
            }
            ("origin" | "bastion" | "qpd" | "contact", _) if is_passed_over => {}
            ("origin", Some(_)) if value == "none" => {}
            ("origin", Some(log)) if !value.is_empty() => value.clone_into(&mut log.origin),
            ("bastion" | "qpd" | "contact", Some(_)) => {}
            _ => {
                let expected = "vkey, and below it origin, bastion, qpd or contact";
                return Err(LogListError::Line { line, expected });
            }
        }
    }
    Ok(logs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::base64_encode;
    use crate::hash::Digest;

    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn a_list_names_keys_and_origins() {
        let list = format!(
            "#\n# List: test\n\nlogs/v0\n\n# one\nvkey {KEY}\norigin none\nqpd 24\nbastion none\n\
             contact sysadmin (at) log.example\nvkey {KEY}\norigin go.sum database tree\n"
        );
        let logs = parse_log_list(&list).unwrap();
        let origins: Vec<&str> = logs.iter().map(|log| &*log.origin).collect();
        assert_eq!(origins, ["example.com/foo", "go.sum database tree"]);
        assert!(logs.iter().all(|log| log.keys == [KEY.parse().unwrap()]));
        assert!(parse_log_list("logs/v0\n").unwrap().is_empty());
    }

    #[test]
    fn a_log_with_a_key_of_an_unknown_type_is_passed_over() {
        let key = of_type(0x06);
        let list = format!(
            "logs/v0\nvkey {key}\norigin new\nqpd 24\nvkey {KEY}\nvkey {key}\norigin newer\n"
        );
        let logs = parse_log_list(&list).unwrap();
        let origins: Vec<&str> = logs.iter().map(|log| &*log.origin).collect();
        assert_eq!(origins, ["example.com/foo"]);
        assert_eq!(logs[0].keys, [KEY.parse().unwrap()]);
        // Nothing else is passed over.
        for list in
            [format!("logs/v0\nvkey {key}\nurl x\n"), format!("logs/v0\nvkey {key}\nvkey x\n")]
        {
            let error = parse_log_list(&list).unwrap_err();
            assert!(error.to_string().starts_with("line 3"), "{error}");
        }
    }

    /// The same log with a key of another type.
    fn of_type(byte: u8) -> String {
        let bytes = [&[byte][..], &[7; 32]].concat();
        let id = Digest::of(&[b"example.com/foo\n", &bytes[..]].concat()).to_string();
        format!("example.com/foo+{}+{}", id.get(..8).unwrap(), base64_encode(&bytes))
    }

    #[test]
    fn what_is_no_list_is_refused_by_its_line() {
        for (list, line) in [
            (String::new(), 1),
            (format!("# x\nvkey {KEY}\n"), 2),
            ("logs/v1\n".to_owned(), 1),
            ("logs/v0\norigin x\n".to_owned(), 2),
            (format!("logs/v0\nvkey {KEY}\nurl https://log.example\n"), 3),
            (format!("logs/v0\nvkey {KEY}\norigin \n"), 3),
            (format!("logs/v0\n\nvkey {KEY}x\n"), 3),
        ] {
            let error = parse_log_list(&list).unwrap_err();
            assert!(error.to_string().starts_with(&format!("line {line}")), "{list:?}: {error}");
        }
    }
}
