//! How far one identity stands from its peers, by median and median deviation, which a few runaways
//! among the peers do not move.

/// The deviation of a normal distribution in units of its median absolute deviation.
const SCALE: f64 = 1.4826;

/// The robust z of `value` among `peers`; none with fewer than eight peers.
///
/// Of fewer nothing can be said. The deviation is at least a tenth of the median, so that equal peers do not make a small
/// difference a large one.
#[must_use]
pub fn robust_z(value: f64, peers: &[f64]) -> Option<f64> {
    let mut peers: Vec<f64> = peers
        .iter()
        .copied()
        .filter(|peer| peer.is_finite())
        .collect();
    if peers.len() < 8 || !value.is_finite() {
        return None;
    }
    let middle = median(&mut peers)?;
    let mut deviations: Vec<f64> = peers.iter().map(|peer| (peer - middle).abs()).collect();
    let deviation = (median(&mut deviations)? * SCALE)
        .max(middle.abs() / 10.0)
        .max(1e-9);
    Some((value - middle) / deviation)
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = values.get(half)?;
    if values.len() % 2 == 1 {
        return Some(*upper);
    }
    let lower = values.get(half.checked_sub(1)?)?;
    Some(f64::midpoint(*lower, *upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_stands_out_is_seen_even_beside_another() {
        let mut peers: Vec<f64> = (0..20).map(|at| 10.0 + f64::from(at % 5)).collect();
        peers.push(10_000.0);
        assert!(robust_z(1_000.0, &peers).unwrap() > 100.0);
        assert!(robust_z(13.0, &peers).unwrap() < 2.0);
        assert_eq!(robust_z(1.0, &peers[..7]), None);
        assert_eq!(robust_z(f64::NAN, &peers), None);
    }
}
