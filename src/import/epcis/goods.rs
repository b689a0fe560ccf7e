//! The goods of an event: what went in, what came out, which items a batch holds.

use crate::attestation::types::EventKind;
use crate::identifier::{Lot, ProductUri, Serial, input};
use crate::import::cells::Cells;
use crate::import::defect::DefectReason;
use crate::import::findings::Findings;
use crate::import::node::Node;
use crate::import::terms::Terms;
use crate::table::SEPARATOR;

/// The member of an event's master data with the lot (Core Business Vocabulary 2.0).
const LOT: &str = "cbvmda:lotNumber";

/// Adds the goods of an event.
pub(super) fn say(
    event: &Node<'_>,
    kind: EventKind,
    terms: &Terms,
    cells: &mut Cells,
    findings: &mut Findings,
) {
    match kind {
        EventKind::Object => say_objects(event, terms, cells, findings),
        // What is packed goes into the pack, whatever the event is about.
        EventKind::Aggregation => {
            let mut parts = products(event, "childEPCs", findings);
            parts.extend(classes(event, "childQuantityList", findings));
            let packs = products(event, "parentID", findings);
            say_products("inputs", &parts, &event.place_of("childEPCs"), cells);
            say_products("outputs", &packs, &event.place_of("parentID"), cells);
        }
        EventKind::Transaction => {
            let mut goods = products(event, "epcList", findings);
            goods.extend(products(event, "parentID", findings));
            goods.extend(classes(event, "quantityList", findings));
            say_products("inputs", &goods, &event.place_of("epcList"), cells);
        }
    }
}

/// What an event adds comes out of it; what it sees or takes away has been there before.
fn say_objects(event: &Node<'_>, terms: &Terms, cells: &mut Cells, findings: &mut Findings) {
    let place = event.place_of("epcList");
    let own = event.member("action").and_then(|of| of.value().as_str());
    let is_new = own.or_else(|| terms.given("action")) == Some("ADD");
    let column = if is_new { "outputs" } else { "inputs" };
    let items = products(event, "epcList", findings);
    let mut goods = classes(event, "quantityList", findings);
    let lot = lot(event, findings);
    let batches: Option<Vec<ProductUri>> =
        items.iter().map(|item| batch_of(item, lot.as_deref(), event, findings)).collect();
    match batches.as_deref() {
        Some([batch, rest @ ..]) if is_new && rest.iter().all(|other| other == batch) => {
            let serials = items.iter().filter_map(|item| item.qualifiers().serial.as_ref());
            let serials: Vec<&str> = serials.map(Serial::as_str).collect();
            cells.say("items.batch", batch.as_str(), &place);
            cells.say("items.serials", serials.join(&SEPARATOR.to_string()), &place);
        }
        _ => {
            if lot.is_some() {
                let text = "not carried over: only items of one model, each with a serial, are \
                            named by their batch";
                findings.note(&event.place_of("ilmd"), text);
            }
            goods.splice(..0, items);
        }
    }
    say_products(column, &goods, &place, cells);
}

/// The batch of an item that has a serial: its own lot, or that of the event's master data.
fn batch_of(
    item: &ProductUri,
    lot: Option<&str>,
    event: &Node<'_>,
    findings: &mut Findings,
) -> Option<ProductUri> {
    let qualifiers = item.qualifiers();
    qualifiers.serial.as_ref()?;
    let own = qualifiers.lot.as_ref().map(Lot::as_str);
    if let (Some(own), Some(lot)) = (own, lot)
        && own != lot
    {
        let (found, expected) = (lot.to_owned(), own.to_owned());
        findings.refuse(&event.place_of("ilmd"), DefectReason::Contradiction { found, expected });
    }
    let batch = item.without_serial().with_lot(own.or(lot)?);
    findings.take(&event.place_of("ilmd"), batch)
}

/// The lot that the event's master data gives.
fn lot(event: &Node<'_>, findings: &mut Findings) -> Option<String> {
    let data = event.member("ilmd")?;
    for name in data.value().as_object()?.keys().filter(|name| *name != LOT) {
        data.note_left_behind(&[name], findings);
    }
    let lot = data.member(LOT)?;
    let read = input::lot(lot.text(findings)?);
    let found = findings.take(lot.place(), read)?;
    findings.note_all(lot.place(), found.notes);
    Some(found.value.as_str().to_owned())
}

/// The products that a list of EPCs names.
fn products(event: &Node<'_>, name: &str, findings: &mut Findings) -> Vec<ProductUri> {
    event.items_of(name).iter().filter_map(|epc| product(epc, findings)).collect()
}

/// The products of a list of quantities; how much of each, nothing here records.
fn classes(event: &Node<'_>, name: &str, findings: &mut Findings) -> Vec<ProductUri> {
    let mut classes = Vec::new();
    for element in event.objects_of(name, findings) {
        match element.member("epcClass") {
            Some(class) => classes.extend(product(&class, findings)),
            None => findings.refuse(
                &element.place_of("epcClass"),
                DefectReason::Shape { expected: "the class of the goods" },
            ),
        }
        element.note_left_behind(&["quantity"], findings);
    }
    classes
}

fn product(epc: &Node<'_>, findings: &mut Findings) -> Option<ProductUri> {
    let text = epc.text(findings)?;
    let found = findings.take(epc.place(), input::product(text))?;
    findings.note_all(epc.place(), found.notes);
    Some(found.value)
}

fn say_products(column: &str, products: &[ProductUri], place: &str, cells: &mut Cells) {
    let mut texts: Vec<&str> = products.iter().map(ProductUri::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    if !texts.is_empty() {
        cells.say(column, texts.join(&SEPARATOR.to_string()), place);
    }
}
