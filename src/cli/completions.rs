//! `boxlab completions SHELL` and `boxlab man`: made from the same definition that reads the command line.

use crate::problem::{FAILED, Problem, print};
use clap::Args;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  source <(boxlab completions bash)                              for this shell only\n  \
                        boxlab completions zsh > ~/.zfunc/_boxlab                      where fpath has ~/.zfunc\n  \
                        boxlab completions fish > ~/.config/fish/completions/boxlab.fish"
)]
pub struct Completions {
    /// Which shell: bash, zsh, fish, elvish, powershell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl Completions {
    pub fn run(&self, command: &mut clap::Command) -> Result<u8, Problem> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "boxlab", &mut script);
        print(&String::from_utf8_lossy(&script)).map(|()| 0)
    }
}

/// The manual page of the program and, below it, of its commands.
pub fn man(command: clap::Command) -> Result<u8, Problem> {
    let mut page = Vec::new();
    let failed =
        |error: std::io::Error| Problem::new(FAILED, "The manual page could not be made.").because(error.to_string());
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(failed)?;
    for sub in command.get_subcommands() {
        let title = format!("boxlab {}", sub.get_name());
        let man = clap_mangen::Man::new(sub.clone().display_name(title.clone()));
        page.extend(format!(".SH \"{}\"\n", title.to_uppercase()).bytes());
        man.render_description_section(&mut page).map_err(failed)?;
        man.render_options_section(&mut page).map_err(failed)?;
    }
    print(&String::from_utf8_lossy(&page)).map(|()| 0)
}
