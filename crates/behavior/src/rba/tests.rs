use super::*;
use crate::BehaviorError;
use proptest::prelude::*;

const HEADER: &str = "index,Login Timestamp,User ID,Round-Trip Time [ms],IP Address,Country,Region,City,ASN,User Agent String,Browser Name and Version,OS Name and Version,Device Type,Login Successful,Is Attack IP,Is Account Takeover";

fn line(user: u32, country: &str, asn: u32, success: &str, takeover: &str) -> String {
    format!(
        "0,2020-02-03 12:43:30.772,{user},,10.0.0.1,{country},-,-,{asn},\"Mozilla/5.0 (KHTML, like\",Chrome 85,iOS 13,mobile,{success},False,{takeover}"
    )
}

fn read(lines: &[String]) -> (Vec<Row>, Vec<BehaviorError>) {
    let text = [&[HEADER.to_owned()], lines].concat().join("\n");
    let mut rows = Rows::new(text.as_bytes()).unwrap();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    loop {
        match rows.next_row() {
            Ok(Some(row)) => good.push(row),
            Ok(None) => return (good, bad),
            Err(error) => bad.push(error),
        }
    }
}

#[test]
fn a_row_is_read_with_commas_in_quotes_and_its_time() {
    let (rows, bad) = read(&[line(1, "NO", 29695, "True", "False")]);
    assert!(bad.is_empty(), "{bad:?}");
    assert_eq!((rows[0].line, rows[0].at), (2, 1_580_733_810));
    assert!(rows[0].has_succeeded && !rows[0].is_takeover);
}

#[test]
fn bad_rows_are_told_by_their_number_and_the_rest_is_read() {
    let long = "x".repeat(LINE_LEN_MAX * 3);
    let lines = [
        line(1, "NO", 1, "True", "False"),
        "1,2,3".to_owned(),
        line(1, "NO", 1, "maybe", "False"),
        long,
        line(1, "NO", 1, "True", "False").replace("2020-02-03", "2020-13-03"),
        line(1, "NO", 1, "True", "False").replace("like\"", "like"),
        line(2, "NO", 1, "True", "True"),
    ];
    let (rows, bad) = read(&lines);
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 8]);
    let numbers: Vec<u64> = bad
        .iter()
        .map(|error| match error {
            BehaviorError::Row { line, .. } => *line,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(numbers, [3, 4, 5, 6, 7]);
    assert_eq!(bad[1].code(), "behavior.row.invalid");
}

#[test]
fn a_file_without_its_columns_is_refused() {
    for text in ["", "a,b,c\n1,2,3\n", &HEADER.replace("ASN", "asn")] {
        assert!(Rows::new(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_strange_sign_in_scores_above_a_usual_one_and_failures_teach_nothing() {
    let mut lines = Vec::new();
    for n in 0..400 {
        lines.push(line(n % 20, "NO", 29695 + n % 20, "True", "False"));
    }
    // A stranger fails ten times with what is then used to get in.
    lines.extend((0..10).map(|_| line(3, "BR", 26599, "False", "False")));
    lines.push(line(3, "BR", 26599, "True", "True"));
    lines.push(line(3, "NO", 29698, "True", "False"));
    let (rows, _) = read(&lines);
    let mut scores = Scores::default();
    let risks: Vec<Option<f64>> = rows.iter().map(|row| scores.take(row).risk).collect();
    assert_eq!(risks[0], None, "a user without history has no score");
    let (strange, usual) = (risks[rows.len() - 2].unwrap(), risks[rows.len() - 1].unwrap());
    assert!(strange > usual + 3.0, "{strange} {usual}");
    assert_eq!(scores.tally().takeovers, 1);
    assert_eq!(scores.auc(), Some(1.0));
    assert!(scores.quantile(0.5).unwrap() < strange);
}

#[test]
fn without_labels_there_is_no_auc() {
    let (rows, _) = read(&[line(1, "NO", 1, "True", "False"), line(1, "NO", 1, "True", "False")]);
    let mut scores = Scores::default();
    rows.iter().for_each(|row| {
        scores.take(row);
    });
    assert_eq!(scores.auc(), None);
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic_or_go_on_for_ever(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let mut file = HEADER.as_bytes().to_vec();
        file.push(b'\n');
        file.extend(&bytes);
        let mut rows = Rows::new(file.as_slice()).unwrap();
        let mut taken = 0;
        while !matches!(rows.next_row(), Ok(None)) {
            taken += 1;
            prop_assert!(taken <= bytes.len() + 1);
        }
    }
}
