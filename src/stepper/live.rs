//! A drawing while its step runs: each frame takes the place of the one before, and none is left. What stands at the end
//! is printed with the evidence. Only for a terminal.

use crate::evidence::drawing::Drawing;
use crate::letters::legible;
use crate::show::drawing::drawing;
use std::io::Write;
use std::time::{Duration, Instant};

/// Fast enough for the eye.
const FRAME: Duration = Duration::from_millis(50);

pub struct Live {
    width: usize,
    /// Lines of the frame that is on the screen.
    lines: usize,
    shown: Option<Instant>,
}

impl Live {
    pub fn new(width: usize) -> Live {
        Live { width, lines: 0, shown: None }
    }

    /// A newer state of it.
    pub fn take(&mut self, now: &Drawing) {
        if self.shown.is_none_or(|shown| shown.elapsed() >= FRAME) {
            self.shown = Some(Instant::now());
            self.put(&format!("\n{}", drawing(now, self.width)));
        }
    }

    /// What is on the screen goes; a terminal that cannot be written to is found out by what is printed next.
    fn put(&mut self, frame: &str) {
        let back = if self.lines > 0 { format!("\x1b[{}A\r\x1b[J", self.lines) } else { String::new() };
        self.lines = frame.lines().count();
        let mut out = std::io::stdout();
        let frame = legible(frame, &out);
        out.write_all(format!("{back}{frame}").as_bytes()).and_then(|()| out.flush()).ok();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if self.lines > 0 {
            self.put("");
        }
    }
}
