//! Files of chain data: opened, decompressed, recognised, and put in order of time.

use anyhow::{Context, Result, bail};
use chain::bitcoin::{CoreJsonReader, RawBlock, UtxoSet, decode_undo};
use chain::ethereum::era1::Era1Reader;
use chain::ethereum::etl::{EtlReader, merge_into, settle};
use chain::ethereum::json::JsonReader;
use model::{Block, Network};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Largest raw block file, decompressed.
const RAW_LEN_MAX: u64 = 16 << 20;
/// Unspent outputs that the index keeps in memory, about 120 bytes each.
const UTXO_CAPACITY: usize = 20_000_000;
/// How far ahead of our clock a block may be dated; consensus rules allow two hours.
const FUTURE_S: u64 = 7_200;

/// Opens a file, plain, gzip or zstd.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let file = File::open(path).with_context(|| format!("--input {}", path.display()))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let magic = reader.fill_buf().with_context(|| format!("--input {}", path.display()))?;
    Ok(if magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Box::new(BufReader::with_capacity(1 << 17, zstd::Decoder::with_buffer(reader)?))
    } else if magic.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(1 << 17, flate2::bufread::MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    })
}

/// Reads a whole file, decompressed, up to a limit.
pub(crate) fn read_all(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{} is cut off or damaged", path.display()))?;
    if bytes.len() as u64 > limit {
        bail!("{} has more than {limit} bytes when decompressed", path.display());
    }
    Ok(bytes)
}

enum Source {
    Json(JsonReader<Box<dyn BufRead>>),
    Etl(EtlReader<Box<dyn BufRead>>),
    Era1(Era1Reader<Box<dyn BufRead>>),
    CoreJson(CoreJsonReader<Box<dyn BufRead>>),
    /// One raw block, read when its turn comes, so that the UTXO index sees blocks in order.
    Raw {
        path: PathBuf,
        time_s: u64,
        is_done: bool,
    },
}

/// The undo file beside a raw block: `X.undo` or `X.undo.zst` for `X.raw` or `X.raw.zst`.
fn undo_path(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let stem = name.split(".raw").next().filter(|stem| stem.len() < name.len())?;
    ["undo.zst", "undo.gz", "undo"]
        .iter()
        .map(|suffix| path.with_file_name(format!("{stem}.{suffix}")))
        .find(|path| path.is_file())
}

fn recognise(path: &Path, network: Network) -> Result<Source> {
    let mut reader = open(path)?;
    let head = reader.fill_buf().with_context(|| format!("--input {}", path.display()))?;
    if head.is_empty() {
        bail!("--input {}: the file is empty", path.display());
    }
    let text = String::from_utf8_lossy(&head[..head.len().min(512)]).into_owned();
    let at = || format!("--input {}", path.display());
    if network.is_utxo() {
        if text.trim_start().starts_with('{') {
            return Ok(Source::CoreJson(CoreJsonReader::new(reader, network)));
        }
        let mut header = [0; 80];
        reader
            .read_exact(&mut header)
            .with_context(|| format!("{}: it is shorter than a block header", at()))?;
        let time = [header[68], header[69], header[70], header[71]];
        let time_s = u64::from(u32::from_le_bytes(time));
        return Ok(Source::Raw { path: path.to_owned(), time_s, is_done: false });
    }
    if head.starts_with(&[0x65, 0x32, 0, 0, 0, 0, 0, 0]) {
        return Ok(Source::Era1(Era1Reader::new(reader, network).with_context(at)?));
    }
    let line = text.trim_start();
    let is_etl_json = line.starts_with('{')
        && ["\"block\"", "\"transaction\"", "\"log\"", "\"token_transfer\""]
            .iter()
            .any(|kind| line.replace(' ', "").starts_with(&format!("{{\"type\":{kind}")));
    if (line.starts_with('{') || line.starts_with('[')) && !is_etl_json {
        return Ok(Source::Json(JsonReader::new(reader, network)));
    }
    Ok(Source::Etl(EtlReader::new(reader, network).with_context(at)?))
}

impl Source {
    fn next_block(&mut self, network: Network, utxo: &mut UtxoSet) -> Result<Option<Block>> {
        Ok(match self {
            Source::Json(reader) => reader.next_block()?,
            Source::Etl(reader) => reader.next_block()?,
            Source::Era1(reader) => reader.next_block()?,
            Source::CoreJson(reader) => reader.next_block(utxo)?,
            Source::Raw { is_done: true, .. } => None,
            Source::Raw { path, is_done, .. } => {
                *is_done = true;
                let raw = RawBlock::parse(&read_all(path, RAW_LEN_MAX)?)?;
                let undo = match undo_path(path) {
                    Some(path) => Some(decode_undo(&read_all(&path, RAW_LEN_MAX)?)?),
                    None => None,
                };
                Some(raw.decode(network, undo, utxo)?)
            }
        })
    }
}

/// What was odd about the input.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub(crate) struct Oddities {
    /// Blocks that came twice and were taken once.
    pub(crate) duplicate_blocks: u64,
    /// Blocks older than the one before them; they are judged by what was known when they came.
    pub(crate) late_blocks: u64,
    /// Inputs whose spent output is in none of the files.
    pub(crate) unknown_inputs: u64,
}

/// Blocks of several files in order of time.
pub(crate) struct Blocks {
    network: Network,
    sources: Vec<(PathBuf, Source)>,
    /// `(time, number, source)`, and the block unless it is read when its turn comes.
    queue: BinaryHeap<Reverse<(u64, u64, usize)>>,
    heads: Vec<Option<Block>>,
    utxo: UtxoSet,
    seen: HashSet<[u8; 32]>,
    last_time_s: u64,
    last: Option<(u64, u64)>,
    now_s: u64,
    pub(crate) oddities: Oddities,
}

impl Blocks {
    /// Opens files of `network`. `now_s` is the clock against which blocks must not lie in the future.
    pub(crate) fn open(network: Network, paths: &[PathBuf], now_s: u64) -> Result<Self> {
        let mut blocks = Self {
            network,
            sources: Vec::new(),
            queue: BinaryHeap::new(),
            heads: Vec::new(),
            utxo: UtxoSet::new(UTXO_CAPACITY),
            seen: HashSet::new(),
            last_time_s: 0,
            last: None,
            now_s,
            oddities: Oddities::default(),
        };
        for path in paths {
            // A folder's undo files belong to its blocks and are no input of their own.
            if path.to_string_lossy().contains(".undo") {
                continue;
            }
            let source = recognise(path, network)?;
            blocks.sources.push((path.clone(), source));
            blocks.heads.push(None);
            blocks.refill(blocks.sources.len() - 1)?;
        }
        Ok(blocks)
    }

    /// Time and number of the first block to come.
    pub(crate) fn first(&self) -> Option<(u64, u64)> {
        self.queue.peek().map(|Reverse((time_s, number, _))| (*time_s, *number))
    }

    /// Time and number of the latest block that came.
    pub(crate) fn last(&self) -> Option<(u64, u64)> {
        self.last
    }

    /// The unspent outputs known at the end, for a later run.
    pub(crate) fn unspent(&self) -> Result<Vec<u8>> {
        Ok(self.utxo.encode())
    }

    /// Takes back what an earlier run knew of unspent outputs.
    pub(crate) fn know_unspent(&mut self, bytes: &[u8]) -> Result<()> {
        self.utxo.extend_from(bytes).context("state snapshot: unspent outputs")
    }

    fn refill(&mut self, place: usize) -> Result<()> {
        let (path, source) = &mut self.sources[place];
        if let Source::Raw { time_s, is_done: false, .. } = source {
            self.queue.push(Reverse((*time_s, 0, place)));
            return Ok(());
        }
        let next = source.next_block(self.network, &mut self.utxo);
        let next = next.with_context(|| format!("--input {}", path.display()))?;
        if let Some(block) = next {
            self.queue.push(Reverse((block.time_s, block.number, place)));
            self.heads[place] = Some(block);
        }
        Ok(())
    }

    fn pop(&mut self, place: usize) -> Result<Option<Block>> {
        if let Some(block) = self.heads[place].take() {
            self.refill(place)?;
            return Ok(Some(block));
        }
        let (path, source) = &mut self.sources[place];
        let block = source.next_block(self.network, &mut self.utxo);
        block.with_context(|| format!("--input {}", path.display()))
    }

    /// The next block, with its parts from several exports put together.
    pub(crate) fn next_block(&mut self) -> Result<Option<Block>> {
        loop {
            let Some(Reverse((time_s, number, place))) = self.queue.pop() else {
                return Ok(None);
            };
            let Some(mut block) = self.pop(place)? else {
                continue;
            };
            let is_etl = matches!(self.sources[place].1, Source::Etl(_));
            while is_etl
                && let Some(Reverse((time, other, part))) = self.queue.peek().copied()
                && (time, other) == (time_s, number)
                && matches!(self.sources[part].1, Source::Etl(_))
            {
                self.queue.pop();
                if let Some(part) = self.pop(part)? {
                    merge_into(&mut block, part);
                }
            }
            if is_etl {
                settle(&mut block);
            }
            if block.time_s > self.now_s + FUTURE_S {
                bail!(
                    "block {}: field 'timestamp': {} lies in the future; check the source and this machine's clock",
                    block.number,
                    engine::explain::show_time(block.time_s)
                );
            }
            // On account chains the number tells blocks apart, also between a source with hashes and
            // one without. Old Bitcoin blocks do not say their height, so there the hash does.
            let mut key = [0; 32];
            if self.network.is_utxo() {
                key = block.hash.0;
            } else {
                key[..8].copy_from_slice(&block.number.to_be_bytes());
            }
            if !self.seen.insert(key) {
                self.oddities.duplicate_blocks += 1;
                continue;
            }
            self.oddities.late_blocks += u64::from(block.time_s < self.last_time_s);
            self.last_time_s = self.last_time_s.max(block.time_s);
            self.last = self.last.max(Some((block.time_s, block.number)));
            self.oddities.unknown_inputs +=
                block.transactions.iter().map(|tx| u64::from(tx.unknown_inputs)).sum::<u64>();
            return Ok(Some(block));
        }
    }
}
