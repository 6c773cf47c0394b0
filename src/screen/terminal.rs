//! The terminal's other screen: entered, drawn to, left for a while, and left for good however the program ends
//! (console_codes(4), xterm's private modes 1049, 25, 1000 and 1006).

use super::guard::{Guard, Teller};
use crate::problem::{CANNOT, Problem, unprinted};
use crate::stepper::terminal::{self, Raw};
use nix::sys::termios::tcgetattr;
use ratatui::Frame;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{TerminalOptions, Viewport};
use std::io::{BufWriter, Stdout, Write};

const ENTER: &str = "\x1b[?1049h\x1b[?25l";
/// The mouse is let go, the cursor is seen, colours are the usual ones, and what was on the screen is there again.
pub const LEAVE: &str = "\x1b[?1006l\x1b[?1000l\x1b[?25h\x1b[0m\x1b[?1049l";
const MOUSE: &str = "\x1b[?1000h\x1b[?1006h";
const NO_MOUSE: &str = "\x1b[?1006l\x1b[?1000l";

/// While it lives, the program has the whole screen.
pub struct Full {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    teller: Option<Teller>,
    mouse: bool,
    _guard: Option<Guard>,
}

impl Full {
    pub fn enter() -> Result<Full, Problem> {
        let no = |errno: nix::errno::Errno| {
            Problem::new(CANNOT, format!("The terminal cannot be read key by key ({errno:?}).")).next("leave out --tui")
        };
        let settings = tcgetattr(std::io::stdin()).map_err(no)?;
        // Without a guard, too few processes for example, only kill -9 leaves the screen as it is.
        let (guard, teller) =
            Guard::start(&settings).map_or((None, None), |(guard, teller)| (Some(guard), Some(teller)));
        let backend = CrosstermBackend::new(BufWriter::with_capacity(1 << 16, std::io::stdout()));
        // Its size is ours to find out: the library would open the terminal anew for each frame.
        let options = TerminalOptions { viewport: Viewport::Fixed(size()) };
        let terminal = Terminal::with_options(backend, options).map_err(|error| unprinted(&error))?;
        let mut full = Full { terminal, teller, mouse: false, _guard: guard };
        full.begin()?;
        Ok(full)
    }

    fn begin(&mut self) -> Result<(), Problem> {
        let teller = self.teller.clone();
        terminal::before_restore(Box::new(move || {
            let mut out = std::io::stdout();
            out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush()).ok();
            teller.iter().for_each(|it| it.is_full(false));
        }));
        // Whoever puts the terminal back calls `restore`; the guard of `Raw` is not asked.
        std::mem::forget(
            Raw::pass_through().map_err(|errno| {
                Problem::new(CANNOT, format!("The terminal cannot be read key by key ({errno:?})."))
            })?,
        );
        self.teller.iter().for_each(|it| it.is_full(true));
        self.write(ENTER)?;
        self.set_mouse(self.mouse)?;
        self.forget()
    }

    fn write(&mut self, sequence: &str) -> Result<(), Problem> {
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes()).and_then(|()| Write::flush(out)).map_err(|error| unprinted(&error))
    }

    /// The mouse's reports are wanted, or it is the terminal's own again, to mark text.
    pub fn set_mouse(&mut self, on: bool) -> Result<(), Problem> {
        self.mouse = on;
        self.write(if on { MOUSE } else { NO_MOUSE })
    }

    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> Result<(), Problem> {
        if self.terminal.get_frame().area() != size() {
            self.forget()?;
        }
        self.terminal.draw(draw).map(drop).map_err(|error| unprinted(&error))
    }

    /// All of it is drawn anew, since the terminal may show anything now.
    pub fn forget(&mut self) -> Result<(), Problem> {
        self.terminal.resize(size()).map_err(|error| unprinted(&error))
    }

    /// Leaves the screen for what `act` does, a stop until `fg` for example, and enters it again.
    pub fn without(&mut self, act: impl FnOnce()) -> Result<(), Problem> {
        terminal::restore();
        act();
        self.begin()
    }
}

/// Of the terminal now.
pub fn size() -> Rect {
    let (rows, columns) = terminal::size();
    Rect::new(0, 0, columns, rows)
}

impl Drop for Full {
    fn drop(&mut self) {
        terminal::restore();
    }
}
