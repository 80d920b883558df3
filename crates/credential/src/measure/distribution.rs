//! Whether two sets of samples come from one distribution: the two-sample test of Kolmogorov and Smirnov.

use serde::Serialize;

/// What the test says.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Difference {
    /// Largest distance of the two empirical distributions, 0 to 1.
    pub statistic: f64,
    /// How likely a distance as large is if there is no difference.
    pub p_value: f64,
}

/// Terms of the series that are added up; they fall faster than e^(-2k²λ²).
const TERMS: i32 = 100;

/// Compares two sets of samples, in any order. Empty ones are no different from anything.
pub fn difference(one: &[f64], other: &[f64]) -> Difference {
    let (mut one, mut other) = (one.to_vec(), other.to_vec());
    one.sort_unstable_by(f64::total_cmp);
    other.sort_unstable_by(f64::total_cmp);
    if one.is_empty() || other.is_empty() {
        return Difference { statistic: 0.0, p_value: 1.0 };
    }
    let (n, m) = (one.len() as f64, other.len() as f64);
    let (mut i, mut j, mut statistic) = (0, 0, 0.0f64);
    while i < one.len() && j < other.len() {
        let at = if one[i].total_cmp(&other[j]).is_le() { one[i] } else { other[j] };
        while i < one.len() && one[i].total_cmp(&at).is_le() {
            i += 1;
        }
        while j < other.len() && other[j].total_cmp(&at).is_le() {
            j += 1;
        }
        statistic = statistic.max((i as f64 / n - j as f64 / m).abs());
    }
    Difference { statistic, p_value: p_value(statistic, n * m / (n + m)) }
}

/// The asymptotic distribution with Stephens' correction for few samples (Stephens 1970).
fn p_value(statistic: f64, effective: f64) -> f64 {
    let root = effective.sqrt();
    let lambda = (root + 0.12 + 0.11 / root) * statistic;
    // The series does not converge near 0, where the value is 1 to more digits than matter.
    if lambda < 0.2 {
        return 1.0;
    }
    let terms = (1..=TERMS).map(|k| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * (-2.0 * f64::from(k * k) * lambda * lambda).exp()
    });
    terms.sum::<f64>().clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statistic_is_the_largest_distance() {
        let same = difference(&[1.0, 2.0, 3.0], &[3.0, 1.0, 2.0]);
        assert_eq!(same, Difference { statistic: 0.0, p_value: 1.0 });
        assert_eq!(difference(&[1.0, 2.0], &[3.0, 4.0]).statistic, 1.0);
        // At 2.0 three quarters of the one and a quarter of the other.
        let half = difference(&[1.0, 2.0, 2.0, 9.0], &[2.0, 3.0, 4.0, 5.0]);
        assert_eq!(half.statistic, 0.5);
        assert_eq!(difference(&[], &[1.0]).p_value, 1.0);
        assert!(difference(&[f64::NAN, 1.0], &[1.0, f64::INFINITY]).p_value <= 1.0);
    }

    #[test]
    fn the_p_value_is_that_of_the_tables() {
        // Critical values of the Kolmogorov distribution for large samples.
        for (lambda, p) in [(1.0728, 0.2), (1.2239, 0.1), (1.3581, 0.05), (1.6276, 0.01)] {
            let found = p_value(lambda / 1_000.0, 1e6);
            assert!((found - p).abs() < 2e-4, "{lambda}: {found}");
        }
    }

    #[test]
    fn a_shift_is_seen_and_chance_is_not() {
        let spread = |shift: f64| -> Vec<f64> {
            (0..2_000u64).map(|place| (place * 7_919 % 2_000) as f64 + shift).collect()
        };
        assert!(difference(&spread(0.0), &spread(3.0)).p_value > 0.9);
        assert!(difference(&spread(0.0), &spread(200.0)).p_value < 1e-6);
    }
}
