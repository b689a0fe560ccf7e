//! A document as one HTML file: no scripts, nothing from elsewhere, legible on paper.
//!
//! The template, `templates/report.html`, escapes every text by itself; there is no way in it to
//! write one that is not. Should one get through all the same, the page's own policy forbids it to
//! run or to load anything.

use askama::Template;

use crate::policy::Locale;
use crate::report::{Block, CellKind, Document};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    document: &'a Document,
}

impl Page<'_> {
    const fn lang(&self) -> &'static str {
        match self.document.locale {
            Locale::En => "en",
            Locale::Fr => "fr",
        }
    }
}

/// The page.
pub(super) fn render(document: &Document) -> Result<String, askama::Error> {
    Page { document }.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::report_file::markdown::tests::hostile;

    #[test]
    fn whatever_a_document_says_the_page_has_the_same_tags() {
        let tags = |text: &str| -> Vec<String> {
            let page = render(&hostile(text)).unwrap();
            let tags = page.split('<').skip(1).filter_map(|rest| rest.split('>').next());
            tags.map(|tag| {
                // The one attribute with a text in it: it has not left its quotes.
                match tag.strip_prefix("meta name=\"generator\" content=\"") {
                    Some(rest) if rest.find('"') == Some(rest.len() - 1) => "generator".to_owned(),
                    _ => tag.to_owned(),
                }
            })
            .collect()
        };
        let expected = tags("harmless");
        assert!(expected.iter().any(|tag| tag == "/html") && expected.len() > 60, "{expected:?}");
        for text in [
            "<script>alert(1)</script>",
            "</style><script src=//evil.example>",
            "\"><img src=x onerror=alert(1)>",
            "' onmouseover='alert(1)",
            "<!-- ",
            "{{ document }} {% raw %}",
            "&lt;script&gt;",
        ] {
            assert_eq!(tags(text), expected, "{text}");
        }
    }

    #[test]
    fn a_page_runs_nothing_and_loads_nothing() {
        let page = render(&hostile("harmless")).unwrap();
        for forbidden in ["<script", "<link", "<img", "<iframe", "url(", "@import", "href", "src="]
        {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        for needed in [
            "<html lang=\"fr\">",
            "default-src 'none'",
            "@page { size: A4;",
            "<th scope=\"col\">",
            "<th scope=\"row\">",
        ] {
            assert!(page.contains(needed), "{needed}\nis not in\n{page}");
        }
    }

    #[test]
    fn what_is_shown_is_what_was_said() {
        let page = render(&hostile("a < b & \"c\" > 'd'")).unwrap();
        assert!(page.contains("<p>a &#60; b &#38; &#34;c&#34; &#62; &#39;d&#39;</p>"), "{page}");
        let page = render(&hostile("a\u{202e}b\u{1b}[31m\u{0}")).unwrap();
        assert!(page.contains("<p>a\u{fffd}b\u{fffd}[31m\u{fffd}</p>"), "{page}");
    }
}
