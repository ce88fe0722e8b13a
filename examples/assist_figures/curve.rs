//! How good taggers are: the learning curve of a project, and the starter model.

use crate::{Figures, Score, score, sentences, shuffle, stream::smartdata, train};
use glosse::{
    assist::tagger::{Base, Example, Options, Tagger, three_classes},
    model::Name,
    text::TextRange,
};

/// A model that others begin from, as the bundled one is made.
fn careful(examples: &[Example]) -> Tagger {
    Tagger::train(examples, &Options::careful(), &|_| true).expect("nothing stops it")
}

/// Strict span F1 after few sentences, mean of three random choices, begun from a model that was trained on the files `begun`;
/// calibration after the most.
pub fn learning_curve(figures: &mut Figures, file: &str, begun: &[&str], sizes: &[usize]) {
    let Some(all) = sentences(file) else { return };
    let Some(other) = begun.iter().map(|file| sentences(file)).collect::<Option<Vec<_>>>() else { return };
    let base = careful(&other.concat());
    eprintln!("  what it begins from, without any sentence of {file}: F1 {:.3}", score(&base, &all).f1());
    for size in sizes {
        let asked = match size {
            50 => 0.50,
            100 => 0.60,
            500 => 0.70,
            _ => 0.74,
        };
        let (mut sum, mut sure, mut error, mut bare) = (0.0, 0.0, 0.0, 0.0);
        for seed in 1..=3 {
            let mut examples = all.clone();
            shuffle(&mut examples, seed);
            let rest = examples.split_off(*size);
            bare += score(&train(&examples), &rest).f1() / 3.0;
            let tagger = Tagger::train_from(Some(Base::new(&base)), &examples, &Options::default(), &|_| true);
            let score = score(&tagger.expect("nothing stops it"), &rest);
            sum += score.f1() / 3.0;
            sure += score.sure.0 as f64 / score.sure.1.max(1) as f64 / 3.0;
            error += score.calibration_error() / 3.0;
        }
        let begun = begun.join(", ").replace(".conll", "");
        let name = format!("strict span F1 after {size} sentences of {file}, begun from {begun}");
        figures.above(&name, sum, "", asked);
        eprintln!("  begun from nothing: {bare:.3}");
        if *size >= 500 {
            figures.above(&format!("precision where confidence is at least .9, {size} sentences"), sure, "", 0.95);
            figures.below(&format!("calibration error (ECE), {size} sentences"), error, "", 0.03);
        }
    }
}

/// The starter model and its like on sentences that it has not seen.
pub fn starter(figures: &mut Figures) {
    let (all, wikipedia) = (sentences("germeval-train.conll"), sentences("germeval-dev-wikipedia.conll"));
    if let (Some(all), Some(wikipedia)) = (all, wikipedia) {
        let mut sum = Score::default();
        for fold in 0..5 {
            let pick = |held: bool| -> Vec<Example> {
                let part = all.iter().enumerate().filter(|(index, _)| (index % 5 == fold) == held);
                part.map(|(_, example)| example.clone()).collect()
            };
            let learned = [pick(false), wikipedia.clone()].concat();
            let score = score(&careful(&learned), &pick(true));
            sum = Score {
                right: sum.right + score.right,
                proposed: sum.proposed + score.proposed,
                wanted: sum.wanted + score.wanted,
                ..sum
            };
        }
        figures.above(
            "starter model, germeval-train, five folds, each with germeval-dev-wikipedia",
            sum.f1(),
            "",
            0.82,
        );
    }
    let Some(starter) = glosse::assist::tagger::starter() else {
        eprintln!("there is no starter model");
        return;
    };
    if let Some(documents) = smartdata() {
        let map = |(range, label): &(TextRange, Name)| three_classes(label).map(|label| (*range, label));
        let of_news = |example: &Example| Example::new(example.text(), example.spans.iter().filter_map(map).collect());
        let documents: Vec<Example> = documents.iter().map(of_news).collect();
        figures.above(
            "starter model, web news of smartdata-train (other guidelines)",
            score(starter, &documents).f1(),
            "",
            0.82,
        );
    }
}
