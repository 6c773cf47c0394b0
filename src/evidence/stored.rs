//! What is kept of a run beside its lesson. It holds evidence by name only: no text of the lesson, no number that differs
//! from run to run. `record` has the types that it is made of, `compare` tells how two of them differ; nothing is asked here.

use super::record::{Evidence, Record, Shown, Skipped};
use serde::{Deserialize, Serialize};

/// What is kept beside a lesson and compared: the facts at its beginning and the evidence of its steps, by name only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    pub lesson: String,
    /// The kernel and the version that it was recorded with. Not compared.
    pub kernel: String,
    /// The version of its control groups, if it had any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<u8>,
    pub boxlab: String,
    pub initial: Vec<Shown>,
    pub steps: Vec<StoredStep>,
}

/// One step of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredStep {
    pub number: usize,
    /// Who did what, so that a record is known to be of another step once that was changed.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    #[serde(rename = "do", default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<serde_json::Value>,
    pub evidence: Evidence,
}

impl Stored {
    /// A run without what differs from run to run.
    pub fn of(record: &Record) -> Stored {
        let named = |fact: &Shown| Shown { raw: None, ..fact.clone() };
        let steps = record.steps.iter().map(|step| {
            let mut evidence = Evidence { every_call: Vec::new(), measured: None, nanos: 0, ..step.evidence.clone() };
            evidence.looked = evidence.looked.iter().map(named).collect();
            for change in &mut evidence.changes {
                change.raw = None;
            }
            for claim in &mut evidence.claims {
                claim.raw = None;
            }
            let (actor, operation) = (step.text.actor.clone(), serde_json::to_value(&step.text.operation).ok());
            StoredStep { number: step.number, actor: Some(actor), operation, evidence }
        });
        Stored {
            lesson: record.lesson.clone(),
            kernel: record.kernel.clone(),
            groups: record.groups,
            boxlab: record.boxlab.clone(),
            initial: record.initial.iter().map(named).collect(),
            steps: steps.collect(),
        }
    }

    /// Without steps that were left out now.
    #[must_use]
    pub fn without(mut self, skipped: &[Skipped]) -> Stored {
        self.steps.retain(|step| !skipped.iter().any(|it| it.number == step.number));
        self
    }
}
