//! Stacking things that lie side by side or over one another into lanes.

/// Gives each interval the lowest lane in which it meets no other. Shorter intervals choose first, so that inner spans lie
/// nearer to the text than outer ones. `gap` is kept free between neighbours; lanes from `most` on share the last one.
pub fn assign_lanes(intervals: &[(f32, f32)], gap: f32, most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..intervals.len()).collect();
    let at = |index: usize| intervals.get(index).copied().unwrap_or_default();
    order.sort_by(|one, other| {
        let (one, other) = (at(*one), at(*other));
        (one.1 - one.0).total_cmp(&(other.1 - other.0)).then(one.0.total_cmp(&other.0))
    });
    let mut lanes: Vec<Vec<(f32, f32)>> = Vec::new();
    let mut result = vec![0; intervals.len()];
    for index in order {
        let (start, end) = at(index);
        let meets = |other: &(f32, f32)| start < other.1 + gap && other.0 < end + gap;
        let free = lanes.iter().position(|lane| !lane.iter().any(meets)).unwrap_or(lanes.len());
        let lane = free.min(most.saturating_sub(1));
        while lanes.len() <= lane {
            lanes.push(Vec::new());
        }
        if let (Some(taken), Some(place)) = (lanes.get_mut(lane), result.get_mut(index)) {
            taken.push((start, end));
            *place = lane;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn inner_spans_lie_nearer() {
        let check = |intervals: &[(f32, f32)], expected: &[usize]| {
            assert_eq!(assign_lanes(intervals, 1.0, 12), expected);
        };
        check(&[(0.0, 100.0), (10.0, 20.0)], &[1, 0]);
        check(&[(0.0, 10.0), (20.0, 30.0)], &[0, 0]);
        check(&[(0.0, 60.0), (50.0, 90.0)], &[1, 0]);
        check(&[(0.0, 10.0), (0.0, 10.0), (0.0, 10.0)], &[0, 1, 2]);
    }

    proptest! {
        #[test]
        fn no_two_in_a_lane_meet(starts in prop::collection::vec((0.0f32..300.0, 1.0f32..80.0), 0..40)) {
            let intervals: Vec<_> = starts.iter().map(|(start, len)| (*start, start + len)).collect();
            let lanes = assign_lanes(&intervals, 2.0, usize::MAX);
            for (one, first) in intervals.iter().enumerate() {
                for (other, second) in intervals.iter().enumerate().skip(one + 1) {
                    if lanes[one] == lanes[other] {
                        prop_assert!(first.1 + 2.0 <= second.0 || second.1 + 2.0 <= first.0);
                    }
                }
            }
        }
    }
}
