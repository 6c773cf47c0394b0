//! Axes of pictures that were measured: which numbers stand at them, and where a value lies.

use super::canvas::{Canvas, wide};

/// A range of values, and the pixels that it is drawn on.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub most: u64,
    pub from: i32,
    pub to: i32,
}

impl Scale {
    /// Where a value lies.
    pub fn at(self, value: u64) -> i32 {
        let part = i128::from(value.min(self.most)) * i128::from(self.to - self.from) / i128::from(self.most.max(1));
        self.from + i32::try_from(part).unwrap_or(0)
    }

    /// The values at which a number stands: at most so many, a whole number of steps from nothing on.
    pub fn marks(self, steps: &[u64], count: u64) -> Vec<u64> {
        let fits = |step: &&u64| self.most / **step <= count;
        let step = steps.iter().find(fits).or(steps.last()).copied().unwrap_or(1).max(1);
        (0..=self.most / step).map(|number| number * step).collect()
    }
}

/// A line below, with a number at each mark.
pub fn time(canvas: &mut Canvas, scale: Scale, y: i32, count: u64) {
    canvas.line(&[(scale.from, y), (scale.to, y)], "axis");
    let steps = [50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000];
    for mark in scale.marks(&steps, count) {
        let (x, text) = (scale.at(mark), seconds(mark));
        canvas.line(&[(x, y), (x, y + 5)], "axis");
        let left = (x - wide(&text) / 2).min(scale.to - wide(&text)).max(0);
        canvas.text((left, y + 19), &text, "line");
    }
}

/// `0.5 s`, and `0.05 s` where tenths are not enough.
pub fn seconds(micros: u64) -> String {
    let hundredths = (micros + 5000) / 10_000;
    match hundredths % 10 {
        0 => format!("{}.{} s", hundredths / 100, hundredths / 10 % 10),
        _ => format!("{}.{:02} s", hundredths / 100, hundredths % 100),
    }
}

/// `8 MiB`, and `7.5 MiB` where it is not a whole number.
pub fn mebibytes(bytes: u64) -> String {
    let tenths = (bytes * 10 + (1 << 19)) >> 20;
    match tenths % 10 {
        0 => format!("{} MiB", tenths / 10),
        rest => format!("{}.{rest} MiB", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_few_and_a_value_has_its_place() {
        let scale = Scale { most: 1_300_000, from: 60, to: 710 };
        assert_eq!(scale.marks(&[100_000, 200_000, 500_000], 5), [0, 500_000, 1_000_000]);
        assert_eq!((scale.at(0), scale.at(1_300_000), scale.at(650_000)), (60, 710, 385));
        let up = Scale { most: 32, from: 200, to: 20 };
        assert_eq!((up.at(0), up.at(32), up.at(16)), (200, 20, 110));
    }

    #[test]
    fn sizes_and_times_have_their_units() {
        assert_eq!((mebibytes(8 << 20), mebibytes((15 << 20) / 2)), ("8 MiB".to_owned(), "7.5 MiB".to_owned()));
        assert_eq!((seconds(500_000), seconds(1_050_000)), ("0.5 s".to_owned(), "1.05 s".to_owned()));
    }
}
