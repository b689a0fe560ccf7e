//! Why JSON was refused.

/// Why bytes are not JSON that every reader reads alike.
///
/// A `place` is a JSON pointer (RFC 6901), empty for the whole text; a long one loses its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The bytes are not UTF-8.
    #[error("byte {offset} is not UTF-8")]
    NotUtf8 {
        /// Bytes before the first that is wrong.
        offset: usize,
    },
    /// The text begins with U+FEFF.
    #[error("a byte order mark stands before the JSON text")]
    ByteOrderMark,
    /// Not JSON, or more than one text.
    #[error("at {place:?}: expected JSON, found {found}")]
    Syntax {
        /// Where.
        place: String,
        /// What the parser says, with line and column.
        found: String,
    },
    /// A member that an object already has, its name unescaped.
    #[error("{place:?} is there twice in its object")]
    DuplicateMember {
        /// The second one.
        place: String,
    },
    /// A number that is not an integer that every reader holds exactly.
    #[error("at {place:?}: expected an integer within ±9007199254740991, found {found}")]
    Number {
        /// Where.
        place: String,
        /// The number, as far as it can be shown.
        found: String,
    },
    /// Objects and arrays inside each other beyond the limit.
    #[error("at {place:?}: nested deeper than {depth_max}")]
    TooDeep {
        /// Where.
        place: String,
        /// The limit; the outermost object or array has depth 1.
        depth_max: usize,
    },
    /// Sound JSON that is not the expected value.
    #[error("at {place:?}: {found}")]
    Schema {
        /// Where.
        place: String,
        /// What is wrong there, as the type that was read says it.
        found: String,
    },
    /// A value that has no JSON form.
    #[error("value has no JSON form: {found}")]
    Unwritable {
        /// What the writer says.
        found: String,
    },
}

/// A JSON pointer that grows from its end: errors come up from the inside.
#[derive(Debug, Default)]
pub(super) struct Place {
    steps_inside_out: Vec<String>,
}

impl Place {
    /// How much of a pointer an error shows: names come from outside and can be very long.
    const CHARS_MAX: usize = 200;

    pub(super) fn enter_from(&mut self, step: &str) {
        let shown = step.chars().take(Self::CHARS_MAX);
        let escaped = shown.collect::<String>().replace('~', "~0").replace('/', "~1");
        self.steps_inside_out.push(escaped);
    }

    pub(super) fn pointer(&self) -> String {
        let steps = self.steps_inside_out.iter().rev();
        let pointer: String = steps.flat_map(|step| ["/", step]).collect();
        pointer.chars().take(Self::CHARS_MAX).collect()
    }
}
