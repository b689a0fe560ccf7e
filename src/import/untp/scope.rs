//! What a credential is about: products, the batches and items that narrow them, sites, types.

use crate::identifier::{OperatorUri, ProductUri, input};
use crate::import::cells::Cells;
use crate::import::defect::DefectReason;
use crate::import::findings::Findings;
use crate::import::node::Node;
use crate::import::terms::Terms;
use crate::import::untp::goods::Goods;
use crate::table::SEPARATOR;

/// The column that names the type, which the format does not have.
pub(super) const DESIGNATION: &str = "scope.types.1.designation";

/// Adds the goods of a credential. One scope holds every product in each of its lots or items, so
/// all of them have to be narrowed alike.
pub(super) fn say_goods(goods: &[Goods], cells: &mut Cells, findings: &mut Findings) {
    let mut models: Vec<&ProductUri> = Vec::new();
    let mut columns = 0_usize;
    cells.hold("scope.products");
    for one in goods {
        let is_new = one.model.as_ref().is_none_or(|model| !models.contains(&model));
        columns += usize::from(is_new);
        let column = format!("scope.products.{columns}.id");
        match &one.model {
            Some(model) if is_new => {
                models.push(model);
                cells.say(&column, model.as_str(), &one.place);
            }
            Some(_) => {}
            None => cells.need_unless_refused(&column, &one.place, findings),
        }
    }
    let place = goods.first().map(|of| of.place.as_str()).unwrap_or_default();
    let Some(Narrowing { mode, what, value }) = Narrowing::of(goods) else {
        return cells.say("scope.batches.mode", "ALL", place);
    };
    cells.say("scope.batches.mode", mode, place);
    match values_of_each(goods, value) {
        Some(values) => {
            cells.say("scope.batches.list", values.join(&SEPARATOR.to_string()), place);
        }
        None => findings.refuse(place, DefectReason::Mixed { what }),
    }
    for one in goods.iter().filter(|of| of.serial.is_some() && of.lot.is_some()) {
        findings.note(&one.place, "the batch is not carried over: the item stands alone");
    }
}

/// What makes the goods less than all of their models.
struct Narrowing {
    mode: &'static str,
    what: &'static str,
    value: fn(&Goods) -> Option<&str>,
}

impl Narrowing {
    /// An item is less than a batch.
    fn of(goods: &[Goods]) -> Option<Self> {
        let serial: fn(&Goods) -> Option<&str> = |of| Some(of.serial.as_ref()?.as_str());
        let lot: fn(&Goods) -> Option<&str> = |of| Some(of.lot.as_ref()?.as_str());
        let items = Self { mode: "SERIALS", what: "items", value: serial };
        let batches = Self { mode: "LIST", what: "batches", value: lot };
        [items, batches].into_iter().find(|of| goods.iter().any(|one| (of.value)(one).is_some()))
    }
}

/// The lots or serials, if they are the same of every model, and no goods are without.
fn values_of_each(goods: &[Goods], value: fn(&Goods) -> Option<&str>) -> Option<Vec<&str>> {
    let of = |one: &Goods| -> Option<Vec<&str>> {
        let own = goods.iter().filter(|of| of.is_same_model(one));
        let mut values: Vec<&str> = own.map(value).collect::<Option<_>>()?;
        values.sort_unstable();
        values.dedup();
        Some(values)
    };
    let first = of(goods.first()?)?;
    let are_same = goods.iter().all(|one| of(one).as_ref() == Some(&first));
    are_same.then_some(first)
}

/// Adds the type that the importer names, as the holder's; `is_needed` if the kind demands one.
pub(super) fn say_type(
    holder: Option<(&OperatorUri, &str)>,
    is_needed: bool,
    place: &str,
    terms: &Terms,
    cells: &mut Cells,
) {
    if is_needed {
        cells.need(DESIGNATION, place);
    }
    if let (Some((holder, place)), true) = (holder, terms.gives(DESIGNATION)) {
        cells.suggest("scope.types.1.holder", holder.as_str(), place);
    }
}

/// Adds the sites. One that no location number names can't be left out: the scope would be wider.
pub(super) fn say_sites(facilities: &[Node<'_>], cells: &mut Cells, findings: &mut Findings) {
    let mut sites: Vec<String> = Vec::new();
    let mut is_whole = true;
    for item in facilities {
        let facility = item.member("facility").unwrap_or_else(|| item.clone());
        match site(&facility, findings) {
            Some(site) if sites.contains(&site) => {}
            Some(site) => sites.push(site),
            None => {
                is_whole = false;
                cells.need_unless_refused("scope.sites", facility.place(), findings);
            }
        }
    }
    if let (Some(first), true) = (facilities.first(), is_whole) {
        cells.say("scope.sites", sites.join(&SEPARATOR.to_string()), first.place());
    }
}

fn site(facility: &Node<'_>, findings: &mut Findings) -> Option<String> {
    ["id", "registeredId"].into_iter().find_map(|name| {
        let member = facility.member(name)?;
        let text = member.value().as_str()?.trim();
        let is_number = text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_link = text.contains("://") && text.contains("/414/");
        if !is_number && !is_link && !text.starts_with("urn:epc:id:sgln:") {
            return None;
        }
        let found = findings.take(member.place(), input::place(text))?;
        findings.note_all(member.place(), found.notes);
        Some(found.value.as_str().to_owned())
    })
}
