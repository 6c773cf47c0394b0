//! The README of a started folder: the task, and how it is checked. It is read by `cat` on a terminal of 80 columns as often
//! as in an editor, so its lines are no longer than that.

use super::load::{Exercises, Numbered};
use super::model::Exercise;
use crate::show::table::wrap;

const WIDTH: usize = 78;

/// The whole text; `run` is the command that starts the program.
pub fn readme(exercises: &Exercises, it: &Numbered, run: &[String]) -> String {
    let exercise = &it.exercise;
    let task = exercises.shelf.file(&format!("{}/task.md", it.folder)).unwrap_or_default();
    filled(&format!(
        "# {}\n\n{}\n\n{}\n\n## How it is checked\n\n{}\n",
        exercise.title,
        exercise.goal,
        String::from_utf8_lossy(task).trim_end(),
        how_it_is_checked(exercise, run),
    ))
}

/// How a program is started and looked at, in Markdown.
pub fn how_it_is_checked(exercise: &Exercise, run: &[String]) -> String {
    // As one would type it.
    let typed = |word: &String| if word.contains([' ', '$', ';']) { format!("'{word}'") } else { word.clone() };
    let line: Vec<String> = run.iter().chain(&exercise.arguments).chain(&exercise.command()).map(typed).collect();
    format!(
        "`boxlab exercise check` runs `{}` in a throw-away lab host, as its root, and looks at it with the kernel's eyes. What it \
         prints is shown if a check fails, and proves nothing. It sees the machine's files, and whatever it writes is gone with the \
         lab: this folder is there as a copy, /exercise. `boxlab exercise hint` helps, three times.",
        line.join(" "),
    )
}

/// Paragraphs and the entries of lists, filled anew; what is indented, a heading or a table stays as it is.
fn filled(text: &str) -> String {
    let (mut out, mut open) = (String::new(), String::new());
    let mut code = false;
    for line in text.lines() {
        let fence = line.starts_with("```");
        let stays = code || fence || line.trim().is_empty() || ["    ", "#", "|"].iter().any(|it| line.starts_with(it));
        code ^= fence;
        if stays || line.starts_with("- ") {
            close(&mut out, &mut open);
        }
        if stays {
            out.push_str(line);
            out.push('\n');
        } else {
            open.push_str(if open.is_empty() { "" } else { " " });
            open.push_str(if open.is_empty() { line.trim_end() } else { line.trim() });
        }
    }
    close(&mut out, &mut open);
    out
}

fn close(out: &mut String, open: &mut String) {
    let (first, rest) = if let Some(rest) = open.strip_prefix("- ") { ("- ", rest) } else { ("", open.as_str()) };
    if !open.is_empty() {
        for (at, line) in wrap(rest, WIDTH - first.len()).iter().enumerate() {
            let lead = if at == 0 { first } else { &"  "[..first.len()] };
            out.push_str(&format!("{lead}{line}\n"));
        }
    }
    open.clear();
}

#[cfg(test)]
mod tests {
    #[test]
    fn paragraphs_are_filled_and_drawings_stay() {
        let long = "word ".repeat(30).trim_end().to_owned();
        let text =
            format!("# {long}\n\n{long}\nand more.\n\n    {long}\n\n- {long}\n  more\n- short\n\n```\n{long}\n```\n");
        let filled = super::filled(&text);
        let kept = [format!("# {long}\n"), format!("    {long}\n"), format!("```\n{long}\n```\n")];
        assert!(kept.iter().all(|it| filled.contains(it)), "{filled}");
        let flat = filled.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("word and more. word"), "{filled}");
        assert!(filled.contains("\n- word") && filled.contains("\n  word"), "{filled}");
        assert!(filled.contains("more\n- short\n"), "{filled}");
        let wide: Vec<&str> = filled.lines().filter(|line| line.len() > super::WIDTH).collect();
        assert_eq!(wide.len(), 3, "{wide:?}");
        assert_eq!(super::filled(&filled), filled);
    }
}
