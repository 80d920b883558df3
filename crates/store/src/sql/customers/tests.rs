//! On SQLite, and on PostgreSQL when there is one.

use super::*;
use crate::sql::tests::on_each;
use crate::sql::{Sql, SqlError};

fn row(id: &str, email: &str) -> CustomerRow {
    CustomerRow {
        id: id.to_owned(),
        email_key: email.to_owned(),
        version: 1,
        account: "{}".to_owned(),
        profile: "{}".to_owned(),
        created_at: 1,
    }
}

fn totp(customer_id: &str) -> CredentialRow {
    CredentialRow {
        id: format!("totp-{customer_id}"),
        customer_id: customer_id.to_owned(),
        kind: CredentialKind::Totp,
        secret: "sealed".to_owned(),
        name: String::new(),
        is_duress: false,
        is_synced: false,
        last_step: 0,
        created_at: 1,
        last_used_at: None,
    }
}

fn ops(ops: Vec<CustomerOp>) -> CustomerChange {
    CustomerChange { ops, ..CustomerChange::default() }
}

fn event(kind: &str) -> AccountEvent {
    AccountEvent { at: 5, kind: kind.to_owned(), actor: "you".to_owned(), detail: "{}".to_owned() }
}

async fn change(sql: &Sql, id: &str, change: CustomerChange) -> Result<Option<i64>, SqlError> {
    sql.change_customer(id, 100, |_| Ok::<_, SqlError>((change, ()))).await.map(|((), seq)| seq)
}

fn withdrawal(id: &str, value_cents: i64, asked_at: i64) -> WithdrawalRow {
    WithdrawalRow {
        id: id.to_owned(),
        customer_id: "a".to_owned(),
        request_id: id.to_owned(),
        asked: r#"{"to":{"network":"eip155:1","address":"0xab"}}"#.to_owned(),
        state: "held".to_owned(),
        status: "{}".to_owned(),
        value_cents,
        version: 1,
        asked_at,
        changed_at: asked_at,
        wake_at: Some(50),
    }
}

#[test]
fn an_address_has_one_account_whoever_asks_for_it() {
    on_each(async |sql| {
        sql.create_customer(&row("a", "a@b.example"), CustomerChange::default()).await.unwrap();
        let taken = sql.create_customer(&row("b", "a@b.example"), CustomerChange::default()).await;
        assert_eq!(taken.unwrap_err().code(), "conflict");
        sql.create_customer(&row("b", "b@b.example"), CustomerChange::default()).await.unwrap();
        let to_taken =
            CustomerChange { email_key: Some("a@b.example".to_owned()), ..Default::default() };
        assert_eq!(change(&sql, "b", to_taken).await.unwrap_err().code(), "conflict");
        assert_eq!(sql.customer_by_email("b@b.example").await.unwrap().unwrap().id, "b");
        assert_eq!(sql.customer_count().await.unwrap(), 2);
        let missing = change(&sql, "c", CustomerChange::default()).await;
        assert_eq!(missing.unwrap_err().code(), "not_found");
    });
}

#[test]
fn asvs_6_5_5_a_step_of_an_app_is_used_once_and_what_belongs_to_it_with_it() {
    on_each(async |sql| {
        let add = ops(vec![CustomerOp::AddCredential(totp("a"))]);
        sql.create_customer(&row("a", "a@b.example"), add).await.unwrap();
        let used = |step| CustomerChange {
            account: Some(format!("\"{step}\"")),
            ops: vec![CustomerOp::UseStep { id: "totp-a".to_owned(), step, at: 9 }],
            events: vec![event("signed_in")],
            ..Default::default()
        };
        assert!(change(&sql, "a", used(7)).await.unwrap().is_some());
        for step in [7, 6] {
            assert_eq!(change(&sql, "a", used(step)).await.unwrap_err().code(), "conflict");
        }
        // Nothing of what was refused is written.
        assert_eq!(sql.account_events("a", None, 10).await.unwrap().len(), 1);
        let kept = sql.customer("a").await.unwrap().unwrap();
        assert_eq!((kept.account.as_str(), kept.version), ("\"7\"", 2));
        assert_eq!(sql.credentials("a").await.unwrap()[0].last_step, 7);
        // Another customer's code is none of theirs.
        sql.create_customer(&row("b", "b@b.example"), CustomerChange::default()).await.unwrap();
        assert_eq!(change(&sql, "b", used(9)).await.unwrap_err().code(), "conflict");
    });
}

#[test]
fn a_code_has_so_many_tries_and_works_once() {
    on_each(async |sql| {
        let link = LinkRow {
            token_hash: "right".to_owned(),
            kind: "sign-in".to_owned(),
            subject: "a".to_owned(),
            detail: String::new(),
            tries: 3,
            expires_at: 100,
        };
        let answer =
            async |hash: &str, now| sql.answer_code("sign-in", "a", hash, now).await.unwrap();
        sql.put_account_link(&link, None, 1).await.unwrap();
        assert!(!answer("wrong", 5).await);
        assert!(!answer("right", 100).await, "too late");
        assert!(answer("right", 5).await);
        assert!(!answer("right", 5).await, "used");
        sql.put_account_link(&link, None, 1).await.unwrap();
        for _ in 0..3 {
            assert!(!answer("wrong", 5).await);
        }
        assert!(!answer("right", 5).await, "no tries are left");
        // A new one of the same kind ends the one before.
        sql.put_account_link(&link, None, 1).await.unwrap();
        let newer = LinkRow { token_hash: "newer".to_owned(), ..link };
        sql.put_account_link(&newer, None, 1).await.unwrap();
        assert!(sql.account_link("sign-in", "right", 5).await.unwrap().is_none());
        assert!(sql.use_account_link("sign-in", "newer", 5).await.unwrap().is_some());
        assert!(sql.use_account_link("sign-in", "newer", 5).await.unwrap().is_none());
    });
}

#[test]
fn devices_and_sessions_are_bounded_and_the_oldest_gives_way() {
    on_each(async |sql| {
        sql.create_customer(&row("a", "a@b.example"), CustomerChange::default()).await.unwrap();
        for number in 0..DEVICES_MAX + 6 {
            let device = DeviceRow {
                customer_id: "a".to_owned(),
                device_hash: format!("h{number}"),
                id: format!("d{number}"),
                name: "a browser".to_owned(),
                created_at: number,
                last_seen_at: number,
                last_ip: "192.0.2.1".to_owned(),
            };
            let session = CustomerSessionRow {
                id_hash: format!("s{number}"),
                id: format!("i{number}"),
                customer_id: "a".to_owned(),
                device_hash: format!("h{number}"),
                ip: "192.0.2.1".to_owned(),
                place: None,
                agent: "a browser".to_owned(),
                created_at: number,
                last_seen_at: number,
            };
            let both = vec![CustomerOp::PutDevice(device), CustomerOp::AddSession(session)];
            change(&sql, "a", ops(both)).await.unwrap();
        }
        let devices = sql.devices("a").await.unwrap();
        assert_eq!(devices.len() as i64, DEVICES_MAX);
        assert!(devices.iter().all(|device| device.last_seen_at >= 6));
        assert_eq!(sql.customer_sessions("a").await.unwrap().len() as i64, SESSIONS_MAX);
        // To forget a device ends what is signed in on it.
        let last = format!("d{}", DEVICES_MAX + 5);
        change(&sql, "a", ops(vec![CustomerOp::ForgetDevice(last)])).await.unwrap();
        assert_eq!(sql.customer_sessions("a").await.unwrap().len() as i64, SESSIONS_MAX - 1);
        sql.sweep_customers(0, DEVICES_MAX, 5).await.unwrap();
        assert_eq!(sql.customer_sessions("a").await.unwrap().len(), 5);
        change(&sql, "a", ops(vec![CustomerOp::ForgetAll { at: 9 }])).await.unwrap();
        assert!(sql.devices("a").await.unwrap().is_empty());
    });
}

#[test]
fn a_withdrawal_is_asked_once_and_changed_by_whoever_saw_its_last_state() {
    on_each(async |sql| {
        sql.create_customer(&row("a", "a@b.example"), CustomerChange::default()).await.unwrap();
        let day = 86_400;
        for (id, value, at) in [("old", 500, 10), ("one", 300, day), ("two", i64::MAX, day)] {
            let add = ops(vec![CustomerOp::AddWithdrawal(withdrawal(id, value, at))]);
            change(&sql, "a", add).await.unwrap();
        }
        let again = ops(vec![CustomerOp::AddWithdrawal(withdrawal("one", 1, day))]);
        assert_eq!(change(&sql, "a", again).await.unwrap_err().code(), "conflict");
        // The day before is summed without overflow; what is older is not in it.
        let (left, _) = sql
            .change_customer("a", day + 20, |known| {
                Ok::<_, SqlError>((CustomerChange::default(), (known.left_cents, known.open.len())))
            })
            .await
            .unwrap();
        assert_eq!(left, (i64::MAX, 3));
        let released = WithdrawalRow {
            state: "released".to_owned(),
            wake_at: None,
            ..withdrawal("one", 300, day)
        };
        let put = || ops(vec![CustomerOp::PutWithdrawal(released.clone())]);
        change(&sql, "a", put()).await.unwrap();
        assert_eq!(change(&sql, "a", put()).await.unwrap_err().code(), "conflict");
        assert!(sql.has_sent_to("a", "0xab").await.unwrap());
        assert!(!sql.has_sent_to("a", "0xa").await.unwrap());
        assert_eq!(sql.waking(60, 10).await.unwrap().len(), 2);
        let filter = WithdrawalFilter { customer_id: Some("a".to_owned()), state: None };
        let first = sql.withdrawals(&filter, None, 2).await.unwrap();
        let ids: Vec<&str> = first.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["two", "one"]);
        let after = Some((first[1].asked_at, first[1].id.clone()));
        assert_eq!(sql.withdrawals(&filter, after, 2).await.unwrap()[0].id, "old");
        assert_eq!(sql.withdrawal_of_request("a", "one").await.unwrap().unwrap().version, 2);
    });
}

#[test]
fn what_is_told_is_written_with_what_it_tells_of_and_given_up_once() {
    on_each(async |sql| {
        sql.create_customer(&row("a", "a@b.example"), CustomerChange::default()).await.unwrap();
        let told = |kind: &str| CustomerChange {
            events: vec![event(kind), event("two")],
            parcels: vec![Parcel { kind: "mail", body: "sealed".to_owned() }],
            ..Default::default()
        };
        let last = change(&sql, "a", told("one")).await.unwrap().unwrap();
        let waiting = sql.unjournaled(10).await.unwrap();
        assert_eq!(waiting.iter().map(|row| row.seq).collect::<Vec<_>>(), [last - 1, last]);
        sql.set_journaled(&[(last - 1, 40), (last, 41)]).await.unwrap();
        assert!(sql.unjournaled(10).await.unwrap().is_empty());
        assert_eq!(sql.journaled_until().await.unwrap(), Some(41));
        let kept = sql.account_events("a", None, 1).await.unwrap();
        assert_eq!((kept[0].seq, kept[0].journal_index), (last, Some(41)));
        let due = sql.due_parcels("mail", 5, 10).await.unwrap();
        assert_eq!((due.len(), due[0].tries), (1, 0));
        assert!(sql.due_parcels("mail", 4, 10).await.unwrap().is_empty());
        sql.put_delivery(due[0].id, "waiting", 60, "451", 5).await.unwrap();
        assert!(sql.due_parcels("mail", 59, 10).await.unwrap().is_empty());
        let due = sql.due_parcels("mail", 60, 10).await.unwrap();
        assert_eq!(due[0].tries, 1);
        sql.put_delivery(due[0].id, "sent", 60, "", 61).await.unwrap();
        // What was sent is not sent again by whoever comes late.
        sql.put_delivery(due[0].id, "waiting", 0, "", 62).await.unwrap();
        assert!(sql.due_parcels("mail", 100, 10).await.unwrap().is_empty());
        assert_eq!(sql.outbox_counts().await.unwrap(), (0, 0));
        sql.sweep_outbox(100).await.unwrap();
    });
}

#[test]
fn an_identity_check_needs_two_people_and_is_used_once() {
    on_each(async |sql| {
        sql.create_customer(&row("a", "a@b.example"), CustomerChange::default()).await.unwrap();
        let one = sql.create_user("one", crate::sql::Role::Support, 1).await.unwrap().id;
        let two = sql.create_user("two", crate::sql::Role::Support, 1).await.unwrap().id;
        let vouch = sql.create_vouch("a", one, "seen the passport", 1, 100).await.unwrap();
        assert!(sql.approve_vouch(vouch, "a", one, 5).await.is_err(), "one person alone");
        assert!(sql.approve_vouch(vouch, "b", two, 5).await.is_err(), "another customer");
        assert!(sql.approve_vouch(vouch, "a", two, 100).await.is_err(), "too late");
        sql.approve_vouch(vouch, "a", two, 5).await.unwrap();
        assert_eq!(sql.vouches("a", 5).await.unwrap()[0].approved_by, Some(two));
        let used = || ops(vec![CustomerOp::UseVouch(vouch)]);
        change(&sql, "a", used()).await.unwrap();
        assert_eq!(change(&sql, "a", used()).await.unwrap_err().code(), "conflict");
    });
}
