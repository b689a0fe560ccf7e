//! Operators by the names under which they are registered.

use crate::identifier::OperatorUri;
use crate::merkle::EntryIndex;
use crate::policy::Locale;
use crate::registry::Registry;

/// The registered name before the entry `at`, the seat's country, and the URI: two lines.
pub(super) fn operator(
    registry: &Registry,
    uri: &OperatorUri,
    at: EntryIndex,
    locale: Locale,
) -> [String; 2] {
    let name = match registry.operator(uri, at) {
        Some(operator) => format!("{} ({})", operator.legal_name, operator.country),
        None => locale.choose("not registered", "non enregistré").to_owned(),
    };
    [name, uri.to_string()]
}
