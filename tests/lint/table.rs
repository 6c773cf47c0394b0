//! One edit, one mistake: its code, line, column and text. The place that must be named stands between « and ».

use crate::support::{Folder, GOOD, NEXT, edited, unmarked};

/// Breaks one lesson by one edit, and expects these codes and no other; the first of them at the mark.
fn broken(lesson: &str, old: &str, new: &str, codes: &[&str]) {
    let good = if lesson == "02-hostname" { GOOD } else { NEXT };
    let (text, mark) = unmarked(&edited(good, old, new));
    let folder = Folder::good();
    folder.put(lesson, text);
    let found = folder.lint();
    let mut have: Vec<&str> = found.iter().map(|mistake| mistake.code).collect();
    let mut want = codes.to_vec();
    have.sort_unstable();
    want.sort_unstable();
    assert_eq!(have, want, "after the edit\n{old}\n→\n{new}\n{found:#?}");
    if let (Some((line, column, offending)), Some(code)) = (mark, codes.first()) {
        let first_line = offending.lines().next().unwrap_or_default().to_owned();
        let places: Vec<_> = found
            .iter()
            .filter(|one| one.code == *code)
            .map(|one| (one.line, one.column, one.offending.clone()))
            .collect();
        // A long text is cut, and ends with an ellipsis.
        let is_it = |place: &(usize, usize, String)| {
            let cut = place.2.strip_suffix('…').filter(|cut| cut.len() >= 80 && first_line.starts_with(cut));
            (place.0, place.1) == (line, column) && (place.2 == first_line || cut.is_some())
        };
        assert!(places.iter().any(is_it), "{code} at {line}:{column} `{first_line}`, not {places:?}");
    }
    for mistake in &found {
        assert!(
            !mistake.problem.is_empty() && !mistake.expected.is_empty() && mistake.file.ends_with("lesson.yaml"),
            "{mistake}"
        );
    }
}

macro_rules! hostname {
    ($($name:ident: $old:expr => $new:expr, $($code:literal)+;)*) => {$(
        #[test]
        fn $name() { broken("02-hostname", $old, $new, &[$($code),+]); }
    )*};
}

macro_rules! pids {
    ($($name:ident: $old:expr => $new:expr, $($code:literal)+;)*) => {$(
        #[test]
        fn $name() { broken("03-pids", $old, $new, &[$($code),+]); }
    )*};
}

#[test]
fn the_good_lessons_have_no_mistakes() {
    assert_eq!(Folder::good().lint().iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn what_is_allowed_is_no_mistake() {
    for (lesson, good, old, new) in [
        // A wait that fails returns at once.
        (
            "03-pids",
            NEXT,
            "    do: { wait: first }\n    expect: { first.state: absent }",
            "    do: { wait: first }\n    fails: ECHILD",
        ),
        // A failing step may claim that something changed all the same.
        ("02-hostname", GOOD, "    fails: EPERM\n", "    fails: EPERM\n    expect: { container.hostname: same }\n"),
        // Text without quotes that looks like a number is text where text belongs.
        ("02-hostname", GOOD, "title: A name of its own", "title: 42"),
        ("02-hostname", GOOD, "a: nothing at all", "a: a jail, as chroot"),
        ("02-hostname", GOOD, "{ sethostname: other }", "{ mkdir: [a/b] }"),
        (
            "02-hostname",
            GOOD,
            "    detour: true\n  - as: container\n    say: Try",
            "    detour: true\n    notes:\n  - as: container\n    say: Try",
        ),
    ] {
        let folder = Folder::good();
        folder.put(lesson, edited(good, old, new));
        assert_eq!(folder.lint().iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new(), "{new}");
    }
}

hostname! {
    // What cannot be read.
    unknown_field: "needs: [namespaces]" => "«neds»: [namespaces]", "unknown-field";
    unknown_field_of_a_step: "deeper: true" => "«depper»: true", "unknown-field";
    unknown_field_of_a_prediction: "      because:" => "      «why»: x.\n      because:", "unknown-field";
    again_at_a_detour: "    detour: true\n  - as: container\n    say: Try" => "    detour: true\n    again: «[]»\n  - as: container\n    say: Try", "never-again";
    again_by_nobody: "{ fork: container }" => "{ fork: container }\n    again: [{ as: «nobody», do: { fork: container } }]", "unknown-actor";
    again_at_a_relative_place: "{ fork: container }" => "{ fork: container }\n    again: [{ as: runtime, do: { fork: container } }, { as: runtime, do: { write: { at: «a», text: b } } }]", "relative-path";
    unknown_argument: "{ fork: container }" => "{ bind: { «form»: /a, from: /a, to: /b } }", "unknown-field";
    missing_field: "misconception: Namespaces are things you enter; they copy nothing.\n" => "", "missing-field";
    missing_field_of_a_step: "    why: A child starts in the namespaces of its parent.\n" => "", "missing-field";
    missing_field_of_a_prediction: "      answer: b\n" => "", "missing-field";
    missing_argument: "{ sethostname: other }" => "{ mount: «{ type: tmpfs }» }", "missing-field";
    wrong_type_number: "minutes: 3" => "minutes: «three»", "wrong-type";
    wrong_type_quoted_number: "minutes: 3" => "minutes: «\"3\"»", "wrong-type";
    wrong_type_fraction: "minutes: 3" => "minutes: «2.5»", "wrong-type";
    wrong_type_list: "needs: [namespaces]" => "needs: «namespaces»", "wrong-type";
    two_lines: "title: A name of its own" => "title: «\"A name\\nof its own\"»", "lines";
    steers_a_terminal: "title: A name of its own" => "title: «\"A name\\e[2J\"»", "control-character";
    wrong_type_text: "title: A name of its own" => "title: «[A, name]»", "wrong-type";
    wrong_type_bool: "deeper: true" => "deeper: «yes»", "wrong-type";
    wrong_type_nothing: "part: view" => "part:", "wrong-type";
    wrong_type_steps: "{ sethostname: other }" => "{ mount: «/proc» }", "wrong-type";
    wrong_type_status: "{ sethostname: other }" => "{ exit: «300» }", "wrong-type";
    unknown_operation: "{ sethostname: other }" => "{ «sethostnam»: other }", "unknown-operation";
    unknown_operation_alone: "say: Which name do the host and the runtime have?\n    do: look" => "say: Which name do the host and the runtime have?\n    do: «lok»", "unknown-operation";
    operation_without_arguments: "{ sethostname: other }" => "«sethostname»", "no-arguments";
    two_operations: "{ sethostname: other }" => "{ sethostname: other, «exit»: 0 }", "more-than-one";
    unknown_namespace: "{ unshare: [uts] }" => "{ unshare: [«utc»] }", "unknown-namespace";
    unknown_capability: "drop: [sys_admin]" => "drop: [«CAP_SYS_ADMIN»]", "unknown-capability";
    unknown_errno: "fails: EPERM" => "fails: «EPREM»", "unknown-errno";
    unknown_signal: "{ sethostname: other }" => "{ kill: { pid: 1, signal: «SIGKILL» } }", "unknown-signal";
    unknown_mount_flag: "{ sethostname: other }" => "{ remount: { at: /, flags: [«readonly»] } }", "unknown-mount-flag";
    unknown_propagation: "{ sethostname: other }" => "{ propagation: { at: /, to: «privat» } }", "unknown-propagation";
    unknown_program: "{ sethostname: other }" => "{ place: { program: «busybox», at: /bin/sh } }", "unknown-program";
    unknown_need: "needs: [namespaces]" => "needs: [«rot»]", "unknown-need";
    unknown_drawing: "{ sethostname: other }" => "{ sethostname: other }\n    draw: { «memry»: box }", "unknown-drawing";
    drawn_of_nothing: "{ sethostname: other }" => "{ sethostname: other }\n    drawn: «up to the limit»", "drawn-nothing";
    a_share_of_one: "{ sethostname: other }" => "{ sethostname: other }\n    draw: «{ share: [a] }»", "draw-form";
    unknown_part: "part: view" => "part: «views»", "unknown-part";
    unknown_fact: "host.hostname: same" => "«host.hostnam»: same", "unknown-fact";
    unknown_fact_in_look: "look: [host.hostname, runtime" => "look: [«host.name», runtime", "unknown-fact";
    unknown_view: "container.outside.pid" => "«container.without.pid»", "unknown-view";
    wrong_view: "host.hostname: same" => "«host.outside.hostname»: same", "wrong-view";
    fact_without_actor: "host.hostname: same" => "«hostname»: same", "fact-form";
    mount_fact_without_path: "host.hostname: same" => "«host.mount.proc»: present", "fact-form";
    mode: "{ sethostname: other }" => "{ chmod: { at: /bin, mode: «u+x» } }", "not-a-mode";
    setns_nowhere: "{ sethostname: other }" => "{ setns: «{ kinds: [uts] }» }", "of-or-file";
    empty_list: "{ unshare: [uts] }" => "{ unshare: «[]» }", "empty-list";
    duplicate_key: "minutes: 3" => "minutes: 3\n«minutes»: 4", "duplicate-key";
    anchor: "minutes: 3" => "minutes: «&m» 3", "anchor";
    alias: "minutes: 3" => "minutes: «*m»", "anchor";
    tag: "minutes: 3" => "minutes: !!int «3»", "tag";
    second_document: "summary: A UTS" => "«---»\nsummary: A UTS", "second-document";
    syntax: "needs: [namespaces]" => "needs: [namespaces", "yaml-syntax";
    key_that_is_a_list: "needs: [namespaces]" => "«[»needs]: x", "key-not-text";

    // How it is written.
    id_of_another_folder: "id: hostname" => "id: «host-name»", "id-not-folder";
    minutes_zero: "minutes: 3" => "minutes: «0»", "minutes-zero";
    minutes_that_differ: "minutes: 3" => "minutes: «9»", "minutes-differ";
    empty_text: "title: A name of its own" => "title: «\"\"»", "empty-text";
    empty_docker: "docker: [\"`docker run --hostname box`\"]" => "docker: «[]»", "empty-docker";
    banned_word: "Give the container a name." => "«Just» give the container a name.", "banned-word";
    banned_word_in_a_folded_text: "summary: A UTS namespace holds a host name." => "summary: >\n  A UTS namespace\n  «obviously» holds a host name.", "banned-word";
    banned_word_in_quotes: "a: nothing at all" => "a: \"«magic» at all\"", "banned-word";
    jail: "a: nothing at all" => "a: nothing but a «jail»", "banned-word";
    long_say: "Try the call anyway." => "«Try the call once more anyway and see what one two three four five six seven eight nine ten eleven twelve.»", "say-too-long";
    two_sentences: "Try the call anyway." => "«Try. Then see.»", "say-one-sentence";
    no_full_stop: "Try the call anyway." => "«Try the call anyway»", "say-one-sentence";
    long_why: "why: The kernel copied the name into the new namespace." => "why: «One. Two. Three. Four. Five.»", "why-too-long";
    manual_form: "manual: [unshare(2)]" => "manual: [«unshare»]", "manual-form";
    two_options: "        c: localhost\n" => "", "option-count" "reply-no-option";
    four_options: "        c: localhost\n" => "        c: localhost\n        d: none\n", "option-count" "reply-missing";
    option_letters: "        c: localhost\n" => "        «d»: localhost\n", "option-letter" "reply-missing" "reply-no-option";
    answer_no_option: "answer: b" => "answer: «d»", "answer-no-option";
    reply_missing: "        c: The kernel knows no such default; distributions write it to a file.\n" => "", "reply-missing";
    reply_for_the_answer: "        c: The kernel knows" => "        «b»: Yes.\n        c: The kernel knows", "reply-for-answer";
    reply_to_no_option: "        c: The kernel knows" => "        «e»: No.\n        c: The kernel knows", "reply-no-option";
    options_alike: "        c: localhost" => "        c: «Nothing at all.»", "options-alike";
    answer_by_its_length: "        b: the host's name" => "        b: «the name of the host, copied by the kernel»", "answer-longest";
    claims_nothing: "    expect: { container.caps.effective: changed }\n" => "", "claims-nothing";
    claims_nothing_though_it_looks: "expect: { container.caps.effective: changed }" => "look: [container.caps.effective]", "claims-nothing";
    steps_alike: "    say: Which name does the prompt show?\n    do: { run: [/bin/hostname] }" => "    say: Try the call anyway.\n    do: { sethostname: other }", "steps-alike" "output-of-nothing";
    too_few_steps: "    detour: true\n  - as: container\n    say: Try" => "    deeper: true\n  - as: container\n    say: Try", "step-count";
    claim_twice: "container.ns.uts: new," => "container.ns.uts: new, «container.outside.ns.uts»: new,", "claim-twice";
    claim_in_capitals: "container.ns.uts: new," => "container.ns.uts: «New»,", "claim-form";
    claim_misspelled: "container.caps.effective: changed" => "container.caps.effective: «chagned»", "claim-form";
    claim_about_nobody: "runtime.hostname: as host" => "runtime.hostname: «as»", "claim-form";
    claim_a_letter_too_long: "container.ns.uts: new," => "container.ns.uts: «news»,", "claim-form";
    claim_contain: "container.hostname: box, host" => "container.hostname: «contain box», host", "claim-form";
    claim_gone: "host.hostname: same" => "host.hostname: «gone»", "claim-form";
    claim_is_the_placeholder: "host.hostname: same" => "host.hostname: «…»", "placeholder";
    namespace_by_a_word: "container.ns.uts: new," => "container.ns.uts: «other»,", "impossible-claim";
    output_of_nothing: "    fails: EPERM\n" => "    fails: EPERM\n    output: «contains box»\n", "output-of-nothing";
    placeholder: "why: The kernel copied the name into the new namespace." => "why: «…»", "placeholder";
    placeholder_of_dots: "title: A name of its own" => "title: «...»", "placeholder";
    placeholder_of_a_sentence: "Try the call anyway." => "«…»", "placeholder";
    namespace_of_nobody: "container.ns.uts: new," => "«ns.uts»: new,", "fact-form";
    mount_of_nobody: "container.ns.uts: new," => "«mount./x»: absent,", "fact-form";
    slash_at_the_end: "container.ns.uts: new," => "«container.mount./proc/»: same,", "path-slash";
    slash_at_the_end_of_a_file: "look: [host.hostname, " => "look: [«host.file./etc/», ", "path-slash";
    tab: "    expect: { runtime.hostname: as host }\n" => "«»\texpect: { runtime.hostname: as host }\n", "tab";
    claim_that_is_a_list: "host.hostname: same" => "host.hostname: «[same]»", "wrong-type";
    answer_in_capitals: "answer: b" => "answer: «B»", "answer-no-option";
    output_claim: "output: contains box" => "output: «changed»", "output-claim";
    no_notes: "    notes: Ask the room for the host name of its laptops.\n" => "", "no-notes";
    no_failure: "    fails: EPERM\n" => "    expect: { container.hostname: other }\n", "no-failing-step";
    no_first_lesson_before: "needs: [namespaces]" => "after: «process»", "unknown-lesson";
    after_itself: "needs: [namespaces]" => "after: «hostname»", "after-later";
    after_a_later_one: "needs: [namespaces]" => "after: «pids»", "after-later";
    relative_rootfs: "needs: [namespaces]" => "rootfs: «srv/box»", "relative-path";
    relative_path: "{ sethostname: other }" => "{ mount: { type: proc, at: «proc» } }", "relative-path";
    empty_path: "{ sethostname: other }" => "{ mkdir: [/a, «\"\"»] }", "empty-text";

    // Who is there.
    unknown_actor: "  - as: container\n    say: Try" => "  - as: «contaner»\n    say: Try", "unknown-actor";
    actor_before_its_fork: "  - as: runtime\n    say: Make" => "  - as: «container»\n    say: Make", "unknown-actor";
    fact_of_nobody: "container.hostname: box, host" => "container.hostname: box, «guest.hostname»: box, host", "unknown-actor";
    like_nobody: "runtime.hostname: as host" => "runtime.hostname: «as hots»", "unknown-actor";
    forked_twice: "{ sethostname: box }" => "{ fork: «runtime» }", "fork-alive";
    actor_with_a_dot: "{ sethostname: box }" => "{ fork: «box.1» }", "actor-name";
    setns_to_nobody: "{ sethostname: box }" => "{ setns: { of: «guest», kinds: [uts] } }", "unknown-actor";
    never_opened: "{ sethostname: box }" => "{ fchdir: «root» }", "never-opened";
    never_opened_and_closed: "{ sethostname: box }" => "{ close: «root» }", "never-opened";
    wait_for_nobody: "{ sethostname: box }" => "{ wait: «guest» }", "unknown-actor";
    wait_for_the_living: "{ sethostname: box }" => "{ wait: «host» }", "wait-alive";
}

pids! {
    actor_after_its_end: "  - as: runtime\n    say: Ask for its status." => "  - as: «first»\n    say: Ask for its status.", "ended-actor";
    fact_after_the_end: "first.state: zombie" => "«first.pid»: 1", "ended-actor";
    wait_by_no_parent: "  - as: runtime\n    say: Ask for its status." => "  - as: host\n    say: Ask for its status.", "wait-not-child";
    carried_over: "after: hostname\n" => "", "unknown-actor";
    state_that_is_none: "first.state: zombie" => "first.state: «dead»", "impossible-claim";
    fails_and_ends: "  - as: host\n    say: Fork where the namespace still has its first process.\n    do: { fork: other }\n    expect: { other.state: running }\n    why: The namespace of the host takes as many as it likes.\n" => "", "fails-last";
}

/// What is suggested, word for word.
#[test]
fn the_suggestion_is_what_to_type() {
    for (lesson, old, new, expected) in [
        ("02-hostname", "container.ns.uts: new,", "container.ns.uts: news,", "`new`, if that is meant"),
        (
            "02-hostname",
            "container.hostname: box, host",
            "container.hostname: contain box, host",
            "`contains box`, if that is meant",
        ),
        ("02-hostname", "host.hostname: same", "host.hostname: gone", "`absent`, if that is meant"),
        ("02-hostname", "container.ns.uts: new,", "ns.uts: new,", "`ACTOR.ns.uts`"),
        ("02-hostname", "container.ns.uts: new,", "container.mount./proc/: same,", "`container.mount./proc`"),
        ("02-hostname", "host.hostname: same", "host.hostname: [same]", "a text"),
        ("02-hostname", "answer: b", "answer: B", "`b`, if that is meant"),
        (
            "02-hostname",
            "minutes: 3",
            "minutes: 30",
            "`2`, or from 1 to 4: 140 words a minute and 10 seconds a prediction",
        ),
        (
            "03-pids",
            "first.state: zombie",
            "first.state: zombi",
            "`zombie`, if that is meant; there are: running, zombie, ended; or same, changed, …",
        ),
        (
            "03-pids",
            "after: hostname\n",
            "",
            "`after: hostname` in this lesson, which then starts where that one ended",
        ),
    ] {
        let folder = Folder::good();
        folder.put(lesson, edited(if lesson == "02-hostname" { GOOD } else { NEXT }, old, new));
        let found: Vec<_> = folder.lint().iter().map(|one| (one.problem.clone(), one.expected.clone())).collect();
        assert!(found.len() == 1 && found[0].1 == expected, "{new}: {found:#?}");
        assert!(!new.contains('[') || found[0].0 == "A list stands where a text belongs", "{found:#?}");
    }
}

#[test]
fn a_file_of_nearly_the_right_name() {
    let folder = Folder::good();
    let lesson = folder.path().join("03-pids");
    std::fs::rename(lesson.join("lesson.yaml"), lesson.join("lesson.yml")).expect("a file");
    let found = folder.lint();
    assert_eq!(
        found.iter().map(|one| (one.code, one.expected.as_str())).collect::<Vec<_>>(),
        [("no-lesson-file", "`lesson.yaml`: rename it")]
    );
}
