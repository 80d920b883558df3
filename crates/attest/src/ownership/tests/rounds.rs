//! What a message is worth for a round.

use super::*;

fn challenge() -> Challenge {
    Challenge::new("example", "2026-11", [0xab; 32]).unwrap()
}

/// A claim that signs `message` with the key of its address.
fn signed(signer: &Signer, message: &str) -> Claim {
    let signature = signer.account(MessageForm::Eip191, message);
    claim("eip155:1", &signer.evm_address(), message, &[signature])
}

#[test]
fn the_challenge_is_the_text_that_is_documented() {
    let text = challenge().text(Chain::ETHEREUM, "0x52b311c52436789f3754bd199bf3886b8ccbab4c");
    let header = "ab".repeat(32);
    assert_eq!(
        text,
        format!(
            "Ringfence reserves v1 | exchange=example | round=2026-11 | header={header} | chain=eip155:1 | address=0x52b311c52436789f3754bd199bf3886b8ccbab4c"
        )
    );
}

#[test]
fn only_the_challenge_of_this_round_counts_in_full() {
    let signer = Signer::new(1);
    let challenge = challenge();
    let text = challenge.text(Chain::ETHEREUM, &signer.evm_address());
    let proved = verify(&signed(&signer, &text), Some(&challenge)).unwrap();
    assert_eq!(proved.standing, Standing::ThisRound);
    assert!(proved.is_full());
    let proved = verify(&signed(&signer, SENTENCE), Some(&challenge)).unwrap();
    assert_eq!(proved.standing, Standing::Replayable);
    assert!(!proved.is_full());
}

#[test]
fn the_address_in_the_challenge_may_be_in_another_text_form() {
    let signer = Signer::new(1);
    let challenge = challenge();
    let upper = signer.evm_address().to_uppercase().replace("0X", "0x");
    let claim = signed(&signer, &challenge.text(Chain::ETHEREUM, &upper));
    assert!(verify(&claim, Some(&challenge)).unwrap().is_full());
}

#[test]
fn a_challenge_of_anything_else_is_refused() {
    let signer = Signer::new(1);
    let ours = challenge();
    let address = signer.evm_address();
    let text = ours.text(Chain::ETHEREUM, &address);
    let other = |exchange: &str, round: &str, header: u8| {
        let challenge = Challenge::new(exchange, round, [header; 32]).unwrap();
        challenge.text(Chain::ETHEREUM, &address)
    };
    for message in [
        other("another", "2026-11", 0xab),
        other("example", "2026-10", 0xab),
        other("example", "2026-11", 0xac),
        ours.text(Chain::evm(137), &address),
        ours.text(Chain::ETHEREUM, &Signer::new(2).evm_address()),
        ours.text(Chain::ETHEREUM, "nonsense"),
        text.replace("v1", "v2"),
        text.replace(" | address", "|address"),
        format!("{text} | and more"),
        "Ringfence reserves ".to_owned(),
    ] {
        let refused = verify(&signed(&signer, &message), Some(&ours)).unwrap_err();
        assert_eq!(refused.code(), "ownership.challenge.other_round", "{message}");
    }
    let refused = verify(&signed(&signer, &text), None).unwrap_err();
    assert_eq!(refused.code(), "ownership.challenge.other_round", "no round is named");
}

#[test]
fn ids_cannot_forge_a_field() {
    for id in ["", "a b", "a|b", "a=b", "a\n", &"a".repeat(65), "é"] {
        assert_eq!(Challenge::new(id, "1", [0; 32]), None, "{id}");
        assert_eq!(Challenge::new("1", id, [0; 32]), None, "{id}");
    }
}

#[test]
fn messages_have_a_length() {
    let signer = Signer::new(1);
    assert_eq!(refusal(&signed(&signer, "")), "ownership.message.length");
    assert_eq!(refusal(&signed(&signer, &"x".repeat(1025))), "ownership.message.length");
}
