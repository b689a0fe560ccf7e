//! Which goods an assessment is about.

use serde_json::Value;

use crate::attestation::SUBJECT_KEYS_MAX;
use crate::identifier::{Lot, ProductUri, Serial, input};
use crate::import::defect::{DefectReason, shown};
use crate::import::findings::Findings;
use crate::import::node::Node;

/// A product that was assessed, at the level at which it was.
#[derive(Clone, Debug)]
pub(super) struct Goods {
    /// The model or variant; `None` if no identifier names it.
    pub(super) model: Option<ProductUri>,
    /// All that is said of goods that no identifier names.
    told: Option<Value>,
    pub(super) lot: Option<Lot>,
    pub(super) serial: Option<Serial>,
    pub(super) place: String,
}

impl Goods {
    /// The products of an assessment.
    pub(super) fn of(assessment: &Node<'_>, findings: &mut Findings) -> Vec<Self> {
        let items = assessment.objects_of("assessedProduct", findings);
        if items.len() > SUBJECT_KEYS_MAX {
            let (what, found, max) = ("products", items.len(), SUBJECT_KEYS_MAX);
            let place = assessment.place_of("assessedProduct");
            findings.refuse(&place, DefectReason::TooMany { what, found, max });
            return Vec::new();
        }
        let mut goods = Vec::new();
        for item in items {
            let is_verified = item.member("IDverifiedByCAB").and_then(|of| of.value().as_bool());
            if is_verified == Some(false) {
                let place = item.place_of("IDverifiedByCAB");
                findings.note(&place, "the assessor did not check whether the identifier is right");
            }
            let product = item.member("product").unwrap_or(item);
            goods.push(Self::read(&product, findings));
        }
        goods
    }

    /// Whether two are the same goods, wherever they stand. Goods that no identifier names are so
    /// only if the same is said of both, and a name is a part of it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let is_told = |told: &Value| told.get("name").is_some_and(Value::is_string);
        (&self.lot, &self.serial) == (&other.lot, &other.serial)
            && self.is_same_model(other)
            && self.told.as_ref().is_none_or(is_told)
    }

    /// Whether two are of one model, as far as anybody can tell.
    pub(super) fn is_same_model(&self, other: &Self) -> bool {
        (&self.model, &self.told) == (&other.model, &other.told)
    }

    fn read(product: &Node<'_>, findings: &mut Findings) -> Self {
        let linked = product.member("id").and_then(|id| linked(&id, findings));
        let numbered = product.member("registeredId").and_then(|of| numbered(&of, findings));
        if let (Some(linked), Some(numbered)) = (&linked, &numbered)
            && linked.model() != *numbered
        {
            let (found, expected) = (shown(numbered.as_str()), shown(linked.as_str()));
            let place = product.place_of("registeredId");
            findings.refuse(&place, DefectReason::Contradiction { found, expected });
        }
        let whole = linked.or(numbered);
        let qualifiers = whole.as_ref().map(|of| of.qualifiers().clone()).unwrap_or_default();
        let lot = qualifier(product, "batchNumber", qualifiers.lot, input::lot, findings);
        let serial = qualifier(product, "serialNumber", qualifiers.serial, input::serial, findings);
        let model = whole.map(|of| of.without_lot().without_serial());
        let told = model.is_none().then(|| product.value().clone());
        Self { model, told, lot, serial, place: product.place().to_owned() }
    }
}

/// The product of a GS1 Digital Link on any host, or of an EPC URN; other URIs name nothing here.
fn linked(id: &Node<'_>, findings: &mut Findings) -> Option<ProductUri> {
    let text = id.value().as_str()?.trim();
    let is_link = text.contains("://") && text.contains("/01/");
    if !is_link && !text.starts_with("urn:epc:") && !text.starts_with("urn:probant:product:") {
        return None;
    }
    normal(id, input::product(text), findings)
}

/// The product of a trade item number. Whatever its scheme is called, it has to be one.
fn numbered(id: &Node<'_>, findings: &mut Findings) -> Option<ProductUri> {
    let text = id.text(findings)?;
    let model = normal(id, input::product(text), findings)?;
    Some(model)
}

/// A lot or serial: of the link, of the member of its own, or of both if they are the same.
fn qualifier<const CHARS_MAX: usize>(
    product: &Node<'_>,
    name: &str,
    of_link: Option<crate::identifier::Cset82<CHARS_MAX>>,
    read: fn(&str) -> Read<crate::identifier::Cset82<CHARS_MAX>>,
    findings: &mut Findings,
) -> Option<crate::identifier::Cset82<CHARS_MAX>> {
    let Some(member) = product.member(name) else { return of_link };
    let own = normal(&member, read(member.text(findings)?), findings)?;
    if let Some(of_link) = of_link.filter(|of_link| *of_link != own) {
        let (found, expected) = (own.as_str().to_owned(), of_link.as_str().to_owned());
        findings.refuse(member.place(), DefectReason::Contradiction { found, expected });
    }
    Some(own)
}

type Read<T> = Result<input::Normalised<T>, crate::identifier::IdentifierError>;

fn normal<T>(node: &Node<'_>, read: Read<T>, findings: &mut Findings) -> Option<T> {
    let input::Normalised { value, notes } = findings.take(node.place(), read)?;
    findings.note_all(node.place(), notes);
    Some(value)
}
