//! What accounts do, as an analyst tries it, by the commands of `docs/behavior.md`.

use crate::{ok, run};

#[test]
fn a_small_evaluation_finds_easy_attacks_and_says_what_it_was_measured_on() {
    let folder = tempfile::tempdir().unwrap();
    let small = ["--customers", "300", "--days", "60", "--attacked", "500"];
    let arguments = [&["behavior", "evaluate"], &small[..], &["--json"]].concat();
    let report = &ok(folder.path(), &arguments)["report"];
    assert!(report["honest"].as_u64().unwrap() > 100, "{report}");
    let detectors = report["detectors"].as_array().unwrap();
    let named = |name: &str| detectors.iter().find(|found| found["name"] == name).unwrap();
    let easy = |name: &str| {
        let share = &named(name)["budgets"][2]["easy"];
        share["found"].as_f64().unwrap() / share["of"].as_f64().unwrap()
    };
    assert!(easy("rules") > easy("new device or country"), "{report}");
}

#[test]
fn rules_facts_and_weights_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let rules = ok(folder.path(), &["behavior", "rules", "--json"]);
    assert!(rules["failed"].as_array().unwrap().is_empty() && rules["rules"].as_u64() > Some(10));
    let facts = ok(folder.path(), &["behavior", "facts", "--json"]);
    let names: Vec<&str> =
        facts["facts"].as_array().unwrap().iter().filter_map(|f| f["name"].as_str()).collect();
    assert!(names.contains(&"behavior.travel.speed_kmh"), "{names:?}");
    let small = ["--customers", "300", "--days", "60", "--attacked", "500"];
    let arguments =
        [&["behavior", "train"], &small[..], &["--out", "weights.json", "--json"]].concat();
    ok(folder.path(), &arguments);
    assert!(std::fs::read_to_string(folder.path().join("weights.json")).unwrap().contains("tor"));
}

#[test]
fn an_address_without_lists_is_not_known_and_with_a_list_is_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = ok(folder.path(), &["behavior", "place", "192.0.2.7", "--json"]);
    assert_eq!((&nothing["is_known"], &nothing["place"]["tor"]), (&false.into(), &().into()));
    std::fs::write(folder.path().join("exits.txt"), "192.0.2.7\n").unwrap();
    let arguments = ["behavior", "place", "192.0.2.7", "--tor", "exits.txt", "--json"];
    assert_eq!(ok(folder.path(), &arguments)["place"]["tor"], true);
    std::fs::write(folder.path().join("exits.txt"), "192.0.2.7\nhere\n").unwrap();
    let refused = run(folder.path(), &arguments);
    assert!(!refused.status.success());
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("behavior.list.invalid") && text.contains("line 2"), "{text}");
}

#[test]
fn sign_ins_of_a_file_are_scored_and_a_bad_row_is_told_by_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let header = "index,Login Timestamp,User ID,Round-Trip Time [ms],IP Address,Country,Region,City,ASN,User Agent String,Browser Name and Version,OS Name and Version,Device Type,Login Successful,Is Attack IP,Is Account Takeover";
    let row = |country: &str, asn: u32, takeover: &str| {
        format!(
            "0,2020-02-03 12:43:30.772,1,,10.0.0.1,{country},-,-,{asn},agent,Chrome 85,iOS 13,mobile,True,False,{takeover}"
        )
    };
    let rows = [
        header.to_owned(),
        row("NO", 1, "False"),
        row("NO", 1, "False"),
        "broken".to_owned(),
        row("BR", 2, "True"),
    ];
    std::fs::write(folder.path().join("sign-ins.csv"), rows.join("\n")).unwrap();
    let output = run(folder.path(), &["behavior", "rba", "sign-ins.csv", "--json"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 4"), "{output:?}");
    let report = crate::json(&output);
    assert_eq!((&report["rows"], &report["bad_rows"]), (&3.into(), &1.into()));
    assert_eq!(report["takeover_auc"], 1.0);
}
