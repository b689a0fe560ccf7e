//! One event, as a statement of its author.

use serde_json::json;

use crate::attestation::PredicateKind;
use crate::attestation::types::EventKind;
use crate::identifier::input;
use crate::import::cells::Cells;
use crate::import::defect::{DefectReason, shown};
use crate::import::epcis::vocabulary::Kind;
use crate::import::epcis::{goods, vocabulary};
use crate::import::findings::Findings;
use crate::import::node::Node;
use crate::import::reading::Reading;
use crate::import::source::Source;
use crate::import::terms::Terms;
use crate::import::zone::{Instant, Zone};
use crate::table::Draft;

/// Media type of an event.
const MEDIA_TYPE: &str = "application/ld+json";

/// Members that no statement has a place for.
const LEFT_BEHIND: [&str; 7] = [
    "bizTransactionList",
    "destinationList",
    "persistentDisposition",
    "quantity",
    "sensorElementList",
    "sourceList",
    "uom",
];

/// Reads an event.
pub(super) fn read(event: &Node<'_>, source: &Source<'_>, terms: &Terms) -> Reading {
    let mut findings = Findings::default();
    let draft = read_event(event, source, terms, &mut findings);
    Reading::new(event.place(), draft, findings)
}

fn read_event(
    event: &Node<'_>,
    source: &Source<'_>,
    terms: &Terms,
    findings: &mut Findings,
) -> Option<Draft> {
    let kind = expect_kind(event, findings)?;
    let mut cells = Cells::default();
    say_author(terms, &mut cells, findings);
    if let Some(error) = event.member("errorDeclaration") {
        findings.refuse(error.place(), DefectReason::DeclaredError);
    }
    let digest = source.digest().to_string();
    let column = cells.say_evidence((source.name, digest, MEDIA_TYPE), event.place());
    if !event.place().is_empty() {
        let annotations = json!({"pointer": event.place()}).to_string();
        cells.say(&format!("{column}.annotations"), annotations, event.place());
    }
    cells.say("event", kind_word(kind), &event.place_of("type"));
    say_time(event, terms, &mut cells, findings);
    say_words(event, &mut cells, findings);
    say_places(event, &mut cells, findings);
    say_hash(event, &mut cells, findings);
    goods::say(event, kind, terms, &mut cells, findings);
    event.note_left_behind(&LEFT_BEHIND, findings);
    cells.into_draft(PredicateKind::TraceabilityEvent, terms, findings)
}

fn expect_kind(event: &Node<'_>, findings: &mut Findings) -> Option<EventKind> {
    let Some(word) = event.text_of("type", findings) else {
        let expected = "the kind of the event";
        findings.refuse(&event.place_of("type"), DefectReason::Shape { expected });
        return None;
    };
    let found = shown(word);
    let reason = match vocabulary::kind(word) {
        Some(Kind::Taken(kind)) => return Some(kind),
        Some(Kind::NotTaken) => DefectReason::EvidenceOnly { found },
        None => DefectReason::Document { found, expected: "an event of EPCIS 2.0" },
    };
    findings.refuse(&event.place_of("type"), reason);
    None
}

/// The author signs; who he is in the chain of the goods, the event does not say.
fn say_author(terms: &Terms, cells: &mut Cells, findings: &mut Findings) {
    let issuer = terms.issuer.as_ref().unwrap_or(&terms.by);
    if *issuer != terms.by {
        findings.refuse("", DefectReason::AuthorOnly { by: terms.by.to_string() });
    }
    cells.say("header.issuer.operator", issuer.as_str(), "");
    cells.need("header.issuer.role", "");
}

fn say_time(event: &Node<'_>, terms: &Terms, cells: &mut Cells, findings: &mut Findings) {
    let mut declared = None;
    if let Some(text) = event.text_of("eventTime", findings) {
        let place = event.place_of("eventTime");
        if let Some(found) = findings.take(&place, Instant::read(text, terms.zone)) {
            if found.is_in_declared_zone {
                declared = terms.zone;
                let zone = terms.zone.map(|zone| zone.to_string()).unwrap_or_default();
                findings.note(&place, format!("read in the declared zone {zone}"));
            }
            if found.is_cut {
                findings.note(&place, "cut to milliseconds");
            }
            cells.say("event_time", found.at.to_string(), &place);
        }
    }
    cells.need_unless_refused("event_time", &event.place_of("eventTime"), findings);
    let offset = event.text_of("eventTimeZoneOffset", findings);
    if let Some(text) = offset {
        let place = event.place_of("eventTimeZoneOffset");
        match text.parse::<Zone>() {
            Ok(zone) => {
                // A clock that was elsewhere than the event showed another time.
                if let Some(declared) = declared.filter(|declared| *declared != zone) {
                    let (found, expected) = (zone.to_string(), declared.to_string());
                    findings.refuse(&place, DefectReason::Contradiction { found, expected });
                }
                cells.say("offset", zone.to_string(), &place);
            }
            Err(_cause) => findings.refuse(
                &place,
                DefectReason::Word { found: shown(text), expected: "±hh:mm, at most 14 hours" },
            ),
        }
    }
    cells.need_unless_refused("offset", &event.place_of("eventTimeZoneOffset"), findings);
}

fn say_words(event: &Node<'_>, cells: &mut Cells, findings: &mut Findings) {
    if let Some(text) = event.text_of("bizStep", findings) {
        cells.say("biz_step", vocabulary::biz_step(text), &event.place_of("bizStep"));
    }
    cells.need("biz_step", event.place_of("bizStep"));
    if let Some(text) = event.text_of("disposition", findings) {
        let place = event.place_of("disposition");
        cells.say("disposition", vocabulary::disposition(text), &place);
    }
    if let Some(text) = event.text_of("action", findings) {
        cells.say("action", text, &event.place_of("action"));
    }
    cells.need("action", event.place_of("action"));
    match event.items_of("certificationInfo").as_slice() {
        [] => {}
        [only] => {
            if let Some(text) = only.text(findings) {
                cells.say("certification_info", text, only.place());
            }
        }
        [_, second, ..] => findings.note(second.place(), "not carried over: a statement has one"),
    }
}

fn say_places(event: &Node<'_>, cells: &mut Cells, findings: &mut Findings) {
    for (name, column) in [("readPoint", "where.read_point"), ("bizLocation", "where.location")] {
        let Some(point) = event.member(name) else { continue };
        let Some(id) = point.member("id") else { continue };
        let Some(text) = id.text(findings) else { continue };
        let is_named = text.trim().starts_with("urn:epc:id:sgln:")
            || text.contains("/414/")
            || text.contains("/14/");
        if !is_named {
            findings.note(id.place(), "not carried over: no location number");
        } else if let Some(found) = findings.take(id.place(), input::place(text)) {
            findings.note_all(id.place(), found.notes);
            cells.say(column, found.value.as_str(), id.place());
        }
    }
}

/// The identifier of an event, if it is the hash of it; any other says nothing that could be checked.
fn say_hash(event: &Node<'_>, cells: &mut Cells, findings: &mut Findings) {
    let Some(text) = event.text_of("eventID", findings) else { return };
    let place = event.place_of("eventID");
    if text.starts_with("ni:///sha-256;") {
        cells.say("event_hash", text, &place);
    } else {
        findings.note(&place, "not carried over: no hash of the event");
    }
}

const fn kind_word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Object => "OBJECT",
        EventKind::Aggregation => "AGGREGATION",
        EventKind::Transaction => "TRANSACTION",
    }
}
