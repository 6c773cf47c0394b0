//! How long each step is planned to take: what its presenter's notes end with (`· 1 min`, `· 30 s`), and for steps whose notes
//! say nothing a share of what is left of the lesson's minutes.

use super::model::Lesson;
use std::time::Duration;

/// No step takes less.
const LEAST: u64 = 10;

/// The time that is planned for each step of a lesson, in its order.
pub fn pace(lesson: &Lesson) -> Vec<Duration> {
    let said: Vec<Option<u64>> =
        lesson.steps.iter().map(|step| step.notes.as_deref().and_then(|notes| seconds(notes.trim_end()))).collect();
    let sum: u64 = said.iter().flatten().sum();
    // Steps that go deeper are not part of the minutes.
    let silent = lesson.steps.iter().zip(&said).filter(|(step, it)| it.is_none() && !step.deeper).count() as u64;
    let left = (u64::from(lesson.minutes) * 60).saturating_sub(sum);
    let share = left.checked_div(silent).unwrap_or(0).max(LEAST);
    said.into_iter().map(|it| Duration::from_secs(it.unwrap_or(share))).collect()
}

/// The time that a presenter's note ends with, in seconds.
fn seconds(notes: &str) -> Option<u64> {
    let (_, time) = notes.rsplit_once('·')?;
    let mut words = time.split_whitespace();
    let (number, unit) = (words.next()?.parse::<u64>().ok()?, words.next()?);
    match unit.trim_end_matches('.') {
        "min" => Some(number * 60),
        "s" => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_may_end_with_a_time() {
        assert_eq!(seconds("Count hands. · 1 min"), Some(60));
        assert_eq!(seconds("Ask: a · b? · 30 s"), Some(30));
        assert_eq!(seconds("Ask: a · b?"), None);
        assert_eq!(seconds("Ask first."), None);
    }
}
