//! An article as UIMA CAS XMI with one layer of annotations, written and read as far as recommenders need it.

use super::PresentSpan;
use crate::{
    model::{ArticleText, Status},
    text::{
        TextRange,
        segment::{sentences, tokens},
    },
};
use std::fmt::Write;

const SENTENCE: &str = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence";
const TOKEN: &str = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token";
/// Most elements and attributes of a document that is read.
const MOST_NODES: u32 = 4_000_000;

/// The type of annotations that is asked for.
pub(super) struct Layer<'a> {
    /// Full name, with its package.
    pub(super) name: &'a str,
    /// The feature with the label.
    pub(super) feature: &'a str,
    /// The feature that is true in what was predicted.
    pub(super) flag: &'a str,
}

impl Layer<'_> {
    fn score(&self) -> String {
        format!("{}_score", self.feature)
    }

    fn explanation(&self) -> String {
        format!("{}_score_explanation", self.feature)
    }
}

/// What a document says.
#[derive(Debug, PartialEq)]
pub(super) struct Cas {
    pub(super) text: Option<String>,
    pub(super) annotations: Vec<Predicted>,
}

/// A predicted annotation; offsets count UTF-16 units.
#[derive(Debug, PartialEq)]
pub(super) struct Predicted {
    pub(super) begin: u64,
    pub(super) end: u64,
    pub(super) label: String,
    pub(super) score: Option<f64>,
    pub(super) explanation: Option<String>,
}

/// Package and name of a type, the package as it stands in names of XML.
fn place_of(name: &str) -> (String, &str) {
    match name.rsplit_once('.') {
        Some((package, name)) => (format!("http:///{}.ecore", package.replace('.', "/")), name),
        None => ("http:///uima/noNamespace.ecore".to_owned(), name),
    }
}

/// The type system that a document is written in.
pub(super) fn type_system(layer: &Layer<'_>) -> String {
    let (score, explanation, accepts) = (layer.score(), layer.explanation(), format!("{}_auto_accept", layer.feature));
    let features = [
        (layer.feature, "String"),
        (score.as_str(), "Double"),
        (explanation.as_str(), "String"),
        (accepts.as_str(), "Boolean"),
        (layer.flag, "Boolean"),
    ];
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <typeSystemDescription xmlns=\"http://uima.apache.org/resourceSpecifier\">\n<types>\n",
    );
    let mut add = |name: &str, features: &[(&str, &str)]| {
        let name = escape(name);
        // Writing into a string can not fail, here and below.
        let _ = write!(
            out,
            "<typeDescription><name>{name}</name><description/><supertypeName>uima.tcas.Annotation</supertypeName>"
        );
        out.push_str("<features>");
        for (name, range) in features {
            let _ = write!(
                out,
                "<featureDescription><name>{}</name><description/><rangeTypeName>uima.cas.{range}</rangeTypeName>\
                 </featureDescription>",
                escape(name)
            );
        }
        out.push_str("</features></typeDescription>\n");
    };
    for name in [SENTENCE, TOKEN].into_iter().filter(|name| *name != layer.name) {
        add(name, &[]);
    }
    add(layer.name, &features);
    out.push_str("</types>\n</typeSystemDescription>\n");
    out
}

/// An article with its sentences and tokens, and with those of `present` that stand.
pub(super) fn document(text: &ArticleText, language: &str, layer: &Layer<'_>, present: &[PresentSpan]) -> String {
    let (words, table) = (text.as_str(), text.table());
    let (package, name) = place_of(layer.name);
    let (segments, _) = place_of(TOKEN);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xmi:XMI xmlns:xmi=\"http://www.omg.org/XMI\" \
         xmlns:cas=\"http:///uima/cas.ecore\" xmlns:tcas=\"http:///uima/tcas.ecore\" xmlns:segmentation=\"{segments}\" \
         xmlns:layer=\"{}\" xmi:version=\"2.0\">\n<cas:NULL xmi:id=\"0\"/>\n",
        escape(&package)
    );
    let mut id = 1_usize;
    let mut members = String::new();
    let mut add = |out: &mut String, element: &str, range: TextRange, rest: &str| {
        id += 1;
        let (begin, end) = (table.utf16_from_byte(words, range.start()), table.utf16_from_byte(words, range.end()));
        let _ = writeln!(out, "<{element} xmi:id=\"{id}\" sofa=\"1\" begin=\"{begin}\" end=\"{end}\"{rest}/>");
        let _ = write!(members, "{}{id}", if members.is_empty() { "" } else { " " });
    };
    let language = if language.is_empty() { "x-unspecified" } else { language };
    let language = format!(" language=\"{}\"", escape(language));
    add(&mut out, "tcas:DocumentAnnotation", TextRange::from_usize(0, words.len()), &language);
    if layer.name != SENTENCE {
        sentences(words).for_each(|range| add(&mut out, "segmentation:Sentence", range, ""));
    }
    if layer.name != TOKEN {
        tokens(words).for_each(|range| add(&mut out, "segmentation:Token", range, ""));
    }
    let element = format!("layer:{name}");
    for span in present.iter().filter(|span| span.status == Status::Accepted) {
        let rest = format!(" {}=\"{}\"", layer.feature, escape(&span.label));
        add(&mut out, &element, span.fragments.hull(), &rest);
    }
    let _ = write!(
        out,
        "<cas:Sofa xmi:id=\"1\" sofaNum=\"1\" sofaID=\"_InitialView\" mimeType=\"text/plain\" sofaString=\"{}\"/>\n\
         <cas:View sofa=\"1\" members=\"{members}\"/>\n</xmi:XMI>\n",
        escape(words)
    );
    out
}

/// Reads text and predictions of a document.
///
/// # Errors
/// If it is no well-formed XML, or too large; says why.
pub(super) fn read(xmi: &str, layer: &Layer<'_>) -> Result<Cas, String> {
    let options = roxmltree::ParsingOptions { nodes_limit: MOST_NODES, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(xmi, options)
        .map_err(|error| format!("its CAS is no XML that can be read: {error}"))?;
    let (package, name) = place_of(layer.name);
    let mut cas = Cas { text: None, annotations: Vec::new() };
    for element in document.root_element().children().filter(roxmltree::Node::is_element) {
        let tag = element.tag_name();
        if tag.name() == "Sofa" && element.attribute("sofaID") == Some("_InitialView") {
            cas.text = element.attribute("sofaString").map(str::to_owned);
        }
        let is_true = matches!(element.attribute(layer.flag), Some("true" | "1"));
        if tag.name() != name || tag.namespace() != Some(package.as_str()) || !is_true {
            continue;
        }
        let number = |attribute: &str| element.attribute(attribute).and_then(|text| text.parse::<u64>().ok());
        // A prediction without a place is left to whoever places it: outside of every text.
        let (begin, end) = (number("begin").unwrap_or(u64::MAX), number("end").unwrap_or(u64::MAX));
        let score = element.attribute(layer.score().as_str()).and_then(|text| text.parse().ok());
        let explanation = element.attribute(layer.explanation().as_str()).map(str::to_owned);
        let one = element.attribute(layer.feature).map(str::to_owned);
        // Features with several values are elements.
        let several = element.children().filter(|child| child.tag_name().name() == layer.feature);
        let several = several.filter_map(|child| child.text().map(str::to_owned));
        for label in one.into_iter().chain(several) {
            cas.annotations.push(Predicted { begin, end, label, score, explanation: explanation.clone() });
        }
    }
    Ok(cas)
}

/// Text as it stands in an attribute. What XML can not hold becomes a space, which is as wide.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(' '),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AnnotationId, Fragments};

    #[test]
    fn documents_are_written_and_predictions_read() {
        let text = ArticleText::new("🙂 „Ja & nein“\r\n\tsagte <Özdal>.\u{1} Ende.");
        let layer = Layer { name: "custom.Span", feature: "label", flag: "predicted" };
        let place = text.as_str().find("Özdal").expect("it is there");
        let fragments = Fragments::one(TextRange::from_usize(place, place + "Özdal".len()));
        let present = [PresentSpan { id: AnnotationId(1), fragments, label: "P\"ER".into(), status: Status::Accepted }];
        let document = document(&text, "de", &layer, &present);
        let plain = read(&document, &layer).expect("it is XML");
        // What has no place in XML is a space, and what is there already is no prediction.
        assert_eq!(plain, Cas { text: Some(text.as_str().replace('\u{1}', " ")), annotations: Vec::new() });

        let begin = text.as_str()[..place].encode_utf16().count();
        let element = format!("begin=\"{begin}\" end=\"{}\" label=\"P&quot;ER\"", begin + 5);
        assert!(document.contains(&element), "{document}");
        let predicted = document.replace(&element, &format!("{element} predicted=\"true\" label_score=\"0.5\""));
        let found = read(&predicted, &layer).expect("it is XML").annotations;
        let begin = u64::try_from(begin).expect("it is small");
        let label = "P\"ER".to_owned();
        assert_eq!(found, [Predicted { begin, end: begin + 5, label, score: Some(0.5), explanation: None }]);

        assert!(roxmltree::Document::parse(&type_system(&layer)).is_ok());
        assert!(read("<a", &layer).is_err());
        assert!(read("<!DOCTYPE a [<!ENTITY b \"b\">]><a>&b;</a>", &layer).is_err());
        let lists = "<x:XMI xmlns:x=\"x\" xmlns:c=\"http:///custom.ecore\"><c:Span begin=\"-1\" predicted=\"true\">\
                     <label>A</label><label>B</label></c:Span></x:XMI>";
        let labels = read(lists, &layer).expect("it is XML").annotations;
        assert_eq!(
            labels.iter().map(|found| (&*found.label, found.begin)).collect::<Vec<_>>(),
            [("A", u64::MAX), ("B", u64::MAX)]
        );
    }
}
