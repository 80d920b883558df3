//! Commands about what the exchange holds.

use anyhow::{Context, Result};
use serde_json::json;

use super::args::{AttestArgs, ChainsArgs, ChallengeArgs, EvidenceArgs};
use super::show::{holdings_json, print_holdings};
use crate::reserves::files;
use crate::reserves::holdings::{self, Node};
use crate::reserves::job::Job;

pub(super) fn nodes(texts: &[String]) -> Result<Vec<Node>> {
    texts.iter().map(|text| Node::parse(text).context("--rpc")).collect()
}

pub(super) fn chains(args: &ChainsArgs, json: bool) -> Result<()> {
    let blocks: Vec<proof::header::Chain> =
        nodes(&args.rpc)?.iter().map(Node::block).collect::<Result<_>>()?;
    if json {
        println!("{}", json!({ "chains": blocks }));
        return Ok(());
    }
    println!("id,height,hash");
    for block in blocks {
        println!("{},{},{}", block.id, block.height, block.hash);
    }
    Ok(())
}

pub(super) fn challenge(args: &ChallengeArgs, json: bool) -> Result<()> {
    let header = Job::open(&args.job)?.header;
    let challenge = holdings::challenge(&header)?;
    let list = files::read(&args.list, 1 << 30)?;
    for row in attest::list::List::open(list.as_slice())? {
        let row = row?;
        let message = challenge.text(row.chain, &row.address);
        if json {
            let (chain, address) = (row.chain.to_string(), row.address);
            println!("{}", json!({ "chain": chain, "address": address, "message": message }));
        } else {
            println!("{message}");
        }
    }
    Ok(())
}

pub(super) fn evidence(args: &EvidenceArgs, json: bool) -> Result<()> {
    let header = Job::open(&args.job)?.header;
    let found = holdings::read(&args.reserves)?;
    let nodes = nodes(&args.rpc)?;
    let lines = holdings::gather(&header, &found.list, found.tokens.as_deref(), &nodes)?;
    let path = args.reserves.join(holdings::EVIDENCE);
    files::write(&path, lines.as_bytes())?;
    if json {
        println!("{}", json!({ "evidence": path, "lines": lines.lines().count() }));
    } else {
        println!("{} lines: {}", lines.lines().count(), path.display());
    }
    Ok(())
}

pub(super) fn attest_list(args: &AttestArgs, json: bool) -> Result<()> {
    let header = Job::open(&args.job)?.header;
    let report = holdings::judged(&header, &holdings::read(&args.reserves)?)?;
    if json {
        println!("{}", holdings_json(&header, &report));
    } else {
        println!("{} rows hold", report.rows);
        print_holdings(&header, None, &report);
    }
    Ok(())
}
