//! What all imports are told.

use std::path::PathBuf;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::table_file;
use crate::identifier::{OperatorUri, input};
use crate::import::{Terms, Zone};

/// The documents, and on which terms they are read.
#[derive(Args, Debug)]
pub(super) struct Documents {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Who imports them, and will sign: an operator's URI, or a location number
    #[arg(long, value_name = "OPERATOR", value_parser = operator)]
    by: OperatorUri,
    /// Who issued them, if no identifier in them says so, or which one counts if several do
    #[arg(long, value_name = "OPERATOR", value_parser = operator)]
    issuer: Option<OperatorUri>,
    /// A value for a member that the documents do not have, by the column of `probant template`; may
    /// be given several times
    #[arg(long = "set", value_name = "COLUMN=VALUE", value_parser = table_file::default)]
    supplements: Vec<(String, String)>,
    /// The zone in which times without one are read, as +01:00; without it they are refused
    #[arg(long, value_name = "±hh:mm", allow_hyphen_values = true)]
    zone: Option<Zone>,
    /// Where the statements go, one a line (JSON); stdout if it is not given
    #[arg(long, value_name = "FILE.jsonl")]
    pub(super) out: Option<PathBuf>,
    /// A directory that gets a copy of every document that was imported, named by its SHA-256
    #[arg(long, value_name = "DIR")]
    pub(super) evidence: Option<PathBuf>,
    /// Write what could be imported, although something was refused
    #[arg(long)]
    pub(super) keep_going: bool,
}

/// An operator, as people write it.
fn operator(text: &str) -> Result<OperatorUri, String> {
    input::operator(text).map(|found| found.value).map_err(|cause| cause.to_string())
}

impl Documents {
    /// On which terms they are read.
    pub(super) fn terms(&self) -> Result<Terms, Failure> {
        table_file::expect_once(&self.supplements)?;
        Ok(Terms {
            by: self.by.clone(),
            issuer: self.issuer.clone(),
            zone: self.zone,
            supplements: self.supplements.clone(),
        })
    }
}
