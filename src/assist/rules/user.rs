//! Rules that users write themselves: regular expressions, and patterns over tokens, in RON.
//!
//! ```ron
//! [
//!     (name: "brigade", label: "GROUP", pattern: Tokens([Regex("\\d+"), Lower("."), Optional(Shape("Xx")), Lower("brigade")])),
//!     (name: "case number", label: "REFERENCE", pattern: Regex("[A-Z]{2}-\\d{4}")),
//! ]
//! ```

use super::{
    super::{Reason, SpanProposal},
    Edges,
};
use crate::{
    model::Name,
    text::{Case, Matcher, TextRange},
};
use regex::Regex;
use serde::{Deserialize, Serialize};

/// Longest match of a token pattern, in tokens.
const LONGEST: usize = 64;

/// One rule as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRule {
    /// The name that the reason of a proposal gives.
    pub name: String,
    /// A label of the project's schema.
    pub label: String,
    pub pattern: Pattern,
}

/// What a rule looks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pattern {
    /// A regular expression, in which `^` and `$` are the ends of a line; matches that do not lie on token edges are left out.
    Regex(String),
    /// One element after the other, each a token.
    Tokens(Vec<Element>),
}

/// One place of a token pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Element {
    /// The token in lower case.
    Lower(String),
    /// The shape of the token: `X` for capitals, `x` for small letters, `d` for digits, runs of one kind shortened to one.
    Shape(String),
    /// A regular expression for the whole token.
    Regex(String),
    /// Once or not at all.
    Optional(Box<Element>),
    /// Once or more often.
    Repeat(Box<Element>),
}

/// What is wrong with the rules of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserRuleError {
    /// The text is no list of rules.
    Syntax { line: usize, column: usize, message: String },
    /// A regular expression is wrong.
    Regex { rule: String, message: String },
    /// A pattern could match nothing at all.
    Empty { rule: String },
}

impl std::fmt::Display for UserRuleError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Syntax { line, column, message } => write!(formatter, "line {line}, column {column}: {message}"),
            Self::Regex { rule, message } => write!(formatter, "the rule {rule:?}: {message}"),
            Self::Empty { rule } => write!(formatter, "the rule {rule:?} matches nothing; give it a required token"),
        }
    }
}

impl std::error::Error for UserRuleError {}

/// Rules ready for use.
#[derive(Clone, Debug, Default)]
pub struct UserRules {
    rules: Vec<(Name, Name, Compiled)>,
}

#[derive(Clone, Debug)]
enum Compiled {
    Regex(Matcher),
    Tokens(Vec<Step>),
}

#[derive(Clone, Debug)]
struct Step {
    test: Test,
    may_skip: bool,
    may_repeat: bool,
}

#[derive(Clone, Debug)]
enum Test {
    Lower(String),
    Shape(String),
    Regex(Regex),
}

impl Test {
    fn holds(&self, token: &str) -> bool {
        match self {
            Self::Lower(lower) => token.to_lowercase() == *lower,
            Self::Shape(expected) => shape(token) == *expected,
            Self::Regex(pattern) => pattern.is_match(token),
        }
    }
}

impl UserRules {
    /// Rules from RON text.
    ///
    /// # Errors
    /// If the text is no list of rules, with line and column, or a pattern is wrong, with the rule's name.
    pub fn parse(text: &str) -> Result<Self, UserRuleError> {
        let rules: Vec<UserRule> = ron::from_str(text).map_err(|error| UserRuleError::Syntax {
            line: error.span.start.line,
            column: error.span.start.col,
            message: error.code.to_string(),
        })?;
        Self::new(&rules)
    }

    /// Rules ready for use.
    ///
    /// # Errors
    /// If a regular expression is wrong or a pattern matches nothing.
    pub fn new(rules: &[UserRule]) -> Result<Self, UserRuleError> {
        let compile = |rule: &UserRule| {
            let compiled = match &rule.pattern {
                Pattern::Regex(pattern) => {
                    Compiled::Regex(Matcher::new(pattern, Case::Match).map_err(|error| bad_regex(rule, &error))?)
                }
                Pattern::Tokens(elements) => {
                    let steps: Vec<Step> =
                        elements.iter().map(|element| step(rule, element)).collect::<Result<_, _>>()?;
                    if steps.iter().all(|step| step.may_skip) {
                        return Err(UserRuleError::Empty { rule: rule.name.clone() });
                    }
                    Compiled::Tokens(steps)
                }
            };
            Ok((Name::from(&*rule.name), Name::from(&*rule.label), compiled))
        };
        Ok(Self { rules: rules.iter().map(compile).collect::<Result<_, _>>()? })
    }

    /// What the rules find, rule by rule in the order of the text; each on token edges.
    pub fn proposals(&self, text: &str) -> Vec<SpanProposal> {
        let edges = Edges::new(text);
        let mut found = Vec::new();
        for (name, label, compiled) in &self.rules {
            let mut add = |range: TextRange| {
                let reason = Reason::Rule { name: name.clone() };
                found.push(SpanProposal { range, label: label.clone(), score: 0.9, reason });
            };
            match compiled {
                Compiled::Regex(pattern) => edges.places(Some(pattern), text).for_each(&mut add),
                Compiled::Tokens(steps) => {
                    let mut next = 0;
                    while next < edges.tokens.len() {
                        let rest = edges.tokens.get(next..).unwrap_or_default();
                        let length = matched(text, rest, steps);
                        if let (Some(first), Some(last)) = (rest.first(), rest.get(length.wrapping_sub(1))) {
                            add(first.cover(*last));
                        }
                        next += length.max(1);
                    }
                }
            }
        }
        found
    }
}

/// How many tokens from the first the steps match at most; 0 if they do not.
fn matched(text: &str, tokens: &[TextRange], steps: &[Step]) -> usize {
    let close = |states: &mut [bool]| {
        for (index, step) in steps.iter().enumerate() {
            if step.may_skip
                && states.get(index).copied().unwrap_or(false)
                && let Some(next) = states.get_mut(index + 1)
            {
                *next = true;
            }
        }
    };
    let mut states = vec![false; steps.len() + 1];
    if let Some(first) = states.first_mut() {
        *first = true;
    }
    close(&mut states);
    let mut best = 0;
    for (count, token) in tokens.iter().take(LONGEST).enumerate() {
        let token = token.slice(text).unwrap_or_default();
        let mut after = vec![false; steps.len() + 1];
        for (index, step) in steps.iter().enumerate() {
            if states.get(index).copied().unwrap_or(false) && step.test.holds(token) {
                if let Some(next) = after.get_mut(index + 1) {
                    *next = true;
                }
                if step.may_repeat
                    && let Some(same) = after.get_mut(index)
                {
                    *same = true;
                }
            }
        }
        close(&mut after);
        if !after.contains(&true) {
            break;
        }
        if after.last() == Some(&true) {
            best = count + 1;
        }
        states = after;
    }
    best
}

fn step(rule: &UserRule, element: &Element) -> Result<Step, UserRuleError> {
    let test = match element {
        Element::Lower(lower) => Test::Lower(lower.to_lowercase()),
        Element::Shape(shape) => Test::Shape(shape.clone()),
        Element::Regex(pattern) => {
            Test::Regex(Regex::new(&format!("^(?:{pattern})$")).map_err(|error| bad_regex(rule, &error))?)
        }
        Element::Optional(inner) => return Ok(Step { may_skip: true, ..step(rule, inner)? }),
        Element::Repeat(inner) => return Ok(Step { may_repeat: true, ..step(rule, inner)? }),
    };
    Ok(Step { test, may_skip: false, may_repeat: false })
}

fn bad_regex(rule: &UserRule, error: &dyn std::error::Error) -> UserRuleError {
    UserRuleError::Regex { rule: rule.name.clone(), message: error.to_string() }
}

fn shape(token: &str) -> String {
    let mut shape = String::new();
    for char in token.chars() {
        let kind = match char {
            _ if char.is_uppercase() => 'X',
            _ if char.is_alphabetic() => 'x',
            _ if char.is_numeric() => 'd',
            other => other,
        };
        if !shape.ends_with(kind) {
            shape.push(kind);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rules: &str, text: &str, expected: &[&str]) {
        let found = UserRules::parse(rules).unwrap().proposals(text);
        let found: Vec<_> = found.iter().map(|found| found.range.slice(text).unwrap()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn patterns_over_tokens_and_letters() {
        let tokens = r#"[(name: "b", label: "GROUP", pattern: Tokens([Repeat(Regex("\\d+")), Lower("."), Optional(Shape("Xx")), Lower("brigade")]))]"#;
        check(tokens, "Die 47. Brigade und die 3. Sturm Brigade kamen.", &["47. Brigade", "3. Sturm Brigade"]);
        check(r#"[(name: "r", label: "X", pattern: Regex("[A-Z]{2}\\d{3}"))]"#, "AB123 und xAB123", &["AB123"]);
    }

    #[test]
    fn errors_name_the_place() {
        assert!(matches!(UserRules::parse("[\n  (nam: 1)]"), Err(UserRuleError::Syntax { line: 2, .. })));
        let rule = |pattern| UserRule { name: "a".to_owned(), label: "X".to_owned(), pattern };
        assert!(matches!(UserRules::new(&[rule(Pattern::Regex("(".to_owned()))]), Err(UserRuleError::Regex { .. })));
        assert!(matches!(UserRules::new(&[rule(Pattern::Tokens(Vec::new()))]), Err(UserRuleError::Empty { .. })));
    }
}
