//! Predictions: three options, each somebody's belief, one right, and a reply to each wrong one.

use crate::lesson::draft::{At, Draft, PredictionDraft};
use crate::lesson::found::Found;
use crate::lesson::words::quoted;

const LETTERS: [&str; 3] = ["a", "b", "c"];

pub fn judge(draft: &Draft, found: &mut Found) {
    for predict in draft.steps().iter().filter_map(|step| step.predict.get()) {
        if let Some(options) = predict.value.options.get() {
            count(options, found);
            alike(&options.value, found);
            answer(&predict.value, &options.value, found);
        }
    }
}

type Texts = Vec<(At<String>, At<String>)>;

fn count(options: &At<Texts>, found: &mut Found) {
    let letters: Vec<&str> = options.value.iter().map(|(letter, _)| letter.value.as_str()).collect();
    if letters.len() != LETTERS.len() {
        let problem = format!("The prediction has {} options", letters.len());
        found.push(options.span.clone(), "option-count", problem, "three: `a`, `b` and `c`");
        return;
    }
    for (letter, _) in options.value.iter().filter(|(letter, _)| !LETTERS.contains(&letter.value.as_str())) {
        let problem = format!("An option is called {}", quoted(&letter.value));
        found.push(letter.span.clone(), "option-letter", problem, "`a`, `b` and `c`");
    }
}

fn alike(options: &Texts, found: &mut Found) {
    let text = |option: &(At<String>, At<String>)| option.1.value.trim().trim_end_matches('.').to_lowercase();
    for (at, option) in options.iter().enumerate() {
        if let Some(first) = options[..at].iter().find(|first| text(first) == text(option)) {
            let problem = format!("Options `{}` and `{}` are alike", first.0.value, option.0.value);
            found.push(option.1.span.clone(), "options-alike", problem, "another belief that somebody really has");
        }
    }
}

fn answer(predict: &PredictionDraft, options: &Texts, found: &mut Found) {
    let Some(answer) = predict.answer.get() else { return };
    let Some((_, right)) = options.iter().find(|(letter, _)| letter.value == answer.value) else {
        let letters: Vec<&str> = options.iter().map(|(letter, _)| letter.value.as_str()).collect();
        let problem = format!("The answer {} is no option", quoted(&answer.value));
        let small = answer.value.trim().to_lowercase();
        let meant = letters.iter().find(|letter| **letter == small);
        let expected = match meant {
            Some(letter) => format!("`{letter}`, if that is meant"),
            None => format!("one of: {}", letters.join(", ")),
        };
        found.push(answer.span.clone(), "answer-no-option", problem, expected);
        return;
    };
    let length = |text: &At<String>| text.value.chars().count();
    let others = options.iter().filter(|(letter, _)| letter.value != answer.value).map(|(_, text)| length(text)).max();
    // More than 1.6 times, in whole numbers.
    if others.is_some_and(|longest| length(right) * 10 > longest * 16) {
        let (have, longest) = (length(right), others.unwrap_or_default());
        let problem = format!(
            "The right option has {have} characters and the longest wrong one {longest}, so its length gives it away"
        );
        found.push(
            right.span.clone(),
            "answer-longest",
            problem,
            format!("at most {} characters, or a longer wrong one", longest * 16 / 10),
        );
    }
    let Some(replies) = predict.replies.get() else { return };
    for (letter, _) in options.iter().filter(|(letter, _)| letter.value != answer.value) {
        if !replies.value.iter().any(|(reply, _)| reply.value == letter.value) {
            let problem = format!("The wrong option `{}` has no reply", letter.value);
            let expected = format!(
                "`{}:` in `replies`, with what that belief would imply and the evidence against it",
                letter.value
            );
            found.push(letter.span.clone(), "reply-missing", problem, expected);
        }
    }
    for (letter, _) in &replies.value {
        if letter.value == answer.value {
            let problem = format!("`{}` is the right option, and `because` replies to it", letter.value);
            found.push(letter.span.clone(), "reply-for-answer", problem, "replies to the wrong options only");
        } else if !options.iter().any(|(option, _)| option.value == letter.value) {
            let problem = format!("A reply to {}, which is no option", quoted(&letter.value));
            found.push(letter.span.clone(), "reply-no-option", problem, "replies to options that there are");
        }
    }
}
