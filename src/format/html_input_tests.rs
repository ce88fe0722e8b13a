//! Pages as they come from news sites, and pages that nobody should write.

use super::{
    super::decode::tests::{input, options},
    *,
};
use proptest::prelude::*;

fn read(html: &[u8]) -> Result<Imported, String> {
    let mut articles = Vec::new();
    HtmlInput
        .read(&input("seite.html", html), &options(), &mut |article| articles.push(article))
        .map_err(|error| error.to_string())?;
    assert_eq!(articles.len(), 1);
    Ok(articles.remove(0))
}

const PAGE: &str = r#"<!DOCTYPE html><html lang="de-AT"><head><meta charset="utf-8">
<title>Putin in Kursk | Tageblatt</title>
<meta property="og:site_name" content="Tageblatt"><meta property="og:title" content="Putin in Kursk (OG)">
<link rel="canonical" href="https://example.org/kursk">
<meta property="article:published_time" content="2025-03-12T10:00:00+01:00">
<meta name="author" content="A. B."><script>var a = "<p>weg</p>";</script></head>
<body class="cookie-consent"><div id="cookie-banner"><p>Wir verwenden Cookies.</p></div>
<header><nav><a href="/">Start</a></nav></header>
<main><article><header><h1>Putin in&nbsp;Kursk</h1></header>
<p>Der russische Pr&auml;sident <b>Wladimir&#32;Putin</b> hat am
Mittwoch die Region Kursk besucht.</p>
<div class="read-also"><a href="/x">LESEN Sieg von Trump</a></div>
<p>LESEN Das Versprechen</p>
<figure><img alt="Bild"><figcaption>Foto: AFP</figcaption></figure>
<blockquote>„Wir siegen“, sagte er.</blockquote>
<div class="social share">Teilen</div><aside>Mehr dazu</aside></article></main>
<footer>Impressum</footer></body></html>"#;

#[test]
fn the_article_and_its_metadata() {
    let article = read(PAGE.as_bytes()).expect("a page");
    assert_eq!(
        article.text,
        "Putin in\u{A0}Kursk\n\nDer russische Präsident Wladimir Putin hat am Mittwoch die Region Kursk besucht.\n\n\
         LESEN Das Versprechen\n\nFoto: AFP\n\n„Wir siegen“, sagte er.\n"
    );
    let metadata = &article.metadata;
    assert_eq!(
        [&*metadata.title, &*metadata.source, &*metadata.url, &*metadata.date, &*metadata.language],
        ["Putin in\u{A0}Kursk", "Tageblatt", "https://example.org/kursk", "2025-03-12T10:00:00+01:00", "de-AT"]
    );
    assert_eq!(metadata.other.get("author").map(String::as_str), Some("A. B."));
    assert!(article.warnings.is_empty());
}

#[test]
fn the_readable_part_is_found_without_an_article_element() {
    let check =
        |html: &str, expected: &str| assert_eq!(read(html.as_bytes()).expect("a page").text, expected, "{html}");
    let long = "Ein Absatz, der lang genug ist, um zu zählen.";
    check(&format!("<ul><li>Menü</ul><div><p>{long}<p>{long}</div><div>Fuß</div>"), &format!("{long}\n\n{long}\n"));
    check(&format!("<div class=sidebar>Rand</div><main>{long}</main>"), &format!("{long}\n"));
    check("Nur Text", "Nur Text\n");
    check(&format!("<div class='with sidebar'><p>{long}</p></div><p>Kurz</p>"), &format!("{long}\n"));
    check(
        &format!("<article>Teaser</article><article>Teaser</article><div><p>{long}<p>{long}<p>{long}</div>"),
        &format!("{long}\n\n{long}\n\n{long}\n"),
    );
}

#[test]
fn structured_data_counts() {
    let article = read(
        r#"<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "headline": "Kopf", "datePublished":
        "2025-03-12", "publisher": {"name": "Blatt"}, "author": [{"name": "C. D."}]}]}</script><p>Text"#
            .as_bytes(),
    )
    .expect("a page");
    let metadata = &article.metadata;
    assert_eq!([&*metadata.title, &*metadata.source, &*metadata.date], ["Kopf", "Blatt", "2025-03-12"]);
    assert_eq!(metadata.other.get("author").map(String::as_str), Some("C. D."));
}

#[test]
fn the_page_can_name_its_encoding() {
    let article =
        read(b"<meta http-equiv=content-type content='text/html; charset=windows-1251'><p>\xCF\xF3\xF2\xE8\xED")
            .expect("a page");
    assert_eq!((&*article.text, &*article.metadata.origin.encoding), ("Путин\n", "windows-1251"));
}

#[test]
fn hostile_pages() {
    assert!(read(b"").is_err_and(|error| error.contains("no text")));
    assert!(read(b"<html><body><script>a</script>").is_err());
    assert!(read("<div>".repeat(100_000).as_bytes()).is_err_and(|error| error.contains("nested")));
    let deep = format!("{}Text", "<div>".repeat(2_000));
    assert_eq!(read(deep.as_bytes()).expect("a page").text, "Text\n");
    let open = "<p>Text <b>fett ".repeat(300);
    assert_eq!(read(open.as_bytes()).expect("a page").text.matches("fett").count(), 300);
}

proptest! {
    #[test]
    fn never_panics(html in "(<(/)?(p|div|b|table|td|tr|li|ul|article|main|h1|pre|br|script|a href=x|p class=ads)>|[a-z ]{1,4}|&amp;|&#x0;|<!--|-->|\n|ä|\\PC){0,40}") {
        if let Ok(article) = read(html.as_bytes()) {
            prop_assert!(!article.text.trim().is_empty());
        }
    }
}
