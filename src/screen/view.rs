//! How it is looked at: which pane has the keys, how far each is scrolled, what lies above them.

use super::theme::Theme;

/// A part of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Step,
    Sides,
    Picture,
    Calls,
    Shell,
}

impl Pane {
    pub const ALL: [Pane; 5] = [Pane::Step, Pane::Sides, Pane::Picture, Pane::Calls, Pane::Shell];
}

/// What lies above the panes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Above {
    Nothing,
    /// The keys, from this line on.
    Help(usize),
    /// The list of steps, with the place in it that is marked.
    Steps(usize),
    /// A step's number is being typed.
    Jump(String),
    /// The audience is to look at the presenter.
    Blank,
}

#[derive(Clone, Debug)]
pub struct View {
    pub focus: Pane,
    /// The pane with the keys has the whole screen.
    pub zoom: bool,
    /// Where there is room for one of the two: the picture in place of the sides.
    pub picture: bool,
    /// Lines that are scrolled away at the top; none: where it matters most.
    scroll: [Option<usize>; Pane::ALL.len()],
    pub above: Above,
    /// A sentence in place of the line of keys, until the next key.
    pub message: String,
    /// Large, and for an audience.
    pub presenting: bool,
    pub mouse: bool,
    pub theme: Theme,
}

impl View {
    pub fn new(theme: Theme) -> View {
        View {
            focus: Pane::Step,
            zoom: false,
            picture: false,
            scroll: [None; Pane::ALL.len()],
            above: Above::Nothing,
            message: String::new(),
            presenting: false,
            mouse: false,
            theme,
        }
    }

    pub fn scroll(&self, pane: Pane) -> Option<usize> {
        self.scroll[pane as usize]
    }

    pub fn set_scroll(&mut self, pane: Pane, to: Option<usize>) {
        self.scroll[pane as usize] = to;
    }

    /// Another step: everything is where it matters most again.
    pub fn unscroll(&mut self) {
        self.scroll = [None; Pane::ALL.len()];
    }
}
