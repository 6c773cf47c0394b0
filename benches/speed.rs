//! How fast and how large Boxlab is, as a table: `cargo bench`. Not a test: nothing here passes or fails.
//! Whatever is compared is timed in the same run, in turns, so that the machine's mood is the same for both. Times are
//! the median, and the smallest and largest.

mod peers;
mod practice;
mod presenter;

use boxlab::kernel::Operation;
use boxlab::stage::Lab;
use boxlab::stage::host::Brought;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_boxlab");

/// The same as lesson hostname, step by step, by unshare(1) and friends.
const SCRIPT: &str = "\
hostname; readlink /proc/self/ns/uts; touch /tmp/pin
unshare --uts sh -c '
  hostname; readlink /proc/self/ns/uts; hostname box; hostname; nsenter --target 1 --uts hostname
  setpriv --bounding-set -sys_admin --inh-caps -sys_admin hostname mine
  mount --bind /proc/self/ns/uts /tmp/pin'
hostname; nsenter --uts=/tmp/pin hostname; umount /tmp/pin";

struct Table(Vec<[String; 4]>);

impl Table {
    fn row(&mut self, what: &str, times: &mut [Duration], note: &str) {
        times.sort_unstable();
        let ms = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1000.0);
        let [first, middle, last] = [0, times.len() / 2, times.len() - 1].map(|at| ms(times[at]));
        self.0.push([what.to_owned(), middle, format!("{first} – {last}"), note.to_owned()]);
    }

    fn value(&mut self, what: &str, value: String, note: &str) {
        self.0.push([what.to_owned(), value, String::new(), note.to_owned()]);
    }

    fn print(&self) {
        println!("\n{:44} {:>12}  {:>18}  ", "what", "median", "from – to");
        for [what, value, range, note] in &self.0 {
            println!("{what:44} {value:>12}  {range:>18}  {note}");
        }
    }
}

fn time(act: impl FnOnce()) -> Duration {
    let start = Instant::now();
    act();
    start.elapsed()
}

fn run(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    time(|| assert!(command.status().is_ok_and(|status| status.success()), "{command:?} failed"))
}

/// However it ends: a lesson may be skipped here.
fn ended(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    time(|| drop(command.status()))
}

fn boxlab(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env("XDG_STATE_HOME", state());
    command
}

fn state() -> PathBuf {
    std::env::temp_dir().join(format!("boxlab-bench-{}", std::process::id()))
}

fn main() {
    // `cargo test --benches` and the like only want to see that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let mut arguments = std::env::args().skip_while(|argument| argument != peers::AGAIN).skip(1);
    if let Some(folder) = arguments.next() {
        peers::measure(Path::new(&folder));
        return;
    }
    let mut table = Table(Vec::new());
    std::fs::create_dir_all(state()).expect("a folder");
    // `cargo bench -- exercises`: these alone; the same with `presenter`.
    match std::env::args().find(|it| ["exercises", "presenter"].contains(&it.as_str())).as_deref() {
        Some("exercises") => practice::rows(&mut table),
        Some(_) => presenter::rows(&mut table),
        None => {
            peers::rows(&mut table);
            lessons(&mut table);
            verified(&mut table);
            labs(&mut table);
            frames(&mut table);
            presenter::rows(&mut table);
            program(&mut table);
            generated(&mut table);
            together(&mut table);
            practice::rows(&mut table);
            memory(&mut table);
        }
    }
    table.print();
    std::fs::remove_dir_all(state()).ok();
}

/// A lab and its steps, through the library.
fn labs(table: &mut Table) {
    let (mut start, mut step, mut silent, mut end) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let rename = Operation::Sethostname("box".to_owned());
    for _ in 0..30 {
        let began = Instant::now();
        let lab = Lab::start(&Brought::default()).expect("a lab");
        start.push(began.elapsed());
        lab.look().expect("facts");
        for _ in 0..20 {
            step.push(time(|| assert!(lab.step("runtime", &rename, true).is_ok())));
            silent.push(time(|| assert!(lab.step("runtime", &rename, false).is_ok())));
        }
        end.push(time(|| drop(lab)));
    }
    table.row("lab host from nothing (ms)", &mut start, "");
    table.row("step with trace and evidence (ms)", &mut step, "at most 1");
    table.row("step without (ms)", &mut silent, "");
    table.row("end of the lab host (ms)", &mut end, "");
}

/// Frames of the full screen, each from nothing: of every recorded step of every lesson, on 200 columns and 50 rows.
fn frames(table: &mut Table) {
    use boxlab::screen::{draw::draw, scene::Place, scene::Scene, theme, view::View};
    colored::control::set_override(true);
    let course =
        boxlab::book::Course::new(boxlab::lesson::shelf::Shelf::embedded()).unwrap_or_else(|it| panic!("{it}"));
    let theme = theme::Theme { ground: theme::Ground::Dark, colour: true, utf8: true };
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(200, 50)).expect("a terminal");
    let mut times = Vec::new();
    for id in course.lessons().iter().map(|it| it.lesson.id.clone()) {
        let told = course.told(&id, None).unwrap_or_else(|it| panic!("{it}"));
        for it in &told.steps {
            let scene = Scene::recorded((told.number, &told.lesson), &it.record, &it.before, &it.after, Place::Done);
            let frame = |frame: &mut ratatui::Frame<'_>| draw(frame, &scene, &View::new(theme), None);
            times.push(time(|| assert!(terminal.draw(frame).is_ok())));
        }
    }
    colored::control::unset_override();
    table.row("a frame of the full screen, 200x50 (ms)", &mut times, "at most 16");
}

/// The program as a whole, and a shell script that does the same as its lesson.
fn program(table: &mut Table) {
    let (mut lesson, mut script, mut list, mut back) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..40 {
        let mut by_hand = Command::new("unshare");
        by_hand.args(["-Umnpiuf", "--map-root-user", "--mount-proc", "sh", "-c"]);
        by_hand.arg(format!("mount -t tmpfs tmpfs /tmp; {SCRIPT}"));
        let times = [
            run(&mut boxlab(&["run", "hostname", "--auto"])),
            run(&mut by_hand),
            run(&mut boxlab(&["list"])),
            // Going back is a new lab in which the steps before are repeated.
            run(&mut boxlab(&["shell", "hostname", "--", "true"])),
        ];
        // The first rounds warm the caches.
        if round >= 3 {
            for (list, time) in [&mut lesson, &mut script, &mut list, &mut back].into_iter().zip(times) {
                list.push(time);
            }
        }
    }
    table.row("boxlab run hostname --auto (ms)", &mut lesson, "no slower than the script");
    table.row("the same as a script with unshare(1) (ms)", &mut script, "");
    table.row("boxlab list (ms)", &mut list, "at most 10");
    table.row("back by one step, as a new process (ms)", &mut back, "at most 50");
}

/// Each lesson as CI runs it.
fn lessons(table: &mut Table) {
    for entry in boxlab::lesson::shelf::Shelf::embedded().lessons() {
        let arguments = ["run", &entry.slug, "--auto"];
        let tried = boxlab(&arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let what = format!("lesson {} (ms)", entry.folder);
        if tried.is_ok_and(|status| status.success()) {
            let mut times: Vec<Duration> = (0..7).map(|_| run(&mut boxlab(&arguments))).collect();
            let note = match entry.slug.as_str() {
                "veth" => "at most 100; the kernel waits where a link is moved",
                "bridge" => "two time-outs of 300 are what it is about",
                _ => "at most 100",
            };
            table.row(&what, &mut times, note);
        } else {
            table.value(&what, "none".to_owned(), "it cannot run here, or a claim does not hold");
        }
    }
}

/// All of them as a pipeline runs them, several at once: the slowest of them is what it cannot be quicker than.
fn verified(table: &mut Table) {
    let jobs = std::thread::available_parallelism().map_or(1, usize::from).max(4).to_string();
    let shelf = boxlab::lesson::shelf::Shelf::embedded();
    let slowest = shelf.lessons().iter().map(|entry| {
        let mut times: Vec<Duration> = (0..3).map(|_| ended(&mut boxlab(&["verify", &entry.slug]))).collect();
        times.sort_unstable();
        times[1]
    });
    let slowest = slowest.max().unwrap_or_default();
    let note = format!(
        "the slowest lesson alone: {:.0}; at most 1.2 of it, on as many idle processors",
        slowest.as_secs_f64() * 1000.0
    );
    let mut times: Vec<Duration> = (0..3).map(|_| ended(&mut boxlab(&["verify", "--jobs", &jobs]))).collect();
    table.row(&format!("boxlab verify --jobs {jobs} (ms)"), &mut times, &note);
}

/// A lesson of so many steps, in a folder of its own.
fn generate(folder: &Path, steps: usize) {
    let place = folder.join("02-many");
    std::fs::create_dir_all(&place).expect("a folder");
    let mut text = String::from(
        "id: many\ntitle: Many steps\npart: view\nminutes: 5\nmisconception: none\nintro: none\nneeds: [namespaces]\n\
         summary: none\ndocker: [none]\nsteps:\n",
    );
    for step in 0..steps {
        text.push_str(&format!(
            "  - {{ as: runtime, say: Step {step}., do: {{ sethostname: box{step} }}, why: None. }}\n"
        ));
    }
    std::fs::write(place.join("lesson.yaml"), text).expect("a file");
}

fn generated(table: &mut Table) {
    for steps in [10, 100, 1000] {
        let folder = state().join(format!("lessons-{steps}"));
        generate(&folder, steps);
        let folder = folder.display().to_string();
        let arguments = ["--lessons", &folder, "run", "many", "--auto"];
        let mut times: Vec<Duration> = (0..7).map(|_| run(&mut boxlab(&arguments))).collect();
        times.sort_unstable();
        let each = times[3].as_secs_f64() * 1000.0 / steps as f64;
        table.row(&format!("a lesson of {steps} steps (ms)"), &mut times, &format!("{each:.2} a step"));
    }
}

/// Several at once: how long until all have ended, for each of them.
fn together(table: &mut Table) {
    for labs in [1, 8, 64] {
        let mut times: Vec<Duration> = (0..5)
            .map(|_| {
                let spawn = |_| {
                    let mut command = boxlab(&["run", "hostname", "--auto"]);
                    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
                };
                time(|| {
                    let children: Vec<_> = (0..labs).map(spawn).collect();
                    let done: Vec<bool> = children
                        .into_iter()
                        .map(|mut child| child.wait().is_ok_and(|status| status.success()))
                        .collect();
                    assert!(!done.contains(&false), "a lab disturbed another");
                })
            })
            .collect();
        times.sort_unstable();
        let each = times[2].as_secs_f64() * 1000.0 / f64::from(labs);
        table.row(&format!("{labs} labs at once (ms)"), &mut times, &format!("{each:.1} a lab"));
    }
}

/// The memory of all processes of a lab at the end of a lesson, each page counted once (Pss of proc_pid_smaps(5)).
fn memory(table: &mut Table) {
    use std::io::{Read, Write};
    let mut command = boxlab(&["shell", "hostname", "--", "cat"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    child.stdin.as_mut().expect("a pipe").write_all(b"x").expect("it reads");
    child.stdout.as_mut().expect("a pipe").read_exact(&mut [0]).expect("it answers");
    let (mut total, mut names) = (0, Vec::new());
    for pid in descendants(child.id()) {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        // What the learner runs in the lab is not the lab.
        if name.trim() == "cat" || name.trim() == "sh" {
            continue;
        }
        let kib = pss(pid);
        total += kib;
        names.push(format!("{} {:.1}", name.trim(), kib as f64 / 1024.0));
    }
    drop(child.stdin.take());
    child.wait().ok();
    table.value(
        "memory of a lab (MiB)",
        format!("{:.1}", total as f64 / 1024.0),
        &format!("at most 30; {}", names.join(", ")),
    );
    let size = std::fs::metadata(PROGRAM).map_or(0, |about| about.len());
    table.value("size of the program (MiB)", format!("{:.1}", size as f64 / 1024.0 / 1024.0), "");
}

/// What a process has of memory, shared pages in parts, in KiB.
fn pss(pid: u32) -> u64 {
    let smaps = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let pss = smaps.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or("0");
    pss.split_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0)
}

fn descendants(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        found.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        at += 1;
    }
    found
}
