//! The file that a report goes to.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::report_file::{html, markdown};
use crate::report::Document;

/// Where a report for people goes, if anywhere.
#[derive(Args, Debug)]
pub(in crate::cli) struct ReportFile {
    /// Write a report for people as well, as HTML or Markdown by the ending; nothing is overwritten
    #[arg(long = "report", value_name = "FILE.html|FILE.md")]
    path: Option<PathBuf>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Markdown,
}

impl ReportFile {
    /// Says so before the work is done, if the report could not be written after it. A report that
    /// is there already would pass for this one if what is judged now does not verify.
    pub(in crate::cli) fn check(&self) -> Result<(), Failure> {
        let Some(path) = &self.path else { return Ok(()) };
        form(path)?;
        files::expect_new(path)
    }

    /// Writes the report, if one is asked for: wholly, or not at all.
    pub(in crate::cli) fn write(&self, document: impl FnOnce() -> Document) -> Result<(), Failure> {
        let Some(path) = &self.path else { return Ok(()) };
        let document = document();
        let text = match form(path)? {
            Form::Html => html::render(&document).step("write the report")?,
            Form::Markdown => markdown::render(&document),
        };
        files::write_new(path, text.as_bytes(), Access::Public)
    }

    /// The file, for the result.
    pub(in crate::cli) fn shown(&self) -> Option<String> {
        self.path.as_ref().map(|path| path.display().to_string())
    }
}

fn form(path: &Path) -> Result<Form, Failure> {
    let ending = path.extension().unwrap_or_default();
    if ending.eq_ignore_ascii_case("html") {
        Ok(Form::Html)
    } else if ending.eq_ignore_ascii_case("md") {
        Ok(Form::Markdown)
    } else {
        let message = format!("report {}: expected FILE.html or FILE.md", path.display());
        Err(Failure::new(message))
    }
}
