//! What to install, on the four distributions that most people have: the emulator, and a kernel.

/// What a machine is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Emulator,
    Kernel,
}

/// Names in os-release(5), the name that people use, how it installs, the emulator, a kernel.
const DISTRIBUTIONS: [(&str, &str, &str, &str, &str); 4] = [
    ("debian", "Debian", "apt-get install --no-install-recommends", "qemu-system-x86", "linux-image-cloud-amd64"),
    ("ubuntu", "Ubuntu", "apt-get install --no-install-recommends", "qemu-system-x86", "linux-image-virtual"),
    ("fedora", "Fedora", "dnf install", "qemu-system-x86-core", "kernel-core"),
    ("arch", "Arch", "pacman -S", "qemu-system-x86", "linux"),
];

/// The commands that install it: of the distribution that this is, else of all four.
pub fn install(part: Part) -> String {
    commands(part, &std::fs::read_to_string("/etc/os-release").unwrap_or_default())
}

fn commands(part: Part, os_release: &str) -> String {
    let value = |key: &str| {
        let line = os_release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.map(|it| it.trim_matches('"').to_owned()).unwrap_or_default()
    };
    // ID first: Ubuntu is like Debian, but is not.
    let names = format!("{} {}", value("ID"), value("ID_LIKE"));
    let here = names.split_whitespace().find_map(|name| DISTRIBUTIONS.iter().position(|it| it.0 == name));
    let package = |it: &(&str, &str, &str, &'static str, &'static str)| match part {
        Part::Emulator => it.3,
        Part::Kernel => it.4,
    };
    let command = |it: usize| format!("$ sudo {} {}", DISTRIBUTIONS[it].2, package(&DISTRIBUTIONS[it]));
    let others: Vec<String> = (0..DISTRIBUTIONS.len())
        .filter(|it| Some(*it) != here)
        .map(|it| format!("{}: {}", DISTRIBUTIONS[it].1, package(&DISTRIBUTIONS[it])))
        .collect();
    match here {
        Some(here) => format!("{}\nThe package elsewhere is {}.", command(here), others.join(", ")),
        None => format!("install the package. It is {}.", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_distribution_comes_first_and_all_four_are_named() {
        let debian = commands(Part::Emulator, "NAME=\"Debian GNU/Linux\"\nID=debian\n");
        assert!(debian.starts_with("$ sudo apt-get install --no-install-recommends qemu-system-x86\n"), "{debian}");
        let ubuntu = commands(Part::Kernel, "ID=ubuntu\nID_LIKE=debian\n");
        assert!(ubuntu.starts_with("$ sudo apt-get install --no-install-recommends linux-image-virtual\n"), "{ubuntu}");
        let like = commands(Part::Kernel, "ID=rocky\nID_LIKE=\"rhel centos fedora\"\n");
        assert!(like.starts_with("$ sudo dnf install kernel-core\n"), "{like}");
        for text in [commands(Part::Kernel, ""), debian] {
            for name in ["Ubuntu", "Fedora", "Arch"] {
                assert!(text.contains(name), "{text}");
            }
        }
        assert!(commands(Part::Emulator, "ID=nixos").contains("Debian: qemu-system-x86"));
    }
}
