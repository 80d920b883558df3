//! Official vectors of the transparency-dev projects.
//!
//! `RINGFENCE_TLOG_VECTORS` names a folder in the layout of the public set: `inclusion.jsonl`,
//! `consistency.jsonl`, `subtreeinclusion.jsonl`, `subtreeconsistency.jsonl`, `tiles-log.jsonl`.

mod cosignatures;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use journal::merkle::{
    verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};
use journal::tile::{bundle_path, decode_bundle, decode_tile, tile_path};
use journal::{Checkpoint, Hash, JournalError, TileSource, Tree, leaf_hash};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::PathBuf;

fn vectors(file: &str) -> Option<Vec<String>> {
    let folder = std::env::var_os("RINGFENCE_TLOG_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/vectors/tlog"),
        PathBuf::from,
    );
    let path = folder.join(file);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text.lines().map(str::to_owned).collect()),
        Err(_) => {
            let is_asked_for = std::env::var_os("RINGFENCE_TLOG_VECTORS").is_some();
            assert!(!is_asked_for, "{} is not there", path.display());
            eprintln!("skipped: {} is absent (set RINGFENCE_TLOG_VECTORS)", path.display());
            None
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Case {
    leaf_idx: u64,
    tree_size: u64,
    start: u64,
    end: u64,
    size: u64,
    size1: u64,
    size2: u64,
    root: String,
    root1: String,
    root2: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    want_err: bool,
    case: String,
}

impl Case {
    fn verify(&self, kind: &str) -> Result<(), String> {
        let hash = |text: &str| -> Result<Hash, String> {
            let bytes = BASE64.decode(text).map_err(|e| e.to_string())?;
            bytes.try_into().map_err(|_| "not 32 bytes".to_owned())
        };
        // Consistency cases use short texts as roots, compared as bytes. Hashing them keeps equal
        // ones equal and different ones different.
        let root = |text: &str| -> Result<Hash, String> {
            let bytes = BASE64.decode(text).map_err(|e| e.to_string())?;
            Ok(Hash::try_from(bytes.as_slice()).unwrap_or_else(|_| leaf_hash(&bytes)))
        };
        let proof: Vec<Hash> =
            self.proof.iter().flatten().map(|h| hash(h)).collect::<Result<_, _>>()?;
        match kind {
            "inclusion" => verify_inclusion(
                self.leaf_idx,
                self.tree_size,
                &hash(&self.leaf_hash)?,
                &proof,
                &hash(&self.root)?,
            ),
            "consistency" => verify_consistency(
                self.size1,
                self.size2,
                &proof,
                &root(&self.root1)?,
                &root(&self.root2)?,
            ),
            "subtreeinclusion" => verify_subtree_inclusion(
                self.leaf_idx,
                self.start,
                self.end,
                &hash(&self.leaf_hash)?,
                &proof,
                &hash(&self.root)?,
            ),
            _ => verify_subtree_consistency(
                self.start,
                self.end,
                self.size,
                &proof,
                &root(&self.root1)?,
                &root(&self.root2)?,
            ),
        }
        .map_err(|e| e.to_string())
    }
}

#[test]
fn vectors_of_proofs_get_their_verdicts() {
    for kind in ["inclusion", "consistency", "subtreeinclusion", "subtreeconsistency"] {
        let Some(lines) = vectors(&format!("{kind}.jsonl")) else {
            continue;
        };
        let mut wrong = Vec::new();
        for line in &lines {
            let case: Case = serde_json::from_str(line).unwrap();
            let result = case.verify(kind);
            if result.is_err() != case.want_err {
                wrong.push(format!("{}: {result:?}", case.case));
            }
        }
        assert!(wrong.is_empty(), "{kind}: {wrong:#?}");
        println!("{kind}: {} cases agree", lines.len());
    }
}

#[derive(Deserialize)]
struct LogFile {
    path: String,
    base64: String,
}

struct Files(HashMap<String, Vec<u8>>);

impl TileSource for Files {
    fn tile(&self, level: u8, index: u64, width: u64) -> Result<Vec<Hash>, JournalError> {
        let path = tile_path(level, index, width);
        let problem = "it is missing".to_owned();
        let missing = JournalError::Tile { path: path.clone(), problem };
        decode_tile(&path, self.0.get(&path).ok_or(missing)?, width)
    }
}

#[test]
fn vectors_of_a_tiles_log_rebuild_every_checkpoint() {
    let Some(lines) = vectors("tiles-log.jsonl") else {
        return;
    };
    let files: HashMap<String, Vec<u8>> = lines
        .iter()
        .map(|line| {
            let file: LogFile = serde_json::from_str(line).unwrap();
            (file.path, BASE64.decode(file.base64).unwrap())
        })
        .collect();
    let files = Files(files);
    let mut checked = 0;
    for (path, bytes) in files.0.iter().filter(|(path, _)| path.starts_with("checkpoint")) {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let body = &text[..text.find("\n\n").unwrap() + 1];
        let checkpoint = Checkpoint::parse_body(body).unwrap();
        assert_eq!(checkpoint.body(), body);
        let width = checkpoint.size;
        if width == 0 {
            assert_eq!(checkpoint.root, Tree::new().root());
            continue;
        }
        let Some(bundle) = files.0.get(&bundle_path(0, width)) else {
            continue;
        };
        let (mut tree, mut full) = (Tree::new(), Vec::new());
        for entry in decode_bundle(path, bundle, width).unwrap() {
            tree.append(leaf_hash(entry), &mut full);
        }
        assert_eq!(tree.root(), checkpoint.root, "{path}");
        let (_, _, hashes) = tree.partial_tiles().next().unwrap();
        assert_eq!(files.tile(0, 0, width).unwrap(), hashes, "{path}");
        checked += 1;
    }
    assert!(checked > 0);
    println!("tiles-log: {checked} checkpoints agree");
}
