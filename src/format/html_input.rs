//! Web pages: the readable part of a saved page, with what its head says about it.

use super::{
    Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, ReadOptions, Recognition,
    date::iso_date,
    decode::decode,
    html_text::{DEEPEST, is_invisible, nesting, text_of},
    plain::refuse_empty,
};
use crate::model::ArticleMetadata;
use ego_tree::NodeId;
use scraper::{ElementRef, Html, Node, Selector, node::Element};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// See the module.
pub struct HtmlInput;

impl Format for HtmlInput {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "html-text",
            title: "Web page (readable part)",
            extensions: &["html", "htm", "xhtml"],
            reads: true,
            writes: false,
            layout: Layout::OneFile,
            holds: Holds::NONE,
            unit: "none",
            documentation: include_str!("html_input.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = input.bytes.get(..input.bytes.len().min(512)).unwrap_or_default();
        let start = String::from_utf8_lossy(start).trim_start_matches('\u{FEFF}').trim_start().to_ascii_lowercase();
        if matches!(&*input.extension(), "html" | "htm" | "xhtml")
            || start.starts_with("<!doctype html")
            || start.starts_with("<html")
        {
            Recognition::Likely
        } else {
            Recognition::No
        }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        let declared = declared_encoding(input.bytes);
        let mut imported = decode(input, options, declared.as_deref())?.into_imported(input.stem(), options);
        if nesting(&imported.text) > DEEPEST {
            let reason =
                format!("the tags are nested more than {DEEPEST} deep; save the text of the page as plain text");
            return Err(FormatError::Unreadable { file: input.name.clone(), line: None, reason });
        }
        let page = Html::parse_document(&imported.text);
        let readable = readable(&page);
        refuse_empty(&readable.text, input)?;
        describe(&page, &mut imported.metadata);
        if let Some(headline) = readable.headline {
            imported.metadata.title = headline;
        }
        if imported.metadata.title.is_empty() {
            imported.metadata.title = input.stem().to_owned();
        }
        imported.text = readable.text + "\n";
        article(imported);
        Ok(())
    }
}

/// The encoding that a `<meta>` near the start names.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(bytes.get(..bytes.len().min(2048))?).to_ascii_lowercase();
    let (_, rest) = start.split_once("charset=")?;
    let label = rest.trim_start_matches(['"', '\'', ' ']);
    let end = label.find(|char: char| !char.is_ascii_alphanumeric() && !"-_".contains(char)).unwrap_or(label.len());
    label.get(..end).filter(|label| !label.is_empty()).map(str::to_owned)
}

struct Readable {
    text: String,
    /// The heading of the first level in it, if it is the only one.
    headline: Option<String>,
}

/// Finds the part of the page that is the article.
fn readable(page: &Html) -> Readable {
    // Text below each element that is not left out, from the leaves up.
    let mut sizes = HashMap::new();
    let mut left_out = HashSet::new();
    let elements: Vec<ElementRef<'_>> = page.tree.root().descendants().filter_map(ElementRef::wrap).collect();
    for element in elements.iter().rev() {
        if is_invisible(element.value().name()) {
            left_out.insert(element.id());
        }
        let own = element.children().map(|child| match child.value() {
            Node::Text(text) => text.trim().len(),
            Node::Element(_) if left_out.contains(&child.id()) => 0,
            Node::Element(_) => sizes.get(&child.id()).copied().unwrap_or(0),
            _ => 0,
        });
        let size: usize = own.sum();
        sizes.insert(element.id(), size);
    }
    let whole = sizes.get(&page.root_element().id()).copied().unwrap_or(0);
    let size = |element: &ElementRef<'_>| sizes.get(&element.id()).copied().unwrap_or(0);
    let holds_article: HashSet<_> = elements
        .iter()
        .filter(|element| is_article(element.value()) && size(element) * 4 > whole)
        .flat_map(|element| element.ancestors().map(|ancestor| ancestor.id()).chain([element.id()]))
        .collect();
    for element in &elements {
        // What holds most of the page is no aside, whatever its class says.
        let main = holds_article.contains(&element.id()) || size(element) * 2 > whole;
        if is_aside(element.value()) && !main {
            left_out.insert(element.id());
        }
    }

    let inside = |element: &ElementRef<'_>| !element.ancestors().any(|ancestor| left_out.contains(&ancestor.id()));
    let largest = |wanted: &dyn Fn(&Element) -> bool, share: usize| {
        let found = elements.iter().filter(|element| wanted(element.value()) && inside(element));
        found.max_by_key(|element| size(element)).filter(|element| size(element) * share > whole).copied()
    };
    let root = largest(&is_article, 4)
        .or_else(|| largest(&|element| element.attr("itemprop") == Some("articleBody"), 8))
        .or_else(|| largest(&|element| element.name() == "main" || element.attr("role") == Some("main"), 8))
        .or_else(|| densest(&elements, &left_out, &sizes))
        .unwrap_or(page.root_element());
    let headings: Vec<_> = root
        .descendants()
        .filter_map(ElementRef::wrap)
        .filter(|element| element.value().name() == "h1" && inside(element))
        .map(|element| text_of(*element, &left_out).replace('\n', " "))
        .collect();
    let headline =
        <[String; 1]>::try_from(headings).ok().map(|[headline]| headline).filter(|headline| !headline.is_empty());
    Readable { text: text_of(*root, &left_out), headline }
}

fn is_article(element: &Element) -> bool {
    element.name() == "article" || element.attr("role") == Some("article")
}

/// The element whose own paragraphs hold the most text.
fn densest<'a>(
    elements: &[ElementRef<'a>],
    left_out: &HashSet<NodeId>,
    sizes: &HashMap<NodeId, usize>,
) -> Option<ElementRef<'a>> {
    let mut scores: HashMap<_, (usize, ElementRef<'a>)> = HashMap::new();
    for element in elements.iter().filter(|element| matches!(element.value().name(), "p" | "blockquote" | "pre")) {
        let Some(parent) = element.parent().and_then(ElementRef::wrap) else { continue };
        if left_out.contains(&element.id()) || parent.ancestors().any(|ancestor| left_out.contains(&ancestor.id())) {
            continue;
        }
        let length = sizes.get(&element.id()).copied().unwrap_or(0);
        if length > 25 {
            scores.entry(parent.id()).or_insert((0, parent)).0 += length;
        }
    }
    let total: usize = scores.values().map(|(score, _)| score).sum();
    let best = scores.into_values().max_by_key(|(score, element)| (*score, element.id()))?;
    // Where paragraphs are scattered, only the whole page has them all.
    (best.0 * 2 > total).then_some(best.1)
}

/// True for what the page itself marks as not part of its article.
fn is_aside(element: &Element) -> bool {
    let name = element.name();
    if matches!(name, "html" | "body" | "main" | "article" | "p" | "h1") {
        return element.attr("hidden").is_some();
    }
    let role = element.attr("role").unwrap_or_default();
    let style = element.attr("style").unwrap_or_default().replace(' ', "");
    let words =
        element.classes().chain(element.id()).flat_map(|name| name.split(|char: char| !char.is_ascii_alphanumeric()));
    matches!(name, "nav" | "aside" | "footer" | "form" | "menu")
        || matches!(
            role,
            "navigation" | "banner" | "contentinfo" | "complementary" | "search" | "dialog" | "alertdialog"
        )
        || element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || style.contains("display:none")
        || joined_names(element)
        || words.into_iter().any(|word| {
            matches!(
                word.to_ascii_lowercase().as_str(),
                "cookie"
                    | "cookies"
                    | "consent"
                    | "gdpr"
                    | "cmp"
                    | "newsletter"
                    | "share"
                    | "sharing"
                    | "social"
                    | "related"
                    | "recommended"
                    | "recommendations"
                    | "comments"
                    | "kommentare"
                    | "ad"
                    | "ads"
                    | "advert"
                    | "advertisement"
                    | "anzeige"
                    | "werbung"
                    | "breadcrumb"
                    | "breadcrumbs"
                    | "sidebar"
                    | "promo"
                    | "subscribe"
                    | "paywall"
                    | "navigation"
                    | "navbar"
                    | "pagination"
                    | "teaser"
                    | "teasers"
                    | "readmore"
                    | "lesen"
                    | "toolbar"
            )
        })
}

/// Names of several words for links to other articles.
fn joined_names(element: &Element) -> bool {
    element.classes().chain(element.id()).any(|name| {
        let name = name.to_ascii_lowercase().replace('_', "-");
        [
            "read-also",
            "also-read",
            "read-more",
            "see-also",
            "mehr-zum-thema",
            "lesen-sie-auch",
            "auch-interessant",
            "skip-link",
        ]
        .iter()
        .any(|marker| name.contains(marker))
    })
}

/// Fills the metadata from the head of the page and its structured data.
fn describe(page: &Html, metadata: &mut ArticleMetadata) {
    let mut found: HashMap<String, String> = HashMap::new();
    let mut keep = |key: &str, value: &str| {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if !value.is_empty() {
            found.entry(key.to_ascii_lowercase()).or_insert(value);
        }
    };
    let Ok(selector) = Selector::parse("meta, link, title, html, time, [itemprop], script") else { return };
    for element in page.select(&selector) {
        let attr = |name: &str| element.attr(name).unwrap_or_default();
        match element.value().name() {
            "meta" => {
                for name in ["property", "name", "itemprop", "http-equiv"] {
                    keep(attr(name), attr("content"));
                }
            }
            "link" if attr("rel").eq_ignore_ascii_case("canonical") => keep("canonical", attr("href")),
            "title" => keep("title", &element.text().collect::<String>()),
            "html" => keep("lang", attr("lang")),
            "time" => keep("time", attr("datetime")),
            "script" if attr("type").eq_ignore_ascii_case("application/ld+json") => {
                if let Ok(value) = serde_json::from_str::<Value>(&element.text().collect::<String>()) {
                    structured(&value, &mut keep);
                }
            }
            _ => {}
        }
        if attr("itemprop") == "datePublished" {
            keep("datepublished", attr("datetime"));
        }
    }
    let first = |keys: &[&str]| keys.iter().find_map(|key| found.get(*key)).cloned().unwrap_or_default();
    metadata.title = first(&["og:title", "ld:headline", "twitter:title", "title"]);
    metadata.source = first(&["og:site_name", "ld:publisher", "application-name", "dc.publisher", "publisher"]);
    metadata.url = first(&["canonical", "og:url", "ld:url"]);
    metadata.date = iso_date(&first(&[
        "article:published_time",
        "ld:datepublished",
        "datepublished",
        "date",
        "dc.date",
        "dcterms.date",
        "pubdate",
        "time",
    ]));
    let language = first(&["lang", "content-language", "og:locale"]).replace('_', "-");
    if !language.is_empty() {
        metadata.language = language;
    }
    for (name, keys) in [
        ("author", &["author", "article:author", "ld:author"][..]),
        ("description", &["og:description", "description"]),
    ] {
        let value = first(keys);
        if !value.is_empty() {
            metadata.other.insert(name.to_owned(), value);
        }
    }
}

/// Takes headline, date, publisher and author from schema.org data; the parser limits how deep it is.
fn structured(value: &Value, keep: &mut impl FnMut(&str, &str)) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Object(object) => {
                open.extend(object.get("@graph"));
                let kind = object.get("@type").map(Value::to_string).unwrap_or_default();
                if !kind.contains("Article") && !kind.contains("Posting") {
                    continue;
                }
                for (key, name) in
                    [("headline", "ld:headline"), ("datePublished", "ld:datepublished"), ("url", "ld:url")]
                {
                    keep(name, object.get(key).and_then(Value::as_str).unwrap_or_default());
                }
                for (key, name) in [("publisher", "ld:publisher"), ("author", "ld:author")] {
                    let value = object.get(key).map(|value| value.get(0).unwrap_or(value));
                    let value = value.and_then(|value| value.as_str().or_else(|| value.get("name")?.as_str()));
                    keep(name, value.unwrap_or_default());
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "html_input_tests.rs"]
mod tests;
