//! A stopwatch that runs while somebody works on an article and stops when they do.
//!
//! It hears of every input and knows no clock: whoever has one says what time it is. What counts is the time between inputs
//! that follow one another within [`IDLE`]; a longer pause counts nothing, not even its first seconds, since nobody knows
//! how much of it was reading. When the window is left, the time up to then counts.

use crate::{model::SetKey, store::WorkStretch};
use jiff::Timestamp;
use std::time::Duration;

/// Without input for so long, nobody works.
pub const IDLE: Duration = Duration::from_secs(30);
/// After so much work it is noted: the most that a crash can cost.
pub const NOTED_AFTER: Duration = Duration::from_secs(20);

/// Measures how long somebody works on what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stopwatch {
    /// Who works on what; `None` while nothing is open.
    place: Option<SetKey>,
    /// When the last input came, unless it was so long ago that the time since then does not count.
    last: Option<Duration>,
    /// What was measured and not taken yet.
    measured: Duration,
}

impl Stopwatch {
    /// The user did something. All times are those of one clock, wherever that begins.
    pub fn input(&mut self, now: Duration) {
        self.count_up_to(now);
        self.last = self.place.is_some().then_some(now);
    }

    /// The user left the window; the next input starts anew.
    pub fn pause(&mut self, now: Duration) {
        self.count_up_to(now);
        self.last = None;
    }

    /// The user goes on with another article or as somebody else. Returns what was measured before.
    pub fn go_to(&mut self, now: Duration, place: Option<SetKey>) -> Option<WorkStretch> {
        if self.place == place {
            return None;
        }
        self.count_up_to(now);
        let stretch = self.take();
        self.last = self.last.filter(|_| place.is_some());
        self.place = place;
        stretch
    }

    /// What is to be noted now: after [`NOTED_AFTER`] of work, and once the user does nothing any more.
    pub fn due(&mut self, now: Duration) -> Option<WorkStretch> {
        let is_idle = self.last.is_none_or(|last| now.saturating_sub(last) > IDLE);
        (is_idle || self.measured >= NOTED_AFTER).then(|| self.take()).flatten()
    }

    fn count_up_to(&mut self, now: Duration) {
        if let Some(last) = self.last {
            let gap = now.saturating_sub(last);
            if gap <= IDLE {
                self.measured += gap;
            }
            self.last = Some(now);
        }
    }

    /// What was measured and not taken yet; the stopwatch runs on.
    pub fn take(&mut self) -> Option<WorkStretch> {
        let duration = std::mem::take(&mut self.measured);
        let set = self.place.clone()?;
        (duration >= Duration::from_millis(1)).then(|| WorkStretch { set, duration, until: Timestamp::now() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AnnotatorName, ArticleId};

    enum Event {
        Input,
        Pause,
        GoTo(&'static str),
        Look,
    }
    use Event::*;

    /// What happens at which second, and the seconds that are noted for each article, in order.
    fn check(events: &[(u64, Event)], expected: &[(&str, u64)]) {
        let mut stopwatch = Stopwatch::default();
        let mut noted: Vec<(String, u64)> = Vec::new();
        for (second, event) in events {
            let now = Duration::from_secs(*second);
            let stretch = match event {
                Input => {
                    stopwatch.input(now);
                    None
                }
                Pause => {
                    stopwatch.pause(now);
                    None
                }
                GoTo("") => stopwatch.go_to(now, None),
                GoTo(article) => {
                    let (article, annotator) = (ArticleId::new(article), AnnotatorName::new("eva"));
                    stopwatch.go_to(now, Some(SetKey { article, annotator }))
                }
                Look => stopwatch.due(now),
            };
            noted.extend(stretch.map(|stretch| (stretch.set.article.to_string(), stretch.duration.as_secs())));
        }
        let expected: Vec<_> = expected.iter().map(|(article, seconds)| ((*article).to_owned(), *seconds)).collect();
        assert_eq!(noted, expected);
    }

    #[test]
    fn work_counts_and_pauses_do_not() {
        check(&[(0, Input), (5, Input), (9, GoTo(""))], &[]);
        check(&[(0, GoTo("a")), (1, Input), (6, Input), (16, Input), (17, GoTo(""))], &[("a", 16)]);
        // 30 seconds are reading, 31 are a pause.
        check(&[(0, GoTo("a")), (0, Input), (30, Input), (61, Input), (65, Input), (65, GoTo("b"))], &[("a", 34)]);
        // Away for ten seconds, which do not count.
        check(&[(0, GoTo("a")), (0, Input), (4, Pause), (14, Input), (16, Input), (16, GoTo(""))], &[("a", 6)]);
        // What was the last article goes on until the next one is opened.
        let events = [(0, GoTo("a")), (0, Input), (3, Input), (5, GoTo("b")), (6, Input), (9, Input), (9, GoTo("a"))];
        check(&events, &[("a", 5), ("b", 4)]);
        check(&[(0, GoTo("a")), (0, Input), (2, Input), (100, GoTo("b"))], &[("a", 2)]);
    }

    #[test]
    fn work_is_noted_in_time() {
        let events = [(0, GoTo("a")), (0, Input), (10, Input), (11, Look), (25, Input), (26, Look), (30, Input)];
        check(&events, &[("a", 25)]);
        check(&[(0, GoTo("a")), (0, Input), (3, Input), (20, Look), (34, Look), (35, Look)], &[("a", 3)]);
        check(&[(0, GoTo("a")), (0, Input), (3, Pause), (4, Look), (5, Look)], &[("a", 3)]);
    }
}
