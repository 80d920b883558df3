//! Benchmarks on the same input as a peer: `ringfence bench windows` beside Flink, `bench trees`
//! beside ONNX Runtime. `cargo run -p xtask -- peer flink|onnx` runs both sides.

use anyhow::{Context, Result, ensure};
use clap::Args;
use engine::Recorder;
use onchain::features::COUNT;
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::hint::black_box;
use std::io::BufRead;
use std::path::PathBuf;

use crate::config::Config;
use crate::measure::{Scratch, cpu_of};
use crate::{input, setup};

/// Windows of the shared rule: 1 m, 5 m, 1 h, 1 d, 7 d, both ends included.
const WINDOWS_S: [i64; 5] = [60, 300, 3_600, 86_400, 604_800];
/// Events that are made durable together.
const BATCH: usize = 4_096;

#[derive(Args)]
pub(crate) struct WindowsArgs {
    /// CSV without header: second, key, amount; seconds ascending.
    #[arg(long, value_name = "CSV")]
    events: PathBuf,
}

#[derive(Args)]
pub(crate) struct TreesArgs {
    /// Rows of inputs, little-endian f32.
    #[arg(long, value_name = "FILE")]
    rows: PathBuf,
    /// Expected sums of the trees, little-endian f64.
    #[arg(long, value_name = "FILE")]
    scores: PathBuf,
    /// The model; the one that ships with the program without it.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

/// The events of one key within the longest window, with running counts and sums of each.
#[derive(Default)]
struct Key {
    events: VecDeque<(i64, i64)>,
    /// Events that have left the deque, and the first event of each window, counted from the start.
    gone: usize,
    first: [usize; 5],
    sums: [i64; 5],
}

impl Key {
    fn add(&mut self, time_s: i64, amount: i64) {
        self.events.push_back((time_s, amount));
        self.sums.iter_mut().for_each(|sum| *sum += amount);
    }

    /// Counts and sums as of `time_s`.
    fn read(&mut self, time_s: i64) -> ([i64; 5], [i64; 5]) {
        let mut counts = [0; 5];
        for (window, width_s) in WINDOWS_S.iter().enumerate() {
            while let Some((then_s, amount)) = self.events.get(self.first[window] - self.gone)
                && *then_s < time_s - width_s
            {
                self.sums[window] -= amount;
                self.first[window] += 1;
            }
            counts[window] = (self.gone + self.events.len() - self.first[window]) as i64;
        }
        while self.gone < self.first[4] {
            self.events.pop_front();
            self.gone += 1;
        }
        (counts, self.sums)
    }
}

/// Exact event-time windows and one rule; every event is on the record before its second is judged.
pub(crate) fn windows(config: &Config, args: &WindowsArgs, json: bool) -> Result<()> {
    let scratch = Scratch::new(config)?;
    let mut journal = store::JournalDir::open(&scratch.0.join("journal"), "bench.example/windows")?;
    let reader = input::open(&args.events)?;
    let (outcome, cpu_s) = cpu_of(|| -> Result<(u64, u64, i64)> {
        let mut keys: HashMap<u64, Key> = HashMap::new();
        let (mut events, mut alerts, mut checksum) = (0u64, 0u64, 0i64);
        let mut second: Vec<(u64, i64)> = Vec::new();
        let mut second_s = i64::MIN;
        let mut pending: Vec<Vec<u8>> = Vec::new();
        let mut judge = |time_s: i64, second: &mut Vec<(u64, i64)>| {
            for (key, amount) in second.iter() {
                keys.entry(*key).or_default().add(time_s, *amount);
            }
            for (key, _) in second.drain(..) {
                let (counts, sums) = keys.entry(key).or_default().read(time_s);
                checksum += counts.iter().sum::<i64>() + sums.iter().sum::<i64>();
                let is_alert =
                    counts[0] >= 3 || (counts[2] >= 10 && sums[2] > 5_000) || sums[4] > 50_000;
                alerts += u64::from(is_alert);
            }
        };
        for (number, line) in reader.lines().enumerate() {
            let line = line?;
            let at = || format!("--events: line {}", number + 1);
            let mut fields = line.split(',');
            let mut field = || fields.next().with_context(at);
            let time_s: i64 = field()?.trim().parse().with_context(at)?;
            let key: u64 = field()?.trim().parse().with_context(at)?;
            let amount: i64 = field()?.trim().parse().with_context(at)?;
            ensure!(time_s >= second_s, "{}: its second is before the last one", at());
            if time_s > second_s {
                judge(second_s, &mut second);
                second_s = time_s;
            }
            second.push((key, amount));
            events += 1;
            pending.push(line.into_bytes());
            if pending.len() == BATCH {
                journal.append(&pending).map_err(engine::EngineError::Record)?;
                pending.clear();
            }
        }
        judge(second_s, &mut second);
        if !pending.is_empty() {
            journal.append(&pending).map_err(engine::EngineError::Record)?;
        }
        Ok((events, alerts, checksum))
    });
    let (events, alerts, checksum) = outcome?;
    let result = json!({
        "events": events,
        "alerts": alerts,
        "checksum": checksum,
        "cpu_s": cpu_s,
        "events_per_cpu_s": events as f64 / cpu_s,
    });
    if json {
        println!("{result}");
    } else {
        println!("{result:#}");
    }
    Ok(())
}

/// Tree inference on given rows, checked against given sums.
pub(crate) fn trees(args: &TreesArgs, json: bool) -> Result<()> {
    let model = setup::model(args.model.as_deref())?;
    let bytes = input::read_all(&args.rows, 1 << 30)?;
    let expected = input::read_all(&args.scores, 1 << 30)?;
    let rows: Vec<[f32; COUNT]> = bytes
        .chunks_exact(4 * COUNT)
        .map(|row| {
            let mut values =
                row.chunks_exact(4).map(|v| f32::from_le_bytes([v[0], v[1], v[2], v[3]]));
            std::array::from_fn(|_| values.next().unwrap_or(f32::NAN))
        })
        .collect();
    let scores: Vec<f64> = expected
        .chunks_exact(8)
        .map(|score| f64::from_le_bytes(score.try_into().expect("chunks of eight")))
        .collect();
    ensure!(!rows.is_empty() && rows.len() == scores.len(), "--rows and --scores: they do not fit");
    let differences = rows.iter().zip(&scores).map(|(row, score)| (model.raw(row) - score).abs());
    let largest = differences.fold(0.0, f64::max);
    let rounds = (400_000 / rows.len()).max(1);
    let (_, cpu_s) = cpu_of(|| {
        for _ in 0..rounds {
            rows.iter().for_each(|row| {
                black_box(model.raw(black_box(row)));
            });
        }
    });
    let result = json!({
        "rows": rows.len(),
        "trees": model.forest().trees().len(),
        "largest_difference": largest,
        "rows_per_cpu_s": (rounds * rows.len()) as f64 / cpu_s,
    });
    if json {
        println!("{result}");
    } else {
        println!("{result:#}");
    }
    Ok(())
}
