//! Tokens by which a reader is given what is not public (RFC 6750). Knows nothing of whose they are.

use std::collections::BTreeSet;
use std::hint::black_box;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::hash::Digest;
use crate::http::log::failure::Failure;
use crate::ledger::Access;

/// Characters of a token: at four bits a character, nobody guesses 32 of them.
const TOKEN_CHARS_MIN: usize = 32;
const TOKEN_CHARS_MAX: usize = 256;

/// Tokens that are compared with what is sent, each time with all of them.
const TOKENS_MAX: usize = 100;

/// Who is given what is not public: the digests of their tokens, which are not kept themselves.
#[derive(Clone, Debug, Default)]
pub struct Tokens(BTreeSet<Digest>);

/// Why a text holds no tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokensError {
    /// A token of another length.
    #[error(
        "line {line} has {found} characters, expected a token of {TOKEN_CHARS_MIN} to \
         {TOKEN_CHARS_MAX}"
    )]
    Length {
        /// The line, from 1.
        line: usize,
        /// How many characters it has.
        found: usize,
    },
    /// A character that a header has no place for.
    #[error("line {line} has a character that is not one of A-Z a-z 0-9 - . _ ~ + / =")]
    Character {
        /// The line, from 1.
        line: usize,
    },
    /// A token that stands before.
    #[error("line {line} is the same as one before it")]
    Twice {
        /// The line, from 1.
        line: usize,
    },
    /// More than are compared.
    #[error("more than {TOKENS_MAX} tokens")]
    TooMany,
    /// None at all.
    #[error("no token")]
    None,
}

impl Tokens {
    /// Reads a text with a token a line; empty lines and those that begin with `#` are left out.
    pub fn parse(text: &str) -> Result<Self, TokensError> {
        let mut tokens = BTreeSet::new();
        for (line, token) in (1..).zip(text.lines().map(str::trim)) {
            if token.is_empty() || token.starts_with('#') {
                continue;
            }
            let found = token.chars().count();
            if !(TOKEN_CHARS_MIN..=TOKEN_CHARS_MAX).contains(&found) {
                return Err(TokensError::Length { line, found });
            }
            if !token.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._~+/=".contains(&it)) {
                return Err(TokensError::Character { line });
            }
            if !tokens.insert(Digest::of(token.as_bytes())) {
                return Err(TokensError::Twice { line });
            }
            if tokens.len() > TOKENS_MAX {
                return Err(TokensError::TooMany);
            }
        }
        if tokens.is_empty() { Err(TokensError::None) } else { Ok(Self(tokens)) }
    }

    /// Whether nobody is given more than the public is.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a request with these headers is given. Who says who he is, and is not known, is given
    /// nothing: he would take what is withheld for all there is.
    pub(super) fn access(&self, headers: &HeaderMap) -> Result<Access, Failure> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(Access::Public) };
        let token = value.to_str().ok().and_then(bearer).filter(|_token| values.next().is_none());
        match token {
            Some(token) if self.contains(token) => Ok(Access::Full),
            Some(_) | None => Err(Failure::TokenUnknown),
        }
    }

    /// Takes as long whatever is sent: all tokens are compared, and each to its end.
    fn contains(&self, token: &str) -> bool {
        let found = Digest::of(token.as_bytes());
        self.0.iter().fold(false, |is_found, known| is_found | is_same(known, &found))
    }
}

fn is_same(one: &Digest, other: &Digest) -> bool {
    let pairs = one.as_bytes().iter().zip(other.as_bytes());
    pairs.fold(0, |difference, (one, other)| black_box(difference | (one ^ other))) == 0
}

/// The token after `Bearer`, which is written in any case (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start_matches(' '))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "A-._~+/=456789abcdef0123456789abcdef";

    #[test]
    fn a_token_opens_and_nothing_else_does() {
        let tokens = Tokens::parse(&format!("# auditors\n{ONE}\n\n  {OTHER}\n")).unwrap();
        let check = |values: &[&str], expected: Option<Access>| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            assert_eq!(tokens.access(&headers).ok(), expected, "{values:?}");
        };
        check(&[], Some(Access::Public));
        check(&[&format!("Bearer {ONE}")], Some(Access::Full));
        check(&[&format!("bearer  {OTHER}")], Some(Access::Full));
        let almost = format!("Bearer {}0", ONE.get(..31).unwrap());
        for value in [
            "",
            ONE,
            "Bearer",
            "Bearer ",
            &format!("Basic {ONE}"),
            &format!("Bearer {ONE}0"),
            &format!("Bearer {}", ONE.to_uppercase()),
            "Bearer # auditors",
            &almost,
        ] {
            check(&[value], None);
        }
        let right = format!("Bearer {ONE}");
        check(&[&right, &right], None);
        let none = Tokens::default();
        let mut headers = HeaderMap::new();
        none.access(&headers).unwrap();
        headers.append(AUTHORIZATION, HeaderValue::from_str(&right).unwrap());
        none.access(&headers).unwrap_err();
    }

    #[test]
    fn what_anybody_could_guess_is_no_token() {
        let check = |text: &str, expected: TokensError| {
            let error = Tokens::parse(text).unwrap_err();
            assert_eq!(error, expected);
            // It goes to a log, and the token with it would too.
            assert!(!error.to_string().contains(ONE));
        };
        check("", TokensError::None);
        check("# nobody\n\n", TokensError::None);
        check(&format!("{ONE}\nshort"), TokensError::Length { line: 2, found: 5 });
        check(&"x".repeat(257), TokensError::Length { line: 1, found: 257 });
        check(&format!("{ONE} {ONE}"), TokensError::Character { line: 1 });
        check(&"é".repeat(40), TokensError::Character { line: 1 });
        check(&format!("{ONE}\n{OTHER}\n{ONE}"), TokensError::Twice { line: 3 });
        let many: Vec<String> = (0..=TOKENS_MAX).map(|number| format!("{ONE}{number}")).collect();
        check(&many.join("\n"), TokensError::TooMany);
    }
}
