//! What people of the exchange may see and do of customers.

use serde_json::{Value, json};

use super::{Bank, FRIEND};

#[test]
fn staff_see_a_customer_for_an_open_alert_with_a_reason_and_only_tighten() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    let (_, held) = mia.withdraw("w1", "1000000000000000", FRIEND);
    assert_eq!(held["state"], "held", "{held}");
    let find = json!({ "email": "mia@bank.example" });
    let (status, found) = bank.served.ask("POST", "/v1/customers/find", Some(&find));
    assert_eq!((status, &found["email_masked"]), (200, &json!("m…@b….example")), "{found}");
    let id = found["id"].as_str().unwrap().to_owned();
    // A part of an address finds nobody.
    let part = json!({ "email": "mia" });
    assert_eq!(bank.served.ask("POST", "/v1/customers/find", Some(&part)).0, 404);
    let view = |alert: i64, reason: &str| {
        let body = json!({ "alert_id": alert, "reason": reason });
        bank.served.ask("POST", &format!("/v1/customers/{id}/views"), Some(&body))
    };
    let alert = bank.served.get("/v1/alerts")["items"][0]["id"].as_i64().unwrap();
    assert_eq!(view(alert, "curious").1["field"], "reason");
    assert_eq!(view(alert + 1, "a reason that is long enough").1["code"], "customer.no_case");
    let (status, seen) = view(alert, "the customer asks why it is held");
    assert_eq!(status, 200, "{seen}");
    let text = seen.to_string();
    for hidden in ["mia@bank.example", "Muster", FRIEND, "127.0.0.1"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    let events = mia.get("/v1/my/events");
    assert_eq!(events["items"][0]["kind"], "viewed", "the customer sees it");
    // Longer, never shorter.
    let hold = |hours: u64| {
        let body = json!({ "hours": hours, "reason": "the customer called about a scam" });
        bank.served.ask("POST", &format!("/v1/customers/{id}/holds"), Some(&body))
    };
    let (_, first) = hold(48);
    let (_, second) = hold(1);
    assert_eq!(first[0]["until"], second[0]["until"]);
    assert_eq!(hold(0).1["field"], "hours");
    let call = json!({ "purpose": "about your withdrawal of today" });
    assert_eq!(bank.served.ask("POST", &format!("/v1/customers/{id}/call"), Some(&call)).0, 200);
    assert_eq!(mia.get("/v1/my/account")["call"]["purpose"], "about your withdrawal of today");
    // There is no way for staff to loosen: these paths are not there.
    for path in ["unfreeze", "release", "commands"] {
        let (status, _) =
            bank.served.ask("POST", &format!("/v1/customers/{id}/{path}"), Some(&json!({})));
        assert!(status == 404 || status == 405, "{path}: {status}");
    }
    // An identity check counts when a second person approves it, not the same one.
    let body = json!({ "alert_id": alert, "reason": "passport seen in a video call" });
    let (status, vouch) =
        bank.served.ask("POST", &format!("/v1/customers/{id}/vouch"), Some(&body));
    assert_eq!(status, 201, "{vouch}");
    let approve = format!("/v1/customers/{id}/vouch/{}/approve", vouch["id"]);
    assert_eq!(bank.served.ask("POST", &approve, None).0, 409);
    // A customer's session opens nothing of staff's.
    let (status, _) = mia.ask("GET", "/v1/users", &Value::Null);
    assert_eq!(status, 401);
}

#[test]
fn asvs_2_3_5_a_reason_is_set_aside_by_two_people_and_never_what_the_customer_chose() {
    let bank = Bank::open();
    let mia = bank.customer("mia@bank.example");
    let body = json!({ "request_id": "w", "network": "bitcoin", "amount": "1", "to": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq" });
    let (_, held) = mia.ask("POST", "/v1/withdrawals", &body);
    let path = format!("/v1/withdrawals/{}/clear", held["id"].as_str().unwrap());
    let clear = |code: &str| {
        let body = json!({ "code": code, "note": "checked the price by hand" });
        bank.served.ask("POST", &path, Some(&body))
    };
    assert_eq!(clear("account.address.new").1["code"], "withdrawal.not_clearable");
    let (status, once) = clear("withdrawal.value.unknown");
    assert_eq!((status, &once["state"]), (200, &json!("held")), "{once}");
    assert_eq!(clear("withdrawal.value.unknown").1["code"], "four_eyes");
}
