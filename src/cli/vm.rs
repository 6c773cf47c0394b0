//! `boxlab vm [LESSON…]`: the same in a throw-away QEMU machine with a kernel of its own, for machines whose own kernel
//! or policy forbids it. What is shown and recorded there is what the same command shows anywhere.

use super::course::Course;
use crate::problem::{CANNOT, Problem, WRONG, complain, print};
use crate::stage::elsewhere::Taken;
use crate::stage::patience::SLOWER;
use crate::state;
use crate::stepper::terminal::{self, Signals};
use crate::vm::accelerator::{self, Accelerator};
use crate::vm::channel::Exit;
use crate::vm::console::{Console, Limits};
use crate::vm::image::{self, Image};
use crate::vm::initramfs::{self, Content};
use crate::vm::job::{self, Job, User};
use crate::vm::modules::{Folder, Found, WANTED};
use crate::vm::places;
use crate::vm::qemu::{self, Machine, Parts};
use crate::vm::trouble::{self, Trouble};
use clap::Args;
use colored::Colorize;
use std::cell::RefCell;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  boxlab vm hostname                     step through it in a machine of its own\n  \
                        boxlab vm hostname --auto              unattended; --format json for its record\n  \
                        boxlab vm --all                        every lesson, compared with its record\n  \
                        boxlab vm hostname -- --from 3 --raw   with options of `boxlab run`\n  \
                        boxlab vm -- doctor                    any other command of Boxlab\n\n\
                        Ctrl-C while it starts ends it. Nothing is left of a machine, however it ends."
)]
pub struct Vm {
    /// The lesson: its name or number; with --verify several
    #[arg(value_name = "LESSON")]
    chosen: Vec<String>,
    /// Run unattended to the end
    #[arg(long)]
    auto: bool,
    /// Every lesson, unattended, compared with its record
    #[arg(long, conflicts_with = "chosen")]
    all: bool,
    /// The lessons, unattended, compared with their records
    #[arg(long)]
    verify: bool,
    /// How an unattended lesson is printed: text or json
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["all", "verify"], value_parser = ["text", "json"])]
    format: Option<String>,
    /// The kernel to start; the newest one that can be read in /boot if left out
    #[arg(long, value_name = "FILE")]
    kernel: Option<PathBuf>,
    /// The folder of that kernel's modules; found by the kernel's release if left out
    #[arg(long, value_name = "DIR")]
    modules: Option<PathBuf>,
    /// The machine's memory, in MiB
    #[arg(long, value_name = "MB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(64..=1_048_576))]
    memory: u32,
    /// Who runs it in the machine
    #[arg(long, value_enum, default_value = "root")]
    user: User,
    /// What runs the machine; kvm where it works if left out
    #[arg(long, value_enum)]
    accelerator: Option<Accelerator>,
    /// How long the machine may take to come up
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    boot_limit: u64,
    /// How long all of it may take
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86400))]
    time_limit: Option<u64>,
    /// Ask the machine's kernel what it says of itself, and say what the machine took, as JSON
    #[arg(long, hide = true, conflicts_with_all = ["chosen", "auto", "all", "verify", "format"])]
    measure: bool,
    /// Options of `boxlab run` or `verify`; without a lesson a whole command line of Boxlab
    #[arg(last = true, value_name = "COMMAND")]
    more: Vec<String>,
}

/// Variables that say how to write to the learner's terminal, or to a pipeline's.
const ENVIRONMENT: [&str; 11] = [
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "GITHUB_ACTIONS",
    "GITHUB_WORKSPACE",
];

impl Vm {
    /// The lessons compared with their records, all of them if none is named: what `boxlab verify` does, with its options.
    pub fn verifying(chosen: Vec<String>, more: Vec<String>) -> Vm {
        Vm { chosen, verify: true, more, ..super::usual() }
    }

    pub fn run(&self, course: &Course) -> Result<u8, Problem> {
        if !cfg!(target_arch = "x86_64") {
            return Err(Problem::new(CANNOT, "The micro-VM is made for x86_64 machines only.")
                .because(format!("This one is {}.", std::env::consts::ARCH))
                .next("boxlab run, on this machine's own kernel; boxlab doctor says what it offers"));
        }
        let arguments = self.arguments(course)?;
        // What was given wrong comes first, then what is not installed.
        let given = self.kernel.as_ref().map(|path| Image::open(path).map_err(|no| trouble::no_image(no, true)));
        let given = given.transpose()?;
        let program = qemu::find().ok_or_else(|| trouble::no_emulator(&qemu::program_name()))?;
        let image = match given {
            Some(image) => image,
            None => Image::newest(image::candidates()).map_err(|no| trouble::no_image(no, false))?,
        };
        let found = self.modules(&image)?;
        // From here on Ctrl-C is read, and obeyed when the machine is gone.
        let signals =
            Signals::take().map_err(|errno| Problem::new(CANNOT, format!("Signals cannot be read: {errno:?}.")))?;
        let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let accelerator = self.accelerator.unwrap_or_else(|| accelerator::choose(&program, &image.file));
        let mut environment = environment(terminal);
        environment.push((SLOWER.to_owned(), accelerator.slower().to_string()));
        let job = Job {
            arguments,
            environment,
            terminal: terminal.then(terminal::size),
            user: self.user,
            progress: state::progress::text(),
        };
        let given = job.progress.clone();
        let content = Content { job: &job, modules: &found.modules, lessons: course.folder() };
        let begun = Instant::now();
        let initramfs = initramfs::write(&content).map_err(|error| {
            Problem::new(CANNOT, "The machine's first file system could not be written.").because(error.to_string())
        })?;
        let written = begun.elapsed();
        let starting = std::io::stderr().is_terminal();
        if starting {
            progress(&format!("starting a machine with kernel {} …", image.release));
        }
        let parts = Parts {
            program: &program,
            kernel: &image.file,
            initramfs: Some(&initramfs.file),
            accelerator,
            memory: self.memory,
            // Without the self-tests of ciphers that nothing here uses, a translated machine is up half a second sooner.
            append: "console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check cryptomgr.notests",
        };
        let taken = RefCell::new(None);
        let done = Machine::start(&parts).map_err(|error| not_started(&error)).and_then(|mut machine| {
            let limits =
                Limits { boot: Duration::from_secs(self.boot_limit), whole: self.time_limit.map(Duration::from_secs) };
            let process = machine.number();
            let console = Console::new(&mut machine, &signals, terminal, self.memory, limits);
            let ready = |elapsed: Duration, notes: &[String]| {
                if starting {
                    progress("");
                }
                let text = format!(
                    "micro-VM: kernel {}, {}, {} MiB, initramfs of {} MB written in {:.2} s, up after {:.1} s",
                    image.release,
                    accelerator.name(),
                    self.memory,
                    initramfs.size / 1_000_000,
                    written.as_secs_f32(),
                    elapsed.as_secs_f32()
                );
                let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
                taken.replace(Some(Taken { ready: millis, memory: resident(process) }));
                complain(&text.dimmed());
                for note in found.notes.iter().chain(notes) {
                    complain(&note.yellow());
                }
            };
            console.run(ready)
        });
        let done = match done {
            Ok(done) => done,
            Err(trouble) => {
                if starting {
                    progress("");
                }
                if let Trouble::Interrupted(signal) = trouble {
                    terminal::obey(signal);
                }
                return Err(trouble.into());
            }
        };
        if let Some(progress) = done.progress {
            state::progress::merge(given.as_deref(), &progress).inspect(|sentence| complain(&sentence.yellow()));
        }
        if let Some(taken) = taken.take().filter(|_| self.measure) {
            print(&format!("{}\n", serde_json::to_string(&taken).unwrap_or_default()))?;
        }
        match done.exit {
            Exit::Status(status) => Ok(status),
            Exit::Signal(number) => {
                if let Ok(signal @ (nix::sys::signal::Signal::SIGINT | nix::sys::signal::Signal::SIGTERM)) =
                    nix::sys::signal::Signal::try_from(number)
                {
                    terminal::obey(signal);
                }
                Err(Problem::new(CANNOT, format!("The lesson was ended in the machine by signal {number}."))
                    .because("Nothing in it should do that but a lack of memory.")
                    .next(format!("boxlab vm --memory {} LESSON", self.memory * 2)))
            }
        }
    }

    /// The command line for the guest.
    fn arguments(&self, course: &Course) -> Result<Vec<String>, Problem> {
        if self.measure {
            return Ok(vec!["facts".to_owned()]);
        }
        if let Some(folder) = course.overlay() {
            return Err(Problem::new(
                WRONG,
                format!("The words of {} cannot be taken into a machine.", folder.display()),
            )
            .because("It gets the lessons, and not the folder of --overlay or BOXLAB_OVERLAY.")
            .next("leave it out, or put the words beside each lesson as lesson.LANGUAGE.yaml"));
        }
        let mut arguments: Vec<String> = match course.folder() {
            Some(_) => vec!["--lessons".into(), job::LESSONS.into()],
            None => Vec::new(),
        };
        if let Some(language) = course.language() {
            arguments.extend(["--language".into(), language.to_owned()]);
        }
        if self.all || self.verify {
            arguments.push("verify".into());
        } else if !self.chosen.is_empty() || self.more.is_empty() || self.auto || self.format.is_some() {
            arguments.push("run".into());
        }
        if !self.all && !self.verify && self.chosen.len() > 1 {
            return Err(Problem::new(WRONG, "Several lessons can only be verified, or be taken one after the other.")
                .next(format!("boxlab vm --verify {}", self.chosen.join(" "))));
        }
        // A misspelt name is told now, and not after a machine was started.
        let (shelf, lessons) = course.all()?;
        for name in &self.chosen {
            arguments.push(course.find(&shelf, &lessons, name)?.lesson.id);
        }
        if self.auto && !self.all && !self.verify {
            arguments.push("--auto".into());
        }
        if let Some(format) = &self.format {
            arguments.extend(["--format".into(), format.clone()]);
        }
        arguments.extend(self.more.iter().cloned());
        Ok(arguments)
    }

    fn modules(&self, image: &Image) -> Result<Found, Problem> {
        let places = places::of_modules(self.modules.as_deref(), &image.path, &image.release);
        let folder = places.iter().find_map(|place| Folder::open(place).ok());
        let Some(folder) = folder else {
            if let Some(given) = &self.modules {
                return Err(Problem::new(WRONG, format!("There are no kernel modules in {}.", given.display()))
                    .because(format!("Neither there nor in a folder {} below it.", image.release))
                    .next(format!(
                        "give the folder that has kernel/ in it: --modules DIR/lib/modules/{}",
                        image.release
                    )));
            }
            let note = format!(
                "The modules of kernel {} are not here (/lib/modules/{0}): what it has not built in will be skipped. \
                 --modules DIR says where they are.",
                image.release
            );
            return Ok(Found { modules: Vec::new(), notes: vec![note] });
        };
        match folder.built_for() {
            Some(other) if other != image.release => {
                Err(Problem::new(WRONG, format!("The modules in {} are another kernel's.", folder.path().display()))
                    .because(format!("They were built for {other}; the kernel is {}.", image.release))
                    .next("give --kernel and --modules of the same package"))
            }
            _ => Ok(folder.load(&WANTED)),
        }
    }
}

/// What a process has in memory now, in KiB: VmRSS of proc_pid_status(5).
fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

fn not_started(error: &std::io::Error) -> Trouble {
    let problem = Problem::new(CANNOT, "QEMU could not be started.").because(error.to_string());
    Trouble::Own(problem.next("ulimit -u, which shows how many processes you may have; and free memory: free -m"))
}

/// A line that the next one replaces.
fn progress(text: &str) {
    use std::io::Write;
    let mut err = std::io::stderr();
    write!(err, "\r\x1b[K{text}").and_then(|()| err.flush()).ok();
}

/// What the guest must know of the learner's terminal. Without one of its own it cannot ask.
fn environment(terminal: bool) -> Vec<(String, String)> {
    let set = |name: &str| std::env::var(name).ok().map(|value| (name.to_owned(), value));
    let mut environment: Vec<_> = ENVIRONMENT.iter().filter_map(|name| set(name)).collect();
    environment.push((state::progress::ONE_COURSE.into(), "1".into()));
    if !terminal && std::io::stdout().is_terminal() {
        environment.retain(|(name, _)| name != "COLUMNS");
        environment.push(("COLUMNS".into(), terminal::width().to_string()));
        if colored::control::SHOULD_COLORIZE.should_colorize() {
            environment.push(("CLICOLOR_FORCE".into(), "1".into()));
        }
    }
    environment
}
