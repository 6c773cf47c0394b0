//! A live demonstration as the README's section "On stage" has it, driven in tmux(1) from outside: three lessons, an excursion to a
//! shell, a mistake and the way back, with the notes on a second terminal from the first lesson to the last.

use crate::support::boxlab::{Boxlab, program};
use crate::support::skip;
use std::process::Command;
use std::time::{Duration, Instant};

/// A bound for a broken program, not a claim about speed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Of a server of its own, that ends with it.
struct Tmux {
    boxlab: Boxlab,
    socket: String,
}

impl Tmux {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-S", &self.socket, "-f", "/dev/null"]).args(arguments).env_clear();
        for (name, value) in self.boxlab.command.get_envs() {
            command.envs(value.map(|value| (name, value)));
        }
        let folder = program().parent().expect("a folder").display().to_string();
        command.env("PATH", format!("{folder}:/usr/bin:/bin")).env("PS1", "ready> ").env("ENV", "/dev/null");
        command
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("tmux starts");
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn screen(&self, window: &str) -> String {
        self.run(&["capture-pane", "-p", "-t", window])
    }

    fn send(&self, window: &str, keys: &[&str]) {
        self.run(&[&["send-keys", "-t", window], keys].concat());
    }

    #[track_caller]
    fn see(&self, window: &str, what: &str, is: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen(window);
            if is(&screen) {
                return screen;
            }
            assert!(Instant::now() < end, "`{what}` is not on the screen of {window}:\n{screen}");
        }
    }

    #[track_caller]
    fn see_text(&self, window: &str, text: &str) -> String {
        self.see(window, text, |screen| screen.contains(text))
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.command(&["kill-server"]).output().ok();
    }
}

/// The commands of the README's section.
fn commands() -> Vec<String> {
    let text = include_str!("../../README.md");
    let (_, section) = text.split_once("## On stage\n").expect("the section");
    let block = section.split("```").nth(1).expect("its commands");
    let command = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
    block.lines().filter(|line| line.starts_with("boxlab ")).map(command).collect()
}

#[test]
fn three_lessons_an_excursion_a_mistake_and_the_way_back() {
    if Command::new("tmux").arg("-V").output().is_err() {
        skip("a demonstration in tmux: it is not installed (apt-get install tmux)");
        return;
    }
    let commands = commands();
    assert_eq!(commands, ["boxlab run hostname --rehearse", "boxlab run hostname --present", "boxlab notes"]);
    let boxlab = Boxlab::new([""; 0]);
    let socket = boxlab.home.path().join("tmux").display().to_string();
    let mark = boxlab.mark.clone();
    let tmux = Tmux { boxlab, socket };
    tmux.run(&["new-session", "-d", "-x", "120", "-y", "40", "-s", "demo", "-n", "stage", "/bin/sh", "-i"]);
    tmux.run(&["new-window", "-d", "-n", "own", "-t", "demo", "/bin/sh", "-i"]);
    tmux.send("demo:own", &[&commands[2], "Enter"]);
    tmux.see_text("demo:own", "No lesson is being presented.");
    tmux.send("demo:stage", &[&commands[0], "Enter"]);
    tmux.see_text("demo:stage", "claims held.");
    for lesson in ["hostname", "pids", "process"] {
        present(&tmux, &commands[1].replace("hostname", lesson), lesson);
    }
    tmux.send("demo:own", &["q"]);
    tmux.see_text("demo:own", "ready>");
    drop(tmux);
    mark.assert_nothing_left();
}

/// A lesson to its end, by the keys that its screen names.
fn present(tmux: &Tmux, command: &str, lesson: &str) {
    tmux.send("demo:stage", &["clear; ", command, "Enter"]);
    let mut screen = tmux.see_text("demo:stage", "enter begin");
    let (mut excursion, mut mistake) = (lesson == "pids", lesson == "hostname");
    loop {
        let mut keys = screen.trim_end().lines().last().unwrap_or_default().to_owned();
        if keys.starts_with("enter begin") {
            tmux.send("demo:stage", &["Enter"]);
            screen = tmux.see("demo:stage", "the first step", |screen| {
                let keys = screen.trim_end().lines().last().unwrap_or_default();
                keys.starts_with("enter do it") || keys.starts_with("abc answer")
            });
            keys = screen.trim_end().lines().last().unwrap_or_default().to_owned();
        }
        let step = screen.lines().nth(1).unwrap_or_default().to_owned();
        if excursion && step.contains(" 4/") && keys.starts_with("enter next") {
            excursion = false;
            tmux.send("demo:stage", &["s"]);
            tmux.see_text("demo:stage", "@pids/4#");
            tmux.send("demo:stage", &["ps; echo on''tour", "Enter"]);
            tmux.see_text("demo:stage", "ontour");
            tmux.send("demo:stage", &["exit", "Enter"]);
            tmux.see_text("demo:stage", "The shell has ended.");
        }
        if mistake && step.contains(" 2/") && keys.starts_with("enter next") {
            mistake = false;
            // In the lesson's own lab something is typed that the lesson does not know of …
            tmux.send("demo:stage", &["S"]);
            tmux.see_text("demo:stage", "@hostname/2#");
            tmux.send("demo:stage", &["hostname oops; exit", "Enter"]);
            tmux.see_text("demo:stage", "The shell has ended.");
            // … and one key brings back the step as it was.
            tmux.send("demo:stage", &["R"]);
            tmux.see_text("demo:stage", "abc answer");
            tmux.send("demo:stage", &["b"]);
            tmux.see_text("demo:stage", "enter next");
            tmux.send("demo:stage", &["Enter"]);
            tmux.see_text("demo:stage", " 3/");
            tmux.send("demo:stage", &["c"]);
            tmux.see_text("demo:stage", "labhost → box");
        }
        // The line of keys is drawn last, so once that is another one the rest of the screen is there too.
        let (key, next): (&str, &[&str]) = match keys.split(" · ").next().unwrap_or_default() {
            "abc answer" => ("a", &["enter next"]),
            "enter do it" => ("Enter", &["enter next"]),
            "enter leave" => break,
            _ => ("Enter", &["enter do it", "abc answer", "enter leave"]),
        };
        tmux.send("demo:stage", &[key]);
        screen = tmux.see("demo:stage", "the next page", |screen| {
            let keys = screen.trim_end().lines().last().unwrap_or_default();
            next.iter().any(|it| keys.starts_with(it))
        });
    }
    assert!(!excursion && !mistake, "{lesson}: the excursion and the mistake were to happen");
    assert!(screen.contains("claims held."), "{screen}");
    tmux.see_text("demo:own", "the end");
    tmux.send("demo:stage", &["Enter"]);
    tmux.see_text("demo:stage", "ready>");
    tmux.see_text("demo:own", "The presenter has ended.");
}
