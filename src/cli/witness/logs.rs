//! The logs of a witness, as the command line and files name them.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::note::VerifierKey;
use crate::witness::server::{WitnessedLog, parse_log_list};

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

/// A log, and where its files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedLog {
    pub(super) log: WitnessedLog,
    pub(super) url: Option<String>,
}

impl Logs {
    /// The logs that are named, at least one.
    pub(super) fn read(&self) -> Result<Vec<NamedLog>, Failure> {
        let mut logs = self.logs.iter().map(|text| named(text)).collect::<Result<Vec<_>, _>>()?;
        if let Some(path) = &self.list {
            let list = read_list(path)?.into_iter();
            logs.extend(list.map(|log| NamedLog { log, url: None }));
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
fn named(text: &str) -> Result<NamedLog, Failure> {
    let address = ["=http://", "=https://"].iter().find_map(|it| text.find(it));
    let (key, url) = match address.and_then(|at| text.split_at_checked(at)) {
        Some((key, url)) => (key, Some(url.trim_start_matches('=').to_owned())),
        None => (text, None),
    };
    let key: VerifierKey = key.parse().step(format!("--log {text}"))?;
    let log = WitnessedLog { origin: key.name().to_string(), keys: vec![key] };
    Ok(NamedLog { log, url })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_follow_a_key_that_ends_with_padding() {
        // 33 bytes are 44 characters without padding: a key never has any. A name may have a = in it.
        let key = "example.com/a=b+1ea07a91+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
        let id = |text: &str| named(text).map(|it| (it.log.keys, it.url));
        let plain = match id(key) {
            Ok(plain) => plain,
            Err(failure) => panic!("{:?}", failure.chain()),
        };
        assert_eq!(plain.1, None);
        for url in ["http://127.0.0.1:7480/", "https://log.example/a=http://b"] {
            let (keys, found) = id(&format!("{key}={url}")).unwrap();
            assert_eq!((keys, found.as_deref()), (plain.0.clone(), Some(url)));
        }
        id("example.com=http://log.example").unwrap_err();
    }
}
