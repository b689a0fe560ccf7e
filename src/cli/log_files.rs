//! Where the files of a log are: a directory, or an address over HTTP.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use crate::audit::LogSource;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::keys;
use crate::cli::report;
use crate::cli::words::argument;
use crate::export::DirSource;
use crate::http::{BaseUrl, BearerToken, HttpSource, HttpSourceOptions};

/// The largest file with a token that is read.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// What a server over HTTP is shown.
#[derive(Args, Debug)]
pub(super) struct Token {
    /// A file with a bearer token, that only its owner may read, for a server that gives more to who has it
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Token {
    /// The token, if one is given.
    pub(super) fn read(&self) -> Result<Option<BearerToken>, Failure> {
        self.token_file.as_deref().map(read_token).transpose()
    }

    /// The option again, as it was given.
    pub(super) fn again(&self) -> Vec<String> {
        let path = self.token_file.iter();
        path.flat_map(|path| ["--token-file".to_owned(), argument(path)]).collect()
    }

    /// Whether one is given.
    pub(super) const fn is_given(&self) -> bool {
        self.token_file.is_some()
    }
}

/// Reads a token from a file that only its owner may read.
pub(super) fn read_token(path: &Path) -> Result<BearerToken, Failure> {
    let text = keys::read_private_text("token file", path, TOKEN_BYTES_MAX)?;
    let token = BearerToken::parse(text.trim_end_matches(['\r', '\n']));
    token.step(format!("token file {}", path.display()))
}

/// The files below an address.
pub(super) fn http_source(url: &str, token: Option<BearerToken>) -> Result<HttpSource, Failure> {
    if token.is_some() && BaseUrl::parse(url).is_some_and(|of| of.is_open_to_others()) {
        report::warn(&format!(
            "the token is sent to {url} as it is: whoever is on the way can take it; use https"
        ));
    }
    let options = HttpSourceOptions { token, ..HttpSourceOptions::default() };
    HttpSource::new(url, options).step(format!("read {url}"))
}

/// A directory or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LogPlace {
    /// A directory.
    Dir(PathBuf),
    /// An address over HTTP.
    Url(String),
}

impl LogPlace {
    /// The files there. That a directory is absent is a mistake in the command, not a log without
    /// files.
    pub(super) fn open(&self, token: &Token) -> Result<Box<dyn LogSource>, Failure> {
        match self {
            Self::Url(url) => Ok(Box::new(http_source(url, token.read()?)?)),
            Self::Dir(_) if token.is_given() => {
                Err(Failure::new("--token-file is for a server over HTTP, not for a directory"))
            }
            Self::Dir(dir) => {
                std::fs::read_dir(dir).step(format!("read {}", dir.display()))?;
                Ok(Box::new(DirSource::new(dir)))
            }
        }
    }

    /// The place as it was given.
    pub(super) fn as_path(&self) -> &Path {
        match self {
            Self::Dir(dir) => dir,
            Self::Url(url) => Path::new(url),
        }
    }
}

impl FromStr for LogPlace {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_url = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
        Ok(if is_url { Self::Url(text.to_owned()) } else { Self::Dir(text.into()) })
    }
}

impl fmt::Display for LogPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_path().display().fmt(f)
    }
}
