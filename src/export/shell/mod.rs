//! A lesson as a POSIX shell script: the same actors as in the lab, each a shell that is told one line at a time.
//! The script makes a lab host for itself first, from namespaces, so that it needs no root and leaves nothing behind.
//! A shell that has a new root needs programs in there, so chroot waits for them, and they are copies of the machine's.

mod words;

use super::File;
use super::acts::{Act, Acts};
use crate::kernel::Namespace;
use crate::kernel::operation::{Operation, Place, Program};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use words::{DOOR, Said, TOOLS, argument, said};

/// The script's name in its folder.
pub const SCRIPT: &str = "build.sh";

const LAB: &str = include_str!("lab.sh");
const DOOR_OPENS: &str = include_str!("door.sh");
const PLACE: &str = include_str!("place.sh");
const END: &str = include_str!("end.sh");

/// One folder with one script.
pub fn export(acts: &Acts) -> Vec<File> {
    vec![File::script(SCRIPT, script(acts))]
}

/// The script.
pub fn script(acts: &Acts) -> String {
    let mut writer = Writer::new(acts);
    for act in &acts.acts {
        writer.act(act);
    }
    writer.finish()
}

/// What is known while the lines are written.
struct Writer<'a> {
    acts: &'a Acts,
    text: String,
    lesson: u8,
    /// Whom mounts are handed in to later, if anybody.
    door: Option<String>,
    /// How many are still to be handed in, and how many were.
    attaches: usize,
    handed: usize,
    /// It is carried to the new root with the first pivot.
    carried: bool,
    /// Roots that have programs.
    placed: BTreeSet<String>,
    /// Who waits for programs in its new root, and with what.
    held: BTreeMap<String, Vec<Operation>>,
    /// Who has asked for a PID namespace and has not forked since.
    parents: BTreeSet<String>,
    /// Who has a user namespace of its own: mounts from before are locked for it.
    locked: BTreeSet<String>,
    /// Programs beside the lesson's own that its container needs.
    more: Vec<String>,
}

impl<'a> Writer<'a> {
    fn new(acts: &'a Acts) -> Writer<'a> {
        let attached: Vec<&String> = acts
            .done()
            .filter_map(|(_, operation)| match operation {
                Operation::Attach(it) => Some(&it.into),
                _ => None,
            })
            .collect();
        Writer {
            acts,
            text: String::new(),
            lesson: u8::MAX,
            door: attached.first().map(|it| (*it).clone()),
            attaches: attached.len(),
            handed: 0,
            carried: false,
            placed: BTreeSet::new(),
            held: BTreeMap::new(),
            parents: BTreeSet::new(),
            locked: BTreeSet::new(),
            more: needed_inside(acts),
        }
    }

    /// A step: its sentence, and its lines or why there are none.
    fn act(&mut self, act: &Act) {
        if act.lesson.0 != self.lesson {
            self.lesson = act.lesson.0;
            let title = format!("── Lesson {}: {} ", act.lesson.0, act.lesson.1);
            let rest = 110usize.saturating_sub(title.chars().count());
            write!(self.text, "\n# {title}{}\n", "─".repeat(rest)).ok();
        }
        match (act.number, act.say.as_str()) {
            (0, _) => {}
            (number, say) => self.comment(&format!("{number}. {say}")),
        }
        if let Some(why) = act.left_out {
            let mut line = format!("(Left out: {why}.");
            for (actor, operation) in &act.does {
                if let Some(words) =
                    crate::kernel::shell_words::shell_words(operation, None).filter(|it| !it.contains('\n'))
                {
                    write!(line, " {actor}: $ {words}").ok();
                }
            }
            self.comment(&format!("{line})"));
            return;
        }
        if act.does.is_empty() {
            self.comment("(It comes with the next.)");
        }
        for (actor, operation) in &act.does {
            self.operation(actor, operation);
        }
    }

    fn operation(&mut self, actor: &str, operation: &Operation) {
        let waits = matches!(operation, Operation::Chroot(path) if !self.placed.contains(path));
        if waits || self.held.contains_key(actor) {
            if waits {
                self.comment("(Later: chroot(1) starts a program in there, and there is none yet.)");
            }
            self.held.entry(actor.to_owned()).or_default().push(operation.clone());
            return;
        }
        if let Some(name) = self.acts.names_a_tool(operation) {
            return self.comment(&format!("(The program {name} was put there with the others.)"));
        }
        if let (Operation::PivotRoot(pivot), Some(whose), false) = (operation, &self.door, self.carried)
            && whose == actor
        {
            let root = pivot.new_root.trim_end_matches('/');
            self.carried = true;
            self.comment("(The door comes along.)");
            self.line(actor, &format!("mkdir {root}/.door && mount --bind {DOOR} {root}/.door"));
        }
        let open = self.door.is_some();
        match operation {
            Operation::Place(place) if place.program == Program::Tools => self.place(place),
            _ => {
                for said in said(actor, operation, open, &mut self.handed) {
                    self.put(said);
                }
            }
        }
        self.after(actor, operation);
    }

    /// What has to follow.
    fn after(&mut self, actor: &str, operation: &Operation) {
        match operation {
            Operation::Unshare(kinds) => {
                if kinds.contains(&Namespace::Pid) {
                    self.parents.insert(actor.to_owned());
                }
                if kinds.contains(&Namespace::User) {
                    self.locked.insert(actor.to_owned());
                }
            }
            Operation::Fork(_) if self.parents.contains(actor) => {
                self.parents.remove(actor);
                self.comment("(A shell works by children. Those to come shall not be born in there.)");
                self.line(actor, "become nsenter --no-fork --pid=/proc/self/ns/pid");
            }
            Operation::Attach(it) => {
                self.attaches -= 1;
                if self.attaches == 0 && !self.locked.contains(&it.into) {
                    self.comment("(Nothing more is handed in: the door is shut.)");
                    let into = it.into.clone();
                    self.line(&into, "umount -R /.door && rmdir /.door");
                    self.door = None;
                }
            }
            _ => {}
        }
    }

    /// The programs, and whoever has waited for them.
    fn place(&mut self, place: &Place) {
        let root = place.at.rsplit_once("/bin/").map_or("", |(root, _)| root).to_owned();
        let with = Place { names: place.names.iter().chain(&self.more).cloned().collect(), ..place.clone() };
        if !self.more.is_empty() {
            let own = place.names.len();
            self.comment(&format!("(From `{}` on: what later lines need in there.)", with.names[own]));
        }
        for it in said("host", &Operation::Place(with), false, &mut 0) {
            self.put(it);
        }
        self.placed.insert(root);
        for (actor, operations) in std::mem::take(&mut self.held) {
            for operation in operations {
                self.operation(&actor, &operation);
            }
        }
    }

    fn put(&mut self, said: Said) {
        match said {
            Said::Line(actor, line) => self.line(&actor, &line),
            Said::Own(line) => writeln!(self.text, "{line}").unwrap_or_default(),
            Said::Note(note) => self.comment(&note),
        }
    }

    fn line(&mut self, actor: &str, line: &str) {
        writeln!(self.text, "say {actor} {}", argument(line)).ok();
    }

    fn comment(&mut self, text: &str) {
        for line in textwrap::wrap(text, 108) {
            writeln!(self.text, "# {line}").ok();
        }
    }

    fn finish(self) -> String {
        let lesson = &self.acts.lesson;
        let door = self.acts.done().any(|(_, it)| matches!(it, Operation::Attach(_)));
        let sysfs = self.acts.done().any(|(_, it)| matches!(it, Operation::Attach(it) if it.from == "/sys"));
        let place = self.text.contains("'place ");
        let mut more = String::new();
        if sysfs {
            more.push_str("# A sysfs shows the links of one network namespace; this one is the lab host's.\n");
            more.push_str("mount -t sysfs sysfs /sys || stop 'no sysfs of its own'\n");
        }
        if door {
            more.push_str(DOOR_OPENS);
        }
        if place {
            more.push_str(PLACE);
        }
        // Who acts here.
        let actors: BTreeSet<&str> = self.acts.done().filter_map(|(_, it)| it.child()).map(String::as_str).collect();
        let actors: Vec<&str> = std::iter::once("runtime").chain(actors).collect();
        let words: BTreeSet<&str> = self.text.lines().filter(|it| it.starts_with("say ")).flat_map(words_of).collect();
        let mut tools: Vec<&str> = TOOLS.into_iter().filter(|it| words.contains(it)).collect();
        tools.extend(["unshare", "mount", "hostname", "ip", "nsenter"].iter().filter(|it| !words.contains(**it)));
        let head = format!(
            "#!/bin/sh\n# {}. Boxlab's lesson {}, `{}`, as a script: what the lesson has built, and those before it, step by step.\n\
             # In brackets is what this form has otherwise than the lesson, or has not.\n",
            lesson.title, self.acts.number, lesson.id
        );
        let lab = LAB.replace("@TOOLS@", &tools.join(" ")).replace("@ACTORS@", &actors.join(" "));
        let end = END.replace("@FILE@", SCRIPT).replace("@INSIDE@", self.acts.inside());
        format!("{head}{}{}{end}", lab.replace("@MORE@\n", &more), self.text)
    }
}

fn words_of(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

/// What is said in the container after the programs are there, and what later lessons give it.
fn needed_inside(acts: &Acts) -> Vec<String> {
    let (mut needed, mut have): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut placed = false;
    for (actor, operation) in acts.done() {
        if let Operation::Place(place) = operation
            && place.program == Program::Tools
        {
            placed = true;
            have.clone_from(&place.names);
        }
        let outside = ["host", "runtime", "outside"].contains(&actor.as_str());
        if let Some(name) = acts.names_a_tool(operation) {
            needed.push(name.to_owned());
        } else if placed {
            for said in said(actor, operation, false, &mut 0) {
                if let Said::Line(who, line) = said
                    && (!outside || who != *actor)
                {
                    needed.extend(words_of(&line).filter(|it| TOOLS.contains(it)).map(str::to_owned));
                    // They end what `attach` has begun.
                    needed.extend(who.ne(actor).then(|| "rmdir".to_owned()));
                }
            }
        }
    }
    let mut seen: BTreeSet<String> = have.into_iter().collect();
    // What the script's own last lines need.
    needed.push("env".to_owned());
    // `mkdir` is needed to carry the door.
    if acts.done().any(|(_, it)| matches!(it, Operation::Attach(_))) {
        needed.push("mkdir".to_owned());
    }
    needed.retain(|it| seen.insert(it.clone()));
    needed
}
