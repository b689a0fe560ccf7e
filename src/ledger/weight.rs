//! What a record weighs in memory: more than its text, and far more where that is made of many small
//! values, as whoever wants to fill memory would make it.

/// A byte of text, which may be kept twice.
const BYTE_BYTES: usize = 2;

/// An object: its smallest node has room for eleven members.
const OBJECT_BYTES: usize = 640;

/// An array: the least that is set aside for its items.
const ARRAY_BYTES: usize = 128;

/// What follows a comma: a value, its share of a node or of an array that grows by doubling, and
/// a text of its own.
const ITEM_BYTES: usize = 128;

/// What an attestation takes in memory once it is read, in bytes, about and at most. Braces and
/// commas count wherever they stand, for they are rare in text.
pub(super) fn weight(envelope: &[u8]) -> usize {
    let of_byte = |byte: &u8| match byte {
        b'{' => OBJECT_BYTES,
        b'[' => ARRAY_BYTES,
        b',' => ITEM_BYTES,
        _ => BYTE_BYTES,
    };
    envelope.iter().map(of_byte).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use std::mem::size_of;

    use serde_json::Value;

    use super::*;

    /// What a value takes outside of where it stands.
    fn heap(value: &Value) -> usize {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.capacity().max(16),
            Value::Array(items) => {
                items.capacity() * size_of::<Value>() + items.iter().map(heap).sum::<usize>()
            }
            Value::Object(members) => {
                // Nodes are half full at the least, but for a lone one.
                let node = 11 * (size_of::<String>() + size_of::<Value>()) + 16;
                let texts = members.iter().map(|(name, value)| name.len().max(16) + heap(value));
                members.len().div_ceil(5) * node + texts.sum::<usize>()
            }
        }
    }

    #[test]
    fn no_statement_takes_more_memory_than_it_weighs() {
        let wide: Vec<String> = (0..2000).map(|number| format!("\"{number}\":0")).collect();
        let hostile = [
            "0,".repeat(5000) + "0",
            "[],".repeat(5000) + "0",
            "[0],".repeat(5000) + "0",
            "\"\",".repeat(5000) + "0",
            "{\"\":0},".repeat(5000) + "0",
            "{\"\":{\"\":[0]}},".repeat(5000) + "0",
            format!("{{{}}}", wide.join(",")),
            format!("{:?}", "x".repeat(5000)),
        ];
        for text in hostile {
            let text = format!("[{text}]");
            let value: Value = serde_json::from_str(&text).unwrap();
            let (found, limit) = (heap(&value), weight(text.as_bytes()));
            assert!(found <= limit, "{found} bytes, weighs {limit}: {text:.40}");
        }
    }

    #[test]
    fn an_ordinary_statement_weighs_some_times_its_length() {
        let text = include_bytes!("../../tests/vectors/declaration.json");
        assert!((2..16).contains(&(weight(text) / text.len())));
    }
}
