//! Running a shell to its end: a text, a script, or a loop over lines from a person or a pipe.
//!
//! The loop is ours rather than the library's, because every program is rewritten before it runs (`jobs.rs`), and
//! because the shell must keep the terminal for as long as it lives.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use brush_core::results::ExecutionControlFlow;
use brush_core::terminal::TerminalControl;
use brush_core::{ErrorKind, ExecutionResult, SourceInfo};
use brush_interactive::{
    BasicInputBackend, InputBackend, InteractivePrompt, ReadResult, ReedlineInputBackend, UIOptions,
};

use tokio::signal::unix::{SignalKind, signal as tokio_signal};

use super::input::ScriptInput;
use super::remind::remind;
use super::{BoxShell, BoxShellRef, builtins, jobs, place};

type Ended = Result<(), String>;

/// Runs the text of `-c`.
pub async fn text(shell: &BoxShellRef, text: &str) -> Ended {
    let mut shell = shell.lock().await;
    shell.start_command_string_mode();
    let _ = run(&mut shell, text, &SourceInfo::from("-c")).await;
    shell.end_command_string_mode().map_err(|error| error.to_string())?;
    let _ = shell.on_exit().await;
    Ok(())
}

/// Runs a script from a file.
pub async fn script(shell: &BoxShellRef, path: PathBuf) -> Ended {
    let mut shell = shell.lock().await;
    match std::fs::read(&path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let _ = run(&mut shell, &text, &SourceInfo::from(path)).await;
            let _ = shell.on_exit().await;
        }
        Err(error) => {
            // As any shell: 127 for a script that is not there, 126 for one that cannot be read.
            let status = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
            let _ = writeln!(shell.stderr(), "sh: {}: {error}", path.display());
            shell.set_last_exit_status(status);
        }
    }
    Ok(())
}

/// A shell that runs a script ends by Ctrl-C and stops by Ctrl-Z together with what it runs. The library would catch
/// both; but each signal is caught only once, so taking the catch away right after that keeps it away.
pub fn die_of_the_keys() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    for key in [Signal::SIGINT, Signal::SIGTSTP] {
        if tokio_signal(SignalKind::from_raw(key as i32)).is_ok() {
            // SAFETY: the default action installs no code.
            let _ = unsafe { signal(key, SigHandler::SigDfl) };
        }
    }
}

/// Reads commands from standard input until its end, or until `exit`.
pub async fn standard_input(shell: &BoxShellRef, for_a_person: bool) -> Ended {
    if !for_a_person {
        return read_and_run(shell, &mut ScriptInput, false).await;
    }
    // Never die of the keys; children get the default back when they are executed.
    if let Ok(mut key) = tokio_signal(SignalKind::interrupt()) {
        tokio::spawn(async move {
            while key.recv().await.is_some() {
                builtins::INTERRUPTED.store(true, Ordering::Relaxed);
            }
        });
    }
    let _ = tokio_signal(SignalKind::quit());
    let terminal = std::io::stdin().is_terminal();
    // Held until the end: dropping it gives the terminal back to whoever had it.
    let _control = if terminal { TerminalControl::acquire().ok() } else { None };
    let options = UIOptions::builder().disable_bracketed_paste(true).disable_highlighting(true).build();
    let dumb = std::env::var("TERM").map_or(true, |name| name.is_empty() || name == "dumb");
    if terminal
        && !dumb
        && std::io::stdout().is_terminal()
        && let Ok(mut editor) = ReedlineInputBackend::new(&options, shell)
    {
        return read_and_run(shell, &mut editor, true).await;
    }
    if terminal && !dumb {
        return read_and_run(shell, &mut BasicInputBackend, true).await;
    }
    read_and_run(shell, &mut ScriptInput, true).await
}

async fn read_and_run(shell_ref: &BoxShellRef, input: &mut impl InputBackend, for_a_person: bool) -> Ended {
    shell_ref.lock().await.start_interactive_session().map_err(|error| error.to_string())?;
    let mut failures = 0;
    loop {
        let prompt = prompt(shell_ref, for_a_person).await;
        match input.read_line(shell_ref, prompt) {
            Ok(ReadResult::Input(text) | ReadResult::BoundCommand(text)) => {
                failures = 0;
                let mut shell = shell_ref.lock().await;
                builtins::INTERRUPTED.store(false, Ordering::Relaxed);
                if for_a_person {
                    let _ = shell.add_to_history(text.trim_end_matches('\n'));
                }
                let lines = text.lines().count().max(1);
                let reminder = for_a_person.then(|| remind(Duration::from_millis(100)));
                let result = run(&mut shell, &text, &SourceInfo::from("main")).await;
                drop(reminder);
                if for_a_person && let Some(signal) = signal_in(shell.last_exit_status()) {
                    let _ = writeln!(shell.stderr(), "{signal}");
                }
                shell.increment_interactive_line_offset(lines);
                // In a script an error that the shell itself calls fatal ends it; a person may go on.
                if matches!(result.next_control_flow, ExecutionControlFlow::ExitShell) {
                    break;
                }
            }
            Ok(ReadResult::Interrupted) => shell_ref.lock().await.set_last_exit_status(130),
            Ok(ReadResult::Eof) => {
                if for_a_person {
                    let _ = writeln!(shell_ref.lock().await.stderr(), "exit");
                }
                break;
            }
            // The terminal did not answer, or is gone. Once more, then give up rather than spin.
            Err(error) => {
                failures += 1;
                if failures > 1 {
                    return Err(format!("cannot read from the terminal: {error}"));
                }
            }
        }
    }
    let mut shell = shell_ref.lock().await;
    let _ = shell.end_interactive_session();
    let _ = shell.on_exit().await;
    Ok(())
}

async fn prompt(shell: &BoxShellRef, for_a_person: bool) -> InteractivePrompt {
    let mut shell = shell.lock().await;
    let mut prompt =
        InteractivePrompt { prompt: String::new(), alt_side_prompt: String::new(), continuation_prompt: String::new() };
    if for_a_person {
        place::resync(&mut shell);
        let _ = shell.check_for_completed_jobs();
        prompt.prompt = shell.compose_prompt().await.unwrap_or_else(|_| "# ".into());
        prompt.continuation_prompt = shell.compose_continuation_prompt().await.unwrap_or_else(|_| "> ".into());
    }
    prompt
}

/// What a status above 128 stands for, as other shells say it. Not what a key or a pipe has ended.
fn signal_in(status: u8) -> Option<String> {
    use nix::sys::signal::Signal;
    let number = i32::from(status.checked_sub(128)?);
    let signal = Signal::try_from(number).ok()?;
    // A job that was stopped is told by the shell itself.
    let expected =
        [Signal::SIGINT, Signal::SIGPIPE, Signal::SIGTSTP, Signal::SIGSTOP, Signal::SIGTTIN, Signal::SIGTTOU];
    (!expected.contains(&signal)).then(|| format!("status {status}: 128 + {number}, {signal}"))
}

/// Parses, rewrites and runs one program. Errors are shown and become the exit status.
async fn run(shell: &mut BoxShell, text: &str, source: &SourceInfo) -> ExecutionResult {
    place::resync(shell);
    let params = shell.default_exec_params();
    let result = match shell.parse_string(text) {
        Ok(mut program) => {
            jobs::rewrite(&mut program, shell);
            shell.run_program(program, &params).await
        }
        Err(error) => Err(brush_core::Error::from(ErrorKind::ParseError(error, source.clone()))),
    };
    match result {
        Ok(result) => result,
        Err(error) => {
            let _ = shell.display_error(&mut params.stderr(shell), &error);
            let result = error.into_result(shell);
            shell.set_last_exit_status(result.exit_code.into());
            result
        }
    }
}
