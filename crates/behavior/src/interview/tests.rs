use super::*;
use crate::friction::Scam;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The first choice of a meaning for each question, or the first of all.
fn choose(scam: Scam, wanted: impl Fn(&Choice) -> bool) -> Answers {
    let choices = questions(scam).map(|question| {
        let place = question.choices.iter().position(&wanted).unwrap_or(0);
        u8::try_from(place).unwrap()
    });
    Answers { scam, choices }
}

fn codes(judgement: &Judgement) -> Vec<String> {
    judgement.verdict.reasons().iter().map(|reason| reason.code.to_string()).collect()
}

#[test]
fn each_kind_has_three_different_questions_and_each_question_a_way_not_to_answer() {
    for scam in Scam::ALL {
        let questions = questions(scam);
        let ids: BTreeSet<&str> = questions.iter().map(|question| question.id).collect();
        assert_eq!(ids.len(), 3, "{scam:?}");
        for question in questions {
            assert!(question.choices.iter().any(|choice| choice.meaning == Meaning::Open));
            assert!(question.choices.iter().any(|choice| choice.meaning == Meaning::ThirdPerson));
            let ids: BTreeSet<&str> = question.choices.iter().map(|choice| choice.id).collect();
            assert_eq!(ids.len(), question.choices.len(), "{}", question.id);
        }
    }
}

#[test]
fn no_text_names_a_scam_or_frightens() {
    for scam in Scam::ALL {
        for question in questions(scam) {
            let texts = question.choices.iter().map(|choice| choice.text).chain([question.text]);
            for text in texts {
                let text = text.to_lowercase();
                for word in ["scam", "fraud", "criminal", "danger", "warning", "thief", "stolen"] {
                    assert!(!text.contains(word), "{text}");
                }
            }
        }
    }
}

#[test]
fn a_customer_who_moves_coins_to_their_own_wallet_goes_on() {
    for scam in Scam::ALL {
        let wanted = |choice: &Choice| {
            matches!(choice.meaning, Meaning::OwnWallet | Meaning::Alone | Meaning::Own)
        };
        let known = Known { destination_is_first: true, remote_hint: false };
        let judged = judge(&choose(scam, wanted), known).unwrap();
        assert_eq!(judged.verdict.level(), Level::Allow, "{scam:?}: {:?}", judged.verdict);
        assert!(!judged.calls_back);
    }
}

#[test]
fn a_third_person_holds_and_has_the_customer_called() {
    for scam in Scam::ALL {
        let answers = choose(scam, |choice| choice.meaning == Meaning::ThirdPerson);
        let judged = judge(&answers, Known::default()).unwrap();
        assert_eq!(codes(&judged), ["behavior.interview.third_person"]);
        assert!(judged.calls_back && judged.verdict.level() == Level::Hold);
        assert_eq!(judged.verdict.reasons().iter().next().unwrap().evidence.len(), 3);
    }
}

#[test]
fn an_answer_against_what_was_seen_is_a_contradiction() {
    let paid_before = choose(Scam::Investment, |choice| choice.meaning == Meaning::PaidBefore);
    let new = Known { destination_is_first: true, remote_hint: false };
    assert_eq!(codes(&judge(&paid_before, new).unwrap()), ["behavior.interview.contradiction"]);
    assert_eq!(judge(&paid_before, Known::default()).unwrap().verdict.level(), Level::Allow);
    let alone = choose(Scam::RemoteAccess, |choice| choice.meaning == Meaning::Alone);
    let seen = Known { destination_is_first: false, remote_hint: true };
    assert_eq!(codes(&judge(&alone, seen).unwrap()), ["behavior.interview.contradiction"]);
    // "We have met in person" and "it stays mine".
    let both = Answers { scam: Scam::Romance, choices: [1, 0, 0] };
    assert_eq!(
        codes(&judge(&both, Known::default()).unwrap()),
        ["behavior.interview.contradiction"]
    );
}

#[test]
fn who_answers_nothing_is_called_and_pause_stands_out() {
    for scam in Scam::ALL {
        let judged =
            judge(&choose(scam, |choice| choice.meaning == Meaning::Open), Known::default());
        assert_eq!(codes(&judged.unwrap()), ["behavior.interview.open"]);
    }
    assert_eq!(Way::ALL.iter().filter(|way| way.is_prominent()).count(), 1);
    assert!(Way::ALL[0].is_prominent() && Way::ALL[0] == Way::Pause);
}

#[test]
fn a_choice_that_is_not_there_is_refused() {
    let answers = Answers { scam: Scam::Job, choices: [0, 9, 0] };
    let error = judge(&answers, Known::default()).unwrap_err();
    assert_eq!(error, AnswerError::NoSuchChoice { question: 2, choice: 9 });
}

proptest! {
    /// What is known besides the answers can only tighten.
    #[test]
    fn more_that_was_seen_never_loosens_a_judgement(
        scam in prop::sample::select(&Scam::ALL[..]), choices: [u8; 3],
        first: bool, hint: bool,
    ) {
        let answers = Answers { scam, choices: choices.map(|choice| choice % 5) };
        let known = Known { destination_is_first: first, remote_hint: hint };
        let judged = judge(&answers, known).unwrap();
        let less = judge(&answers, Known::default()).unwrap();
        prop_assert!(judged.verdict.level() >= less.verdict.level());
        prop_assert_eq!(judged.calls_back, judged.verdict.level() >= Level::Hold);
    }
}
