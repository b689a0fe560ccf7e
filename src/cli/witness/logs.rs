//! The logs of a witness, as the command line and files name them.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::http::{BaseUrl, HttpSourceOptions};
use crate::note::VerifierKey;
use crate::witness::server::{LogFiles, WitnessedLog, parse_log_list};

/// The largest list that is read: some hundred thousand logs.
const LIST_BYTES_MAX: usize = 32 << 20;

/// Which logs are cosigned.
#[derive(Args, Debug)]
pub(super) struct Logs {
    /// A log to cosign, by its key; may be given several times, also for one log with several keys.
    /// With the address of its files, as `serve --http` or a copy has them, it is followed when its key
    /// changes hands
    #[arg(long = "log", value_name = "VKEY[=URL]")]
    logs: Vec<String>,
    /// A list of logs to cosign, in the format of the witness network (`logs/v0`)
    #[arg(long = "logs", value_name = "FILE")]
    list: Option<PathBuf>,
}

impl Logs {
    /// The logs that are named, at least one.
    pub(super) fn read(&self) -> Result<Vec<WitnessedLog>, Failure> {
        let mut logs = self.logs.iter().map(|text| named(text)).collect::<Result<Vec<_>, _>>()?;
        if let Some(path) = &self.list {
            logs.extend(read_list(path)?);
        }
        if logs.is_empty() {
            return Err(Failure::new("no log is named: expected --log or --logs"));
        }
        Ok(logs)
    }
}

fn read_list(path: &Path) -> Result<Vec<WitnessedLog>, Failure> {
    let text = files::read_text(path, LIST_BYTES_MAX)?;
    parse_log_list(&text).step(format!("list of logs {}", path.display()))
}

/// Reads a verifier key, and the address that may follow: base64 may end with `=` itself.
fn named(text: &str) -> Result<WitnessedLog, Failure> {
    let address = ["=http://", "=https://"].iter().filter_map(|it| text.find(it)).min();
    let (key, url) = match address.and_then(|at| text.split_at_checked(at)) {
        Some((key, url)) => (key, Some(url.trim_start_matches('='))),
        None => (text, None),
    };
    let step = || format!("--log {text}");
    let is_url = |url: &&str| BaseUrl::parse(url).is_some();
    if url.as_ref().is_some_and(|url| !is_url(url)) {
        return Err(Failure::new("expected the address of a log's files").in_step(step()));
    }
    let key: VerifierKey = key.parse().step(step())?;
    let options = HttpSourceOptions::default();
    let files = url.map(|url| LogFiles { url: url.to_owned(), options });
    Ok(WitnessedLog::of(key, files))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{PrivateKey, Signer as _};
    use crate::note::KeyType;

    #[test]
    fn an_address_may_follow_a_key() {
        // 33 bytes are 44 characters without padding: a key never has any. A name may have a = in it.
        let key = PrivateKey::from_seed([7; 32]);
        // A name may have a = in it.
        let name = "log.example/a=b".parse().unwrap();
        let key = VerifierKey::new(name, KeyType::Ed25519, *key.public_key());
        let read = |text: &str| {
            let log = named(text).ok()?;
            Some((log.keys, log.files.map(|files| files.url)))
        };
        assert_eq!(read(&key.to_string()), Some((vec![key.clone()], None)));
        for url in ["http://127.0.0.1:7480/", "https://log.example/a=http://b"] {
            let expected = Some((vec![key.clone()], Some(url.to_owned())));
            assert_eq!(read(&format!("{key}={url}")), expected);
        }
        for bad in ["log.example=http://log.example".to_owned(), format!("{key}=https://x?y")] {
            assert_eq!(read(&bad), None);
        }
    }
}
