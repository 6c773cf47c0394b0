//! The course that a command works on: the built-in one, or that of `--lessons`; and what commands ask of it.

use crate::evidence::stored::Stored;
use crate::lesson::diagnostic::{Diagnostic, Form, render};
use crate::lesson::load::{self, Numbered};
use crate::lesson::model::{Lesson, Need};
use crate::lesson::shelf::{Entry, Kept, NotFound, Shelf};
use crate::lesson::walk::WalkError;
use crate::machine;
use crate::problem::{CANNOT, FAILED, Problem, WRONG};
use crate::stage::groups::{Bounds, NO_GROUPS, NOT_ENTERED};
use crate::stage::host::Brought;
use crate::stage::lab::LabError;
use crate::stage::limits::Limits;
use crate::state::progress::{self, Progress};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Which course.
pub struct Course {
    folder: Option<PathBuf>,
    words: Words,
}

/// Which words its lessons are told in.
#[derive(Clone, Debug, Default)]
pub struct Words {
    pub language: Option<String>,
    /// A folder of other words.
    pub overlay: Option<PathBuf>,
}

impl Words {
    /// As the command line says, else as BOXLAB_LANGUAGE and BOXLAB_OVERLAY do.
    pub fn or_environment(self) -> Words {
        let set = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty());
        let language = || set("BOXLAB_LANGUAGE").map(|it| it.to_string_lossy().into_owned());
        Words {
            language: self.language.or_else(language),
            overlay: self.overlay.or_else(|| set("BOXLAB_OVERLAY").map(PathBuf::from)),
        }
    }
}

impl Course {
    pub fn new(folder: Option<PathBuf>, words: Words) -> Course {
        Course { folder, words }
    }

    /// The lessons of another folder, in the same words.
    pub fn of(&self, folder: &Path) -> Course {
        Course { folder: Some(folder.to_owned()), words: self.words.clone() }
    }

    /// The language that was asked for.
    pub fn language(&self) -> Option<&str> {
        self.words.language.as_deref()
    }

    /// The folder of other words that was asked for.
    pub fn overlay(&self) -> Option<&Path> {
        self.words.overlay.as_deref()
    }

    /// The folder that was named; none for the built-in course.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// What names it on the command line of this program.
    pub fn arguments(&self) -> Vec<OsString> {
        let folders = [("--lessons", &self.folder), ("--overlay", &self.words.overlay)];
        let folders = folders.into_iter().filter_map(|(name, it)| Some((name, it.as_ref()?.into())));
        let language = self.words.language.iter().map(|it| ("--language", it.into()));
        folders.chain(language).flat_map(|(name, value): (&str, OsString)| [name.into(), value]).collect()
    }

    /// A course that is not built in is a stranger's program: each of its processes has limits, and so has all of its lab
    /// together, with what is kept in a tmpfs, where a control group can be made.
    pub fn within_limits(&self, brought: Brought) -> Brought {
        let stranger = self.folder.is_some();
        Brought {
            limits: stranger.then(Limits::of_a_stranger),
            bounds: stranger.then_some(Bounds { processes: 512, memory: 2 << 30 }),
            ..brought
        }
    }

    /// The folder of lessons, with the words that were asked for.
    pub fn shelf(&self) -> Result<Shelf, Problem> {
        let mut shelf = match &self.folder {
            Some(folder) => Shelf::from_dir(folder).map_err(|mistake| wrong(&[mistake]))?,
            None => Shelf::embedded(),
        };
        if let Some(language) = self.language().filter(|it| *it != "en") {
            let there = shelf.languages();
            if !there.contains(language) {
                let all = there.into_iter().chain(["en"]).collect::<Vec<_>>().join(", ");
                return Err(Problem::new(WRONG, format!("No lesson of this course has words in `{language}`."))
                    .because(format!("There are: {all}."))
                    .next("leave out --language, or write lesson.LANGUAGE.yaml beside a lesson.yaml"));
            }
            shelf.speak(language);
        }
        if let Some(folder) = &self.words.overlay {
            shelf.lay_over(folder).map_err(|mistakes| wrong(&mistakes))?;
        }
        Ok(shelf)
    }

    /// Every lesson of it, in order.
    pub fn all(&self) -> Result<(Shelf, Vec<Numbered>), Problem> {
        self.read(load::read)
    }

    /// The same for a command that does their steps and shows nothing of them.
    pub fn bare(&self) -> Result<(Shelf, Vec<Numbered>), Problem> {
        self.read(load::read_bare)
    }

    fn read(
        &self,
        read: fn(&Shelf) -> Result<Vec<Numbered>, Vec<Diagnostic>>,
    ) -> Result<(Shelf, Vec<Numbered>), Problem> {
        let shelf = self.shelf()?;
        if let Some(about) = shelf.about().map_err(wrong)? {
            progress::of_course(&about.id);
        }
        let lessons = read(&shelf).map_err(|mistakes| wrong(&mistakes))?;
        if lessons.is_empty() {
            return Err(Problem::new(WRONG, "There is no lesson in this folder.")
                .because("A lesson lies in a folder of its own, `02-hostname` for example, as `lesson.yaml`.")
                .next("give another folder with --lessons, or leave that out for the built-in course"));
        }
        Ok((shelf, lessons))
    }

    /// One lesson, by its name or number.
    pub fn find(&self, shelf: &Shelf, lessons: &[Numbered], name: &str) -> Result<Numbered, Problem> {
        let entry = shelf.find(name).map_err(|error| {
            let next = match &error {
                NotFound::Unknown { nearest: Some(nearest), .. } => format!("boxlab run {nearest}, or boxlab list"),
                _ => "boxlab list".to_owned(),
            };
            Problem::new(WRONG, error.to_string()).next(next)
        })?;
        let found = lessons.iter().find(|it| it.folder == entry.folder);
        found.cloned().ok_or_else(|| Problem::new(WRONG, format!("There is no lesson `{name}`.")).next("boxlab list"))
    }

    /// The lesson to go on with: the one that was left half way, else the first that is not finished.
    pub fn next<'a>(&self, lessons: &'a [Numbered], progress: &Progress) -> Option<&'a Numbered> {
        let last = lessons.iter().find(|it| Some(&it.lesson.id) == progress.last.as_ref());
        // A lesson that was finished once and is looked at again is no place to go on.
        let half_way = last.filter(|it| progress.step(&it.lesson.id) > 0 && !progress.is_finished(&it.lesson.id));
        half_way.or_else(|| lessons.iter().find(|it| !progress.is_finished(&it.lesson.id)))
    }
}

/// Mistakes in lesson files, with their places.
fn wrong(mistakes: &[Diagnostic]) -> Problem {
    use std::io::IsTerminal;
    let form = if std::io::stderr().is_terminal() { Form::Colour } else { Form::Line };
    let what = match mistakes.len() {
        1 => "A mistake in a lesson file:".to_owned(),
        count => format!("{count} mistakes in lesson files:"),
    };
    Problem::new(WRONG, what)
        .because(render(mistakes, form))
        .next("mend the file; `boxlab lesson lint FOLDER` judges the whole folder")
}

/// What was recorded of a lesson in the other version of control groups than that of this run.
pub fn other_version(entry: Option<&Entry>, own: Option<u8>) -> Option<Stored> {
    let which = match own? {
        1 => Kept::Usual,
        _ => Kept::Groups1,
    };
    serde_json::from_str(&entry?.record(which).ok()??).ok()
}

/// What the learner brings, for a lesson that allows it; and within which limits it runs.
pub fn brought(course: &Course, lesson: &Lesson, rootfs: Option<&Path>) -> Result<Brought, Problem> {
    let rootfs = rootfs.map(|from| place_of(lesson, from)).transpose()?;
    let wants = lesson.steps.iter().any(|step| step.needs.contains(&Need::Subids));
    let subids = if wants { machine::subids().as_ref().ok().copied() } else { None };
    let patience = lesson.seconds.map(Duration::from_secs);
    Ok(course.within_limits(Brought { rootfs, subids, patience, ..Brought::default() }))
}

/// Where the lesson wants it.
fn place_of(lesson: &Lesson, from: &Path) -> Result<(PathBuf, String), Problem> {
    let Some(at) = &lesson.rootfs else {
        return Err(Problem::new(WRONG, format!("Lesson {} takes no other root file system.", lesson.id))
            .because("Only lessons that enter one do, since it takes the place of the one they build.")
            .next("leave out --rootfs, or take a lesson from `pivot` on"));
    };
    if let Err(error) = std::fs::File::open(from) {
        return Err(Problem::new(WRONG, format!("{} cannot be opened.", from.display()))
            .because(error.to_string())
            .next("give a directory (of debootstrap, say) or a tar file (of docker export)"));
    }
    Ok((from.to_owned(), at.clone()))
}

/// A walk's error as a person is told it.
pub fn explain(error: WalkError) -> Problem {
    match error {
        WalkError::Lab(LabError::NoLab(no)) if no.act.contains("--rootfs") => {
            Problem::new(WRONG, "The root file system could not be taken into the lab.")
                .because(no.failed.to_string())
                .next("give a directory or an uncompressed tar file, as `docker export` writes it")
        }
        WalkError::Lab(LabError::NoLab(no)) if no.act == NO_GROUPS => {
            let needs = [Need::Cgroup, Need::Memory, Need::Cpu];
            let reason = needs.into_iter().find_map(machine::lacks);
            let (what, why) =
                reason.as_ref().map_or((no.failed.to_string(), String::new()), |it| (it.what.clone(), it.why.clone()));
            let remedy = reason.and_then(|it| it.remedy).unwrap_or_default();
            Problem::new(CANNOT, format!("This lesson cannot run here: {what}")).because(why).next(remedy)
        }
        WalkError::Lab(LabError::NoLab(no)) if no.act == NOT_ENTERED => {
            Problem::new(CANNOT, "No control group is made, since it cannot be entered in the ledger.")
                .because(format!("A group outlives whoever made it, and `boxlab clean` finds it there. {}", no.failed))
                .next("a state directory that can be written to: XDG_STATE_HOME=DIR boxlab run")
        }
        WalkError::Lab(LabError::NoLab(no)) => {
            // Trying each act anew tells most; if now all of them work, what failed is explained by itself.
            let reason = machine::lacks(Need::Namespaces).unwrap_or_else(|| {
                let detail = no.failed.on.as_deref().unwrap_or(&no.act);
                machine::explain_lab_failure(&no.failed.call, no.failed.errno.0, detail)
            });
            let remedy = reason.remedy.map(|it| format!("{it}\n")).unwrap_or_default();
            Problem::new(CANNOT, format!("No lesson can run here: {}", reason.what)).because(reason.why).next(format!(
                "{remedy}`boxlab doctor` tells all that this machine offers; \
                                `boxlab vm LESSON` runs it on a kernel of its own, in a virtual machine."
            ))
        }
        WalkError::Step { number, say, error: LabError::TooLong { actor, operation, limit } } => {
            let problem = explain(WalkError::Lab(LabError::TooLong { actor, operation, limit }));
            let why = problem.why.clone().unwrap_or_default();
            problem.because(format!("It is step {number}: {say}\n{why}"))
        }
        WalkError::Step { error, .. } => explain(WalkError::Lab(error)),
        WalkError::Lab(LabError::TooLong { actor, operation, limit }) => {
            let limit = limit.as_secs();
            let within = if limit == 1 { "a second".to_owned() } else { format!("{limit} seconds") };
            Problem::new(FAILED, format!("The step `{operation}` of {actor} did not end within {within}."))
                .because("Something that it started still runs, or waits for what never comes. The lab is taken away.")
                .next(format!("mend the lesson, or give it more time: boxlab run LESSON --step-limit {}", limit * 3))
        }
        WalkError::Lab(error @ (LabError::ActorEnded(_) | LabError::Silent)) => {
            Problem::new(CANNOT, format!("{error}."))
        }
        WalkError::Lab(LabError::Gone(errno)) => Problem::new(CANNOT, "A process of the lab ended unexpectedly.")
            .because(format!("It was killed from outside, or there was too little memory ({errno:?})."))
            .next("boxlab run, which goes on where you are"),
        WalkError::Lab(LabError::Broken(said)) => {
            Problem::new(FAILED, "A process of the lab ended by a fault of Boxlab.")
                .because(format!("{said}\nNothing is left of the lab, and your progress is kept."))
                .next("boxlab run, which goes on where you are; please report these lines if it happens again")
        }
        WalkError::Lab(LabError::Fork(errno)) => Problem::new(CANNOT, "The lab host could not be made here.")
            .because(format!("fork answered {errno:?}: there are too many processes, or too little memory."))
            .next("ulimit -u, which shows how many processes you may have"),
        WalkError::Lab(LabError::Refused(sentence)) => {
            Problem::new(WRONG, sentence).next("another step, or another actor: --host, --as runtime")
        }
        before @ WalkError::Before { .. } => Problem::new(CANNOT, before.to_string()).next("boxlab verify"),
    }
}
