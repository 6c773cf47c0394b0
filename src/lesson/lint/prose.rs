//! How a lesson speaks: empty text, lengths, words that explain nothing, minutes, manual pages.

use super::sentences::{count, is_closed, words};
use crate::lesson::draft::{At, Draft, StepDraft};
use crate::lesson::found::Found;
use crate::lesson::words::quoted;

/// Words that promise or excuse instead of explaining, and what to do about each.
const BANNED: [(&str, &str); 8] = [
    ("magic", "what the kernel does"),
    ("magically", "what the kernel does"),
    ("basically", "the sentence without it"),
    ("simply", "the sentence without it"),
    ("just", "the sentence without it, or `only`"),
    ("obviously", "the reason, or the sentence without it"),
    ("easy", "what it takes, in steps or calls"),
    ("jail", "the kernel's word: root directory, namespace, … (`jail` belongs to the history of chroot)"),
];
const SAY_WORDS: usize = 20;
const WHY_SENTENCES: usize = 4;
const WORDS_A_MINUTE: usize = 140;
const SECONDS_A_PREDICTION: usize = 10;
/// A reader's minutes differ by so much.
const MINUTES_EITHER_WAY: u32 = 2;

pub fn judge(draft: &Draft, found: &mut Found) {
    for text in texts(draft) {
        not_empty(text, found);
        banned(draft, text, found);
    }
    for step in draft.steps() {
        if let Some(say) = step.say.get().filter(|say| !say.value.trim().is_empty() && !is_placeholder(&say.value)) {
            one_sentence(say, found);
        }
        if let Some(why) = step.why.get().filter(|why| count(&why.value) > WHY_SENTENCES) {
            let problem = format!("`why` has {} sentences", count(&why.value));
            let expected = format!("at most {WHY_SENTENCES}; the rest is a step of its own");
            found.push(why.span.clone(), "why-too-long", problem, expected);
        }
        for page in step.manual.value().into_iter().flatten().filter(|page| !is_page(&page.value)) {
            let problem = format!("{} is no manual page", quoted(&page.value));
            found.push(page.span.clone(), "manual-form", problem, "its name and its section: `unshare(2)`");
        }
    }
    minutes(draft, found);
}

/// Everything that a reader reads, with its place.
fn texts(draft: &Draft) -> Vec<&At<String>> {
    let top = [&draft.id, &draft.title, &draft.misconception, &draft.intro, &draft.summary];
    let mut all: Vec<&At<String>> = top.into_iter().filter_map(|slot| slot.get()).collect();
    all.extend(draft.docker.value().into_iter().flatten());
    for step in draft.steps() {
        all.extend([&step.say, &step.why, &step.notes].into_iter().filter_map(|slot| slot.get()));
        if let Some(predict) = step.predict.value() {
            all.extend([&predict.ask, &predict.because].into_iter().filter_map(|slot| slot.get()));
            for pairs in [&predict.options, &predict.replies] {
                all.extend(pairs.value().into_iter().flatten().map(|(_, text)| text));
            }
        }
    }
    all
}

fn not_empty(text: &At<String>, found: &mut Found) {
    if text.value.trim().is_empty() {
        found.push(text.span.clone(), "empty-text", "The text is empty".into(), "text, or no such field");
    } else if is_placeholder(&text.value) {
        found.push(text.span.clone(), "placeholder", "The text is still the placeholder".into(), "what it stands for");
    }
}

fn is_placeholder(text: &str) -> bool {
    matches!(text.trim(), "…" | "...")
}

/// Looks in the file's own bytes, so that the word itself is marked.
fn banned(draft: &Draft, text: &At<String>, found: &mut Found) {
    let Some(raw) = draft.source.text.get(text.span.clone()) else { return };
    let raw = raw.to_ascii_lowercase();
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    for (word, expected) in BANNED {
        if word == "jail" && raw.contains("chroot") {
            continue;
        }
        for (at, _) in raw.match_indices(word) {
            let after = at + word.len();
            if !raw[..at].ends_with(in_word) && !raw[after..].starts_with(in_word) {
                let start = text.span.start + at;
                let problem = format!("`{word}` explains nothing to someone who does not know it yet");
                found.push(start..start + word.len(), "banned-word", problem, expected);
            }
        }
    }
}

fn one_sentence(say: &At<String>, found: &mut Found) {
    let length = words(&say.value);
    if length > SAY_WORDS {
        let problem = format!("`say` has {length} words");
        found.push(say.span.clone(), "say-too-long", problem, format!("one sentence of at most {SAY_WORDS} words"));
    }
    if count(&say.value) != 1 {
        let problem = format!("`say` has {} sentences", count(&say.value));
        found.push(say.span.clone(), "say-one-sentence", problem, "one; what the evidence means goes to `why`");
    } else if !is_closed(&say.value) {
        let problem = "`say` does not end as a sentence".into();
        found.push(say.span.clone(), "say-one-sentence", problem, "a full stop or a question mark at its end");
    }
}

fn is_page(page: &str) -> bool {
    let Some((name, section)) = page.strip_suffix(')').and_then(|page| page.split_once('(')) else { return false };
    let in_name = |c: char| c.is_ascii_alphanumeric() || "_-.+:".contains(c);
    let mut section = section.chars();
    !name.is_empty()
        && name.chars().all(in_name)
        && section.next().is_some_and(|first| first.is_ascii_digit())
        && section.all(|c| c.is_ascii_alphanumeric())
}

/// Reading aloud, and ten seconds for each prediction. Steps that are left out by default are not counted.
fn minutes(draft: &Draft, found: &mut Found) {
    let Some(minutes) = draft.minutes.get() else { return };
    let read: Vec<&StepDraft> = draft.steps().iter().filter(|step| !step.deeper).collect();
    let mut all: usize =
        [&draft.intro, &draft.summary].into_iter().filter_map(|text| text.value()).map(|text| words(text)).sum();
    for step in &read {
        all +=
            [&step.say, &step.why].into_iter().filter_map(|text| text.value()).map(|text| words(text)).sum::<usize>();
        if let Some(predict) = step.predict.value() {
            let texts = [&predict.ask, &predict.because].into_iter().filter_map(|text| text.value());
            let options = predict.options.value().into_iter().flatten().map(|(_, text)| &text.value);
            all += texts.chain(options).map(|text| words(text)).sum::<usize>();
        }
    }
    let predictions = read.iter().filter(|step| step.predict.value().is_some()).count();
    let seconds = (all * 60).div_ceil(WORDS_A_MINUTE) + predictions * SECONDS_A_PREDICTION;
    let measured = u32::try_from(seconds.div_ceil(60)).unwrap_or(u32::MAX);
    if minutes.value == 0 {
        let problem = "A lesson of no minutes".into();
        found.push(minutes.span.clone(), "minutes-zero", problem, format!("`{measured}`, as measured"));
    } else if minutes.value.abs_diff(measured) > MINUTES_EITHER_WAY && draft.steps.value().is_some() {
        let noun = if predictions == 1 { "prediction" } else { "predictions" };
        let said = minutes.value;
        let problem = format!("`minutes: {said}`, but {all} words and {predictions} {noun} take {measured}");
        let (least, most) =
            (measured.saturating_sub(MINUTES_EITHER_WAY).max(1), measured.saturating_add(MINUTES_EITHER_WAY));
        let expected = format!(
            "`{measured}`, or from {least} to {most}: {WORDS_A_MINUTE} words a minute and {SECONDS_A_PREDICTION} seconds a \
             prediction"
        );
        found.push(minutes.span.clone(), "minutes-differ", problem, expected);
    }
}
