//! The shell's pane: a shell in the half-built container on a terminal of its own, whose screen is kept here and drawn in
//! a part of ours (pty(7), vt100). It is in a copy of the lab, or in the lesson's own one.

use crate::lesson::walk::Walk;
use crate::problem::{CANNOT, Problem};
use crate::stage::lab::Lab;
use crate::stage::message::ShellOrder;
use crate::stepper::engine::Engine;
use crate::stepper::pane::problem;
use crate::stepper::terminal;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::PollFlags;
use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Lines that can be scrolled back to.
const BACK: usize = 2000;
/// Which terminal the emulation is, for the programs in it.
const TERM: &str = "xterm-256color";

/// What the emulation is asked and does not answer itself (ECMA-48 DSR, DA).
#[derive(Default)]
struct Answers(Vec<u8>);

impl vt100::Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        _: Option<u8>,
        numbers: &[&[u16]],
        letter: char,
    ) {
        match (first, letter, numbers) {
            (None, 'n', [[6]]) => {
                let (row, column) = screen.cursor_position();
                self.0.extend(format!("\x1b[{};{}R", row + 1, column + 1).bytes());
            }
            (None, 'n', [[5]]) => self.0.extend(b"\x1b[0n"),
            (None, 'c', _) => self.0.extend(b"\x1b[?62;22c"),
            _ => {}
        }
    }
}

pub struct Shell {
    /// The copy of the lab that it is in; none where it is the lesson's own.
    copy: Option<Walk>,
    master: OwnedFd,
    parser: vt100::Parser<Answers>,
    /// What was typed and is not taken yet.
    typed: VecDeque<u8>,
    pub title: String,
    size: (u16, u16),
}

impl Shell {
    /// Starts one at this point of the lesson. `ahead`: the step on the screen is not done yet, so it is a shell of who is to
    /// act. `size` is in rows and columns.
    pub fn open(engine: &Engine<'_>, here: bool, ahead: bool, size: (u16, u16)) -> Result<Shell, Problem> {
        let size = terminal::at_least(size);
        let actor = if ahead { engine.walk.next_actor() } else { engine.walk.actor() };
        let done = engine.walk.last_number();
        let prompt = format!("{actor}@{}/{done}# ", engine.session.lesson.id);
        let whose = if here { "the lesson's own lab: changes stay" } else { "a copy of the lab" };
        let title = format!("shell as {actor}, after step {done}, in {whose}");
        let copy = if here { None } else { Some(engine.walk.copy().map_err(engine.session.explain)?) };
        let lab = copy.as_ref().map_or(&engine.walk.lab, |copy| &copy.lab);
        let order = ShellOrder { actor, prompt, command: None, terminal: Some(size), term: TERM.to_owned() };
        let master = lab.shell(order, &[]).map_err(problem)?;
        let none = || Problem::new(CANNOT, "The lab host gave no terminal for the shell.");
        let master = master.ok_or_else(none)?;
        // A shell that does not read must not keep the lesson from going on.
        fcntl(&master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).ok();
        let parser = vt100::Parser::new_with_callbacks(size.0, size.1, BACK, Answers::default());
        Ok(Shell { copy, master, parser, typed: VecDeque::new(), title, size })
    }

    pub fn is_here(&self) -> bool {
        self.copy.is_none()
    }

    pub fn lab<'a>(&'a self, engine: &'a Engine<'_>) -> &'a Lab {
        self.copy.as_ref().map_or(&engine.walk.lab, |copy| &copy.lab)
    }

    /// For poll(2): the terminal, and what is waited for.
    pub fn terminal(&self) -> (BorrowedFd<'_>, PollFlags) {
        let out = if self.typed.is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT };
        (self.master.as_fd(), PollFlags::POLLIN | out)
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Another size of its pane.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        let size = terminal::at_least((rows, columns));
        if size != self.size {
            self.size = size;
            self.parser.screen_mut().set_size(size.0, size.1);
            terminal::set_size(self.master.as_fd(), size);
        }
    }

    /// Scrolls back by so many lines, or forth.
    pub fn scroll(&mut self, lines: isize) {
        let at = self.parser.screen().scrollback().saturating_add_signed(lines);
        self.parser.screen_mut().set_scrollback(at);
    }

    /// What was typed, as the learner's terminal sent it. Arrows have another form where a program has asked for that
    /// (DECCKM); ours did not.
    pub fn type_in(&mut self, bytes: &[u8]) {
        self.parser.screen_mut().set_scrollback(0);
        let application = self.parser.screen().application_cursor();
        let mut rest = bytes;
        while let Some((first, after)) = rest.split_first() {
            match rest {
                [0x1b, b'[', letter @ (b'A'..=b'D' | b'H' | b'F'), after @ ..] if application => {
                    self.typed.extend([0x1b, b'O', *letter]);
                    rest = after;
                }
                _ => {
                    self.typed.push_back(*first);
                    rest = after;
                }
            }
        }
        self.write();
    }

    /// Hands over what it takes.
    pub fn write(&mut self) {
        while !self.typed.is_empty() {
            match nix::unistd::write(&self.master, self.typed.as_slices().0) {
                Ok(count) => drop(self.typed.drain(..count)),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return,
                // It has ended; that is found out by reading.
                Err(_) => self.typed.clear(),
            }
        }
    }

    /// Reads what is there. False: the shell has closed its terminal.
    pub fn read(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        match nix::unistd::read(&self.master, &mut bytes) {
            // EIO: the other end is closed.
            Ok(0) | Err(Errno::EIO) => false,
            Ok(count) => {
                self.parser.process(&bytes[..count]);
                let answers = std::mem::take(&mut self.parser.callbacks_mut().0);
                self.typed.extend(answers);
                self.write();
                true
            }
            Err(Errno::EINTR | Errno::EAGAIN) => true,
            Err(_) => false,
        }
    }

    /// Its exit status, once it has ended; or why that is not known.
    pub fn ended(self, engine: &Engine<'_>) -> Result<i32, Problem> {
        let Shell { copy, master, .. } = self;
        drop(master);
        copy.as_ref().map_or(&engine.walk.lab, |copy| &copy.lab).shell_ended().map_err(problem)
    }
}
