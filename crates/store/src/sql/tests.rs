//! Each test runs on SQLite in memory, and on PostgreSQL when `RINGFENCE_TEST_POSTGRES` names a
//! database (`cargo run -p xtask -- postgres` starts one).

use super::*;

/// Runs a test on every database there is.
pub(super) fn on_each(test: impl AsyncFn(Sql)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        test(Sql::open_memory(1).await.unwrap()).await;
        let Ok(url) = std::env::var("RINGFENCE_TEST_POSTGRES") else {
            println!("skipped on PostgreSQL: RINGFENCE_TEST_POSTGRES is not set");
            return;
        };
        // A database for each test, dropped with the server.
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("ringfence_{}_{number}", std::process::id());
        sqlx::any::install_default_drivers();
        let pool = AnyPool::connect(&url).await.unwrap();
        let text = format!("CREATE DATABASE {name}");
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&pool).await.unwrap();
        pool.close().await;
        let (server, _) = url.rsplit_once('/').unwrap();
        let sql = Sql::open_postgres(&format!("{server}/{name}"), 1).await.unwrap();
        assert_eq!(sql.dialect(), Dialect::Postgres);
        test(sql).await;
    });
}

fn update(address: &str, index: u64) -> AlertUpdate {
    AlertUpdate {
        code: "sanctions.payer.direct".to_owned(),
        network: "eip155:1".to_owned(),
        address: address.to_owned(),
        categories: "sanctions".to_owned(),
        level: 2,
        severity: 3,
        sentence: "It is listed.".to_owned(),
        transfers: 1,
        first_seen: 10,
        last_seen: 10 + index.cast_signed(),
        decision_index: index,
        known_since: None,
        reasons: "[]".to_owned(),
    }
}

fn decision(index: u64, level: u8) -> DecisionRow {
    DecisionRow {
        journal_index: index,
        level,
        network: "eip155:1".to_owned(),
        tx: format!("0x{index:064x}"),
        lead: "a.b".to_owned(),
        detail: "{}".to_owned(),
    }
}

#[test]
fn every_migration_is_applied_once_on_every_database() {
    on_each(async |sql| {
        let applied = sql.migrations().await.unwrap();
        let names: Vec<&str> = applied.iter().map(|(name, _)| name.as_str()).collect();
        let expected: Vec<&str> = MIGRATIONS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, expected);
        sql.migrate(2).await.unwrap();
        assert_eq!(sql.migrations().await.unwrap(), applied);
        sqlx::query("UPDATE migrations SET digest = 'other' WHERE name = '0001_people'")
            .execute(&sql.pool)
            .await
            .unwrap();
        assert_eq!(sql.migrate(3).await.unwrap_err().code(), "database.foreign");
    });
}

#[test]
fn every_file_of_the_folder_is_a_migration() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|item| item.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let known: Vec<String> = MIGRATIONS.iter().map(|(name, _)| format!("{name}.sql")).collect();
    assert_eq!(files, known);
}

#[test]
fn a_link_signs_in_once_and_sessions_end_with_the_right_to_sign_in() {
    on_each(async |sql| {
        let admin = sql.create_user("Ada", Role::Administrator, 1).await.unwrap();
        assert_eq!(sql.create_user("Ada", Role::Analyst, 1).await.unwrap_err().code(), "conflict");
        let user = sql.create_user("Ben", Role::Analyst, 1).await.unwrap();
        sql.create_link("link", user.id, 100).await.unwrap();
        assert!(sql.redeem_link("link", "late", 100).await.is_err());
        let session = sql.redeem_link("link", "hash", 50).await.unwrap();
        assert_eq!(session.user.name, "Ben");
        assert_eq!(sql.redeem_link("link", "other", 51).await.unwrap_err().code(), "not_found");
        sql.touch_session("hash", user.id, 60).await.unwrap();
        assert_eq!(sql.session("hash").await.unwrap().unwrap().last_seen_at, 60);
        sql.update_user(user.id, None, None, Some(true)).await.unwrap();
        assert_eq!(sql.session("hash").await.unwrap(), None);
        let last = sql.update_user(admin.id, None, Some(Role::Auditor), None).await.unwrap_err();
        assert!(last.to_string().contains("last administrator"));
    });
}

#[test]
fn sessions_end_when_idle_or_old() {
    on_each(async |sql| {
        let user = sql.create_user("Ada", Role::Administrator, 1).await.unwrap();
        for (name, begun) in [("old", 10), ("idle", 50), ("fresh", 90)] {
            sql.create_link(name, user.id, 1_000).await.unwrap();
            sql.redeem_link(name, name, begun).await.unwrap();
        }
        sql.touch_session("old", user.id, 95).await.unwrap();
        sql.sweep_sessions(20, 80, 100).await.unwrap();
        assert!(sql.session("old").await.unwrap().is_none());
        assert!(sql.session("idle").await.unwrap().is_none());
        assert!(sql.session("fresh").await.unwrap().is_some());
    });
}

#[test]
fn keys_are_found_by_hash_until_revoked() {
    on_each(async |sql| {
        let user = sql.create_user("Ada", Role::Administrator, 1).await.unwrap();
        let key = sql.create_api_key("feed", "rf_12", "hash", "read", user.id, 5).await.unwrap();
        assert_eq!(sql.find_api_key("hash").await.unwrap(), Some((key.id, "read".to_owned())));
        sql.touch_api_key(key.id, 9).await.unwrap();
        assert_eq!(sql.api_keys().await.unwrap()[0].last_used_at, Some(9));
        sql.revoke_api_key(key.id, 10).await.unwrap();
        sql.revoke_api_key(key.id, 11).await.unwrap();
        assert_eq!(sql.api_keys().await.unwrap()[0].revoked_at, Some(10));
        assert_eq!(sql.find_api_key("hash").await.unwrap(), None);
        assert_eq!(sql.revoke_api_key(77, 1).await.unwrap_err().code(), "not_found");
    });
}

#[test]
fn one_matter_is_open_once_and_opens_anew_after_it_was_closed() {
    on_each(async |sql| {
        let user = sql.create_user("Ada", Role::Analyst, 1).await.unwrap();
        let first = sql.act(&[decision(1, 2)], &[update("0xa", 1)], 2, 20).await.unwrap();
        let stricter = AlertUpdate { level: 3, sentence: "Worse.".into(), ..update("0xa", 5) };
        let again = sql.act(&[], &[stricter, update("0xb", 6)], 7, 21).await.unwrap();
        assert_eq!((first[0], again.len()), (again[0], 2));
        assert_eq!(sql.acted_until().await.unwrap(), 7);
        let alert = sql.alert(first[0]).await.unwrap();
        assert_eq!((alert.transfers, alert.level, alert.sentence.as_str()), (2, 3, "Worse."));
        let close = AlertAction::Close(Outcome::Confirmed);
        let (closed, refused) = sql
            .change_alerts(&[first[0], 99], &close, Some("seen"), user.id, "t1", 30)
            .await
            .unwrap();
        assert_eq!((closed[0].status, closed[0].notes), (Status::Closed, 1));
        assert_eq!(refused[0].0, 99);
        let anew = sql.act(&[], &[update("0xa", 9)], 10, 31).await.unwrap();
        assert_ne!(anew[0], first[0]);
        // Taking the closing back would make two open alerts of one matter.
        assert!(sql.undo_alerts("t1", user.id, 40).await.unwrap().is_empty());
        assert_eq!(sql.open_alerts().await.unwrap(), 2);
    });
}

#[test]
fn a_change_is_taken_back_once_by_its_author_within_a_minute() {
    on_each(async |sql| {
        let user = sql.create_user("Ada", Role::Analyst, 1).await.unwrap();
        let other = sql.create_user("Ben", Role::Analyst, 1).await.unwrap();
        let ids = sql.act(&[], &[update("0xa", 1), update("0xb", 2)], 3, 20).await.unwrap();
        let assign = AlertAction::Assign(other.id);
        sql.change_alerts(&ids, &assign, None, user.id, "t", 30).await.unwrap();
        assert!(sql.undo_alerts("t", other.id, 31).await.is_err());
        assert!(sql.undo_alerts("t", user.id, 91).await.is_err());
        let undone = sql.undo_alerts("t", user.id, 90).await.unwrap();
        assert!(
            undone.iter().all(|alert| alert.assignee.is_none() && alert.status == Status::Open)
        );
        assert!(sql.undo_alerts("t", user.id, 90).await.is_err());
        // What somebody else did since is not undone.
        sql.change_alerts(&ids, &assign, None, user.id, "u", 100).await.unwrap();
        let close = AlertAction::Close(Outcome::Duplicate);
        sql.change_alerts(&ids[1..], &close, Some("n"), other.id, "v", 101).await.unwrap();
        assert_eq!(sql.undo_alerts("u", user.id, 110).await.unwrap().len(), 1);
        let actions: Vec<String> = sql
            .alert_history(ids[0])
            .await
            .unwrap()
            .into_iter()
            .map(|event| event.action)
            .collect();
        assert_eq!(actions, ["opened", "assigned", "undone", "assigned", "undone"]);
    });
}

#[test]
fn alerts_and_decisions_are_found_by_filter_in_order() {
    on_each(async |sql| {
        let user = sql.create_user("Ada", Role::Analyst, 1).await.unwrap();
        let updates: Vec<AlertUpdate> = (0..5)
            .map(|n| AlertUpdate { severity: n, ..update(&format!("0xA{n}"), 10 + u64::from(n)) })
            .collect();
        let decisions: Vec<DecisionRow> = (1..=6).map(|n| decision(n, 1 + (n % 3) as u8)).collect();
        let ids = sql.act(&decisions, &updates, 20, 20).await.unwrap();
        sql.change_alerts(&ids[..1], &AlertAction::Assign(user.id), None, user.id, "t", 30)
            .await
            .unwrap();
        let find = async |filter: AlertFilter| {
            let (rows, total) = sql.alerts(&filter, 2).await.unwrap();
            (rows.iter().map(|row| row.severity).collect::<Vec<_>>(), total)
        };
        assert_eq!(find(AlertFilter::default()).await, (vec![4, 3], 5));
        for sort in [AlertSort::Severity, AlertSort::LastSeen, AlertSort::Transfers] {
            // Page by page, everything comes once, also when the alerts before are gone.
            let (mut seen, mut filter) = (Vec::new(), AlertFilter { sort, ..Default::default() });
            loop {
                let (rows, total) = sql.alerts(&filter, 2).await.unwrap();
                assert_eq!(total, 5);
                seen.extend(rows.iter().map(|row| row.id));
                let Some(last) = rows.last() else { break };
                let mark = AlertMark::of(sort, last);
                assert_eq!(AlertMark::parse(sort, &mark.to_string()), Some(mark.clone()));
                filter.after = Some(mark);
            }
            assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len(), 5);
            assert_eq!(seen.len(), 5);
        }
        for text in ["", "1", "1.2.3.4.5", "1.2.3.x", "1.2.3.99999999999999999999"] {
            assert_eq!(AlertMark::parse(AlertSort::Severity, text), None, "{text}");
        }
        let open = AlertFilter { statuses: vec![Status::InReview], ..Default::default() };
        assert_eq!(find(open).await, (vec![0], 1));
        let mine = AlertFilter { assignee: Some(Assignee::User(user.id)), ..Default::default() };
        assert_eq!(find(mine).await, (vec![0], 1));
        let named = AlertFilter { text: Some("xa3'%".into()), ..Default::default() };
        assert_eq!(find(named).await.1, 0);
        for (text, count) in [("%", 0), ("_", 0), ("payer.direct", 5), ("!", 0)] {
            let named = AlertFilter { text: Some(text.into()), ..Default::default() };
            assert_eq!(find(named).await.1, count, "{text}");
        }
        let named = AlertFilter { text: Some("Xa3".into()), ..Default::default() };
        assert_eq!(find(named).await, (vec![3], 1));
        let filter = DecisionFilter { levels: vec![3], before: Some(5), ..Default::default() };
        let found = sql.decisions(&filter, 10).await.unwrap();
        assert_eq!(found.iter().map(|row| row.journal_index).collect::<Vec<_>>(), [2]);
        let lead = DecisionFilter {
            lead: Some("a.b".into()),
            network: Some("eip155:1".into()),
            ..Default::default()
        };
        assert_eq!(sql.decisions(&lead, 10).await.unwrap().len(), 6);
        assert_eq!(sql.decisions_of_tx(&format!("0x{:064x}", 4)).await.unwrap(), [4]);
        assert!(sql.find_decision(7).await.unwrap().is_none());
        // Told twice after a crash: kept and counted once.
        assert!(sql.act(&decisions, &updates, 20, 21).await.unwrap().is_empty());
        assert_eq!(sql.decisions(&lead, 10).await.unwrap().len(), 6);
        assert_eq!(sql.alert(ids[1]).await.unwrap().transfers, 1);
        sql.bind_journal("one").await.unwrap();
        sql.bind_journal("one").await.unwrap();
        assert_eq!(sql.bind_journal("two").await.unwrap_err().code(), "database.foreign");
    });
}

#[test]
fn rules_need_two_people() {
    on_each(async |sql| {
        let author = sql.create_user("Ada", Role::Compliance, 1).await.unwrap();
        let other = sql.create_user("Ben", Role::Compliance, 1).await.unwrap();
        let draft = RuleVersionRow {
            version: 0,
            digest: "d".into(),
            name: "pack".into(),
            note: "why".into(),
            text: "text".into(),
            state: RuleState::Draft,
            rules: 3,
            created_at: 5,
            created_by: Some((author.id, author.name.clone())),
            approved_by: None,
            published_at: None,
        };
        let draft = sql.create_rules(&draft).await.unwrap();
        let own = sql.publish_rules(draft.version, author.id, 6).await.unwrap_err();
        assert!(own.to_string().contains("another person"));
        let live = sql.publish_rules(draft.version, other.id, 7).await.unwrap();
        assert_eq!((live.state, live.published_at), (RuleState::Live, Some(7)));
        assert_eq!(sql.delete_rules(draft.version).await.unwrap_err().code(), "conflict");
        let second = sql
            .create_rules(&RuleVersionRow { digest: "e".into(), ..draft.clone() })
            .await
            .unwrap();
        sql.publish_rules(second.version, other.id, 8).await.unwrap();
        assert_eq!(sql.rule_version(draft.version).await.unwrap().state, RuleState::Retired);
        assert_eq!(sql.live_rules().await.unwrap().unwrap().version, second.version);
        assert_eq!(sql.find_rules("d").await.unwrap().unwrap().version, draft.version);
        let sync = ListSyncRow {
            source: "ofac".into(),
            url: "u".into(),
            status: "never".into(),
            ..Default::default()
        };
        sql.put_list_sync(&sync).await.unwrap();
        sql.put_list_sync(&ListSyncRow { status: "fresh".into(), ..sync }).await.unwrap();
        assert_eq!(sql.list_syncs().await.unwrap()[0].status, "fresh");
    });
}
