//! Tables of a comparison as CSV: the differences, the scores by label, the confusion matrix.

use super::evaluate::Evaluation;
use crate::{
    compare::{Labelled, Scheme, Score},
    model::Name,
};

/// A word for what has no partner.
const NOTHING: &str = "nothing";

/// One difference a row; offsets in code points.
pub fn differences(evaluation: &Evaluation) -> String {
    let titles = ["article", "what", "kind", "gold", "predicted", "start", "end", "text"];
    let label = |side: &Option<Labelled>| side.as_ref().map(|side| side.label.to_string()).unwrap_or_default();
    table(
        &titles,
        evaluation.errors.iter().map(|found| {
            let what = if found.is_relation { "relation" } else { "span" };
            let (start, end) = found.code_points;
            vec![
                found.article.to_string(),
                what.to_owned(),
                found.kind.as_str().to_owned(),
                label(&found.gold),
                label(&found.predicted),
                start.to_string(),
                end.to_string(),
                found.words.clone(),
            ]
        }),
    )
}

/// One label and scheme a row, with `all` for the micro and `mean` for the macro average.
pub fn scores(evaluation: &Evaluation) -> String {
    let titles =
        ["label", "scheme", "correct", "incorrect", "partial", "missed", "spurious", "precision", "recall", "f1"];
    let row = |label: &str, scheme: Scheme, score: &Score| {
        let counts = [score.correct, score.incorrect, score.partial, score.missed, score.spurious];
        let shares = [score.precision(), score.recall(), score.f1()].map(|share| format!("{share:.4}"));
        let cells = counts.iter().map(ToString::to_string).chain(shares);
        [label.to_owned(), scheme.as_str().to_owned()].into_iter().chain(cells).collect::<Vec<_>>()
    };
    let spans = &evaluation.spans;
    let labels = spans
        .labels
        .iter()
        .flat_map(|(label, scores)| scores.iter().map(move |(scheme, score)| row(label, *scheme, score)));
    let all = Scheme::ALL.into_iter().map(|scheme| row("all", scheme, &spans.micro(scheme)));
    let mean = Scheme::ALL.into_iter().map(|scheme| {
        let average = spans.macro_average(scheme);
        let shares = [average.precision, average.recall, average.f1].map(|share| format!("{share:.4}"));
        let empty = std::iter::repeat_n(String::new(), 5);
        ["mean".to_owned(), scheme.as_str().to_owned()].into_iter().chain(empty).chain(shares).collect()
    });
    table(&titles, labels.chain(all).chain(mean))
}

/// Gold labels in rows, predicted ones in columns.
pub fn confusion(evaluation: &Evaluation) -> String {
    let spans = &evaluation.spans;
    let names = spans.names();
    let titles: Vec<&str> = ["gold"].into_iter().chain(names.iter().map(|name| &***name)).chain([NOTHING]).collect();
    let all: Vec<Option<&Name>> = names.iter().copied().map(Some).chain([None]).collect();
    table(
        &titles,
        all.iter().map(|gold| {
            let counts = all.iter().map(|predicted| spans.confused(*gold, *predicted).to_string());
            [gold.map_or(NOTHING, |name| &**name).to_owned()].into_iter().chain(counts).collect()
        }),
    )
}

fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record(titles);
    for row in rows {
        let _ = writer.write_record(&row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Article, ArticleId, ArticleMetadata, Schema},
        session::{
            ImportRequest,
            evaluate::{Question, evaluate},
            opinion::Opinion,
        },
    };

    /// A comparison of two files' readings of one article, and its three tables.
    #[test]
    fn tables_are_as_counted_by_hand() {
        let text = "Frau Möhl kommt aus Ahlen, sagt „Der Tag“.";
        let folder = tempfile::tempdir().expect("a folder");
        let opinion = |name: &str, spans: &[(&str, &str)]| {
            let span = |(label, words): &(&str, &str)| {
                let start = text[..text.find(words).expect("words of the text")].chars().count();
                serde_json::json!({ "label": label, "fragments": [[start, start + words.chars().count()]] })
            };
            let spans: Vec<_> = spans.iter().map(span).collect();
            let record = serde_json::json!({ "format": "glosse-jsonl", "id": "a", "text": text, "spans": spans });
            let path = folder.path().join(name);
            std::fs::write(&path, record.to_string()).expect("written");
            Opinion::File(path)
        };
        let gold = opinion("gold.jsonl", &[("PER", "Möhl"), ("LOC", "Ahlen"), ("MEDIA", "Der Tag")]);
        let predicted = opinion("predicted.jsonl", &[("PER", "Frau Möhl"), ("LOC", "Ahlen"), ("ORG", "Der Tag")]);
        let article = Article::new(ArticleId::new("a"), ArticleMetadata::default(), text);
        let (schema, annotator) = (Schema::default(), crate::model::AnnotatorName::new("eva"));
        let read = ImportRequest::default().read_options(&crate::model::Settings::default());
        let question = Question {
            gold: &gold,
            predicted: &predicted,
            annotator: &annotator,
            suggested_to: None,
            only: None,
            schema: &schema,
            rules: "",
            read: &read,
        };
        let evaluation = evaluate(&question, &[&article], &|_, _| true).expect("both can be read");
        assert_eq!(
            differences(&evaluation),
            "article,what,kind,gold,predicted,start,end,text\n\
             a,span,wrong edges,PER,PER,0,9,Frau Möhl\n\
             a,span,wrong label,MEDIA,ORG,33,40,Der Tag\n"
        );
        assert_eq!(
            confusion(&evaluation),
            "gold,LOC,MEDIA,ORG,PER,nothing\nLOC,1,0,0,0,0\nMEDIA,0,0,1,0,0\nORG,0,0,0,0,0\nPER,0,0,0,1,0\nnothing,0,0,0,0,0\n"
        );
        let scores = scores(&evaluation);
        assert!(scores.contains("all,strict,1,2,0,0,0,0.3333,0.3333,0.3333\n"), "{scores}");
        assert!(scores.contains("all,overlap,2,0,1,0,0,0.8333,0.8333,0.8333\n"), "{scores}");
        assert!(scores.contains("mean,strict,,,,,,0.2500,0.2500,0.2500\n"), "{scores}");
        assert_eq!(scores.lines().count(), 1 + 4 * 4 + 4 + 4);
        let again = evaluate(&Question { gold: &predicted, ..question.clone() }, &[&article], &|_, _| true);
        assert!(again.is_err_and(|error| error.to_string().contains("agrees with itself")));
    }
}
