//! The credential around an attestation.

use serde_json::{Value, json};

use crate::identifier::LookupForm;
use crate::import::cells::Cells;
use crate::import::defect::{DefectReason, shown};
use crate::import::findings::Findings;
use crate::import::node::Node;
use crate::import::reading::Reading;
use crate::import::source::Source;
use crate::import::terms::Terms;
use crate::import::untp::assessments::Assessments;
use crate::import::untp::kinds::{self, Facts};
use crate::import::untp::links::say_links;
use crate::import::untp::{party, scope, sweep};
use crate::import::zone::Moment;
use crate::table::Draft;

/// What is read here.
const TYPE: &str = "DigitalConformityCredential";
const VERSION: &str = "0.6";

/// Where the version of a credential stands: in the URI of its vocabulary.
const CONTEXT: &str = "/vocabulary/untp/dcc/";

/// Media type of the credential (W3C Verifiable Credentials Data Model 2.0, section 6).
const MEDIA_TYPE: &str = "application/vc";

/// Members of a credential and of its attestation that no statement has a place for.
const LEFT_BEHIND: [&str; 3] = ["renderMethod", "termsOfUse", "refreshService"];
const LEFT_BEHIND_OF_ATTESTATION: [&str; 1] = ["description"];

/// Reads a credential: the statement that it becomes, or everything that keeps it from becoming one.
pub fn read(source: &Source<'_>, terms: &Terms) -> Reading {
    let mut findings = Findings::default();
    let document = source.read(&mut findings);
    let draft = document
        .as_ref()
        .and_then(|document| read_credential(&Node::root(document), source, terms, &mut findings));
    Reading::new("", draft, findings)
}

fn read_credential(
    credential: &Node<'_>,
    source: &Source<'_>,
    terms: &Terms,
    findings: &mut Findings,
) -> Option<Draft> {
    expect_type(credential, findings)?;
    sweep::sweep(credential, terms.zone, findings);
    expect_version(credential, findings)?;
    let Some(attestation) = credential.member("credentialSubject") else {
        let expected = "the attestation";
        findings.refuse("/credentialSubject", DefectReason::Shape { expected });
        return None;
    };
    let mut cells = Cells::default();
    let name = source.name;
    cells.say_evidence((name, source.digest().to_string(), MEDIA_TYPE), "");
    let issuer = party::issuer(credential, terms.issuer.as_ref(), findings);
    say_document(credential, &attestation, terms, &mut cells, findings);
    say_links(&attestation, &mut cells, findings);
    let assessments = Assessments::read(&attestation, terms.zone, &mut cells, findings);
    scope::say_goods(&assessments.goods, &mut cells, findings);
    say_recorded(credential, &attestation, &mut cells);
    let kind = kinds::kind(&attestation, findings);
    note_unverified(credential, findings);
    credential.note_left_behind(&LEFT_BEHIND, findings);
    attestation.note_left_behind(&LEFT_BEHIND_OF_ATTESTATION, findings);
    let ((issuer, place), kind) = (issuer?, kind?);
    cells.say_issuer(&issuer, &terms.by, (source, MEDIA_TYPE), &place);
    if issuer == terms.by {
        findings.note(&place, "signed by its issuer, this is a statement of its own and no copy");
    }
    let party = credential.member("issuer");
    let name = party.as_ref().and_then(|of| of.member("name"));
    let issuer_name =
        name.as_ref().and_then(|of| Some((of.value().as_str()?, of.place().to_owned())));
    let facts = Facts {
        attestation: &attestation,
        issuer: &issuer,
        issuer_name,
        assessments: &assessments,
        terms,
    };
    facts.say(kind, &mut cells, findings);
    cells.into_draft(kind, terms, findings)
}

/// The credential has to say that it is one, by whatever other types besides.
fn expect_type(credential: &Node<'_>, findings: &mut Findings) -> Option<()> {
    let types = credential.items_of("type");
    let names: Vec<&str> = types.iter().filter_map(|of| of.value().as_str()).collect();
    if names.contains(&TYPE) {
        return Some(());
    }
    let found = shown(&names.join(", "));
    let is_enveloped = names.iter().any(|name| name.starts_with("Enveloped"));
    let reason = if is_enveloped {
        DefectReason::Enveloped { found }
    } else {
        DefectReason::Document { found, expected: "a DigitalConformityCredential" }
    };
    findings.refuse("/type", reason);
    None
}

fn expect_version(credential: &Node<'_>, findings: &mut Findings) -> Option<()> {
    let contexts = credential.items_of("@context");
    let mut texts = contexts.iter().filter_map(|of| of.value().as_str());
    let version = texts.find_map(|of| Some(of.split_once(CONTEXT)?.1.trim_end_matches('/')));
    let found = version.unwrap_or_default();
    if found == VERSION || found.strip_prefix(VERSION).is_some_and(|rest| rest.starts_with('.')) {
        return Some(());
    }
    findings.refuse("/@context", DefectReason::Version { found: shown(found), expected: VERSION });
    None
}

/// Number, issue and validity. The format has neither number nor version: its URI stands in.
fn say_document(
    credential: &Node<'_>,
    attestation: &Node<'_>,
    terms: &Terms,
    cells: &mut Cells,
    findings: &mut Findings,
) {
    let column = "header.document.number";
    let place = attestation.place_of("id");
    let id = attestation.text_of("id", findings);
    match id.filter(|id| LookupForm::of(id).is_ok()) {
        Some(id) => cells.suggest(column, id, &place),
        None => cells.need_unless_refused(column, &place, findings),
    }
    cells.need("header.document.languages", attestation.place());
    let mut moment = |name| {
        let text = credential.text_of(name, findings)?;
        // What is no time, the sweep has found.
        Some((Moment::read(text, terms.zone).ok()?, credential.place_of(name)))
    };
    let (from, until) = (moment("validFrom"), moment("validUntil"));
    match from {
        Some((from, place)) => {
            let day = from.first_day().to_string();
            cells.suggest("header.document.issued", &*day, &place);
            cells.say("header.validity.from", day, &place);
        }
        None => {
            for column in ["header.document.issued", "header.validity.from"] {
                cells.need_unless_refused(column, "/validFrom", findings);
            }
        }
    }
    if let Some((until, place)) = until {
        cells.say("header.validity.until", until.last_day().to_string(), &place);
    }
}

/// What is recorded and raises nothing: the names, and what the assessor says of its own level.
fn say_recorded(credential: &Node<'_>, attestation: &Node<'_>, cells: &mut Cells) {
    let issuer = credential.member("issuer");
    let issuer =
        issuer.as_ref().map(|issuer| issuer.member("id").unwrap_or_else(|| issuer.clone()));
    let recorded = [
        ("credential", credential.member("id")),
        ("issuer", issuer),
        ("name", attestation.member("name")),
        ("assessorLevel", attestation.member("assessorLevel")),
        ("assessmentLevel", attestation.member("assessmentLevel")),
    ];
    let texts = recorded.into_iter().filter_map(|(name, node)| {
        let text = node?.value().as_str()?.to_owned();
        Some((name.to_owned(), Value::String(text)))
    });
    let recorded: serde_json::Map<String, Value> = texts.collect();
    cells.say("extensions", json!({"untp": recorded}).to_string(), "");
}

/// What nobody looked at, so that nobody thinks it was.
fn note_unverified(credential: &Node<'_>, findings: &mut Findings) {
    let proof = credential.member("proof");
    match proof {
        Some(proof) => findings.note(proof.place(), "the signature was not verified"),
        None => findings.note("", "the credential is not signed"),
    }
    for claim in
        credential.member("credentialSubject").iter().flat_map(|of| of.items_of("authorisation"))
    {
        findings.note(claim.place(), "a claim: only accreditations that the ledger holds count");
    }
    if let Some(status) = credential.member("credentialStatus") {
        findings.note(status.place(), "whether it was suspended or revoked was not looked up");
    }
}
