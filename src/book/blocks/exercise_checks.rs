//! What the checker asks of an exercise, as a table: each sentence of its author, who is looked at and from which side, and what
//! the kernel must say then.

use crate::book::html::{escape, inline};
use crate::evidence::View;
use crate::evidence::expect::{Claim, Target};
use crate::kernel::shell_words::shell_words;
use crate::practice::model::{BUILT_IN, Check, ENDS, Exercise, TIME, When, built_in};
use std::fmt::Write;

/// The table. Below it stands what every exercise is asked.
pub fn table(exercise: &Exercise) -> String {
    let mut out = "<div class=\"table-wrapper\"><table class=\"checks\"><thead><tr><th scope=\"col\">The check</th>\
                   <th scope=\"col\">What is read</th><th scope=\"col\">It must say</th></tr></thead>"
        .to_owned();
    for when in [When::Running, When::After] {
        let checks: Vec<&Check> = exercise.at(when).collect();
        if checks.is_empty() {
            continue;
        }
        let moment = match when {
            When::Running => "While the probe waits",
            When::After => "After the program has ended",
        };
        let _ = write!(out, "<tbody><tr><th colspan=\"3\" scope=\"rowgroup\">{moment}</th></tr>");
        checks.into_iter().for_each(|check| out.push_str(&rows(check)));
        out.push_str("</tbody>");
    }
    out.push_str("</table></div>");
    let every: Vec<String> = BUILT_IN.iter().map(|(name, say)| of_every(exercise, name, say)).collect();
    let _ = write!(out, "<p class=\"every\"><b>As in every exercise:</b> {}</p>", every.join(" "));
    out
}

/// What every exercise is asked, with the numbers of this one.
fn of_every(exercise: &Exercise, name: &str, say: &str) -> String {
    match name {
        ENDS => format!("It ends when the probe has ended, with <code>{}</code>.", escape(&exercise.ends)),
        TIME => format!("It takes no longer than {} seconds.", exercise.seconds),
        _ => escape(say),
    }
}

/// A row for each fact, and one for what is done first.
fn rows(check: &Check) -> String {
    let mut cells: Vec<(String, String)> = Vec::new();
    cells.extend(done(check));
    cells.extend(check.expect.iter().map(|(target, claim)| (read(target), must(claim))));
    let mut out = String::new();
    for (at, (read, must)) in cells.iter().enumerate() {
        let say = match at {
            0 => format!(
                "<th scope=\"row\" rowspan=\"{}\">{} <code class=\"name\">{}</code>{}</th>",
                cells.len(),
                inline(&check.say),
                escape(&check.name),
                within(check)
            ),
            _ => String::new(),
        };
        let _ = write!(out, "<tr>{say}<td>{read}</td><td>{must}</td></tr>");
    }
    out
}

fn within(check: &Check) -> String {
    match check.within {
        0 => String::new(),
        1 => " <span class=\"note\">within a second</span>".to_owned(),
        seconds => format!(" <span class=\"note\">within {seconds} seconds</span>"),
    }
}

/// What somebody does first, and how that must end.
fn done(check: &Check) -> Option<(String, String)> {
    let (actor, operation) = (check.actor.as_ref()?, check.operation.as_ref()?);
    let act = match shell_words(operation, None) {
        Some(words) => format!("does <code>{}</code>", escape(&words)),
        // What a shell cannot say the sentence of the check does.
        None => "does this".to_owned(),
    };
    let end = match (&check.fails, &check.output) {
        (Some(errno), _) => format!("it fails with <code>{}</code>", escape(&errno.name())),
        (None, Some(claim)) => format!("what it answers {}", must(claim)),
        (None, None) => "it works".to_owned(),
    };
    Some((format!("<b>{}</b> {act}", escape(actor)), end))
}

fn read(target: &Target) -> String {
    let side = match target.view {
        View::Inside => "from inside",
        View::Outside => "from outside",
    };
    format!("<b>{}</b> {} <span class=\"note\">{side}</span>", escape(&target.actor), escape(&target.key.label()))
}

fn must(claim: &Claim) -> String {
    let text = |text: &String| format!("<code>{}</code>", escape(text));
    match claim {
        Claim::New => "one that was not there before".to_owned(),
        Claim::Same => "unchanged".to_owned(),
        Claim::Changed => "another than before".to_owned(),
        Claim::Present => "there is one".to_owned(),
        Claim::Absent => "gone, or never there".to_owned(),
        Claim::As(actor) => format!("the same as that of <b>{}</b>", escape(actor)),
        Claim::Unlike(actor) => format!("not that of <b>{}</b>", escape(actor)),
        Claim::Contains(it) => format!("has {} in it", text(it)),
        Claim::Lacks(it) => format!("has no {} in it", text(it)),
        Claim::Is(it) => text(it),
    }
}

/// What a check is called where it is spoken of elsewhere: its own sentence.
pub fn sentence(exercise: &Exercise, name: &str) -> String {
    let own = exercise.check(name).map(|check| check.say.as_str()).filter(|say| !say.is_empty());
    inline(own.or(built_in(name)).unwrap_or(name))
}
