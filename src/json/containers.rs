//! A bound on what a JSON text costs to read: each object or array takes a hundred bytes of memory and
//! more, and a few bytes of text.

use super::error::JsonError;

/// How many opening braces and brackets a text may have, those inside strings included: in the
/// largest statement, what is read takes tens of megabytes and not hundreds.
pub const CONTAINERS_MAX: usize = 32_768;

/// Checks that a text opens no more objects and arrays than [`CONTAINERS_MAX`], before any is made.
pub fn check_containers(bytes: &[u8]) -> Result<(), JsonError> {
    let count = bytes.iter().filter(|byte| matches!(byte, b'{' | b'[')).count();
    if count <= CONTAINERS_MAX {
        return Ok(());
    }
    let found =
        format!("found {count} opening braces and brackets, expected at most {CONTAINERS_MAX}");
    Err(JsonError::Schema { place: String::new(), found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_and_brackets_are_counted_together() {
        for opening in ["{", "[", "{[", "\"[\""] {
            let each = opening.bytes().filter(|byte| *byte != b'"').count();
            let most = opening.repeat(CONTAINERS_MAX / each);
            assert_eq!(check_containers(most.as_bytes()), Ok(()));
            check_containers(format!("{most}[").as_bytes()).unwrap_err();
        }
    }
}
