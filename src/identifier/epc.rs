//! EPC URNs, which other systems write; they are read, never written (GS1 Tag Data Standard, 6).

use super::check_digit::gs1_check_digit;
use super::error::IdentifierError;
use super::gln::Gln;
use super::gtin::Gtin;
use super::percent;
use super::product::ProductUri;

const KIND: &str = "EPC URN";

/// What every EPC URN begins with.
pub(super) const PREFIX: &str = "urn:epc:";

const PRODUCT: &str = "urn:epc:id:sgtin:CP.IR.SER, urn:epc:class:lgtin:CP.IR.LOT or \
    urn:epc:idpat:sgtin:CP.IR.*, 13 digits in CP and IR";
const PARTY: &str = "urn:epc:id:pgln:CP.REF, 12 digits in CP and REF";
const PLACE: &str = "urn:epc:id:sgln:CP.LOC.EXT, 12 digits in CP and LOC";

/// The product of an `sgtin`, `lgtin` or `idpat:sgtin`.
pub(super) fn product(urn: &str) -> Result<ProductUri, IdentifierError> {
    let malformed = || IdentifierError::malformed(KIND, urn, PRODUCT);
    if let Some(rest) = urn.strip_prefix("urn:epc:id:sgtin:") {
        let (model, serial) = split_product(rest).ok_or_else(malformed)?;
        return model?.with_serial(&percent::decode(serial).ok_or_else(malformed)?);
    }
    if let Some(rest) = urn.strip_prefix("urn:epc:class:lgtin:") {
        let (model, lot) = split_product(rest).ok_or_else(malformed)?;
        return model?.with_lot(&percent::decode(lot).ok_or_else(malformed)?);
    }
    match urn.strip_prefix("urn:epc:idpat:sgtin:").and_then(split_product) {
        Some((model, "*")) => model,
        _ => Err(malformed()),
    }
}

/// The party of a `pgln`.
pub(super) fn party(urn: &str) -> Result<Gln, IdentifierError> {
    let parts = urn.strip_prefix("urn:epc:id:pgln:").and_then(|rest| rest.split_once('.'));
    let gln = parts.and_then(|(company, reference)| gln(company, reference));
    gln.ok_or_else(|| IdentifierError::malformed(KIND, urn, PARTY))?
}

/// The place of an `sgln`, and its extension unless that is `0`, which means none.
pub(super) fn place(urn: &str) -> Result<(Gln, Option<String>), IdentifierError> {
    let malformed = || IdentifierError::malformed(KIND, urn, PLACE);
    let mut parts = urn.strip_prefix("urn:epc:id:sgln:").ok_or_else(malformed)?.splitn(3, '.');
    let (Some(company), Some(location), Some(extension)) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed());
    };
    let gln = gln(company, location).ok_or_else(malformed)??;
    let extension = percent::decode(extension).filter(|text| !text.is_empty());
    let extension = extension.ok_or_else(malformed)?;
    Ok((gln, Some(extension).filter(|text| text != "0")))
}

/// The model and what stands behind it in `CP.IR.REST`.
fn split_product(text: &str) -> Option<(Result<ProductUri, IdentifierError>, &str)> {
    let mut parts = text.splitn(3, '.');
    let (company, item, rest) = (parts.next()?, parts.next()?, parts.next()?);
    // The item reference begins with the indicator, which a GTIN has in front.
    let (indicator, reference) = item.split_at_checked(1)?;
    let body = body(company, item, 13).map(|_digits| format!("{indicator}{company}{reference}"))?;
    let gtin: Result<Gtin, _> = format!("{body}{}", gs1_check_digit(&body)?).parse();
    Some((gtin.map(|gtin| ProductUri::from_gtin(&gtin)), rest))
}

fn gln(company: &str, reference: &str) -> Option<Result<Gln, IdentifierError>> {
    let body = body(company, reference, 12)?;
    Some(format!("{body}{}", gs1_check_digit(&body)?).parse())
}

/// Company prefix and reference, if they are digits, as many as there must be.
fn body(company: &str, reference: &str, count: usize) -> Option<String> {
    let body = format!("{company}{reference}");
    let is_body = (6..=12).contains(&company.len())
        && body.len() == count
        && body.bytes().all(|byte| byte.is_ascii_digit());
    is_body.then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_is_recomputed_and_values_are_unescaped() {
        for (urn, expected) in [
            ("urn:epc:id:sgtin:9521000.020001.S%2F1.2", "/01/09521000200012/21/S%2F1.2"),
            ("urn:epc:id:sgtin:952100030002.1.S", "/01/19521000300023/21/S"),
            ("urn:epc:class:lgtin:952100.0020001.L", "/01/09521000200012/10/L"),
        ] {
            let found = product(urn).unwrap();
            assert_eq!(found.as_str(), format!("https://id.gs1.org{expected}"), "{urn}");
        }
        let (gln, extension) = place("urn:epc:id:sgln:9521000.20000.A%2F1").unwrap();
        assert_eq!((gln.as_str(), extension.as_deref()), ("9521000200005", Some("A/1")));
        assert_eq!(place("urn:epc:id:sgln:952100020000..0").unwrap(), (gln.clone(), None));
        assert_eq!(party("urn:epc:id:pgln:952100020000."), Ok(gln));
    }

    #[test]
    fn what_does_not_have_its_digits_is_refused() {
        for bad in [
            "urn:epc:id:sgtin:9521000.020001",
            "urn:epc:id:sgtin:9521000.020001.",
            "urn:epc:id:sgtin:95210.00020001.S",
            "urn:epc:id:sgtin:9521000020001..S",
            "urn:epc:id:sgtin:9521000.02000x.S",
            "urn:epc:id:sgtin:9521000.920001.S",
            "urn:epc:id:sgtin:9521000.020001.a b",
            "urn:epc:id:sgtin:9521000.020001.%2",
            "urn:epc:idpat:sgtin:9521000.020001.S",
            "urn:epc:idpat:sgtin:*.*.*",
            "urn:epc:id:sscc:9521000.0000000001",
            "urn:epc:id:sgtin:9521000.é20001.S",
        ] {
            product(bad).unwrap_err();
        }
        for bad in ["urn:epc:id:pgln:9521000.200000", "urn:epc:id:pgln:952100020000", ""] {
            party(bad).unwrap_err();
        }
        for bad in ["urn:epc:id:sgln:9521000.20000", "urn:epc:id:sgln:9521000.20000.", ""] {
            place(bad).unwrap_err();
        }
    }
}
