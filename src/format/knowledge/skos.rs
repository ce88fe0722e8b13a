//! SKOS thesauri: concepts with `prefLabel`, `altLabel`, `hiddenLabel` and `definition`, as RDF/XML or Turtle.
//!
//! RDF may say of a thing anywhere what it likes, so concepts are handed over at the end; what is kept of them are the texts
//! in the chosen languages.

use super::{
    KnowledgeError, KnowledgeOptions, KnowledgeWarning, KnownEntity, Names, Take, Warnings, line_reader::Counting,
    scheme_and_id,
};
use oxrdfxml::{RdfXmlParseError, RdfXmlParser};
use oxttl::{TurtleParseError, TurtleParser};
use std::{collections::BTreeMap, io::BufRead, path::PathBuf};

const SKOS: &str = "http://www.w3.org/2004/02/skos/core#";
const SKOS_XL: &str = "http://www.w3.org/2008/05/skos-xl#literalForm";
const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const RDFS_LABEL: &str = "http://www.w3.org/2000/01/rdf-schema#label";

/// What is known of a subject so far.
#[derive(Debug, Default)]
struct Concept {
    line: u64,
    names: Names,
    /// Names by `rdfs:label`, for concepts without another.
    plain: Names,
    note: Option<(usize, String)>,
    classes: Vec<String>,
    is_concept: bool,
}

#[derive(Default)]
struct Concepts {
    by_id: BTreeMap<String, Concept>,
    scanned: u64,
}

pub(super) fn read_turtle(
    reader: &mut dyn BufRead,
    options: &KnowledgeOptions,
    take: Take<'_>,
) -> Result<Vec<KnowledgeWarning>, KnowledgeError> {
    let (counting, line) = Counting::new(reader);
    let mut concepts = Concepts::default();
    for triple in TurtleParser::new().for_reader(counting) {
        match triple {
            Ok(triple) => concepts.add(&triple, line.get(), options),
            Err(TurtleParseError::Syntax(error)) => {
                let line = error.location().start.line.saturating_add(1);
                return Err(KnowledgeError::Broken { line, message: error.message().to_owned() });
            }
            Err(TurtleParseError::Io(error)) => return Err(KnowledgeError::Io { error, path: PathBuf::new() }),
        }
    }
    concepts.finish(line.get(), options, take)
}

pub(super) fn read_xml(
    reader: &mut dyn BufRead,
    options: &KnowledgeOptions,
    take: Take<'_>,
) -> Result<Vec<KnowledgeWarning>, KnowledgeError> {
    let (counting, line) = Counting::new(reader);
    let mut concepts = Concepts::default();
    for triple in RdfXmlParser::new().for_reader(counting) {
        match triple {
            Ok(triple) => concepts.add(&triple, line.get(), options),
            Err(RdfXmlParseError::Syntax(error)) => {
                return Err(KnowledgeError::Broken { line: line.get(), message: error.to_string() });
            }
            Err(RdfXmlParseError::Io(error)) => return Err(KnowledgeError::Io { error, path: PathBuf::new() }),
        }
    }
    concepts.finish(line.get(), options, take)
}

impl Concepts {
    fn add(&mut self, triple: &oxrdf::Triple, line: u64, options: &KnowledgeOptions) {
        let subject = match &triple.subject {
            oxrdf::NamedOrBlankNode::NamedNode(node) => node.as_str(),
            oxrdf::NamedOrBlankNode::BlankNode(_) => return,
        };
        self.scanned += 1;
        let predicate = triple.predicate.as_str();
        let text = match &triple.object {
            oxrdf::Term::Literal(literal) => {
                let place = literal.language().map_or(Some(0), |language| options.place(language));
                place.map(|place| (place, literal.value()))
            }
            _ => None,
        };
        let class = match &triple.object {
            oxrdf::Term::NamedNode(node) if predicate == RDF_TYPE => Some(node.as_str()),
            _ => None,
        };
        let short = predicate.strip_prefix(SKOS);
        let concerns = short.is_some() || class.is_some() || predicate == RDFS_LABEL;
        if !concerns || predicate == SKOS_XL {
            return;
        }
        let concept = self.by_id.entry(subject.to_owned()).or_default();
        if concept.line == 0 {
            concept.line = line;
        }
        if let Some(class) = class {
            concept.is_concept |= class.strip_prefix(SKOS) == Some("Concept");
            concept.classes.push(class.to_owned());
        }
        match (short, text) {
            (Some("prefLabel"), Some((place, text))) => {
                concept.is_concept = true;
                concept.names.preferred(place, text);
            }
            (Some("altLabel" | "hiddenLabel"), Some((_, text))) => concept.names.other(text),
            (Some("definition" | "scopeNote"), Some((place, text)))
                if concept.note.as_ref().is_none_or(|(known, _)| place < *known) =>
            {
                concept.note = Some((place, text.trim().to_owned()));
            }
            (None, Some((place, text))) if predicate == RDFS_LABEL => concept.plain.preferred(place, text),
            _ => {}
        }
    }

    fn finish(
        self,
        last_line: u64,
        options: &KnowledgeOptions,
        take: Take<'_>,
    ) -> Result<Vec<KnowledgeWarning>, KnowledgeError> {
        let mut warnings = Warnings::default();
        let nothing = self.by_id.values().all(|concept| !concept.is_concept);
        if nothing {
            let message = format!("among {} statements there is no skos:Concept and no skos:prefLabel", self.scanned);
            warnings.add(last_line.max(1), "no concepts", message);
        }
        for (iri, concept) in self.by_id.into_iter().filter(|(_, concept)| concept.is_concept) {
            let Some((name, aliases)) = concept.names.finish().or_else(|| concept.plain.finish()) else {
                let languages = options.languages.join(", ");
                let message = format!("{iri} has no name in {languages}; left out");
                warnings.add(concept.line, "concepts without a name in the chosen languages", message);
                continue;
            };
            let (scheme, id) = scheme_and_id(&iri, options);
            let scheme = if scheme == "id" { "skos".to_owned() } else { scheme };
            let kind = options.kinds.label(concept.classes.iter().map(String::as_str));
            let note = concept.note.map(|(_, note)| note).unwrap_or_default();
            if !take(KnownEntity { line: concept.line, scheme, id, name, aliases, kind, note }) {
                return Err(KnowledgeError::Stopped);
            }
        }
        Ok(warnings.finish(last_line))
    }
}
