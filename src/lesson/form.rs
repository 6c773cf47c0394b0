//! What belongs into each field, in one phrase, for the message that it is missing.

pub fn form(field: &str) -> &'static str {
    match field {
        "id" => "the name that the lesson is called by, as in its folder: `02-hostname` has `hostname`",
        "title" => "a few words, as in `A name of its own`",
        "part" => "one of process, view, network, limits, life, product",
        "minutes" => "the minutes to read it aloud, as a whole number",
        "misconception" => "the wrong belief that it removes, as somebody would say it",
        "intro" => "one or two sentences before the first step",
        "steps" => "a list of 6 to 13 steps, each with a `- ` before it",
        "summary" => "the rule to take home, in two or three short sentences",
        "docker" => "a list of the flags, fields or messages of Docker, Podman or Kubernetes that it explains",
        "as" => "the actor who does the step: host, runtime, or one that was forked",
        "say" => "what we want to know or do, in one sentence of at most 20 words",
        "do" => "the operation, as in `{ unshare: [uts] }`, or `look`",
        "why" => "what the evidence means, in at most four sentences",
        "ask" => "the question, before the step acts",
        "options" => "three answers, `a`, `b` and `c`, each somebody's real belief",
        "answer" => "the letter of the right option",
        "because" => "why the answer is right",
        "replies" => "for each wrong option, what that belief would imply and the evidence against it",
        _ => "with its value",
    }
}
