//! Defects that are the same wherever they stand, in every version of the format.

use serde_json::Value;

use crate::hash::Digest;
use crate::import::defect::{DefectReason, shown};
use crate::import::findings::Findings;
use crate::import::node::Node;
use crate::import::zone::{Moment, Zone};

/// Members that hold a day or an instant.
const TIMES: [&str; 5] =
    ["validFrom", "validUntil", "assessmentDate", "issueDate", "effectiveDate"];

/// Looks through a whole credential.
pub(super) fn sweep(node: &Node<'_>, zone: Option<Zone>, findings: &mut Findings) {
    match node.value() {
        Value::Object(members) => {
            for name in members.keys() {
                if let Some(member) = node.member(name) {
                    check(name, &member, zone, findings);
                    sweep(&member, zone, findings);
                }
            }
        }
        Value::Array(_) => {
            for item in node.items() {
                sweep(&item, zone, findings);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn check(name: &str, member: &Node<'_>, zone: Option<Zone>, findings: &mut Findings) {
    let Some(text) = member.value().as_str() else { return };
    if TIMES.contains(&name) {
        let read = Moment::read(text, zone);
        if findings.take(member.place(), read).is_some_and(Moment::is_in_declared_zone) {
            let zone = zone.map(|zone| zone.to_string()).unwrap_or_default();
            findings.note(member.place(), format!("read in the declared zone {zone}"));
        }
    } else if name == "hashDigest" && sha256(text).is_none() {
        findings.refuse(member.place(), DefectReason::Digest { found: shown(text) });
    } else if name == "id" && is_location_under_14(text) {
        findings.refuse(member.place(), DefectReason::LocationKey { found: shown(text) });
    }
}

/// A SHA-256 digest in hex digits of either case.
pub(super) fn sha256(text: &str) -> Option<Digest> {
    text.to_ascii_lowercase().parse().ok()
}

/// Whether a link has a location number under the key of something else: 14 is none.
fn is_location_under_14(text: &str) -> bool {
    let behind = text.split("/14/").skip(1);
    behind
        .map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default())
        .any(|value| value.len() == 13 && value.bytes().all(|byte| byte.is_ascii_digit()))
}
