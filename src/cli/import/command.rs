//! The command: reads documents, writes the statements that they are.

use std::path::Path;

use clap::{Args, Subcommand};

use crate::cli::failure::Failure;
use crate::cli::files::{self, Access};
use crate::cli::import::arguments::Documents;
use crate::cli::import::evidence;
use crate::cli::import::tally::Tally;
use crate::cli::report::{self, Format, Report};
use crate::hash::Digest;
use crate::import::{Reading, SOURCE_BYTES_MAX, Source, Terms, epcis, untp};

/// Reads documents of other systems as statements that nobody has signed yet.
///
/// `submit --key` signs and sends them. What a document has no place for, and a statement needs, is
/// given with --set; it is never made up. Whatever is wrong with a document is said by its place (a
/// JSON pointer); if one is refused, nothing is written. A statement holds the SHA-256 of the
/// document: keep the document itself, or have it copied with --evidence.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant import untp certificate.json --by 9521000200005 --out certificate.jsonl \\
      --set module=B --set header.document.languages=en --set scope.types.1.designation=VOL-QI15
  probant import epcis events.json --by 9521000200005 --set header.issuer.role=manufacturer \\
      --evidence originals/ --out events.jsonl
  probant submit --server http://127.0.0.1:7443 --key acme.pem certificate.jsonl events.jsonl")]
pub(in crate::cli) struct Import {
    #[command(subcommand)]
    format: Foreign,
}

#[derive(Subcommand, Debug)]
enum Foreign {
    /// Digital Conformity Credentials of UNTP, version 0.6: certificates, declarations, test reports
    #[command(after_help = "\
Examples:
  probant import untp report.json --by 9521000200005 --out report.jsonl \\
      --set header.document.languages=en --set scope.types.1.designation=LP-BEAR-30 \\
      --set accreditation=XX-L-9901 --set sample.id=S-8811 --set sample.received=2026-08-01
  probant import untp *.json --by 9521000200005 --issuer urn:nando:9999 --zone +01:00 --keep-going")]
    Untp(Documents),
    /// Events of EPCIS 2.0 (JSON or JSON-LD), by their author
    #[command(after_help = "\
Example:
  probant import epcis events.json --by 9521000200005 --set header.issuer.role=manufacturer \\
      --evidence originals/ --out events.jsonl")]
    Epcis(Documents),
}

impl Import {
    pub(in crate::cli) fn run(&self, format: Format) -> Result<Report, Failure> {
        match &self.format {
            Foreign::Untp(documents) => {
                run(documents, format, |source, terms| vec![untp::read(source, terms)])
            }
            Foreign::Epcis(documents) => run(documents, format, epcis::read),
        }
    }
}

fn run(
    documents: &Documents,
    format: Format,
    read: impl Fn(&Source<'_>, &Terms) -> Vec<Reading>,
) -> Result<Report, Failure> {
    let terms = documents.terms()?;
    let out = documents.out.as_deref();
    match out {
        Some(out) => files::expect_new(out)?,
        None if format == Format::Json => {
            let message = "--format json says what became of each: the statements go to --out";
            return Err(Failure::new(message));
        }
        None => {}
    }
    let mut tally = Tally::default();
    let mut documents_read = Vec::new();
    for path in &documents.files {
        let bytes = files::read(path, SOURCE_BYTES_MAX)?;
        let name = path.file_name().map_or_else(|| "document".into(), |of| of.to_string_lossy());
        let source = Source { name: &name, bytes: &bytes };
        let mut is_imported = false;
        for reading in read(&source, &terms) {
            is_imported |= reading.outcome.is_ok();
            tally.add(path, reading);
        }
        if is_imported {
            documents_read.push((path.as_path(), source.digest()));
        }
    }
    let is_written = documents.keep_going || !tally.has_refused();
    if is_written {
        for (path, digest) in documents_read {
            say_kept(path, digest, documents.evidence.as_deref())?;
        }
        if let Some(out) = out {
            files::write_new(out, tally.lines(), Access::Public)?;
        }
    }
    tally.into_report(out, is_written)
}

/// Says where a document is kept from now on, or that it has to be.
fn say_kept(path: &Path, digest: Digest, dir: Option<&Path>) -> Result<(), Failure> {
    let line = match dir {
        Some(dir) => {
            let kept = evidence::keep(dir, path, digest)?;
            format!("{}: kept as {}", path.display(), kept.display())
        }
        None => format!("{}: keep it, by its SHA-256 {digest}", path.display()),
    };
    report::talk(&line);
    Ok(())
}
