//! The shell's builtins that are ours: `__quiet`, `__resume` and `__stop_if_interrupted` (see `jobs.rs`), `fg` and `bg` that wake a whole
//! pipeline, `hash` that does not forget the tools, `help` that names them, `cd` and `pivot_root` (see `place.rs`).

use std::fs::File;
use std::io::{PipeReader, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use brush_core::builtins::{BoxFuture, CommandExecuteFunc, ContentOptions, ContentType, Registration};
use brush_core::commands::{ShellForCommand, SimpleCommand};
use brush_core::extensions::DefaultShellExtensions as Extensions;
use brush_core::jobs::JobState;
use brush_core::openfiles::{OpenFile, OpenFiles};
use brush_core::{CommandArg, Error, ExecutionContext, ExecutionControlFlow, ExecutionExitCode, ExecutionResult};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::remind::{Reminder, remind};
use super::{place, quiet};
use crate::userland::{background, program, table};

pub const QUIET: &str = "__quiet";
pub const RESUME: &str = "__resume";
pub const STOP_IF_INTERRUPTED: &str = "__stop_if_interrupted";
const PIVOT: &str = "pivot_root";

/// A builtin of the library that ours calls, and the name it is kept under.
const KEPT: [(&str, &str); 9] = [
    ("fg", "__fg"),
    ("bg", "__bg"),
    ("hash", "__hash"),
    ("kill", "__kill"),
    ("wait", "__wait"),
    ("help", "__help"),
    ("cd", "__cd"),
    ("pushd", "__pushd"),
    ("popd", "__popd"),
];

type Context<'a> = ExecutionContext<'a, Extensions>;
type Outcome<'a> = BoxFuture<'a, Result<ExecutionResult, Error>>;

/// All of them, under the names they are called by.
pub fn all() -> Vec<(String, Registration<Extensions>)> {
    let mut ours: Vec<_> = vec![
        (QUIET.to_string(), registration(be_quiet, false)),
        (RESUME.to_string(), registration(resume, false)),
        (STOP_IF_INTERRUPTED.to_string(), registration(stop_if_interrupted, false)),
        (PIVOT.to_string(), registration(pivot, false)),
    ];
    let originals = brush_builtins::default_builtins::<Extensions>(brush_builtins::BuiltinSet::BashMode);
    for (name, kept) in KEPT {
        if let Some(original) = originals.get(name) {
            ours.push((kept.to_string(), original.clone()));
            let run = match name {
                "hash" => hash,
                "kill" => kill_by_number,
                "wait" => wait_for_numbers,
                "help" => help,
                "fg" | "bg" => wake,
                _ => move_to,
            };
            ours.push((name.to_string(), Registration { execute_func: run, ..original.clone() }));
        }
    }
    // Named, so that the Tab key completes them; disabled, so that they run as programs.
    for name in table::names().iter().filter(|name| **name != PIVOT && !originals.contains_key(**name)) {
        ours.push(((*name).to_string(), registration(never, true)));
    }
    ours
}

fn registration(execute_func: CommandExecuteFunc<Extensions>, disabled: bool) -> Registration<Extensions> {
    Registration { execute_func, content_func: about, disabled, special_builtin: false, declaration_builtin: false }
}

fn about(name: &str, _: ContentType, _: &ContentOptions) -> Result<String, Error> {
    Ok(table::find(name).map_or_else(|| name.to_string(), |tool| format!("{} - {}\n", tool.name, tool.help)))
}

fn never(_: Context<'_>, _: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async { Ok(ExecutionResult::success()) })
}

/// Runs the library's builtin that ours stands before.
async fn original(context: Context<'_>, arguments: Vec<CommandArg>) -> Result<ExecutionResult, Error> {
    let kept = KEPT.iter().find(|(name, _)| *name == context.command_name).map_or("", |(_, kept)| kept);
    match context.shell.builtins().get(kept).cloned() {
        Some(builtin) => (builtin.execute_func)(context, arguments).await,
        None => Ok(ExecutionResult::general_error()),
    }
}

/// `help` alone: ours, since the library would list its own disabled ones. With a name: the library's.
fn help(context: Context<'_>, arguments: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async move {
        if arguments.len() > 1 {
            return original(context, arguments).await;
        }
        let builtins = context.shell.builtins().iter().filter(|(_, one)| !one.disabled).map(|(name, _)| name.as_str());
        let mut names: Vec<&str> = builtins.filter(|name| !name.starts_with("__")).collect();
        names.sort_unstable();
        let (names, tools) = (textwrap::fill(&names.join(" "), 78), crate::userland::help::list());
        let mut out = context.stdout();
        writeln!(out, "The shell itself knows (`help NAME` tells more):\n{names}\n")?;
        writeln!(out, "Programs that are always here (`NAME --help` tells more):\n{tools}")?;
        Ok(ExecutionResult::success())
    })
}

/// `kill -9`: the library knows signals by name only, and no `-0`, which asks whether there is such a process.
fn kill_by_number(context: Context<'_>, mut arguments: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async move {
        if arguments.get(1).is_some_and(|first| first.to_string() == "-0") {
            let there =
                |pid: &CommandArg| pid.to_string().parse().is_ok_and(|pid| kill(Pid::from_raw(pid), None).is_ok());
            let all = arguments.len() > 2 && arguments[2..].iter().all(there);
            return Ok(if all { ExecutionResult::success() } else { ExecutionResult::general_error() });
        }
        if let Some(first) = arguments.get_mut(1)
            && let Some(signal) = first.to_string().strip_prefix('-').and_then(|number| number.parse::<i32>().ok())
            && let Ok(signal) = Signal::try_from(signal)
        {
            *first = CommandArg::String(format!("-{}", signal.as_str().trim_start_matches("SIG")));
        }
        original(context, arguments).await
    })
}

/// `wait $!`: the library waits for all jobs, or for those with a `%`, and not for a process by its number.
fn wait_for_numbers(context: Context<'_>, arguments: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async move {
        let pids: Vec<i32> = arguments[1..].iter().filter_map(|it| it.to_string().parse().ok()).collect();
        if pids.is_empty() || pids.len() + 1 != arguments.len() {
            return original(context, arguments).await;
        }
        let mut result = ExecutionResult::success();
        for pid in pids {
            let job = context.shell.jobs_mut().jobs.iter_mut().find(|job| job.representative_pid() == Some(pid));
            // Who is no child of this shell, or was waited for already, has the status that POSIX gives to it.
            result = match job {
                Some(job) => job.wait().await?,
                None => ExecutionResult::new(127),
            };
        }
        Ok(result)
    })
}

fn hash(context: Context<'_>, arguments: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async move {
        let ExecutionContext { shell, command_name, params } = context;
        let result = original(ExecutionContext { shell: &mut *shell, command_name, params }, arguments).await;
        super::teach_tools(shell);
        result
    })
}

/// `cd` and its like: the process moves too.
fn move_to(context: Context<'_>, arguments: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async move {
        let ExecutionContext { shell, command_name, params } = context;
        let result = original(ExecutionContext { shell: &mut *shell, command_name, params }, arguments).await;
        place::follow(shell);
        result
    })
}

/// `pivot_root` is a program like the others, but it moves the root under our feet.
fn pivot(context: Context<'_>, arguments: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async move {
        let ExecutionContext { shell, params, .. } = context;
        let name = program::always_ours(PIVOT);
        let mut command = SimpleCommand::new(ShellForCommand::ParentShell(&mut *shell), params, name, arguments);
        command.argv0 = Some(PIVOT.into());
        let spawned = command.execute().await?;
        let result = spawned.wait().await?;
        place::resync(shell);
        Ok(result.into())
    })
}

/// `fg` and `bg`: the library continues the first process of a job only; a pipeline has more. And it continues before it
/// gives the terminal away: a program that reads at once would be stopped again.
fn wake(context: Context<'_>, arguments: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async move {
        let spec = arguments.get(1).map_or("%+".to_string(), ToString::to_string);
        if let Some(job) = context.shell.jobs_mut().resolve_job_spec(&spec)
            && let Some(group) = job.process_group_id()
        {
            let group = Pid::from_raw(group);
            if context.command_name == "fg" {
                // Where there is no terminal there is nothing to give.
                let _ = nix::unistd::tcsetpgrp(std::io::stdin(), group);
            }
            let _ = killpg(group, Signal::SIGCONT);
        }
        original(context, arguments).await
    })
}

/// Ends all loops when Ctrl-C ended a program in them, or came while the shell itself was busy.
fn stop_if_interrupted(context: Context<'_>, _: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async move {
        let status = context.shell.last_exit_status();
        let mut result = ExecutionResult::new(status);
        if status == 128 + Signal::SIGINT as u8 || INTERRUPTED.load(Ordering::Relaxed) {
            result.exit_code = ExecutionExitCode::Interrupted;
            result.next_control_flow = ExecutionControlFlow::BreakLoop { levels: usize::MAX };
        }
        Ok(result)
    })
}

/// Whether Ctrl-C has come since the command began.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// What `__quiet` leaves for `__resume`: the sink, the gate's end to wait at, and what ends the reminder.
type Pending = (File, PipeReader, Reminder);
static PENDING: Mutex<Option<Pending>> = Mutex::new(None);

fn be_quiet(context: Context<'_>, _: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async move {
        let prepared = (|| {
            let sink = quiet::sink()?;
            let (reader, writer) = quiet::gate()?;
            Ok::<_, std::io::Error>((sink.try_clone()?, sink, reader, writer))
        })();
        // Without it the job still starts; only the message about its stop is seen.
        if let Ok((sink, ours, reader, writer)) = prepared {
            let files = context.shell.open_files_mut();
            let real = files.try_fd(OpenFiles::STDERR_FD).cloned();
            files.set_fd(quiet::REAL_ERROR, real.unwrap_or_else(|| std::io::stderr().into()));
            files.set_fd(OpenFiles::STDERR_FD, OpenFile::File(sink));
            files.set_fd(quiet::GATE, writer.into());
            if let Ok(mut pending) = PENDING.lock() {
                *pending = Some((ours, reader, remind(Duration::from_millis(10))));
            }
        }
        Ok(ExecutionResult::success())
    })
}

fn resume(context: Context<'_>, _: Vec<CommandArg>) -> Outcome<'_> {
    Box::pin(async move {
        let files = context.shell.open_files_mut();
        if let Some(real) = files.remove_fd(quiet::REAL_ERROR) {
            files.set_fd(OpenFiles::STDERR_FD, real);
        }
        files.remove_fd(quiet::GATE);
        let pending = PENDING.lock().ok().and_then(|mut pending| pending.take());
        let interactive = context.shell.options().interactive;
        let mut error = context.stderr();
        if let Some(job) = context.shell.jobs_mut().current_job_mut()
            && matches!(job.state, JobState::Stopped)
            && job.command_line.starts_with(background::NAME)
        {
            job.command_line = job.command_line.replace(&format!("{} ", background::NAME), "");
            job.state = JobState::Running;
            let first = job.representative_pid();
            if let Some((sink, gate, _)) = pending {
                let group = if interactive { first } else { None };
                quiet::until_open(&gate, || continue_job(group, first));
                let _ = write!(error, "{}", quiet::said(sink));
            } else {
                continue_job(first, first);
            }
            if interactive {
                let _ = writeln!(error, "{}", job.to_pid_style_string());
            }
        } else if let Some((sink, ..)) = pending {
            let _ = write!(error, "{}", quiet::said(sink));
        }
        Ok(ExecutionResult::success())
    })
}

/// With job control a job is a process group; without, its members are known only by being our stopped children.
fn continue_job(group: Option<i32>, first: Option<i32>) {
    match (group, first) {
        (Some(group), _) => drop(killpg(Pid::from_raw(group), Signal::SIGCONT)),
        (None, Some(first)) => drop(kill(Pid::from_raw(first), Signal::SIGCONT)),
        (None, None) => {}
    }
}
