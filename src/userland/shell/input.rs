//! Commands from a pipe, a file, or a terminal that cannot edit: read byte by byte, so that what follows a command on
//! standard input is left for that command to read.

use std::io::{self, IsTerminal as _, Write as _};

use brush_core::parser::ParseError;
use brush_interactive::{InputBackend, InteractivePrompt, ReadResult, ShellError, ShellRef};
use nix::errno::Errno;

pub struct ScriptInput;

impl InputBackend for ScriptInput {
    fn read_line(
        &mut self,
        shell: &ShellRef<impl brush_core::ShellExtensions>,
        prompt: InteractivePrompt,
    ) -> Result<ReadResult, ShellError> {
        let talk = io::stdin().is_terminal();
        let mut bytes = Vec::new();
        loop {
            if talk {
                let text = if bytes.is_empty() { &prompt.prompt } else { &prompt.continuation_prompt };
                let _ = write!(io::stderr(), "{text}");
            }
            let more = read_until_newline(&mut bytes).map_err(ShellError::InputError)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if !more {
                return Ok(if text.is_empty() { ReadResult::Eof } else { ReadResult::Input(text) });
            }
            let shell = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(shell.lock()));
            let unfinished = match shell.parse_string(text.clone()) {
                Err(ParseError::Tokenizing { inner, .. }) => inner.is_incomplete(),
                Err(ParseError::ParsingAtEndOfInput) => true,
                _ => text.ends_with("\\\n"),
            };
            if !unfinished {
                return Ok(ReadResult::Input(text));
            }
        }
    }
}

/// Whether there is more after this line.
fn read_until_newline(bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut byte = [0];
    loop {
        match nix::unistd::read(io::stdin(), &mut byte) {
            Ok(0) => return Ok(false),
            Ok(_) => {
                bytes.push(byte[0]);
                if byte[0] == b'\n' {
                    return Ok(true);
                }
            }
            Err(Errno::EINTR) => {}
            // Standard input is closed: that is its end.
            Err(Errno::EBADF) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        }
    }
}
