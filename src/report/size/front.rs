//! The Pareto front of cost and latency: the fleets of which no other is at least as cheap and as
//! fast, and better in one of the two.

/// Which of these points are on the front, less being better in both; of equal points the first.
///
/// By cost, and by latency where the cost is equal: a point is on the front if it is faster than
/// all that are cheaper (Kung, Luccio and Preparata, Journal of the ACM 22, 1975, for two
/// dimensions).
pub fn front(points: &[(f64, f64)]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    let less = |a: &usize, b: &usize| {
        let (a, b) = (points[*a], points[*b]);
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    };
    order.sort_by(less);
    let mut on = vec![false; points.len()];
    let mut last: Option<(f64, f64)> = None;
    for index in order {
        let point = points[index];
        if last.is_none_or(|last| point.1 < last.1) {
            on[index] = true;
            last = Some(point);
        }
    }
    on
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_cheaper_or_faster_is_on_the_front() {
        let points = [(1.0, 9.0), (2.0, 5.0), (2.0, 6.0), (3.0, 5.0), (4.0, 1.0), (4.0, 1.0)];
        assert_eq!(front(&points), [true, true, false, false, true, false]);
        assert_eq!(front(&[]), [false; 0]);
    }

    proptest! {
        #[test]
        fn the_front_is_what_the_definition_says(
            points in prop::collection::vec((0..12_u8, 0..12_u8), 0..40)
        ) {
            let points: Vec<_> = points.into_iter().map(|(a, b)| (a.into(), b.into())).collect();
            let expected: Vec<bool> = points.iter().enumerate().map(|(index, &(cost, latency))| {
                let mut others = points.iter().enumerate();
                !others.any(|(other, &(c, l))| {
                    let equal = (c, l) == (cost, latency);
                    c <= cost && l <= latency && (!equal || other < index)
                })
            }).collect();
            prop_assert_eq!(front(&points), expected);
        }
    }
}
