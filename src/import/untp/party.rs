//! Who a party is: by an identifier that holds by itself, whatever it is said to be.

use crate::identifier::{Gln, Lei, OperatorUri, input};
use crate::import::defect::DefectReason;
use crate::import::findings::Findings;
use crate::import::node::Node;

/// What names a party.
pub(super) const EXPECTED: &str = "a GS1 Digital Link with /417/, a location number, an LEI, or urn:lei:, urn:vat:, urn:eori: or urn:nando:";

/// How the texts begin that say by themselves what they are.
const PREFIXES: [&str; 5] = ["urn:lei:", "urn:vat:", "urn:eori:", "urn:nando:", "urn:epc:id:pgln:"];

/// The operator that a party is, by its `id` and its `registeredId`: if both identify it, they have
/// to agree.
pub(super) fn operator(party: &Node<'_>, findings: &mut Findings) -> Option<OperatorUri> {
    let mut found = operators(party, findings).into_iter();
    let (first, _) = found.next()?;
    let Some((second, place)) = found.find(|(of, _)| *of != first) else { return Some(first) };
    let (found, expected) = (second.to_string(), first.to_string());
    findings.refuse(&place, DefectReason::Contradiction { found, expected });
    None
}

/// Who a party says it is, and where. What the scheme of an identifier is called says nothing: a
/// number counts as what its own check says it is.
fn operators(party: &Node<'_>, findings: &mut Findings) -> Vec<(OperatorUri, String)> {
    let members = ["id", "registeredId"].into_iter().filter_map(|name| party.member(name));
    members.filter_map(|of| Some((identified(&of, findings)?, of.place().to_owned()))).collect()
}

fn identified(member: &Node<'_>, findings: &mut Findings) -> Option<OperatorUri> {
    let text = member.value().as_str()?.trim();
    let read = if says_what_it_is(text) {
        input::operator(text).map(|found| (found.value, found.notes))
    } else if text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map(|gln: Gln| with_note(&gln.as_str().into(), OperatorUri::from(&gln)))
    } else if text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let text = text.to_ascii_uppercase();
        text.parse().map(|lei: Lei| with_note(&text, OperatorUri::from(&lei)))
    } else {
        return None;
    };
    let (operator, notes) = findings.take(member.place(), read)?;
    findings.note_all(member.place(), notes);
    Some(operator)
}

fn with_note(found: &String, operator: OperatorUri) -> (OperatorUri, Vec<String>) {
    let note = format!("{found:?} read as {:?}", operator.as_str());
    (operator, vec![note])
}

fn says_what_it_is(text: &str) -> bool {
    (text.contains("://") && text.contains("/417/"))
        || PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

/// Who issued a credential, by what it is also known as. What is given decides only which of several
/// identifiers counts, or where there is none. A `did:web` names a web site and no firm.
pub(super) fn issuer(
    credential: &Node<'_>,
    given: Option<&OperatorUri>,
    findings: &mut Findings,
) -> Option<(OperatorUri, String)> {
    let place = credential.place_of("issuer");
    let party = credential.member("issuer");
    let known = party.as_ref().map(|party| party.items_of("issuerAlsoKnownAs"));
    let known = known.unwrap_or_default();
    let mut found: Vec<OperatorUri> = Vec::new();
    for party in party.iter().chain(&known) {
        // Where somebody says who it is, a broken identifier is worth a note only.
        let mut own = Findings::default();
        let operators = operators(party, &mut own);
        findings.notes.append(&mut own.notes);
        for defect in own.defects {
            match given {
                Some(_) => findings.note(&defect.place, defect.reason.to_string()),
                None => findings.refuse(&defect.place, defect.reason),
            }
        }
        for (operator, _) in operators {
            if !found.contains(&operator) {
                found.push(operator);
            }
        }
    }
    if let Some(given) = given {
        if let Some(other) = found.iter().find(|of| *of != given) {
            if !found.contains(given) {
                let (found, expected) = (given.to_string(), other.to_string());
                findings.refuse(&place, DefectReason::Contradiction { found, expected });
                return None;
            }
            let text = format!("taken as {given}, as given; it calls itself {other} too");
            findings.note(&place, text);
        }
        return Some((given.clone(), place));
    }
    match found.as_slice() {
        [only] => Some((only.clone(), place)),
        [first, second, ..] => {
            let (first, second) = (first.to_string(), second.to_string());
            findings.refuse(&place, DefectReason::Ambiguous { first, second });
            None
        }
        [] if findings.has_at(&place) => None,
        [] => {
            findings.refuse(&place, DefectReason::NotIdentified { expected: EXPECTED });
            None
        }
    }
}
