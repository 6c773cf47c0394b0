//! Which pane goes where on a terminal of this size. Nothing is drawn here. From 160 columns on there are three columns, from 72
//! on two; below that one pane and another below it; on a terminal as large as a stamp one alone.

use super::view::{Pane, View};
use ratatui::layout::Rect;

/// Narrower than these there are fewer columns.
const THREE: u16 = 160;
const TWO: u16 = 72;
/// With a shell beside them, three columns need more.
const THREE_AND_SHELL: u16 = 220;
/// A shell beside the step, and not below it, needs so much.
const SHELL_BESIDE: u16 = 130;
/// Higher than this, sides and picture are above each other.
const BOTH: u16 = 30;

/// Where everything is. Each pane's first line is its title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Areas {
    pub head: Rect,
    pub panes: Vec<(Pane, Rect)>,
    pub keys: Rect,
}

impl Areas {
    pub fn of(&self, pane: Pane) -> Option<Rect> {
        self.panes.iter().find(|(it, _)| *it == pane).map(|(_, area)| *area)
    }

    /// The pane at a place of the screen.
    pub fn at(&self, column: u16, row: u16) -> Option<Pane> {
        self.panes.iter().find(|(_, area)| area.contains((column, row).into())).map(|(pane, _)| *pane)
    }
}

/// The upper part of an area, and the rest.
fn above(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

/// The left part of an area, and the rest behind one column for a line between them.
fn beside(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let rest = (area.width - width).saturating_sub(1);
    (Rect { width, ..area }, Rect { x: area.x + area.width - rest, width: rest, ..area })
}

/// The areas on a screen of this size. `alone`: there is one text and nothing beside it, as at the beginning and the end.
/// `calls` is how many lines the system calls would like to have.
pub fn areas(size: Rect, view: &View, shell: bool, alone: bool, calls: usize) -> Areas {
    // On few lines the text comes first, then the keys, then the head.
    let (head, rest) = above(size, u16::from(size.height >= 4));
    let (body, keys) = above(rest, rest.height - u16::from(rest.height >= 3));
    let panes = panes(body, view, shell, alone, calls);
    Areas { head, panes, keys }
}

fn panes(body: Rect, view: &View, shell: bool, alone: bool, calls: usize) -> Vec<(Pane, Rect)> {
    let focus = if view.focus == Pane::Shell && !shell { Pane::Step } else { view.focus };
    if view.zoom || body.height < 8 || body.width < 30 || (alone && !shell) {
        return vec![(if alone && focus != Pane::Shell { Pane::Step } else { focus }, body)];
    }
    if shell && (body.width < SHELL_BESIDE || view.presenting) {
        let (step, shell) = above(body, body.height * 2 / 5);
        return vec![(Pane::Step, step), (Pane::Shell, shell)];
    }
    if view.presenting || alone {
        let (step, shell) = above(body, if shell { body.height * 2 / 5 } else { body.height });
        return if shell.height > 0 {
            vec![(Pane::Step, step), (Pane::Shell, shell)]
        } else {
            vec![(Pane::Step, step)]
        };
    }
    let calls = u16::try_from(calls + 1).unwrap_or(u16::MAX);
    let one = if view.picture { Pane::Picture } else { Pane::Sides };
    if body.width < TWO {
        let (step, rest) = above(body, body.height * 11 / 20);
        return vec![(Pane::Step, step), (if focus == Pane::Step { Pane::Calls } else { focus }, rest)];
    }
    let two = |area: Rect| {
        if area.height < BOTH {
            return vec![(one, area)];
        }
        let (sides, picture) = above(area, area.height * 11 / 20);
        vec![(Pane::Sides, sides), (Pane::Picture, picture)]
    };
    if shell {
        let three = body.width >= THREE_AND_SHELL;
        let (left, right) = beside(body, if three { body.width * 3 / 10 } else { body.width * 2 / 5 });
        let (step, below) = above(left, left.height - calls.clamp(3, left.height / 3));
        let mut panes = vec![(Pane::Step, step), (Pane::Calls, below)];
        let (middle, shell) = beside(right, if three { right.width / 2 } else { 0 });
        panes.extend(if three { two(middle) } else { Vec::new() });
        // Without a column in the middle nothing is before the line.
        panes.push((Pane::Shell, if three { shell } else { right }));
        return panes;
    }
    let (top, below) = above(body, body.height - calls.clamp(3, (body.height * 2 / 5).max(3)));
    let mut panes = Vec::new();
    if body.width >= THREE {
        let (step, rest) = beside(top, top.width * 19 / 50);
        let (sides, picture) = beside(rest, rest.width / 2);
        panes.extend([(Pane::Step, step), (Pane::Sides, sides), (Pane::Picture, picture)]);
    } else {
        let (step, rest) = beside(top, top.width / 2);
        panes.push((Pane::Step, step));
        panes.extend(two(rest));
    }
    panes.push((Pane::Calls, below));
    panes
}

#[cfg(test)]
mod tests {
    use super::super::theme::{Ground, Theme};
    use super::*;

    /// Whatever the size, nothing is outside of the screen and nothing covers something else.
    #[test]
    fn panes_lie_beside_each_other() {
        let theme = Theme { ground: Ground::Dark, colour: true, utf8: true };
        for (width, height) in
            (0..260).step_by(7).flat_map(|width| (0..80).step_by(3).map(move |height| (width, height)))
        {
            for focus in Pane::ALL {
                for bits in 0..32 {
                    let mut view = View::new(theme);
                    (view.focus, view.zoom, view.picture) = (focus, bits & 1 != 0, bits & 2 != 0);
                    view.presenting = bits & 4 != 0;
                    let size = Rect::new(0, 0, width, height);
                    let areas = areas(size, &view, bits & 8 != 0, bits & 16 != 0, usize::from(width % 40));
                    let mut all: Vec<Rect> = areas.panes.iter().map(|(_, area)| *area).collect();
                    all.extend([areas.head, areas.keys]);
                    for (at, one) in all.iter().enumerate() {
                        assert_eq!(one.intersection(size), *one, "{size:?} {areas:?}");
                        let covered = all[at + 1..].iter().any(|other| one.intersects(*other));
                        assert!(!covered || one.is_empty(), "{size:?} {areas:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_usual_terminal_has_everything_but_the_picture() {
        let view = View::new(Theme { ground: Ground::Dark, colour: true, utf8: true });
        let areas = areas(Rect::new(0, 0, 80, 24), &view, false, false, 2);
        let panes: Vec<Pane> = areas.panes.iter().map(|(pane, _)| *pane).collect();
        assert_eq!(panes, [Pane::Step, Pane::Sides, Pane::Calls]);
        assert_eq!((areas.head.height, areas.keys.height), (1, 1));
    }
}
