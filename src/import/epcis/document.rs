//! A document with a list of events.

use crate::import::defect::{DefectReason, shown};
use crate::import::epcis::event;
use crate::import::findings::Findings;
use crate::import::node::Node;
use crate::import::reading::Reading;
use crate::import::source::Source;
use crate::import::terms::Terms;

const DOCUMENT: &str = "EPCISDocument";
const VERSION: &str = "2.0";

/// Reads every event of a document, or the one that the document is.
pub fn read(source: &Source<'_>, terms: &Terms) -> Vec<Reading> {
    let mut findings = Findings::default();
    let Some(document) = source.read(&mut findings) else {
        return vec![Reading::new("", None, findings)];
    };
    let root = Node::root(&document);
    let kind = root.member("type").and_then(|of| of.value().as_str());
    match kind {
        Some(DOCUMENT) => {}
        Some(of) if of.ends_with("Event") => return vec![event::read(&root, source, terms)],
        other => {
            let found = shown(other.unwrap_or_default());
            findings
                .refuse("/type", DefectReason::Document { found, expected: "an EPCISDocument" });
        }
    }
    let version = root.text_of("schemaVersion", &mut findings);
    if findings.defects.is_empty() && version != Some(VERSION) {
        let found = shown(version.unwrap_or_default());
        let reason = DefectReason::Version { found, expected: VERSION };
        findings.refuse("/schemaVersion", reason);
    }
    let body = root.member("epcisBody");
    let events = body.map(|body| body.objects_of("eventList", &mut findings));
    let events = events.unwrap_or_default();
    if findings.defects.is_empty() && events.is_empty() {
        let expected = "at least one event";
        findings.refuse("/epcisBody/eventList", DefectReason::Shape { expected });
    }
    if !findings.defects.is_empty() {
        return vec![Reading::new("", None, findings)];
    }
    events.iter().map(|node| event::read(node, source, terms)).collect()
}
