//! Colours and signs, as the last touch on a frame: what is drawn with the sixteen colours of the terminal becomes readable
//! on light ground, loses its colours for NO_COLOR, and its lines and signs where the locale has no UTF-8.

use crate::letters;
use ratatui::buffer::Buffer;
use ratatui::style::Color;

/// On which ground it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    Dark,
    Light,
}

impl Ground {
    /// What the terminal says of itself in COLORFGBG, `15;0`: the ground's number comes last. Dark where it says nothing.
    pub fn told(variable: Option<&str>) -> Ground {
        match variable.and_then(|it| it.rsplit(';').next()).map(str::trim) {
            Some("7" | "15") => Ground::Light,
            _ => Ground::Dark,
        }
    }
}

/// How a frame is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    pub ground: Ground,
    pub colour: bool,
    pub utf8: bool,
}

impl Theme {
    /// As the environment wants it.
    pub fn of_environment() -> Theme {
        let set = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
        Theme {
            ground: Ground::told(set("COLORFGBG").as_deref()),
            colour: set("NO_COLOR").is_none(),
            utf8: letters::utf8(),
        }
    }

    /// The last touch.
    pub fn finish(&self, buffer: &mut Buffer) {
        if self.colour && self.utf8 && self.ground == Ground::Dark {
            return;
        }
        for cell in &mut buffer.content {
            if !self.colour {
                (cell.fg, cell.bg) = (Color::Reset, Color::Reset);
            } else if self.ground == Ground::Light {
                cell.fg = on_light(cell.fg);
            }
            if !self.utf8 && !cell.symbol().is_ascii() {
                let plain = letters::ascii(cell.symbol());
                cell.set_symbol(plain);
            }
        }
    }
}

/// Yellow and cyan cannot be read on white.
fn on_light(colour: Color) -> Color {
    match colour {
        Color::Yellow | Color::LightYellow | Color::Indexed(3 | 11) => Color::Magenta,
        Color::Cyan | Color::LightCyan | Color::Indexed(6 | 14) => Color::Blue,
        Color::White | Color::Indexed(7 | 15) => Color::Black,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn the_ground_is_what_the_terminal_says() {
        assert_eq!(Ground::told(Some("0;15")), Ground::Light);
        assert_eq!(Ground::told(Some("0;default;15")), Ground::Light);
        assert_eq!(Ground::told(Some("15;0")), Ground::Dark);
        assert_eq!(Ground::told(None), Ground::Dark);
    }

    #[test]
    fn without_colour_and_without_utf_8_there_is_none() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
        buffer.set_string(0, 0, "─ a → b ✔ … · é", Style::new().fg(Color::Yellow));
        Theme { ground: Ground::Dark, colour: false, utf8: false }.finish(&mut buffer);
        let text: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(text.trim_end(), "- a > b + . . ?");
        assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset));
    }
}
