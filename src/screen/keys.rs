//! What each key and the mouse do on the full screen. Those that lead on ask the face; the others only change how it is
//! looked at. Letters are those of the line by line stepper wherever both have them.

use super::draw::{measure, places};
use super::face::Face;
use super::overlay;
use super::scene::Place;
use super::shell::Shell;
use super::terminal::size;
use super::theme::Ground;
use super::view::{Above, Pane};
use crate::problem::Problem;
use crate::stepper::engine::Ended;
use crate::stepper::keys::{Key, Mouse, first};

/// What leaves the shell's pane: Ctrl-] and F2, in the forms that terminals have for it.
const OUT: [&[u8]; 4] = [b"\x1d", b"\x1bOQ", b"\x1b[12~", b"\x1b[[B"];

impl Face<'_> {
    fn key(&mut self, key: Key) -> Result<(), Problem> {
        self.view.message.clear();
        if self.time.all_letters() {
            // Whoever does not want to wait for the last letter sees all of it.
            self.typed_out()?;
            if key == Key::Enter {
                return Ok(());
            }
        }
        if let Key::Mouse(what, column, row) = key {
            return self.mouse(what, column, row);
        }
        match (self.view.above.clone(), key) {
            (_, Key::Stop) => self.stop(),
            (Above::Blank | Above::Help(_), Key::Char('q') | Key::Interrupt) | (Above::Nothing, Key::Interrupt) => {
                self.quit()
            }
            (Above::Help(at), Key::Down | Key::Up | Key::PageDown | Key::PageUp) => {
                let down = matches!(key, Key::Down | Key::PageDown);
                let last = overlay::lines_of_help(size()).saturating_sub(1);
                self.view.above = Above::Help(if down { (at + 5).min(last) } else { at.saturating_sub(5) });
                Ok(())
            }
            (Above::Blank | Above::Help(_), _) => self.close(),
            (Above::Jump(typed), key) => self.jump(typed, key),
            (Above::Steps(at), key) => self.steps(at, key),
            (Above::Nothing, key) => self.at_lesson(key),
        }
    }

    fn quit(&mut self) -> Result<(), Problem> {
        self.over = Some(if self.place == Place::End { self.finished() } else { Ended::Quit });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Problem> {
        self.view.above = Above::Nothing;
        Ok(())
    }

    fn at_lesson(&mut self, key: Key) -> Result<(), Problem> {
        let answer = |name: char| {
            let question = self.engine.walk.next()?.1.predict?;
            question.options.contains_key(&name.to_string()).then(|| name.to_string())
        };
        let form = &mut self.engine.session.screen;
        let mut say = |is: bool, yes: &str, no: &str| self.view.message = if is { yes } else { no }.to_owned();
        match key {
            // A letter that names an option answers; elsewhere it is a command.
            Key::Char(name) if self.place == Place::Ahead && answer(name).is_some() => return self.act(answer(name)),
            Key::Enter | Key::Right | Key::Char('n' | ' ') => return self.next(),
            // What a presenter's remote control sends.
            Key::PageDown if self.view.presenting => return self.next(),
            Key::PageUp if self.view.presenting => return self.back(),
            Key::Left | Key::Char('b' | 'B') => return self.back(),
            Key::Char('R') => return self.again(),
            Key::Char('q') | Key::Escape => return self.quit(),
            Key::Char('l') => {
                let number = self.scene().step.map_or(1, |(number, ..)| number);
                self.view.above = Above::Steps(number - 1);
            }
            Key::Char('j') => self.view.above = Above::Jump(String::new()),
            Key::Char('?' | 'h') => self.view.above = Above::Help(0),
            Key::Char('.') => self.view.above = Above::Blank,
            Key::Char('s') => return self.open_shell(false),
            Key::Char('S') => return self.open_shell(true),
            Key::F2 if self.shell.is_some() => self.view.focus = Pane::Shell,
            Key::Tab => self.focus(1),
            Key::BackTab => self.focus(Pane::ALL.len() - 1),
            Key::Up => self.scroll(self.view.focus, -1),
            Key::Down => self.scroll(self.view.focus, 1),
            Key::PageUp => self.scroll(self.view.focus, -10),
            Key::PageDown => self.scroll(self.view.focus, 10),
            Key::Home => self.view.set_scroll(self.view.focus, Some(0)),
            Key::End => self.view.set_scroll(self.view.focus, Some(usize::MAX)),
            Key::Char('z') => self.view.zoom = !self.view.zoom,
            Key::Char('g') => self.instead(Pane::Picture),
            Key::Char('i') => self.instead(Pane::Sides),
            Key::Char('c') => {
                let (code, said) = form.code.next();
                form.code = code;
                self.view.message = said.to_owned();
            }
            Key::Char('r') => {
                form.raw = !form.raw;
                say(form.raw, "The kernel's own numbers are shown now.", "Names are shown again.");
            }
            Key::Char('y') => {
                form.every_call = !form.every_call;
                let no = "Only the system calls that the lesson is about are shown again.";
                say(form.every_call, "Every system call is shown now.", no);
            }
            Key::Char('p') => {
                form.notes = !form.notes;
                say(form.notes, "The presenter's notes are shown now.", "No notes are shown now.");
            }
            Key::Char('d') => return self.deeper(),
            Key::Char('t') => {
                let ground = &mut self.view.theme.ground;
                *ground = if *ground == Ground::Dark { Ground::Light } else { Ground::Dark };
                let is = *ground == Ground::Light;
                self.view.message = format!("Colours for {} ground.", if is { "light" } else { "dark" });
            }
            Key::Char('m') => {
                self.view.mouse = !self.view.mouse;
                self.full.set_mouse(self.view.mouse)?;
                let (yes, no) = ("The mouse is ours now: m lets it go.", "The mouse is the terminal's own again.");
                self.view.message = if self.view.mouse { yes } else { no }.to_owned();
            }
            Key::Char(name) => self.view.message = format!("`{name}` is no key here; ? shows them all."),
            _ => {}
        }
        Ok(())
    }

    /// The step before the one on the screen, in a fresh lab.
    fn back(&mut self) -> Result<(), Problem> {
        match self.place {
            Place::Intro => Ok(()),
            // The last one is on the screen no more.
            Place::End => self.go(self.engine.walk.done.saturating_sub(1)),
            place => self.go(self.engine.before(place == Place::Ahead)),
        }
    }

    /// The step on the screen once more, in a fresh lab.
    fn again(&mut self) -> Result<(), Problem> {
        match self.place {
            Place::Ahead | Place::Intro => self.go(self.engine.walk.done),
            _ => self.go(self.engine.walk.done.saturating_sub(1)),
        }
    }

    fn deeper(&mut self) -> Result<(), Problem> {
        if self.blocked() {
            return Ok(());
        }
        let said = self.engine.deeper()?;
        self.show()?;
        self.view.message = said.to_owned();
        Ok(())
    }

    /// Shows this pane: beside the others where there is room for it, else alone, and the next time those again.
    fn instead(&mut self, pane: Pane) {
        let is_alone = self.view.zoom && self.view.focus == pane;
        (self.view.zoom, self.view.focus, self.view.picture) = (false, pane, pane == Pane::Picture);
        if is_alone {
            self.view.focus = Pane::Step;
        } else if places(size(), &self.scene(), &self.view).of(pane).is_none() {
            self.view.zoom = true;
        }
    }

    /// The keys go to another of the panes that are there.
    fn focus(&mut self, by: usize) {
        let zoom = std::mem::replace(&mut self.view.zoom, false);
        let areas = places(size(), &self.scene(), &self.view);
        self.view.zoom = zoom;
        let there: Vec<Pane> = Pane::ALL.into_iter().filter(|it| areas.of(*it).is_some()).collect();
        let at = there.iter().position(|it| *it == self.view.focus).unwrap_or(0);
        if !there.is_empty() {
            self.view.focus = there[(at + by % there.len()) % there.len()];
        }
    }

    fn scroll(&mut self, pane: Pane, lines: isize) {
        if let (Pane::Shell, Some(shell)) = (pane, &mut self.shell) {
            return shell.scroll(-lines);
        }
        let scene = self.scene();
        let areas = places(size(), &scene, &self.view);
        let measured = measure(&areas, &scene, &self.view, pane);
        self.view.set_scroll(pane, Some(measured.first.saturating_add_signed(lines).min(measured.most)));
    }

    fn jump(&mut self, mut typed: String, key: Key) -> Result<(), Problem> {
        match key {
            Key::Char(digit) if digit.is_ascii_digit() && typed.len() < 3 => typed.push(digit),
            Key::Backspace => drop(typed.pop()),
            Key::Enter if !typed.is_empty() => {
                self.view.above = Above::Nothing;
                return match self.engine.place_of(&typed) {
                    Ok(place) => self.go(place),
                    Err(sentence) => {
                        self.view.message = sentence;
                        Ok(())
                    }
                };
            }
            Key::Enter | Key::Escape | Key::Interrupt => return self.close(),
            _ => {}
        }
        self.view.above = Above::Jump(typed);
        Ok(())
    }

    fn steps(&mut self, at: usize, key: Key) -> Result<(), Problem> {
        let last = self.engine.of().saturating_sub(1);
        let at = match key {
            Key::Up => at.saturating_sub(1),
            Key::Down => (at + 1).min(last),
            Key::PageUp => at.saturating_sub(10),
            Key::PageDown => (at + 10).min(last),
            Key::Home => 0,
            Key::End => last,
            Key::Enter => {
                self.view.above = Above::Nothing;
                return self.jump((at + 1).to_string(), Key::Enter);
            }
            Key::Char('q') | Key::Interrupt => return self.quit(),
            Key::Char(digit) if digit.is_ascii_digit() => {
                self.view.above = Above::Jump(digit.to_string());
                return Ok(());
            }
            _ => return self.close(),
        };
        self.view.above = Above::Steps(at);
        Ok(())
    }

    fn mouse(&mut self, what: Mouse, column: u16, row: u16) -> Result<(), Problem> {
        let size = size();
        match (self.view.above.clone(), what) {
            (Above::Steps(at), Mouse::WheelUp) => return self.steps(at, Key::Up),
            (Above::Steps(at), Mouse::WheelDown) => return self.steps(at, Key::Down),
            (Above::Steps(at), Mouse::Click) => match overlay::step_at(size, &self.scene(), &self.view, at, row) {
                // A second click starts from there.
                Some(place) if place == at => return self.steps(at, Key::Enter),
                Some(place) => self.view.above = Above::Steps(place),
                None => return self.close(),
            },
            (Above::Nothing, what) => {
                let Some(pane) = places(size, &self.scene(), &self.view).at(column, row) else { return Ok(()) };
                match what {
                    Mouse::Click => self.view.focus = pane,
                    Mouse::WheelUp => self.scroll(pane, -3),
                    Mouse::WheelDown => self.scroll(pane, 3),
                }
            }
            _ => return self.close(),
        }
        Ok(())
    }

    /// A shell at this point, or the one that is open.
    fn open_shell(&mut self, here: bool) -> Result<(), Problem> {
        if self.shell.is_some() {
            self.view.focus = Pane::Shell;
            return Ok(());
        }
        // It begins small, and is as large as its pane once that is drawn.
        match Shell::open(&self.engine, here, self.place == Place::Ahead || self.place == Place::Intro, (24, 80)) {
            Ok(shell) => {
                self.shell = Some(shell);
                self.view.focus = Pane::Shell;
            }
            Err(problem) => self.view.message = in_a_line(&problem),
        }
        Ok(())
    }

    /// What was typed, key by key, or byte by byte while the shell has the keys: some of it may come before it has them, and
    /// some after.
    pub(super) fn typed_in(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let mut rest = bytes;
        while !rest.is_empty() && self.over.is_none() {
            if self.view.focus == Pane::Shell && self.view.above == Above::Nothing && self.shell.is_some() {
                rest = self.typed_in_shell(rest)?;
            } else if let Some((key, after)) = first(rest) {
                rest = after;
                self.key(key)?;
            }
        }
        Ok(())
    }

    /// What the shell gets of it, and what is left for others.
    fn typed_in_shell<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], Problem> {
        self.view.message.clear();
        if let Some(out) = OUT.into_iter().find(|out| bytes.starts_with(out)) {
            self.view.focus = Pane::Step;
            return Ok(&bytes[out.len()..]);
        }
        // The mouse's reports are ours, since we asked for them.
        if bytes.starts_with(b"\x1b[<")
            && let Some((Key::Mouse(what, column, row), rest)) = first(bytes)
        {
            self.mouse(what, column, row)?;
            return Ok(rest);
        }
        let special =
            |at: &usize| OUT.iter().any(|out| bytes[*at..].starts_with(out)) || bytes[*at..].starts_with(b"\x1b[<");
        let end = (1..bytes.len()).find(special).unwrap_or(bytes.len());
        if let Some(shell) = &mut self.shell {
            shell.type_in(&bytes[..end]);
        }
        Ok(&bytes[end..])
    }

    pub(super) fn shell_did(&mut self, readable: bool, writable: bool, ended: bool) -> Result<(), Problem> {
        let Some(shell) = &mut self.shell else { return Ok(()) };
        if writable {
            shell.write();
        }
        let open = if readable { shell.read() } else { !ended };
        if open {
            return Ok(());
        }
        let Some(shell) = self.shell.take() else { return Ok(()) };
        let here = shell.is_here();
        let ended = shell.ended(&self.engine);
        if self.view.focus == Pane::Shell {
            self.view.focus = Pane::Step;
        }
        if here {
            // Else the next step would be said to have done what was typed here, be it the end of an actor.
            let looked = self.engine.walk.look_again().map_err(self.engine.session.explain);
            if ended.is_ok() {
                looked?;
            }
            self.looked_again();
        }
        self.view.message = match ended {
            Ok(0) => "The shell has ended.".to_owned(),
            Ok(status) => format!("The shell has ended, with status {status}."),
            Err(problem) => in_a_line(&problem),
        };
        Ok(())
    }
}

/// A problem where there is room for a line.
fn in_a_line(problem: &Problem) -> String {
    let next = problem.next.as_ref().map(|next| format!(" Next: {next}")).unwrap_or_default();
    format!("{}{next}", problem.what).replace('\n', " ")
}
