//! What the regression sees of an anchor (a trigger, or the argument that stands for an event without one) and an entity.

use crate::{
    assist::lexicon::Lexicon,
    model::{AnnotationId, AnnotationSet, Name, Status},
    text::{
        TextRange,
        segment::{sentences, tokens},
    },
};

/// A span with its place among tokens and sentences.
#[derive(Clone, Debug)]
pub struct Mention {
    pub id: AnnotationId,
    pub label: Name,
    pub range: TextRange,
    /// Number of the first token, and of the one behind the last.
    pub tokens: (usize, usize),
    pub sentence: usize,
    pub words: String,
    /// The Brown cluster of the last word; 0 if unknown.
    pub cluster: u32,
}

/// How many sentences lie between two mentions, in words.
fn apart(one: &Mention, other: &Mention) -> &'static str {
    match one.sentence.abs_diff(other.sentence) {
        0 => "same",
        1 => "next",
        _ => "off",
    }
}

/// A small number in words.
fn small(count: usize) -> &'static str {
    ["0", "1", "2", "3"].get(count).copied().unwrap_or("many")
}

/// An article as candidates see it: its words in small letters and its mentions in order.
#[derive(Clone, Debug)]
pub struct View {
    words: Vec<String>,
    pub mentions: Vec<Mention>,
}

impl View {
    pub fn new(text: &str, set: &AnnotationSet) -> Self {
        let tokens: Vec<TextRange> = tokens(text).collect();
        let sentences: Vec<TextRange> = sentences(text).collect();
        let lexicon = Lexicon::german();
        let cluster = |token: Option<&TextRange>| {
            let word = token.and_then(|token| token.slice(text)).unwrap_or_default();
            lexicon.get(word).or_else(|| lexicon.get(&word.to_lowercase())).map_or(0, |facts| facts.cluster)
        };
        let words = tokens.iter().map(|token| token.slice(text).unwrap_or_default().to_lowercase()).collect();
        let mentions = set.spans_in_order().filter(|span| span.status != Status::Rejected).map(|span| {
            let range = span.fragments.hull();
            let first = tokens.partition_point(|token| token.end() <= range.start());
            let last = tokens.partition_point(|token| token.start() < range.end()).max(first);
            Mention {
                id: span.id,
                label: span.label.clone(),
                range,
                tokens: (first, last),
                sentence: sentences.partition_point(|sentence| sentence.end() <= range.start()),
                words: span.fragments.surface(text).to_lowercase(),
                cluster: cluster(last.checked_sub(1).and_then(|last| tokens.get(last))),
            }
        });
        Self { mentions: mentions.collect(), words }
    }

    fn word(&self, index: Option<usize>) -> &str {
        index.and_then(|index| self.words.get(index)).map_or("_", String::as_str)
    }

    /// The words between two mentions, in small letters.
    pub fn between(&self, one: &Mention, other: &Mention) -> &[String] {
        let (from, to) =
            if one.range <= other.range { (one.tokens.1, other.tokens.0) } else { (other.tokens.1, one.tokens.0) };
        self.words.get(from..to).unwrap_or_default()
    }

    /// Features of the other spans with the anchor's label that stand nearer to the entity.
    fn rivals(&self, anchor: usize, other: usize, head: &str, add: &mut dyn FnMut(&[&str])) {
        let (Some(a), Some(x)) = (self.mentions.get(anchor), self.mentions.get(other)) else { return };
        let gap = self.between(a, x).len();
        let order = if a.range <= x.range { ">" } else { "<" };
        let apart = apart(a, x);
        let alike = self.mentions.iter().enumerate().filter(|(index, mention)| {
            *index != anchor
                && *index != other
                && mention.label == a.label
                && mention.sentence.abs_diff(x.sentence) <= 1
        });
        let rivals: Vec<&Mention> =
            alike.map(|(_, mention)| mention).filter(|mention| self.between(mention, x).len() < gap).collect();
        add(&["riv", small(rivals.len()), order, apart, &x.label]);
        add(&["riva", small(rivals.len()), apart, head]);
        for rival in rivals.iter().take(3) {
            add(&["rw", &rival.words, head]);
        }
        let beside = self.mentions.iter().filter(|mention| mention.label == a.label && mention.sentence == a.sentence);
        add(&["tot", small(beside.count()), apart, &x.label]);
    }

    /// Features of a pair, hashed; of an anchor alone if both are the same.
    pub fn features(&self, anchor: usize, other: usize) -> Vec<u64> {
        let (Some(a), Some(x)) = (self.mentions.get(anchor), self.mentions.get(other)) else { return Vec::new() };
        let mut features = Vec::with_capacity(64);
        let alone = anchor == other;
        let mut add = |parts: &[&str]| {
            let joined = parts.join("\u{1}");
            features.push(xxhash_rust::xxh3::xxh3_64_with_seed(joined.as_bytes(), u64::from(alone)));
        };
        let (la, lx) = (&*a.label, &*x.label);
        let head: String = a.words.chars().take(5).collect();
        let tail: String = a.words.chars().rev().take(5).collect();
        add(&["bias"]);
        add(&["l", la, lx]);
        add(&["wa", &a.words, lx]);
        add(&["ha", &head, lx]);
        add(&["ta", &tail, lx]);
        add(&["wa0", &a.words]);
        add(&["ha0", &head]);
        add(&["ta0", &tail]);
        add(&["lx0", lx]);
        for word in a.words.split(' ').filter(|_| a.words.contains(' ')) {
            add(&["ww", word, lx]);
            add(&["ww0", word]);
        }
        // Pieces of the anchor's words, so that compounds are like their parts: "Verkehrsunfall" like "Unfall".
        let letters: Vec<char> = a.words.chars().collect();
        for piece in letters.windows(5).take(20) {
            let piece: String = piece.iter().collect();
            add(&["g", &piece]);
            add(&["gx", &piece, lx]);
        }
        for bits in [6, 10, 20] {
            let cluster = format!("{bits}:{}", a.cluster & ((1 << bits) - 1));
            add(&["ca", &cluster, lx]);
            add(&["ca0", &cluster]);
        }
        let near = |mention: &&Mention| mention.sentence == a.sentence;
        let mut labels: Vec<&str> = self.mentions.iter().filter(near).map(|mention| &*mention.label).collect();
        labels.sort_unstable();
        for chunk in labels.chunk_by(|one, other| one == other) {
            let many = if chunk.len() > 1 { "2" } else { "1" };
            add(&["bag", chunk.first().copied().unwrap_or_default(), lx]);
            add(&["bagn", chunk.first().copied().unwrap_or_default(), many, lx]);
        }
        for (name, mention) in [("a", a), ("x", x)] {
            let (first, last) = mention.tokens;
            let left = self.word(first.checked_sub(1));
            let left2 = self.word(first.checked_sub(2));
            let (right, right2) = (self.word(Some(last)), self.word(Some(last + 1)));
            add(&[name, "l1", left, lx]);
            add(&[name, "l2", left2, left, lx]);
            add(&[name, "l2only", left2, lx]);
            add(&[name, "r1", right, lx]);
            add(&[name, "r2", right, right2, lx]);
            add(&[name, "lr", left, right, lx]);
            add(&[name, "hl", &head, left, lx]);
            if alone {
                return features;
            }
        }
        let order = if a.range <= x.range { ">" } else { "<" };
        let words = self.between(a, x);
        let distance = match words.len() {
            0 => "0",
            1 => "1",
            2 => "2",
            3..=5 => "5",
            6..=10 => "10",
            11..=20 => "20",
            _ => "far",
        };
        let apart = apart(a, x);
        add(&["wx", &x.words, la]);
        add(&["o", order, apart, la, lx]);
        add(&["oh", order, apart, &head, lx]);
        add(&["d", distance, order, lx]);
        add(&["dh", distance, order, &head, lx]);
        for word in words.iter().take(8) {
            add(&["b", word, order, lx]);
        }
        if words.len() <= 4 {
            add(&["path", &words.join(" "), order, la, lx]);
        }
        // Which of the entities with its label this is: in the order of the text, and by nearness to the anchor.
        let (mut rank, mut from_end, mut nearer) = (0usize, 0usize, 0usize);
        let gap = words.len();
        for (index, mention) in self.mentions.iter().enumerate() {
            if index == other || mention.label != x.label || mention.sentence != x.sentence {
                continue;
            }
            if index < other {
                rank += 1;
            } else {
                from_end += 1;
            }
            nearer += usize::from(self.between(a, mention).len() < gap);
        }
        add(&["rank", small(rank), lx]);
        add(&["rankh", small(rank), &head, lx]);
        add(&["ranks", small(rank), small(from_end), lx]);
        add(&["near", small(nearer), order, lx]);
        add(&["nearh", small(nearer), order, &head, lx]);
        add(&["rl", small(rank), self.word(x.tokens.0.checked_sub(1)), lx]);
        // The neighbors among the mentions, and what stands between: "zwischen A und B", "A Richtung B".
        for (name, neighbor) in [("p", other.checked_sub(1)), ("n", Some(other + 1))] {
            let Some(mention) = neighbor.and_then(|index| self.mentions.get(index)) else {
                add(&[name, "none", lx]);
                continue;
            };
            let is_anchor = if mention.id == a.id { "!" } else { "" };
            let words = self.between(mention, x);
            let path = if words.len() <= 4 { words.join(" ") } else { "long".to_owned() };
            add(&[name, &mention.label, lx, is_anchor]);
            add(&[name, "path", &path, lx, &mention.label]);
            add(&[name, "pathh", &path, lx, &mention.label, &head]);
        }
        self.rivals(anchor, other, &head, &mut add);
        let seen = self.mentions.iter().filter(|mention| mention.label == x.label).count();
        add(&["seen", small(seen), apart, lx]);
        for word in words.iter().take(8) {
            add(&["b0", word, order, &head]);
        }
        add(&["d0", distance, order, apart]);
        add(&["near0", small(nearer), order, apart]);
        let (low, high) = (anchor.min(other), anchor.max(other));
        let inner = self.mentions.get(low + 1..high).unwrap_or_default();
        add(&["inner", small(inner.len()), order, lx]);
        for mention in inner.iter().take(4) {
            add(&["in", &mention.label, order, lx]);
        }
        features
    }
}
