//! The learner's terminal: raw mode and its restoration, size, signals (termios(3), signalfd(2)).
//! The settings are put back however the program ends: at the end of `Raw`, and in the panic hook. Signals that would
//! end or stop the program are read from a descriptor, so that the terminal is in order before they are obeyed.

use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Mutex;

/// The settings to go back to, for the panic hook.
static SAVED: Mutex<Option<Termios>> = Mutex::new(None);

/// What else puts it back, before its settings are: a full screen is left by it.
type Before = Box<dyn Fn() + Send>;
static BEFORE: Mutex<Option<Before>> = Mutex::new(None);

/// This is done once, when the terminal is put back next.
pub fn before_restore(act: Before) {
    if let Ok(mut before) = BEFORE.lock() {
        *before = Some(act);
    }
}

/// Puts the terminal back, if it was changed.
pub fn restore() {
    if let Ok(mut before) = BEFORE.lock()
        && let Some(act) = before.take()
    {
        act();
    }
    if let Ok(mut saved) = SAVED.lock()
        && let Some(settings) = saved.take()
    {
        tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, &settings).ok();
    }
}

/// While it lives, keys arrive one by one and unseen.
pub struct Raw;

impl Raw {
    /// Errors: standard input is no terminal.
    pub fn enter() -> nix::Result<Raw> {
        let settings = tcgetattr(std::io::stdin())?;
        let mut raw = settings.clone();
        cfmakeraw(&mut raw);
        // What the program prints still gets its line ends.
        raw.output_flags = settings.output_flags;
        if let Ok(mut saved) = SAVED.lock() {
            *saved = Some(settings);
        }
        tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, &raw)?;
        Ok(Raw)
    }

    /// With the output untouched too, for a program that draws the screen itself.
    pub fn pass_through() -> nix::Result<Raw> {
        let raw = Raw::enter()?;
        let mut settings = tcgetattr(std::io::stdin())?;
        cfmakeraw(&mut settings);
        tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, &settings)?;
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        restore();
    }
}

/// The size in rows and columns; 24 by 80 where it is not known.
pub fn size() -> (u16, u16) {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    for number in [1, 0, 2] {
        // SAFETY: the structure is as TIOCGWINSZ asks for, and lives across the call.
        let asked = unsafe { libc::ioctl(number, libc::TIOCGWINSZ, &raw mut size) };
        if asked == 0 && size.ws_col > 0 {
            return (size.ws_row.max(1), size.ws_col);
        }
    }
    (24, 80)
}

/// Rows and columns that a shell can live with: neither its line editor nor the emulator of its pane wraps a line in a
/// single row, and a wide letter needs two columns. What is more than the window has is not seen.
pub fn at_least((rows, columns): (u16, u16)) -> (u16, u16) {
    (rows.max(2), columns.max(2))
}

/// Gives another terminal, that of a shell, our size.
pub fn set_size(terminal: BorrowedFd<'_>, size: (u16, u16)) {
    let (rows, columns) = at_least(size);
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: as above; the kernel only reads it.
    unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
}

/// The width for text: the terminal's, or COLUMNS, or 80 where the output is no terminal.
pub fn width() -> usize {
    use std::io::IsTerminal;
    let asked =
        std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|width| (20..=500).contains(width));
    if std::io::stdout().is_terminal() { usize::from(size().1).max(20) } else { asked.unwrap_or(80) }
}

/// The signals that are read instead of obeyed, as long as it lives.
pub struct Signals {
    file: SignalFd,
    before: SigSet,
}

impl Signals {
    pub fn take() -> nix::Result<Signals> {
        let mut set = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGTSTP, Signal::SIGWINCH] {
            set.add(signal);
        }
        let file = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let mut before = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&set), Some(&mut before))?;
        Ok(Signals { file, before })
    }

    /// The next one that has come.
    pub fn next(&self) -> Option<Signal> {
        let info = self.file.read_signal().ok().flatten()?;
        i32::try_from(info.ssi_signo).ok().and_then(|number| Signal::try_from(number).ok())
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.before), None).ok();
    }
}

/// Does what a signal does to a program that has not taken it: ends it, or stops it until `fg`.
/// The terminal must have been put back.
pub fn obey(signal: Signal) {
    let mut set = SigSet::empty();
    set.add(signal);
    sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&set), None).ok();
    nix::sys::signal::raise(signal).ok();
    // Only after a stop does the program come here again.
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&set), None).ok();
}

/// Gives the reader so much time, unless a key says that it is enough. Where there are no keys, the time passes.
pub fn pause(time: std::time::Duration) {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let raw = Raw::enter();
    let stdin = std::io::stdin();
    let watched = if raw.is_ok() { PollFlags::POLLIN } else { PollFlags::empty() };
    let limit = PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX);
    let typed = poll(&mut [PollFd::new(stdin.as_fd(), watched)], limit);
    if raw.is_ok() && typed.is_ok_and(|count| count > 0) {
        let mut bytes = [0; 64];
        let count = nix::unistd::read(&stdin, &mut bytes).unwrap_or(0);
        drop(raw);
        // Raw mode takes the meaning of Ctrl-C away.
        if bytes[..count].contains(&0x03) {
            nix::sys::signal::raise(Signal::SIGINT).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_obeyed_again_when_nobody_reads_them() {
        let mask = || SigSet::thread_get_mask().expect("a mask");
        let before = mask();
        let signals = Signals::take().expect("signals");
        assert!(mask().contains(Signal::SIGHUP));
        drop(signals);
        assert_eq!(mask(), before);
    }
}
