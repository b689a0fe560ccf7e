//! Links to certificates and evidence, which count by their digest alone.

use serde_json::json;

use crate::import::cells::Cells;
use crate::import::defect::{DefectReason, shown};
use crate::import::findings::Findings;
use crate::import::node::Node;
use crate::import::untp::sweep::sha256;

/// Members of an attestation, and of an assessment, that link to files.
pub(super) const LINKS: [&str; 4] =
    ["conformityCertificate", "auditableEvidence", "conformityEvidence", "evidence"];

/// Adds every file that a node links to. One without a digest proves nothing, and is left behind.
pub(super) fn say_links(node: &Node<'_>, cells: &mut Cells, findings: &mut Findings) {
    for link in
        LINKS.into_iter().flat_map(|name| node.objects_of(name, findings)).collect::<Vec<_>>()
    {
        say_link(&link, cells, findings);
    }
}

fn say_link(link: &Node<'_>, cells: &mut Cells, findings: &mut Findings) {
    let url = link.text_of("linkURL", findings);
    let Some(hash) = link.text_of("hashDigest", findings) else {
        findings.note(link.place(), "not carried over: a link without a digest is no evidence");
        return;
    };
    if let Some(method) = link.text_of("hashMethod", findings)
        && !["SHA-256", "SHA256"].iter().any(|of| method.eq_ignore_ascii_case(of))
    {
        let found = shown(method);
        findings.refuse(&link.place_of("hashMethod"), DefectReason::DigestMethod { found });
    }
    // What is no digest, the sweep has found.
    let Some(digest) = sha256(hash) else { return };
    let name = link.text_of("linkName", findings).or(url).unwrap_or("linked file");
    let media_type = media_type(url.unwrap_or_default());
    let column = cells.say_evidence((name, digest.to_string(), media_type), link.place());
    if let Some(url) = url {
        cells.say(&format!("{column}.downloadLocation"), url, link.place());
    }
    let encryption = link.text_of("encryptionMethod", findings);
    if let Some(method) = encryption.filter(|of| !of.eq_ignore_ascii_case("none")) {
        let annotations = json!({"encryptionMethod": method}).to_string();
        cells.say(&format!("{column}.annotations"), annotations, link.place());
    }
}

/// What the end of a link says of the file; nothing else says it.
fn media_type(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    match path.rsplit('.').next() {
        Some("pdf") => "application/pdf",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
