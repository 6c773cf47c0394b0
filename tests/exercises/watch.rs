//! `boxlab exercise watch` on a terminal: a save is followed by a verdict, however the editor saves.

use crate::made::RIGHT;
use crate::support::boxlab::{Boxlab, everyone};
use crate::support::pty::Terminal;

#[test]
fn a_save_is_followed_by_a_verdict_and_keys_are_heard() {
    for who in everyone() {
        let mut start = Boxlab::by(who, ["exercise", "start", "hostname", "--lang", "shell"]);
        let home = start.home.path().to_owned();
        start.command.current_dir(&home);
        start.run_and(|| {
            let folder = home.join("hostname");
            let mut watch = Boxlab::by(who, ["exercise", "watch"]).at_home_of(&home);
            watch.command.current_dir(&folder);
            let mut terminal = Terminal::start(watch, 40, 100);
            terminal.wait_for("Nothing was");
            terminal.wait_for("q quit");
            terminal.send("h");
            terminal.wait_for("hint 1 of 3");
            terminal.send("s");
            terminal.wait_for("has not passed yet");
            terminal.send("n");
            terminal.wait_for("has not passed yet");
            // Written beside and renamed, as most editors do.
            std::fs::write(folder.join("main.sh~"), RIGHT).expect("a file");
            std::fs::rename(folder.join("main.sh~"), folder.join("main.sh")).expect("a rename");
            terminal.wait_for("main.sh was saved");
            terminal.wait_for("It leaves nothing behind.");
            terminal.wait_for("n next");
            // Deleted, and made anew by somebody else.
            let aside = home.join("aside");
            std::fs::rename(&folder, &aside).expect("a rename");
            terminal.wait_for("is gone");
            std::fs::rename(&aside, &folder).expect("a rename");
            terminal.wait_for("is back");
            std::fs::write(folder.join("main.sh"), "exec \"$@\"\n").expect("a file");
            terminal.wait_for("Nothing was");
            terminal.send("r");
            terminal.wait_for("again");
            terminal.wait_for("q quit");
            terminal.send("q");
            assert_eq!(terminal.end().0.code(), Some(1));
        });
    }
}
