//! `{{#recording LESSON}}`: the lesson as it runs in a terminal. The recording stands in the page itself, since a page that was opened
//! as a file may fetch none; the player is loaded when it is wanted.

use super::Page;
use crate::book::html::{Mark, escape};
use crate::problem::Problem;

impl Page<'_> {
    pub(super) fn recording(&mut self, words: &[String]) -> Result<String, Problem> {
        let asked = self.asked(words, &[])?;
        let told = &asked.told;
        // Nothing in it may end the element or look like a directive. Both stand in strings only, where letters have numbers.
        let cast = told.cast().replace("</", "<\\/").replace("{{", "{\\u007b");
        let figure = format!(
            "<figure class=\"recording\" data-name=\"{0}\"><div class=\"player\"></div><figcaption>Lesson <code>{0}</code> as it runs in a \
             terminal, recorded on Linux {1}. Without scripts: <code>boxlab run {0}</code>.</figcaption>\
             <script type=\"application/x-asciicast\">{2}</script></figure>",
            escape(&told.lesson.id),
            escape(&told.kernel),
            cast.trim_end()
        );
        // It has many lines, and a block of Markdown that begins with a comment would end with that.
        Ok(format!("<div>{}</div>", Mark::OnScreen.on(&figure)))
    }
}
