//! Calls that go round: what an operation does for each of several things is read once, and counted.
//! Rounds of two or more calls: one call that repeats says each time another thing, as mkdir does for a tree. The
//! exception is prctl, which takes capabilities out of the bounding set, one at a time.

use crate::evidence::record::{Call, Returned};

/// A piece of a list of calls.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Call(&'a Call),
    /// So many more rounds of the calls before it.
    More {
        rounds: usize,
        calls: usize,
    },
}

/// The shortest round and the longest.
const ROUND: std::ops::RangeInclusive<usize> = 1..=4;
/// Fewer rounds than this are all shown.
const FEW: usize = 3;

/// The calls with all rounds after the first one counted. A call that failed is always shown.
pub fn rounds(calls: &[Call]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::with_capacity(calls.len());
    let mut at = 0;
    while at < calls.len() {
        let found = ROUND.map(|length| (length, count(&calls[at..], length))).find(|(_, count)| *count >= FEW);
        match found {
            Some((length, count)) => {
                pieces.extend(calls[at..at + length].iter().map(Piece::Call));
                pieces.push(Piece::More { rounds: count - 1, calls: length });
                at += length * count;
            }
            None => {
                pieces.push(Piece::Call(&calls[at]));
                at += 1;
            }
        }
    }
    pieces
}

/// How often the first `length` calls come, one round after the other.
fn count(calls: &[Call], length: usize) -> usize {
    let Some(first) = calls.get(..length) else { return 0 };
    let failed = |call: &Call| matches!(call.result, Some(Returned::Failed(_)));
    // One call again and again is no round; but prctl takes capabilities away one by one.
    let one_by_one = length == 1 && first[0].name == "prctl";
    if !one_by_one && first.iter().all(|call| call.name == first[0].name) {
        return 0;
    }
    let what = |call: &Call| one_by_one.then(|| call.args.first().cloned());
    let alike = |(one, other): (&Call, &Call)| {
        one.name == other.name && one.child == other.child && what(one) == what(other) && !failed(other)
    };
    calls.chunks_exact(length).take_while(|round| first.iter().zip(*round).all(alike)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str) -> Call {
        Call { name: name.to_owned(), args: Vec::new(), result: Some(Returned::Value(0)), child: false }
    }

    fn said(names: &str) -> String {
        let calls: Vec<Call> = names.chars().map(|name| call(&name.to_string())).collect();
        let word = |piece: &Piece<'_>| match piece {
            Piece::Call(call) => call.name.clone(),
            Piece::More { rounds, calls } => format!("({rounds}×{calls})"),
        };
        rounds(&calls).iter().map(word).collect()
    }

    #[test]
    fn rounds_are_counted_and_all_else_is_shown() {
        let rows = [("pabababcdededez", "pab(2×2)cde(2×2)z"), ("ababc", "ababc"), ("mmmm", "mmmm"), ("", "")];
        for (calls, shown) in rows {
            assert_eq!(said(calls), shown);
        }
        assert_eq!(said("mmmmmmmm"), "mmmmmmmm");
    }
}
