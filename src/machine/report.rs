//! The form of an examination: findings, each with how it was found out, what it blocks, and the way out.
//! Data only. `text` draws it, serde writes it as JSON; nothing here asks the kernel.

use serde::Serialize;

/// What one thing that was looked at turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It works: it was tried.
    Ok,
    /// It works in part, or something that only some lessons want is missing.
    Limited,
    /// It does not work, and something depends on it.
    Blocked,
    /// It could not be tried, because something before it failed.
    Unknown,
    /// It is not there, and no lesson asks for it.
    NotNeeded,
}

/// The headings of the report, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    Namespaces,
    FileSystems,
    Tracing,
    Network,
    ControlGroups,
    Surroundings,
}

impl Group {
    pub const ALL: [Group; 6] = [
        Group::Namespaces,
        Group::FileSystems,
        Group::Tracing,
        Group::Network,
        Group::ControlGroups,
        Group::Surroundings,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Group::Namespaces => "Namespaces",
            Group::FileSystems => "File systems",
            Group::Tracing => "Tracing and filters",
            Group::Network => "Network",
            Group::ControlGroups => "Control groups",
            Group::Surroundings => "Surroundings",
        }
    }
}

/// Why something does not work here, and the way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What happened, with the call and its errno: one sentence.
    pub what: String,
    /// Why, computed from what this machine says: one or two sentences.
    pub why: String,
    /// What to run or do next. A line that starts with `$ ` is a command; the rest is prose.
    pub remedy: Option<String>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable name, for example `user-namespace`.
    pub need: &'static str,
    pub group: Group,
    pub title: &'static str,
    pub status: Status,
    /// How it was found out: the call and its answer, and the settings that explain it.
    pub found: String,
    /// Why it is so; empty where it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The lessons or features that cannot run without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<String>,
    /// As `Reason::remedy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    /// Something that works.
    pub fn ok(need: &'static str, group: Group, title: &'static str, found: impl Into<String>) -> Finding {
        Finding { need, group, title, status: Status::Ok, found: found.into(), why: None, blocks: None, remedy: None }
    }

    /// The same finding with another status.
    pub fn status(mut self, status: Status) -> Finding {
        self.status = status;
        self
    }

    /// Says why, what it blocks, and the way out.
    pub fn because(mut self, why: impl Into<String>, blocks: impl Into<String>, remedy: Option<String>) -> Finding {
        self.why = Some(why.into());
        self.blocks = Some(blocks.into());
        self.remedy = remedy;
        self
    }
}

/// All that was found out about this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub kernel: String,
    pub architecture: String,
    /// How long the examination took.
    pub milliseconds: u64,
    pub findings: Vec<Finding>,
}

impl Report {
    /// The finding of that name.
    pub fn find(&self, need: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.need == need)
    }

    /// How many findings have this status.
    pub fn count(&self, status: Status) -> usize {
        self.findings.iter().filter(|finding| finding.status == status).count()
    }
}

/// One lesson, and why it cannot run here, if it cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LessonLine {
    pub id: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<Reason>,
}
