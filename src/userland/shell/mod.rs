//! The shell of the box: brush, set up so that it works with nothing around it.
//!
//! No startup files, no history file, no assumptions about /dev or /proc. Tools are found although no path leads to
//! them: their names are put into the shell's cache of program locations, so that it starts them like any other
//! program, and `program.rs` does the rest.
//!
//! Manual: sh(1), credentials(7) (sessions and process groups), termios(3).

mod builtins;
mod input;
mod jobs;
mod place;
pub(super) mod quiet;
mod remind;
mod session;

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;

use brush_builtins::{BuiltinSet, ShellBuilderExt as _};
use brush_core::completion::{CompleteAction, Spec};
use brush_core::openfiles::{OpenFile, OpenFiles};
use brush_core::{ProfileLoadBehavior, RcLoadBehavior, Shell, ShellVariable};
use tokio::sync::Mutex;

use super::{program, table};

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct ShellOptions {
    /// The prompt of an interactive session, for example `box:pids/4# `. Printed as it is.
    pub prompt: Option<String>,
    /// Shell text to run, as with `-c`.
    pub command: Option<String>,
    /// After `-c`: `$0` and the arguments. Else: a script and its arguments. With neither, standard input is read.
    pub argv: Vec<OsString>,
    /// `-e`: end at the first command that fails.
    pub stop_on_error: bool,
    /// `-x`: print each command.
    pub trace: bool,
    /// `-i`: treat standard input as a person.
    pub interactive: bool,
}

type BoxShell = Shell;
type BoxShellRef = Arc<Mutex<BoxShell>>;

/// Runs a shell and gives its exit status. It may be called in a process that was forked and not executed, as long as
/// that process has a single thread: it starts its threads itself.
pub fn shell(options: ShellOptions) -> i32 {
    program::remember_program();
    // Should the library give up somewhere, it shall say so in a line, and end only this shell.
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("the shell gave up");
        eprintln_quietly(&format!("{text}{}", if text.contains("thread") { THREADS } else { "" }));
    }));
    std::panic::catch_unwind(|| start(options)).unwrap_or(1)
}

const THREADS: &str = "\n  threads count as processes: is a limit reached (pids.max of the control group, ulimit -u)?";

fn start(options: ShellOptions) -> i32 {
    // One worker is enough; the line editor needs the kind of runtime that allows a thread to block.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let status = match runtime {
        Ok(runtime) => {
            let status = runtime.block_on(run_shell(options));
            // A builtin may still be blocked in a read that nobody will answer.
            runtime.shutdown_background();
            status
        }
        Err(error) => Err(format!("cannot start threads: {error}")),
    };
    status.unwrap_or_else(|text| {
        eprintln_quietly(&text);
        1
    })
}

async fn run_shell(options: ShellOptions) -> Result<i32, String> {
    let for_a_person = options.command.is_none() && options.argv.is_empty() && (options.interactive || on_terminal());
    if !for_a_person {
        session::die_of_the_keys();
    }
    let shell = build(&options, for_a_person).await.map_err(|error| error.to_string())?;
    let shell = Arc::new(Mutex::new(shell));
    let ended = match (&options.command, options.argv.split_first()) {
        (Some(text), _) => session::text(&shell, text).await,
        (None, Some((script, _))) => session::script(&shell, PathBuf::from(script)).await,
        (None, None) => session::standard_input(&shell, for_a_person).await,
    };
    let status = i32::from(shell.lock().await.last_exit_status());
    ended.map(|()| status)
}

async fn build(options: &ShellOptions, interactive: bool) -> Result<BoxShell, brush_core::Error> {
    let mut arguments = options.argv.iter().map(|argument| argument.to_string_lossy().into_owned());
    let name = arguments.next().unwrap_or_else(|| "sh".into());
    let mut builder = Shell::builder()
        .profile(ProfileLoadBehavior::Skip)
        .rc(RcLoadBehavior::Skip)
        .interactive(interactive)
        .command_string_mode(options.command.is_some())
        .read_commands_from_stdin(options.command.is_none() && options.argv.is_empty())
        .exit_on_nonzero_command_exit(options.stop_on_error)
        .print_commands_and_arguments(options.trace)
        .shell_name(name)
        .shell_args(arguments.collect())
        .fds(unbuffered_input())
        .shell_product_display_str("the shell of Boxlab".into())
        // After chroot without chdir the working directory has no path below the root. It is still a directory.
        .working_dir(std::env::current_dir().unwrap_or_else(|_| ".".into()))
        .default_builtins(BuiltinSet::BashMode);
    for (name, registration) in builtins::all() {
        builder = builder.builtin(name, registration);
    }
    if let Some(prompt) = &options.prompt {
        builder = builder.var("PS1", ShellVariable::new(literally(prompt)));
    } else if interactive && std::env::var_os("PS1").is_none() {
        builder = builder.var("PS1", ShellVariable::new(r"\w\$ "));
    }
    let mut shell = builder.build().await?;
    teach_tools(&mut shell);
    // The Tab key at the first word: also the tools, which the library would pass over.
    let first_word = Spec { actions: vec![CompleteAction::Command, CompleteAction::File], ..Spec::default() };
    shell.completion_config_mut().initial_word = Some(first_word);
    Ok(shell)
}

/// Puts the tools' names into the cache of program locations: they lead to execvp(3) with a bare name, see `program.rs`.
fn teach_tools(shell: &mut BoxShell) {
    for name in table::names() {
        if !matches!(*name, "[" | "test") {
            shell.program_location_cache_mut().set(*name, PathBuf::from(name));
        }
    }
}

/// Standard input as a plain file. The standard library's has a buffer, and what `read` took too much into it would be
/// missing for the next command.
fn unbuffered_input() -> HashMap<i32, OpenFile> {
    let input = std::io::stdin().as_fd().try_clone_to_owned();
    input.into_iter().map(|fd| (OpenFiles::STDIN_FD, OpenFile::from(std::fs::File::from(fd)))).collect()
}

/// A prompt in which the shell has nothing to expand.
fn literally(prompt: &str) -> String {
    let mut text = String::new();
    for character in prompt.chars() {
        if matches!(character, '\\' | '$' | '`') {
            text.push_str(if character == '\\' { "\\\\" } else { "\\" });
        }
        if character != '\\' {
            text.push(character);
        }
    }
    text
}

fn on_terminal() -> bool {
    use std::io::IsTerminal as _;
    std::io::stdin().is_terminal()
}

fn eprintln_quietly(text: &str) {
    use std::io::Write as _;
    // Standard error may be closed; that is no reason to panic.
    let _ = writeln!(std::io::stderr(), "sh: {text}");
}

/// The tool `sh`: its command line.
pub fn run(argv: Vec<OsString>) -> i32 {
    const USAGE: &str = "Usage: sh [-eix] [-c TEXT [NAME [ARGUMENT...]] | FILE [ARGUMENT...]]\n\
        The shell of the box. `tools` lists the commands it brings along.";
    let mut options = ShellOptions::default();
    let mut rest = argv.into_iter().skip(1).peekable();
    let mut wants_text = false;
    while let Some(word) = rest.next_if(|word| word.len() > 1 && word.as_encoded_bytes()[0] == b'-') {
        let word = word.to_string_lossy().into_owned();
        match word.as_str() {
            "--" => break,
            "--help" => {
                use std::io::Write as _;
                return i32::from(writeln!(std::io::stdout(), "{USAGE}").is_err());
            }
            // Login, no profile, no rc: there is nothing to load or to skip.
            "--login" | "--noprofile" | "--norc" | "--posix" => continue,
            _ => {}
        }
        for letter in word.chars().skip(1) {
            match letter {
                'c' => wants_text = true,
                'e' => options.stop_on_error = true,
                'x' => options.trace = true,
                'i' => options.interactive = true,
                'l' | 's' => {}
                _ => {
                    eprintln_quietly(&format!("no such option: {word}\n{USAGE}"));
                    return 2;
                }
            }
        }
    }
    if wants_text {
        match rest.next() {
            Some(text) => options.command = Some(text.to_string_lossy().into_owned()),
            None => {
                eprintln_quietly(&format!("-c needs a text\n{USAGE}"));
                return 2;
            }
        }
    }
    options.argv = rest.collect();
    shell(options)
}
