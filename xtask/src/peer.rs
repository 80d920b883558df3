//! Side-by-side runs with peers on the same input, in the same minutes.
//!
//! `PYTHON` is an interpreter with the peer's package: `onnx`, `onnxruntime` and `numpy`, or
//! `apache-flink` (which needs Java 17). Without them the run says so and skips.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Runs a command and returns the JSON object on its last line.
fn run(command: &mut Command) -> Result<Value> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("")
    );
    serde_json::from_str(text.lines().last().unwrap_or("")).with_context(|| text)
}

fn has(python: &str, module: &str) -> bool {
    let code = format!("import {module}");
    Command::new(python).args(["-c", &code]).output().is_ok_and(|output| output.status.success())
}

fn ours(root: &Path, arguments: &[&str]) -> Result<Value> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--release", "-p", "ringfence", "--"]);
    run(command.args(arguments).arg("--json").current_dir(root))
}

fn number(value: &Value, name: &str) -> Result<f64> {
    value[name].as_f64().with_context(|| format!("the result has no '{name}': {value}"))
}

pub(crate) fn peer(root: &Path, mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let which = arguments.next().unwrap_or_default();
    let python = arguments.next().unwrap_or_else(|| "python3".to_owned());
    let scratch = root.join("target/peers");
    std::fs::create_dir_all(&scratch)?;
    let path = |name: &str| scratch.join(name).display().to_string();
    match which.as_str() {
        "onnx" => {
            if !has(&python, "onnxruntime") {
                println!("skipped: {python} has no onnxruntime");
                return Ok(());
            }
            let (rows, scores) = (path("rows.f32"), path("scores.f64"));
            let script = root.join("xtask/peers/onnx_trees.py");
            let model = root.join("models/account-model.json");
            let mut command = Command::new(&python);
            command.arg(script).arg(model).args(["--rows-out", &rows, "--scores-out", &scores]);
            let theirs = run(&mut command)?;
            let ours = ours(root, &["bench", "trees", "--rows", &rows, "--scores", &scores])?;
            println!("onnx: {theirs}\nours: {ours}");
            ensure!(number(&ours, "largest_difference")? <= 1e-6, "the scores differ");
            Ok(())
        }
        "flink" => {
            if !has(&python, "pyflink") {
                println!("skipped: {python} has no apache-flink");
                return Ok(());
            }
            let events = path("events.csv");
            let script = root.join("xtask/peers/flink_windows.py");
            let script = script.display().to_string();
            let generate =
                [&script, "generate", "--events", "300000", "--keys", "30000", "--out", &events];
            run(Command::new(&python).args(generate))?;
            let measure = [&script, "measure", "--events", &events, "--backend", "hashmap"];
            let theirs = run(Command::new(&python).args(measure))?;
            let ours = ours(root, &["bench", "windows", "--events", &events])?;
            println!("flink: {theirs}\nours:  {ours}");
            for field in ["events", "alerts", "checksum"] {
                ensure!(
                    theirs[field] == ours[field],
                    "{field}: {} and {}",
                    theirs[field],
                    ours[field]
                );
            }
            Ok(())
        }
        other => bail!("there is no peer '{other}'; known are onnx and flink"),
    }
}
