//! `{{#lesson NAME}}`, the head of a chapter; `{{#try}}`, what to type beside it; `{{#summary}}` and `{{#docker}}`, its end.

use super::Page;
use crate::book::html::{escape, inline, manual};
use crate::lesson::model::{Lesson, Need};
use crate::problem::{Problem, WRONG};

impl Page<'_> {
    /// From here on it is the lesson that is meant.
    pub(super) fn lesson_head(&mut self, words: &[String]) -> Result<String, Problem> {
        let [name] = words else {
            return Err(Problem::new(WRONG, "It wants the name of a lesson.").next("{{#lesson hostname}}"));
        };
        let numbered = self.course.lesson(name)?;
        self.lesson = Some(numbered.lesson.id.clone());
        // A chapter without a record fails here, also if it shows no step.
        let told = self.course.told(name, None)?;
        let lesson = &numbered.lesson;
        let needs: Vec<&str> = lesson.needs.iter().map(|need| need_words(*need)).collect();
        let after = self.course.lessons().iter().find(|it| Some(&it.lesson.id) == lesson.after.as_ref());
        let after = after.map(|it| format!("<div><dt>After</dt><dd>{}</dd></div>", self.lesson_link(it)));
        let after = after.unwrap_or_default();
        let count = |deeper: bool| told.lesson.steps.iter().filter(|step| step.deeper == deeper).count();
        let deeper = match count(true) {
            0 => String::new(),
            more => format!(", and {more} that go deeper"),
        };
        Ok(format!(
            "<div class=\"lesson-head\"><p class=\"belief\"><span class=\"label\">What many believe</span> “{}”</p>\
             <p class=\"intro\">{}</p><dl><div><dt>Lesson</dt><dd>{:02} <code>{}</code></dd></div>\
             <div><dt>Time</dt><dd>{} minutes</dd></div><div><dt>Steps</dt><dd>{}{deeper}</dd></div>{after}\
             <div><dt>Needs</dt><dd>{}</dd></div><div><dt>Recorded on</dt><dd>Linux {}</dd></div></dl></div>",
            inline(lesson.misconception.trim_end_matches('.')),
            inline(&lesson.intro),
            numbered.number,
            escape(&lesson.id),
            lesson.minutes,
            count(false),
            needs.join(", "),
            escape(&told.kernel),
        ))
    }

    /// `{{#try [LESSON] [STEP]}}`
    pub(super) fn try_it(&mut self, words: &[String]) -> Result<String, Problem> {
        let asked = self.asked(words, &[])?;
        let id = &asked.told.lesson.id;
        let (what, command) = match asked.numbers.as_slice() {
            [] => ("Step through it on your own kernel:".to_owned(), format!("boxlab run {id}")),
            [number] => {
                asked.told.step(*number)?;
                (format!("Open a shell in this state, after step {number}:"), format!("boxlab shell {id} {number}"))
            }
            _ => return Err(Problem::new(WRONG, "It wants one step, or none.").next("{{#try hostname 3}}")),
        };
        Ok(format!(
            "<div class=\"try\"><p><span class=\"label\">Try it</span> {what}</p><pre class=\"shell\" tabindex=\"0\"><kbd>{}</kbd></pre></div>",
            escape(&command)
        ))
    }

    pub(super) fn summary(&mut self, words: &[String]) -> Result<String, Problem> {
        let asked = self.asked(words, &[])?;
        let sentences = sentences(&asked.told.lesson);
        let items: String = sentences.iter().map(|it| format!("<li>{}</li>", inline(it))).collect();
        Ok(format!("<div class=\"summary\"><p class=\"label\">To remember</p><ul>{items}</ul></div>"))
    }

    pub(super) fn docker(&mut self, words: &[String]) -> Result<String, Problem> {
        let asked = self.asked(words, &[])?;
        let items: String = asked.told.lesson.docker.iter().map(|it| format!("<li>{}</li>", inline(it))).collect();
        Ok(format!("<div class=\"docker\"><p class=\"label\">In Docker, Podman, Kubernetes</p><ul>{items}</ul></div>"))
    }

    /// `{{#manual unshare(2)}}`, in a sentence.
    pub(super) fn manual(&mut self, words: &[String]) -> Result<String, Problem> {
        match words {
            [page] if page.ends_with(')') && page.contains('(') => Ok(manual(page)),
            _ => Err(Problem::new(WRONG, "It wants a manual page.").next("{{#manual unshare(2)}}")),
        }
    }
}

/// A summary is two or three sentences; each is a line.
fn sentences(lesson: &Lesson) -> Vec<String> {
    let mut out = vec![String::new()];
    for word in lesson.summary.split_whitespace() {
        let last = out.last_mut().expect("there is one");
        if !last.is_empty() {
            last.push(' ');
        }
        last.push_str(word);
        if word.ends_with(['.', '?', '!']) {
            out.push(String::new());
        }
    }
    out.retain(|line| !line.is_empty());
    out
}

/// A need, as a reader is told it.
pub(super) fn need_words(need: Need) -> &'static str {
    match need {
        Need::Namespaces => "namespaces",
        Need::Userns => "nested user namespaces",
        Need::Overlay => "overlayfs in a user namespace",
        Need::Network => "veth pairs and bridges",
        Need::Nft => "nf_tables",
        Need::Seccomp => "seccomp filters",
        Need::Sysfs => "a sysfs of its own",
        Need::Mqueue => "POSIX message queues",
        Need::Xattrs => "extended attributes in a tmpfs",
        Need::Time => "time namespaces",
        Need::Subids => "subordinate ids",
        Need::NewPrivs => "programs that may add powers",
        Need::Cgroup => "control groups",
        Need::Cgroup1 => "control groups of version 1",
        Need::Cgroup2 => "control groups of version 2",
        Need::Memory => "the memory controller",
        Need::Cpu => "the processor controller",
        Need::Swap => "groups that say what is swapped",
        Need::Vm => "QEMU and a kernel",
    }
}
