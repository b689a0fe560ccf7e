//! Reports for people: what the program writes with `--report`, beside what it says.

use std::fs;
use std::path::Path;

use probant::attestation::types::VerdictWord;
use probant::audit::{AuditOptions, run};
use probant::dossier::{Limits, Trust, build, verify};
use probant::hash::Digest;
use probant::policy::{Locale, PolicySet, rules};
use probant::report::{Again, Block, Document, Fact, Line, ReadFile, of_audit, of_dossier};
use serde_json::{Value, json};

use crate::audit_listings::logged;
use crate::case::Question;
use crate::demo::arguments;
use crate::desk::Desk;
use crate::dossier::{evaluated_with, paper, question, recall, world};
use crate::paper_log::PaperLog;
use crate::program::{Finished, probant};
use crate::world::{IMPORTER, IMPORTER_ALIAS, RIVAL, TOY, VERIFIER, World, listing, registration};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/golden/");
const NOW: &str = "2026-11-23T09:00:00Z";

/// What a hostile operator is called.
const HOSTILE: &str = "<script>alert(1)</script> | **B** `c` [x](javascript:y) \u{200f}";

/// Verifies the golden dossier.
fn verify_golden(more: &[&str]) -> Finished {
    let file = |name: &str| format!("{GOLDEN}{name}");
    let (dossier, genesis) = (file("l2610a.dossier"), file("genesis.toml"));
    let policy = file("demo-toys.toml");
    let command = ["verify", &dossier, "--trust", &genesis, "--policy", &policy, "--at", NOW];
    probant(&[&command[..], more].concat())
}

/// Audits the export of a log, under the rules of the house.
pub(crate) fn audit(desk: &Desk, log: &PaperLog, more: &[&str]) -> Finished {
    for (path, bytes) in log.files().0 {
        desk.write(&format!("copy/{path}"), bytes);
    }
    let genesis = desk.write("genesis.toml", log.genesis.bytes());
    let policy = desk.write("house.toml", house_rules());
    let copy = desk.text("copy");
    let at = "2027-01-01T00:00:00Z";
    let command = ["audit", &copy, "--trust", &genesis, "--policy", &policy, "--at", at];
    probant(&[&command[..], more].concat())
}

/// Verifies a dossier on a log.
pub(crate) fn verify_on(
    desk: &Desk,
    name: &str,
    dossier: &[u8],
    log: &PaperLog,
    more: &[&str],
) -> Finished {
    let genesis = desk.write("genesis.toml", log.genesis.bytes());
    let policy = desk.write("house.toml", house_rules());
    let dossier = desk.write(name, dossier);
    let command = ["verify", &dossier, "--trust", &genesis, "--policy", &policy, "--at", NOW];
    probant(&[&command[..], more].concat())
}

/// The embedded rules for toys under another name, for numbers that are examples.
fn house_rules() -> String {
    let text = rules::embedded("eu-toys").unwrap();
    text.replace("id = \"eu-toys\"", "id = \"house-toys\"")
        .replace("test_identifiers = false", "test_identifiers = true")
}

pub(crate) fn house() -> PolicySet {
    PolicySet::embedded().with(house_rules().as_bytes()).unwrap()
}

pub(crate) fn house_question() -> Question {
    let query = question().query;
    let version = rules::embedded("eu-toys").unwrap();
    let version = version.lines().find_map(|line| line.strip_prefix("version = \"")).unwrap();
    let mut query = query.as_object().unwrap().clone();
    let name = format!("house-toys@{}", version.trim_end_matches('"'));
    query.insert("policy".to_owned(), json!(name));
    Question::of(Value::Object(query))
}

pub(crate) fn dossier_of(log: &PaperLog) -> Vec<u8> {
    dossier_on(log, &house_question())
}

/// The dossier on a question, under the rules of the house.
pub(crate) fn dossier_on(log: &PaperLog, question: &Question) -> Vec<u8> {
    let policies = house();
    let (query, evidence, verdict) = evaluated_with(log, question, &policies);
    let sha256 = verdict.body().policy.as_ref().unwrap().sha256;
    let rule_set = policies.by_sha256(&sha256).unwrap().bytes().to_vec();
    build(log, &evidence, &query, &rule_set, &verdict).unwrap()
}

/// A log in which a toy is listed, recalled, and taken down a day, an hour and half an hour later.
pub(crate) fn fallen_log() -> PaperLog {
    let mut world = world();
    let mut log = paper(&world);
    let (_, _, verdict) = evaluated_with(&log, &house_question(), &house());
    assert_eq!(verdict.word(), VerdictWord::Listable);
    let lot = json!(format!("{TOY}/10/L2610A"));
    let mut add = |log: &mut PaperLog, draft| {
        let envelope = world.envelope(draft);
        log.attest(&envelope);
        envelope.statement_digest().to_string()
    };
    let cited = add(&mut log, logged(&verdict, VERIFIER, "verifier"));
    let listed = listing("MK-1", "LISTED")
        .set("/product", lot.clone())
        .set("/verdict", json!(cited))
        .document("MK-1", "2026-11-23");
    add(&mut log, listed);
    log.at("2026-11-24T09:00:00Z");
    let cause = add(&mut log, recall());
    log.at("2026-11-25T10:30:00Z");
    let down = listing("MK-1", "DELISTED").set("/product", lot).set("/cause", json!(cause));
    add(&mut log, down.document("MK-1", "2026-11-23"));
    log.seal();
    log
}

/// A world whose seller is registered under a hostile name.
fn hostile_world() -> World {
    let mut world = world();
    world.add(registration(IMPORTER, "FR", &[IMPORTER_ALIAS]).set("/legal_name", json!(HOSTILE)));
    world
}

#[track_caller]
fn assert_says(report: &str, expected: &[&str]) {
    for line in expected {
        assert!(report.contains(line), "{line}\nis not in\n{report}");
    }
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_report_changes_neither_the_result_nor_the_status() {
    let desk = Desk::new();
    let plain = verify_golden(&[]);
    for (ending, start) in [("html", "<!DOCTYPE html>\n<html lang=\"en\">"), ("md", "# Report on")]
    {
        let name = format!("report.{ending}");
        let finished = verify_golden(&["--report", &desk.text(&name)]);
        finished.expect(0);
        assert_eq!((&finished.stdout, &finished.stderr), (&plain.stdout, &plain.stderr));
        assert!(desk.read(&name).starts_with(start));
    }
    let told = verify_golden(&["--format", "json", "--report", &desk.text("told.html")]).json(0);
    assert_eq!(told["report_file"], desk.text("told.html"));
    assert_eq!(verify_golden(&["--format", "json"]).json(0)["report_file"], Value::Null);
    // Nothing half written is left.
    assert_eq!(names(&desk.path("")).len(), 3);

    let log = paper(&{
        let mut world = world();
        world.add(recall());
        world
    });
    let report = desk.text("denied.md");
    verify_on(&desk, "denied.dossier", &dossier_of(&log), &log, &["--report", &report]).expect(1);
    assert_says(&desk.read("denied.md"), &["**NOT LISTABLE. Product "]);

    let mut broken = fallen_log();
    broken.payloads.swap(3, 4);
    let report = ["--report", &desk.text("broken.md")];
    audit(&desk, &broken, &report).expect(1);
    assert_says(&desk.read("broken.md"), &["**NOT SOUND: ", "| PAYLOAD | ", "as far as was read"]);
}

#[test]
fn no_report_takes_the_place_of_another_or_outlives_a_dossier_that_fails() {
    let desk = Desk::new();
    let there = desk.write("there.html", "LISTABLE");
    for (report, words) in [
        (there.as_str(), "there.html exists; it is not overwritten"),
        (&desk.text("report.pdf"), "expected FILE.html or FILE.md"),
        (&desk.text("report"), "expected FILE.html or FILE.md"),
        (&desk.text("no/such/report.md"), "report.md"),
    ] {
        let finished = verify_golden(&["--report", report]);
        finished.expect(2);
        assert!(finished.stderr.contains(words), "{}", finished.stderr);
    }
    assert_eq!(desk.read("there.html"), "LISTABLE");
    let log = paper(&world());
    let mut dossier = dossier_of(&log);
    let last = dossier.len() - 10;
    dossier[last] ^= 1;
    let finished =
        verify_on(&desk, "x.dossier", &dossier, &log, &["--report", &desk.text("report.html")]);
    finished.expect(1);
    assert!(!desk.path("report.html").exists());
}

#[test]
fn the_command_in_a_report_gives_the_same_result() {
    let desk = Desk::new();
    let dossier = dossier_of(&paper(&world()));
    let log = paper(&world());
    let report = desk.text("it's a report.html");
    let first = verify_on(&desk, "it's a dossier", &dossier, &log, &["--report", &report]);
    first.expect(0);
    let page = desk.read("it's a report.html");
    let (_, command) = page.split_once("<pre><code>probant ").unwrap();
    let command = command.split_once("</code>").unwrap().0.replace("&#39;", "'");
    // As a shell reads it: an escaped quote stands between two quoted parts.
    let words = arguments(&command.replace("'\\''", "\u{1}"));
    let words: Vec<String> = words.iter().map(|word| word.replace('\u{1}', "'")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let again = probant(&words);
    again.expect(0);
    assert_eq!(again.stdout, first.stdout);
    assert_says(&page, &[&Digest::of(&dossier).to_string(), &log.genesis.digest().to_string()]);
}

#[test]
fn a_dossier_is_reported_on_with_its_signers_and_its_limits() {
    let desk = Desk::new();
    verify_golden(&["--report", &desk.text("en.md")]).expect(0);
    assert_says(&desk.read("en.md"), GOLDEN_ENGLISH);
    verify_golden(&["--report", &desk.text("fr.md"), "--lang", "fr"]).expect(0);
    assert_says(&desk.read("fr.md"), GOLDEN_FRENCH);
    verify_golden(&["--report", &desk.text("old.md"), "--max-age", "none"]).expect(0);
    assert_says(&desk.read("old.md"), &["NO AGE LIMIT was set", "--max-age none --at"]);
}

const GOLDEN_ENGLISH: &[&str] = &[
    "# Report on a conformity dossier\n",
    "**LISTABLE. Product https\\://id.gs1.org/01/09521000200012/10/L2610A, seller \
     urn:eori:FR99900011000018, for FR, in EU stock, placed on the market 2026-10-20, on \
     2026-11-23T09:00:00Z.**",
    "- **Seller**: Doudou Import SARL (FR)<br>urn:eori:FR99900011000018\n",
    "- Each of 17 entries stands in the tree of the checkpoint.\n",
    "| TOY-DOC | The manufacturer has declared conformity with every act that applies. | Directive \
     2009/48/EC, article 15 |\n",
    "- Sell these batches only: L2610A.\n",
    "- Ask again at the latest at 2026-11-24T09:00:00Z.\n",
    "| 37<br>2026-08-22T09:00:00Z | test report<br>R-26-8811 v1<br>issued 2026-08-20 | Testa Labs BV \
     (NL)<br>https\\://id.gs1.org/417/9521000400009<br>role: testing laboratory<br>signed with key \
     6b854008fc6b1863…: Testa Labs BV (NL) | in force<br>assurance A3 |\n",
    // Both parties of a mandate sign it.
    "signed with key 5dab16bb6fc3e907…: Lumipeluche Mfg (CN)<br>signed with key 9e14b502f1f8a8fc… of \
     urn:eori:FR99900011000018: Doudou Import SARL (FR)",
    "- **Entries**: 52\n",
    "- **Root over them**: `d05b70b7443279e9dbea1cb8ea90ae262e32c1624d073e752035cd25d6e60fb8`\n",
    "- **Sealed at**: 2026-11-23T09:00:00Z\n",
    "- **Witnesses**: none were asked for",
    "- **Age**: 0 d 0 h 0 min\n",
    "- Nobody has compared the physical goods with their description.\n",
    "- No witness was asked for",
    "--max-age 24h --at 2026-11-23T09:00:00Z\n```\n",
    "| `556aede072cc57c474e380059b8d05d84deecef8e1ef4214deab115cc933d4a2` |\n",
    "| rule set demo-toys@2026.11.0 | \
     `2730e5821878ff1c9610154e7412f6a19ffa80b78cdcad71ad13d6a6a10ab096` |\n",
];

const GOLDEN_FRENCH: &[&str] = &[
    "# Rapport sur un dossier de conformité\n",
    "**PUBLIABLE. Produit https\\://id.gs1.org/01/09521000200012/10/L2610A, vendeur ",
    "- **Vendeur**: Doudou Import SARL (FR)<br>urn:eori:FR99900011000018\n",
    "| TOY-DOC | Le fabricant a déclaré la conformité à tous les actes applicables. | Directive \
     2009/48/CE, article 15 |\n",
    "| 37<br>2026-08-22T09:00:00Z | rapport d'essai<br>R-26-8811 v1<br>émis le 2026-08-20 | Testa Labs BV \
     (NL)<br>https\\://id.gs1.org/417/9521000400009<br>rôle : laboratoire d'essais<br>signé avec la clé \
     6b854008fc6b1863… : Testa Labs BV (NL) | en vigueur<br>assurance A3 |\n",
    "- **Témoins**: aucun n'a été exigé",
    "- Personne n'a comparé les marchandises elles-mêmes à leur description.\n",
    "## Comment le vérifier à nouveau\n",
];

#[test]
fn a_finding_says_what_to_do_by_whom_and_under_which_law() {
    let desk = Desk::new();
    let log = paper(&world());
    // Another batch, for which nobody answers, by somebody who may not sell it.
    let question = house_question().batches(&["L2612Z"]).set("/trader/operator", json!(RIVAL));
    let dossier = dossier_on(&log, &question);
    verify_on(&desk, "x.dossier", &dossier, &log, &["--report", &desk.text("x.md")]).expect(1);
    assert_says(&desk.read("x.md"), FINDING);
}

const FINDING: &[&str] = &[
    "### EU-OPERATOR: An operator established in the EU answers for the product.\n",
    "- **Found**: There is no evidence for this requirement. \\[REQ\\_MISSING\\]\n",
    "- **To do**: Ask the importer to declare the batch, or the manufacturer and a responsible person \
     in the EU to sign a mandate; show that operator in the offer.\n",
    "- **What meets it, and by whom**: declaration of the importer: importer<br>written mandate\n",
    "- **Law**: Regulation (EU) 2019/1020, article 4<br>Regulation (EU) 2023/988, article 16\n",
    "### TRADER-LINK: ",
];

#[test]
fn an_audit_is_reported_on_with_the_fallen_listings_and_how_long_they_stayed_up() {
    let desk = Desk::new();
    let log = fallen_log();
    audit(&desk, &log, &["--report", &desk.text("en.md")]).expect(0);
    assert_says(&desk.read("en.md"), AUDIT_ENGLISH);
    audit(&desk, &log, &["--report", &desk.text("fr.md"), "--lang", "fr"]).expect(0);
    assert_says(&desk.read("fr.md"), AUDIT_FRENCH);
}

const AUDIT_ENGLISH: &[&str] = &[
    "# Audit report on a ledger\n",
    "**SOUND: the log ledger.example/test keeps every rule.**",
    "Breaches: 0. Fallen listings: 1. Remarks: 0.\n",
    "- **Signatures verified**: 81\n",
    "| ADMISSION | An attestation was let in against the rules. | none |\n",
    "| WITNESSES | The witnesses asked for did not see the checkpoint. | none were asked for |\n",
    "### Listing MK-1\n",
    "- **Record**: recall or other safety measure<br>entry 40 (2026-11-24T09:00:00Z)\n",
    "- **Issued by**: Lumipeluche Mfg<br>https\\://id.gs1.org/417/9521000200005\n",
    "- **On**: https\\://id.gs1.org/01/09521000200012/10/L2610A\n",
    "- **Platform**: Marketo<br>https\\://id.gs1.org/417/9521000500006\n",
    "- **Answer since then**: NOT LISTABLE<br>Batches or items of this product are recalled or \
     withdrawn from the market. \\[RECALLED\\_BATCH\\]\n",
    "- **The platform**: taken down after 1 d 1 h 30 min<br>by entry 41 (2026-11-25T10:30:00Z)<br>it \
     names this record as the cause\n",
    "| registrar-0 | `c4469a3429b171cc500b8a526e2bbad19d608777991c35991ef1adb6e49fe8ed` |\n",
    "- **Entries**: 43\n",
    "- **Age**: 36 d 13 h 30 min\n",
    "- that what the attestations say is true of the goods\n",
    "- that witnesses saw this checkpoint: none were asked for\n",
    " --at 2027-01-01T00:00:00Z\n```\n",
];

const AUDIT_FRENCH: &[&str] = &[
    "# Rapport d'audit d'un registre\n",
    "**EN RÈGLE : le registre ledger.example/test respecte toutes les règles.**",
    "| ADMISSION | Une attestation a été admise contre les règles. | aucune |\n",
    "- **Attestation**: rappel ou autre mesure de sécurité<br>entrée 40 (2026-11-24T09:00:00Z)\n",
    "- **Réponse depuis**: NON PUBLIABLE<br>",
    "- **La plateforme**: retirée au bout de 1 j 1 h 30 min<br>par l'entrée 41 \
     (2026-11-25T10:30:00Z)<br>elle désigne cette attestation comme cause\n",
    "- que ce que disent les attestations est vrai des marchandises\n",
];

#[test]
fn an_audit_says_in_french_what_it_says_in_english_and_the_same_to_programs() {
    let desk = Desk::new();
    let mut broken = fallen_log();
    broken.payloads.swap(3, 4);
    for (log, status, expected) in [(fallen_log(), 0, FALLEN_FRENCH), (broken, 1, BROKEN_FRENCH)] {
        let report = desk.text(&format!("fr-{status}.md"));
        let english = audit(&desk, &log, &[]);
        let french = audit(&desk, &log, &["--lang", "fr", "--report", &report]);
        english.expect(status);
        french.expect(status);
        assert_says(&french.stdout, expected);
        let [one, other] =
            [&english.stdout, &french.stdout].map(|of| of.lines().collect::<Vec<_>>());
        assert_eq!(one.len(), other.len(), "{one:#?}\n{other:#?}");
        for (one, other) in one.iter().zip(&other) {
            assert_ne!(one, other, "is in English only");
        }
        let told = |lang| audit(&desk, &log, &["--format", "json", "--lang", lang]).json(status);
        assert_eq!(told("en"), told("fr"));
        let report = desk.read(&format!("fr-{status}.md"));
        for finding in told("fr")["findings"].as_array().unwrap() {
            let message = finding["message"].as_str().unwrap();
            assert!(english.stdout.contains(message), "{message}");
            assert!(!french.stdout.contains(message) && !report.contains(message), "{message}");
        }
    }
    assert_says(
        &desk.read("fr-1.md"),
        &["| l'entrée s'engage à une autre enveloppe |\n", " Détail |"],
    );
}

const FALLEN_FRENCH: &[&str] = &[
    "EN RÈGLE : le registre respecte toutes les règles\n",
    "\npoint de contrôle\u{a0}: 43 entrées\n",
    "\ntémoins\u{a0}: aucun n'a été exigé\n",
    "\noffre devenue non publiable\u{a0}: rappel ou autre mesure de sécurité, entrée 40 \
     (2026-11-24T09:00:00Z), par https://id.gs1.org/417/9521000200005 sur \
     https://id.gs1.org/01/09521000200012/10/L2610A : offre MK-1 de ",
    " : NON PUBLIABLE RECALLED_BATCH ; retirée par l'entrée 41 (2026-11-25T10:30:00Z), au bout de 1 j 1 \
     h 30 min, pour cette raison\n",
    "\nnon prouvé\u{a0}: que ce que disent les attestations est vrai des marchandises\n",
];

const BROKEN_FRENCH: &[&str] = &[
    "IRRÉGULIER : le registre enfreint des règles\n",
    "\nl'admission n'a pas été recalculée à partir de l'entrée 3\n",
    "\nRÈGLE ENFREINTE PAYLOAD\u{a0}: ",
    " entrée 3\u{a0}: l'entrée s'engage à une autre enveloppe\n",
];

#[test]
fn what_a_hostile_firm_or_file_is_called_stays_text() {
    let desk = Desk::new();
    let log = paper(&hostile_world());
    let name = "a\u{202e}b\u{1b}[31m<img src=x>`|.dossier";
    let dossier = dossier_of(&log);
    for report in ["x.html", "x.md"] {
        verify_on(&desk, name, &dossier, &log, &["--report", &desk.text(report)]).expect(0);
        let text = desk.read(report);
        let is_bad = |of: char| of != '\n' && probant::report::is_unsafe(of);
        assert!(!text.contains(is_bad), "{text:?}");
    }
    let page = desk.read("x.html");
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    assert_says(&page, &["&#60;script&#62;alert(1)&#60;/script&#62; | **B** `c` "]);
    let text = desk.read("x.md");
    assert_says(
        &text,
        &["\\<script\\>alert(1)\\</script\\> \\| \\*\\*B\\*\\* \\`c\\` \\[x\\](java"],
    );
}

fn again() -> Again {
    let files = vec![ReadFile { name: "file".to_owned(), sha256: Digest::of(b"file") }];
    Again { command: "probant".to_owned(), files }
}

#[test]
fn both_languages_say_the_same_and_leave_nothing_out() {
    let log = paper(&hostile_world());
    let policies = house();
    let bytes = dossier_of(&log);
    let trust = Trust { genesis: &log.genesis, policies: &policies, witnesses: None };
    for age_max_ms in [Some(86_400_000), None] {
        let limits = Limits { now: NOW.parse().unwrap(), age_max_ms };
        let verified = verify(&bytes, &trust, &limits).unwrap();
        both(|locale| of_dossier(&verified, &trust, &limits, &again(), locale));
    }
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies: &policies, witnesses: None, now };
    let mut broken = fallen_log();
    broken.payloads.swap(3, 4);
    let mut cut = fallen_log().files();
    cut.0.remove("checkpoint");
    // What an error says of a bundle is quoted, behind words of either language.
    let mut grown = fallen_log().files();
    let bundles = grown.0.iter_mut().filter(|(path, _)| path.starts_with("payload"));
    bundles.for_each(|(_, bytes)| bytes.push(0));
    for (mut files, findings) in
        [(fallen_log().files(), 0), (broken.files(), 2), (cut, 1), (grown, 1)]
    {
        let report = run(&mut files, &log.genesis, &options, &mut |_| {}).unwrap();
        assert_eq!(report.findings.len(), findings, "{report}");
        both(|locale| of_audit(&report, &log.genesis, &options, &again(), locale));
        let french = of_audit(&report, &log.genesis, &options, &again(), Locale::Fr);
        let cells: Vec<&Line> = cells(&french).collect();
        for finding in &report.findings {
            let [english, french] =
                [Locale::En, Locale::Fr].map(|of| Line::new(finding.detail.text(of)));
            assert!(cells.contains(&&french) && !cells.contains(&&english), "{french}");
        }
    }
}

/// Compares a document in both languages: the same parts, none of them empty, and every heading in
/// its own language.
fn both(document: impl Fn(Locale) -> Document) {
    let [english, french] = [Locale::En, Locale::Fr].map(document);
    let [one, other] = [&english, &french].map(headings);
    assert_eq!(one.len(), other.len(), "{one:#?}\n{other:#?}");
    // What is the same word in both.
    let same = ["Document", "Destinations", "SHA-256"];
    for (one, other) in one.iter().zip(&other) {
        assert!(!one.as_str().trim().is_empty() && !other.as_str().trim().is_empty());
        assert!(one != other || same.contains(&one.as_str()), "{one} is not in French");
    }
    let parts = |of: &Document| -> Vec<usize> {
        of.sections.iter().flat_map(|section| section.blocks.iter().map(lines)).collect()
    };
    assert_eq!(parts(&english), parts(&french));
    assert_eq!(english.notes.len(), french.notes.len());
}

/// What stands in the tables.
fn cells(document: &Document) -> impl Iterator<Item = &Line> {
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    let rows = blocks.flat_map(|block| match block {
        Block::Table(table) => table.rows.as_slice(),
        _ => &[],
    });
    rows.flatten().flat_map(|cell| &cell.lines)
}

/// The title, the result, and the headings of all that has one.
fn headings(document: &Document) -> Vec<&Line> {
    let mut found = vec![&document.title, &document.result];
    found.extend(&document.notes);
    for section in &document.sections {
        found.push(&section.title);
        for block in &section.blocks {
            match block {
                Block::Paragraph(line) => found.push(line),
                Block::List(lines) => found.extend(lines),
                Block::Facts(facts) => found.extend(fact_names(facts)),
                Block::Card(card) => {
                    found.push(&card.title);
                    found.extend(fact_names(&card.facts));
                }
                Block::Table(table) => {
                    found.push(&table.caption);
                    found.extend(&table.head);
                }
                Block::Command(_) => {}
            }
        }
    }
    found
}

fn fact_names(facts: &[Fact]) -> impl Iterator<Item = &Line> {
    facts.iter().map(|fact| &fact.name)
}

/// How many lines of text are in a block.
fn lines(block: &Block) -> usize {
    let of = |facts: &[Fact]| facts.iter().map(|fact| fact.value.lines.len()).sum();
    match block {
        Block::Paragraph(_) | Block::Command(_) => 1,
        Block::List(lines) => lines.len(),
        Block::Facts(facts) => of(facts),
        Block::Card(card) => of(&card.facts),
        Block::Table(table) => {
            table.rows.iter().flatten().map(|cell| cell.lines.len()).sum::<usize>()
        }
    }
}
