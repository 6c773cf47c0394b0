//! The program: by its own name it is the command line, by another one (`ls`, `sh`) a tool inside a box or a
//! probe.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if boxlab::vm::init::is_first(&arguments) {
        boxlab::vm::init::run();
        return ExitCode::FAILURE;
    }
    if boxlab::stage::guest::is_probe(&arguments) {
        return ExitCode::from(boxlab::stage::guest::run(&arguments));
    }
    if let Some(status) = boxlab::userland::tool(arguments.clone()) {
        return ExitCode::from(u8::try_from(status).unwrap_or(1));
    }
    boxlab::crash::install();
    boxlab::cli::main(arguments)
}
