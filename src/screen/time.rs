//! What goes on by itself: a pause after which the next step comes, and a step that is typed out letter by letter.

use std::time::{Duration, Instant};

/// From one letter to the next.
pub const LETTER: Duration = Duration::from_millis(18);

/// The two clocks of a screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Time {
    /// How long a step stays before the next comes; none where somebody presses enter.
    pause: Option<Duration>,
    /// When that time has come.
    next: Option<Instant>,
    /// Letters that are typed out by now, and of how many, and when the next one comes.
    typed: Option<(usize, usize, Instant)>,
}

impl Time {
    /// With this pause, if any.
    pub fn with(pause: Option<Duration>) -> Time {
        Time { pause, ..Time::default() }
    }

    /// When there is something to do next.
    pub fn until(&self) -> Option<Instant> {
        self.typed.map(|(.., at)| at).or(self.next)
    }

    /// The pause begins anew.
    pub fn begin(&mut self) {
        self.next = self.pause.map(|pause| Instant::now() + pause);
    }

    /// Whether the pause is over.
    pub fn is_over(&self) -> bool {
        self.typed.is_none() && self.next.is_some_and(|at| at <= Instant::now())
    }

    /// So many letters are to be typed out.
    pub fn type_out(&mut self, letters: usize) {
        self.typed = Some((0, letters, Instant::now() + LETTER));
    }

    /// How many letters are seen; none: all of them.
    pub fn letters(&self) -> Option<usize> {
        self.typed.map(|(done, ..)| done)
    }

    /// All of them are, at once. True: they were not.
    pub fn all_letters(&mut self) -> bool {
        self.typed.take().is_some()
    }

    /// The next letters, if their time has come. True: that was the last one.
    pub fn tick(&mut self) -> bool {
        let now = Instant::now();
        let Some((done, all, at)) = self.typed.filter(|(.., at)| *at <= now) else { return false };
        let more = 1 + (now - at).as_millis() / LETTER.as_millis();
        let done = done.saturating_add(usize::try_from(more).unwrap_or(1));
        self.typed = (done < all).then(|| (done, all, now + LETTER));
        self.typed.is_none()
    }
}
