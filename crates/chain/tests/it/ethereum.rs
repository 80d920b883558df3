use chain::ChainError;
use chain::ethereum::era1::Era1Reader;
use chain::ethereum::etl::{EtlReader, merge_into, settle};
use chain::ethereum::json::JsonReader;
use model::{Asset, Block, Network, TransferKind};
use sha2::{Digest, Sha256};

use crate::{hex, read_zst, shared_data};

fn all<F>(mut next: F) -> Vec<Block>
where
    F: FnMut() -> Result<Option<Block>, ChainError>,
{
    std::iter::from_fn(|| next().unwrap()).collect()
}

fn count(blocks: &[Block], kind: TransferKind) -> usize {
    let transfers = blocks.iter().flat_map(|b| &b.transactions).flat_map(|tx| &tx.transfers);
    transfers.filter(|transfer| transfer.kind == kind).count()
}

#[test]
fn mainnet_blocks_give_every_transaction_with_the_sender_that_signed() {
    let Some(folder) = shared_data("eth-blocks") else {
        return;
    };
    let bytes = read_zst(folder.join("blocks.jsonl.zst"));
    let mut reader = JsonReader::new(bytes.as_slice(), Network::ETHEREUM);
    // Reading checks every named sender against its signature, high-s ones of block 116525 too.
    let blocks = all(|| reader.next_block());
    assert_eq!(blocks.len(), 85);
    assert_eq!((blocks[0].number, blocks[84].number), (46_147, 19_934_116));
    assert_eq!(count(&blocks, TransferKind::Value), 24_342);
    assert_eq!(count(&blocks, TransferKind::Withdrawal), 432);
    let transfers: Vec<_> =
        blocks.iter().flat_map(|b| &b.transactions).flat_map(|tx| &tx.transfers).collect();
    let with_value =
        transfers.iter().filter(|t| t.kind == TransferKind::Value && !t.amount.is_zero()).count();
    assert_eq!(with_value, 16_599);
    // transfer 3903 + transferFrom 77 read as fungible; safeTransferFrom 27 + 4; 1155 single 12.
    let calls = |matches: fn(&Asset) -> bool| {
        transfers.iter().filter(|t| t.kind == TransferKind::TokenCall && matches(&t.asset)).count()
    };
    assert_eq!(calls(|asset| matches!(asset, Asset::Erc20(_))), 3_980);
    assert_eq!(calls(|asset| matches!(asset, Asset::Erc721 { .. })), 31);
    assert_eq!(calls(|asset| matches!(asset, Asset::Erc1155 { .. })), 12);
    let approvals: Vec<_> =
        blocks.iter().flat_map(|b| &b.transactions).flat_map(|tx| &tx.approvals).collect();
    // approve 812, increaseAllowance 3, setApprovalForAll 127, permit 2.
    assert_eq!(approvals.len(), 944);
    assert_eq!(approvals.iter().filter(|approval| approval.by_permit).count(), 2);
}

#[test]
fn a_sender_who_did_not_sign_is_refused() {
    let Some(folder) = shared_data("eth-blocks") else {
        return;
    };
    let bytes = read_zst(folder.join("blocks.jsonl.zst"));
    let text = String::from_utf8(bytes).unwrap();
    let line = text.lines().next().unwrap();
    let from = "0xa1e4380a3b1f749673e270229993ee55f35663b4";
    let forged = line.replace(from, "0xa1e4380a3b1f749673e270229993ee55f35663b5");
    let mut reader = JsonReader::new(forged.as_bytes(), Network::ETHEREUM);
    let error = reader.next_block().unwrap_err();
    assert!(matches!(error, ChainError::SenderMismatch { .. }), "{error}");

    let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
    value["transactions"][0].as_object_mut().unwrap().remove("from");
    let without = value.to_string();
    let mut reader = JsonReader::new(without.as_bytes(), Network::ETHEREUM);
    let block = reader.next_block().unwrap().unwrap();
    let sender = block.transactions[0].transfers[0].from.unwrap();
    assert_eq!(sender.bytes(), hex_bytes(from));
}

fn hex_bytes(text: &str) -> Vec<u8> {
    (2..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

#[test]
fn an_era1_archive_is_read_to_its_last_byte_with_recovered_senders() {
    let Some(folder) = shared_data("eth-blocks") else {
        return;
    };
    let bytes = read_zst(folder.join("sepolia-00021.era1.zst"));
    let mut reader = Era1Reader::new(bytes.as_slice(), Network::Evm(11_155_111)).unwrap();
    let blocks = all(|| reader.next_block());
    assert_eq!(blocks.len(), 8_192);
    assert_eq!((blocks[0].number, blocks[8_191].number), (172_032, 180_223));
    let transactions: Vec<_> = blocks.iter().flat_map(|block| &block.transactions).collect();
    assert_eq!(transactions.len(), 93);
    let senders: Vec<u8> =
        transactions.iter().flat_map(|tx| tx.transfers[0].from.unwrap().bytes().to_vec()).collect();
    assert_eq!(
        hex(&Sha256::digest(senders)),
        "33cf840686bcd7787c2bd68a2a4cec1595a5d5714a99cac48d8f5e6b69d4b681"
    );
    assert_eq!(transactions.iter().filter(|tx| !tx.transfers[0].success).count(), 27);

    let cut = &bytes[..bytes.len() - 1];
    let mut reader = Era1Reader::new(cut, Network::Evm(11_155_111)).unwrap();
    let error = loop {
        match reader.next_block() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a cut archive read to its end"),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("cut off"), "{error}");
}

#[test]
fn the_parts_of_an_export_become_the_same_blocks() {
    let Some(folder) = shared_data("eth-blocks/ethereum-etl") else {
        return;
    };
    let read = |file: &str| {
        let bytes = read_zst(folder.join(file));
        let mut reader = EtlReader::new(bytes.as_slice(), Network::ETHEREUM).unwrap();
        all(|| reader.next_block())
    };
    let transactions = read("expected_transactions_17173049_50.jsonl.zst");
    let logs = read("expected_logs_17173049_50.jsonl.zst");
    let token_transfers = read("expected_token_transfers_17173049_50.jsonl.zst");
    let headers = read("expected_blocks_17173049_50.jsonl.zst");
    assert_eq!(count(&transactions, TransferKind::Value), 298);
    // 282 ERC-20, 9 ERC-721 and 1 ERC-1155 event; the token transfer export leaves the last out.
    assert_eq!(count(&logs, TransferKind::Token), 292);
    assert_eq!(count(&token_transfers, TransferKind::Token), 291);
    assert_eq!(count(&headers, TransferKind::Withdrawal), 32);
    let approvals: usize =
        logs.iter().flat_map(|b| &b.transactions).map(|tx| tx.approvals.len()).sum();
    assert_eq!(approvals, 88);

    let csv = read("with_withdrawals_expected_transactions.csv.zst");
    let csv_blocks = read("with_withdrawals_expected_blocks.csv.zst");
    assert_eq!(count(&csv, TransferKind::Value), 298);
    assert_eq!(count(&csv_blocks, TransferKind::Withdrawal), 32);

    let mut merged = transactions;
    for (block, part) in merged.iter_mut().zip(logs) {
        merge_into(block, part);
        settle(block);
        for tx in &block.transactions {
            for (place, transfer) in tx.transfers.iter().enumerate() {
                assert_eq!(transfer.position.sub_index as usize, place);
            }
        }
    }
    assert_eq!(count(&merged, TransferKind::Token), 292);
    let failed = merged
        .iter()
        .flat_map(|b| &b.transactions)
        .filter(|tx| tx.transfers.iter().any(|transfer| !transfer.success));
    assert_eq!(failed.count(), 9);
}

#[test]
fn the_derived_table_of_transactions_is_read_to_its_end() {
    let Some(folder) = shared_data("eth-blocks") else {
        return;
    };
    let bytes = read_zst(folder.join("transactions.csv.zst"));
    let mut reader = EtlReader::new(bytes.as_slice(), Network::ETHEREUM).unwrap();
    assert_eq!(count(&all(|| reader.next_block()), TransferKind::Value), 24_342);
}

#[test]
fn bad_rows_are_refused_by_field() {
    let refused = |text: &str| {
        let mut reader = EtlReader::new(text.as_bytes(), Network::ETHEREUM)?;
        while reader.next_block()?.is_some() {}
        Ok::<(), ChainError>(())
    };
    let header =
        "hash,transaction_index,from_address,to_address,value,input,block_timestamp,block_number\n";
    let hash = format!("0x{}", "11".repeat(32));
    let address = format!("0x{}", "22".repeat(20));
    let row = |value: &str| {
        refused(&format!("{header}{hash},0,{address},{address},{value},0x,1700000000,5\n"))
    };
    assert!(row("1").is_ok());
    for (value, field) in [("-1", "value"), ("1.5", "value"), ("", "value")] {
        let error = row(value).unwrap_err().to_string();
        assert!(error.contains(field) && error.contains("row 1"), "{error}");
    }
    assert!(refused("a,b\n1,2\n").unwrap_err().to_string().contains("header"));
    assert!(refused("{\"type\":\"trace\"}\n").unwrap_err().to_string().contains("type"));
    let nested = format!("{{\"type\":{}", "[".repeat(100_000));
    assert!(refused(&nested).is_err());
}

#[test]
fn receipts_on_the_next_line_belong_to_the_block() {
    let hash = format!("0x{}", "11".repeat(32));
    let a = format!("0x{}", "22".repeat(20));
    let b = format!("0x{}", "33".repeat(20));
    let token = format!("0x{}", "44".repeat(20));
    let topic = |address: &str| format!("0x{}{}", "00".repeat(12), &address[2..]);
    let block = format!(
        r#"{{"number":"0x1","timestamp":"0x5","transactions":[{{"hash":"{hash}","nonce":"0x0","from":"{a}","to":"{token}","value":"0x0","gas":"0x1","input":"0xa9059cbb"}}]}}"#
    );
    let receipt = format!(
        r#"{{"result":[{{"transactionHash":"{hash}","status":"0x1","logs":[{{"address":"{token}","topics":["0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef","{}","{}"],"data":"0x{:064x}","logIndex":"0x0"}}]}}]}}"#,
        topic(&a),
        topic(&b),
        7
    );
    let read = |text: String| JsonReader::new(text.as_bytes(), Network::ETHEREUM).next_block();
    let decoded = read(format!("{block}\n{receipt}\n")).unwrap().unwrap();
    let transfers = &decoded.transactions[0].transfers;
    assert_eq!(transfers.len(), 2);
    assert_eq!(transfers[1].kind, TransferKind::Token);
    assert_eq!(transfers[1].amount.to_string(), "7");
    // The same without the envelope: an array of one receipt.
    let bare = receipt.strip_prefix("{\"result\":").unwrap().strip_suffix('}').unwrap();
    assert_eq!(read(format!("{block}\n{bare}\n")).unwrap().unwrap(), decoded);
    let error = read(format!("{receipt}\n")).unwrap_err().to_string();
    assert!(error.contains("no block stands before"), "{error}");
    let other = receipt.replace(&hash, &format!("0x{}", "12".repeat(32)));
    assert!(
        read(format!("{block}\n{other}\n")).unwrap_err().to_string().contains("transactionHash")
    );
}
