//! The command: plays every case, shows that tampering is caught, says how to repeat each step.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::cases::{self, Case};
use super::rows::{AttackRow, AuditRow, Rows};
use super::stage::Stage;
use super::tamper;
use crate::attestation::types::VerdictWord;
use crate::audit::{self, AuditOptions, AuditReport, Detail, FallenListing, Moment, Place};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::remote::block_on;
use crate::cli::report::{self, Outcome, Report};
use crate::cli::words::{Text, argument};
use crate::export::DirSource;

/// Plays three stories, start to finish, each on a ledger of its own.
///
/// For each story a real server runs on a real store, with a clock that is set to the story's dates.
/// Every verdict is compared with what is expected, every dossier is verified offline, the ledger is
/// exported and audited, and copies are tampered with to show that it is caught. Exit status 0 only
/// if every expectation held.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  probant demo --dir /tmp/demo")]
pub(in crate::cli) struct Demo {
    /// Where everything is left for you to look into; a fresh temporary folder if absent
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Demo {
    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        let dir = self.make_dir()?;
        let policies = cases::policies()?;
        let mut rows = Rows::default();
        let mut text = Text::default();
        for case in Case::ALL {
            report::talk(&format!("playing {}: {}", case.name(), case.title()));
            let found = block_on(play(case, dir.join(case.name()), &policies))
                .map_err(|failure| failure.in_step(case.name()))?;
            text.line(format_args!("{}: {}", case.name(), case.title()));
            found.put(&mut text);
            put_commands(&mut text, &dir.join(case.name()), &found);
            rows.append(found);
        }
        let (count, held) = rows.count();
        let shown = dir.display();
        text.line(format_args!("{held} of {count} expectations held. All of it is in {shown}"));
        let outcome = if rows.are_met() { Outcome::Accepted } else { Outcome::Rejected };
        let mut facts = rows.to_value();
        facts["dir"] = json!(dir.to_string_lossy());
        facts["expectations"] = json!({ "count": count, "held": held });
        Ok(Report::new(outcome, facts, text))
    }

    fn make_dir(&self) -> Result<PathBuf, Failure> {
        let Some(dir) = &self.dir else {
            let folder = tempfile::Builder::new().prefix("probant-demo-").tempdir();
            return Ok(folder.step("make a temporary folder")?.keep());
        };
        files::refuse_repository(dir, false)?;
        files::make_private_dir(dir)?;
        if std::fs::read_dir(dir).step(format!("read {}", dir.display()))?.next().is_some() {
            let message = format!("{} is not empty; nothing there is overwritten", dir.display());
            return Err(Failure::new(message));
        }
        std::path::absolute(dir).step("find the folder")
    }
}

async fn play(
    case: Case,
    dir: PathBuf,
    policies: &[(&'static str, String)],
) -> Result<Rows, Failure> {
    let mut stage = Stage::set(case.name(), dir, policies, case.begins()).await?;
    let played = case.play(&mut stage).await;
    // The copy is made from what there is, so that a story that broke off can be looked into.
    let export = stage.dir().join("export");
    let ended = stage.export(&export).and_then(|()| audit(&mut stage, case, &export));
    let rows = stage.strike().await;
    played?;
    ended?;
    rows
}

/// Audits the export, and then a copy of it in which one bit is flipped.
fn audit(stage: &mut Stage, case: Case, export: &Path) -> Result<(), Failure> {
    let report = run_audit(stage, export)?;
    let findings: Vec<String> =
        report.findings.iter().map(|of| said(&of.place, &of.detail)).collect();
    let observed: Vec<String> =
        report.observations.iter().map(|of| said(&of.place, &of.detail)).collect();
    let fallen: Vec<String> =
        report.fallen_listings.iter().map(|listing| fell(stage, listing)).collect();
    let row = AuditRow {
        case: case.name().to_owned(),
        entries: stage.size()?,
        found: if report.is_sound() { "sound".to_owned() } else { findings.join("; ") },
        // Every listing of the stories rests on a verdict, and comes down when that falls; a remark
        // would say that one does not.
        is_met: report.is_sound() && observed.is_empty() && fallen == case.fallen_listings(),
        observations: observed,
        fallen_listings: fallen,
    };
    stage.rows_mut().audits.push(row);

    let copy = stage.dir().join("export-tampered");
    tamper::copy(export, &copy)?;
    let bundle = tamper::largest_file(&copy.join("tile").join("entries"))?;
    tamper::flip(&bundle)?;
    let report = run_audit(stage, &copy)?;
    let place = bundle.strip_prefix(&copy).unwrap_or(&bundle).display().to_string();
    let is_named = report.findings.iter().any(|finding| finding.place.file == place);
    let found = match report.findings.first() {
        None => "sound".to_owned(),
        Some(first) => format!("not sound: {}", said(&first.place, &first.detail)),
    };
    let expected = format!("not sound, at {place}");
    let what = format!("one bit flipped in {place}");
    let row = AttackRow::new(case.name(), what, (expected, found), is_named);
    stage.rows_mut().tampers.push(row);
    std::fs::remove_dir_all(&copy).step("remove the tampered copy")
}

/// What is said of a place, as one line.
fn said(place: &Place, detail: &Detail) -> String {
    match place.entry {
        Some(entry) => format!("{}, entry {entry}: {detail}", place.file),
        None => format!("{}: {detail}", place.file),
    }
}

/// What became of a listing, with the story's own names for the records.
fn fell(stage: &Stage, listing: &FallenListing) -> String {
    let label = |at: Moment| stage.label_of(at.entry).unwrap_or("a record of no story").to_owned();
    let product = listing.product.as_str();
    let product = product.rsplit_once("/01/").map_or(product, |(_, number)| number);
    let reasons: Vec<&str> = listing.reasons.iter().map(|reason| reason.name()).collect();
    format!(
        "{} took {} of {product}: {} {}; {}",
        label(listing.record.at),
        listing.listing_id,
        listing.now.map_or("open", VerdictWord::name),
        reasons.join(", "),
        listing
            .ended
            .map_or_else(|| "still up".to_owned(), |end| format!("ended by {}", label(end.at))),
    )
}

fn run_audit(stage: &Stage, dir: &Path) -> Result<AuditReport, Failure> {
    let options = AuditOptions { policies: stage.policies(), witnesses: None, now: stage.now() };
    let mut source = DirSource::new(dir);
    audit::run(&mut source, stage.genesis(), &options, &mut |_progress| {}).step("audit")
}

/// Adds the commands that repeat what was done, for one case.
fn put_commands(text: &mut Text, dir: &Path, rows: &Rows) {
    let of = |name: &str| argument(&dir.join(name));
    let policies = ["demo-toys", "demo-radio", "demo-prohibited"]
        .map(|name| format!(" --policy {}", of(&format!("policies/{name}.toml"))))
        .concat();
    let (shown, genesis) = (argument(dir), of("genesis.toml"));
    let server = format!("--server http://127.0.0.1:7443 --trust {genesis}");
    text.line("  by hand:");
    let mut command = |command: String| {
        text.line(format_args!("    probant {command}"));
    };
    for row in &rows.queries {
        let (dossier, at) = (of(&format!("dossiers/{}.dossier", row.query)), row.read_at);
        command(format!("verify {dossier} --trust {genesis} --at {at}{policies}"));
    }
    command(format!("audit {} --trust {genesis}{policies}", of("export")));
    command(format!("export --dir {shown} --out {}", of("export-again")));
    command(format!("serve --dir {shown} --verifier {}{policies}", of("verifier.pem")));
    command(format!("submit {server} {}/*", of("envelopes")));
    if let Some(row) = rows.queries.first() {
        command(format!("check {server} {}{policies}", of(&format!("queries/{}.json", row.query))));
    }
    text.line("");
}
