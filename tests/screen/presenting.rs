//! For an audience: a step at a time, nothing told before it is asked; and the notes on a second terminal.

use super::{STEPPING, Terminal, run};
use crate::support::boxlab::Boxlab;
use crate::support::host::files;
use std::path::Path;

/// The presenter's screen, on its first page.
fn presented(more: &[&str]) -> Terminal {
    let mut terminal = Terminal::start(run(&[&["--present"], more].concat()), 40, 120);
    terminal.see("enter begin");
    terminal
}

fn notes(home: &Path) -> Terminal {
    Terminal::start(Boxlab::new(["notes"]).at_home_of(home), 30, 80)
}

fn sockets(home: &Path) -> Vec<String> {
    files(home).into_iter().filter(|path| path.ends_with(".sock")).collect()
}

#[test]
fn nothing_is_told_before_it_is_asked() {
    let mut terminal = presented(&[]);
    // As the buttons of a remote control do it.
    terminal.send("\x1b[6~");
    terminal.see("Which name does the caller have");
    terminal.send("l");
    terminal.see("▶ Ask for a new UTS namespace.");
    assert!(!terminal.contents().contains("Enter a directory"), "{}", terminal.contents());
    terminal.send("\x1b");
    // An accidental key does not give the answer away.
    terminal.send("\r");
    terminal.see("The question is not answered");
    assert!(!terminal.contents().contains("starts as a copy"), "{}", terminal.contents());
    terminal.send("b");
    terminal.see("✔ b: right.");
    terminal.see("unshare(CLONE_NEWUTS) = 0");
    // Each step waits, that one can say what it is for.
    terminal.send("\x1b[6~");
    terminal.see("2/4 · runtime");
    terminal.see("enter do it");
    assert!(!terminal.contents().contains("sethostname(\"box\""), "{}", terminal.contents());
    terminal.send("\x1b[6~");
    terminal.see("sethostname(\"box\", 3) = 0");
    terminal.send("q");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn notes_follow_the_lesson() {
    let mut screen = presented(&[]);
    let home = screen.boxlab.home.path().to_owned();
    let mut notes = notes(&home);
    notes.see("A lesson of four steps");
    notes.see("Next, 1: Ask for a new UTS namespace.");
    screen.send("\r");
    notes.see("step 1 of 4");
    notes.see("Ask the room first.");
    notes.see("b) the one it had  ✔");
    notes.see("(not done yet)");
    notes.see("used 0:0");
    screen.send("b");
    notes.see("(done)");
    screen.send("\r");
    notes.see("step 2 of 4");
    // One that is not on a terminal prints lines.
    let mut lines = Boxlab::new(["notes", "steps"]).at_home_of(&home);
    let child = lines.spawn();
    screen.send("\rj3\r");
    notes.see("step 3 of 4");
    // Where the presenter ends, they stay, and follow the next one.
    screen.send("q");
    notes.see("The presenter has ended.");
    let ended = child.wait_with_output().expect("it ends with the lesson");
    let text = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(text.contains("steps 3/4: Enter a directory that is not there."), "{text}");
    assert_eq!(sockets(&home), [""; 0]);
    // The home goes with the session that made it.
    let mut again = Terminal::start(run(&["--present", "--from", "2"]).at_home_of(&home), 24, 80);
    again.see("2/4");
    notes.see("step 2 of 4");
    again.send("q");
    assert_eq!(again.end().0.code(), Some(0));
    notes.send("q");
    assert_eq!(notes.end().0.code(), Some(0));
    assert_eq!(screen.end().0.code(), Some(0));
}

#[test]
fn notes_wait_for_the_first_lesson() {
    let place = tempfile::tempdir().expect("a folder");
    let mut notes = notes(place.path());
    notes.see("No lesson is being presented.");
    let mut screen = Terminal::start(run(&["--present"]).at_home_of(place.path()), 24, 80);
    notes.see("A lesson of four steps");
    screen.send("q");
    assert_eq!(screen.end().0.code(), Some(0));
    notes.send("q");
    assert_eq!(notes.end().0.code(), Some(0));
    // Elsewhere nobody would know what is waited for.
    let ran = Boxlab::new(["notes"]).at_home_of(place.path()).expect(1);
    assert!(ran.stderr.contains("No lesson is being presented.") && ran.stderr.contains("--present"), "{ran:?}");
}

#[test]
fn a_second_presenter_of_the_same_lesson_is_told() {
    let screen = presented(&[]);
    let home = screen.boxlab.home.path().to_owned();
    let second = Terminal::start(run(&["--present"]).at_home_of(&home), 24, 100);
    let (status, text) = second.end();
    assert_eq!(status.code(), Some(3), "{text}");
    let by = format!("process {}", screen.child.id());
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["The lesson steps is being presented already", &by, "boxlab notes steps", "--tui"] {
        assert!(text.contains(words), "`{words}` is not in: {text}");
    }
    // Another lesson may be.
    let mut other = Terminal::start(Boxlab::new(["run", "hostname", "--present"]).at_home_of(&home), 24, 80);
    other.see("A name of its own");
    // Then the notes ask which.
    let ran = Boxlab::new(["notes"]).at_home_of(&home).expect(1);
    assert!(ran.stderr.contains("More than one lesson"), "{ran:?}");
    other.send("q");
    assert_eq!(other.end().0.code(), Some(0));
    super::quit(screen);
}

#[test]
fn a_killed_presenter_is_nobody_any_more() {
    let screen = presented(&[]);
    let home = tempfile::tempdir().expect("a folder");
    let second = |status: i32| {
        let mut next = Terminal::start(run(&["--present"]).at_home_of(home.path()), 24, 80);
        next.see("enter begin");
        next.signal(nix::sys::signal::Signal::SIGKILL);
        assert!(!next.end().0.success(), "{status}");
        assert_eq!(sockets(home.path()).len(), 1, "what a killed one left");
    };
    // The second takes the place of the first, and `clean` removes what is left of it.
    second(1);
    second(2);
    let ran = Boxlab::new(["clean"]).at_home_of(home.path()).expect(0);
    assert!(ran.stdout.contains("which a killed presenter left"), "{ran:?}");
    assert_eq!(sockets(home.path()), [""; 0]);
    super::quit(screen);
}

#[test]
fn a_rehearsal_says_what_an_audience_will_not_see() {
    let ran = Boxlab::new(["--lessons", STEPPING, "run", "steps", "--rehearse"]).expect(0);
    for words in [
        "3 of 4 steps run, 1 of them ask something",
        "1 go deeper and are left out",
        "Planned by its notes: ",
        "the lesson says 2 minutes",
        "Without notes: 2, 3.",
        "The longest jump is that to step",
    ] {
        assert!(ran.stdout.contains(words), "`{words}` is not in: {}", ran.stdout);
    }
}

/// A socket has its name before anybody can connect to it. Whoever comes in between waits for its presenter, and does not
/// take it for one that was left.
#[test]
fn who_comes_before_the_presenter_listens_waits_for_him() {
    use nix::fcntl::{Flock, FlockArg};
    use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket};
    use std::os::fd::AsRawFd;
    let mut boxlab = Boxlab::new(["notes", "steps"]);
    let folder = boxlab.home.path().join(".local/state/boxlab/presenting");
    std::fs::create_dir_all(&folder).expect("a folder");
    let open = std::fs::File::open(&folder).expect("the folder");
    let locked = Flock::lock(open, FlockArg::LockExclusive).expect("a lock");
    let presenter = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).expect("a socket");
    bind(presenter.as_raw_fd(), &UnixAddr::new(&folder.join("steps.sock")).expect("a name")).expect("it is bound");
    let mut notes = boxlab.spawn();
    let waiting = format!(" {} ", notes.id());
    let waits = || {
        let locks = std::fs::read_to_string("/proc/locks").expect("the locks");
        locks.lines().any(|line| line.contains("->") && line.contains(&waiting))
    };
    let mut ended = None;
    while ended.is_none() && !waits() {
        ended = notes.try_wait().expect("a child");
        std::thread::yield_now();
    }
    assert_eq!(ended, None, "it has not waited");
    listen(&presenter, Backlog::new(1).expect("a number")).expect("it listens");
    drop(locked);
    let presenter = std::os::unix::net::UnixListener::from(presenter);
    drop(presenter.accept().expect("it comes"));
    assert_eq!(notes.wait().expect("it ends").code(), Some(0));
    boxlab.mark.assert_nothing_left();
}
