//! Measures what `ringfence bench accounts` does, without building the rest:
//! `cargo run --release -p credential --example measure -- hashing|timing|stuffing [number]`

use credential::password::Params;
use credential::{measure, stuffing};
use std::time::Instant;

#[allow(clippy::disallowed_methods, reason = "a benchmark measures wall time")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let number = arguments.next().map(|number| number.parse()).transpose()?;
    let text = match what.as_str() {
        "hashing" => {
            let pairs = number.unwrap_or(20);
            let measured = measure::hashing(Params::default(), 2, pairs, cpu_s, peak_mib)?;
            serde_json::to_string_pretty(&measured)?
        }
        "timing" => {
            let params = Params { memory_kib: 1_024, passes: 1, lanes: 1 };
            let start = Instant::now();
            let clock_ns = || start.elapsed().as_nanos() as u64;
            serde_json::to_string_pretty(&measure::timing(
                params,
                number.unwrap_or(2_000),
                1,
                clock_ns,
            )?)?
        }
        "stuffing" => {
            let seed = number.map_or(1, u64::from);
            let config = stuffing::Config { seed, ..stuffing::Config::default() };
            serde_json::to_string_pretty(&stuffing::run(config))?
        }
        _ => return Err("hashing, timing or stuffing".into()),
    };
    println!("{text}");
    Ok(())
}

fn cpu_s() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1_024.0
}
