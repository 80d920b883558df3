use super::*;
use std::cell::Cell;

const SMALL: Params = Params { memory_kib: 64, passes: 1, lanes: 1 };

#[test]
fn a_measurement_is_of_what_the_clocks_say() {
    let (cpu, peak) = (Cell::new(0.0), Cell::new(10.0));
    let cpu_s = || cpu.replace(cpu.get() + 0.5);
    let peak_mib = || peak.replace(peak.get() + 1.0);
    let hashing = hashing(SMALL, 2, 3, cpu_s, peak_mib).unwrap();
    assert_eq!((hashing.pooled_ms, hashing.allocating_ms, hashing.ratio), (500.0, 500.0, 1.0));
    assert_eq!((hashing.base_mib, hashing.peak_mib), (10.0, 11.0));
    assert_eq!((hashing.bound_mib, hashing.wiping_ms), (12.125, 500.0));
    let clock = Cell::new(0);
    let timing = timing(SMALL, 50, 1, || clock.replace(clock.get() + 1_000)).unwrap();
    assert_eq!((timing.known_us, timing.unknown_us), (1.0, 1.0));
    assert_eq!(timing.difference.p_value, 1.0);
}
