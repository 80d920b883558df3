//! The table of questions: six kinds of scam, three questions each, in plain words.

use serde::Serialize;

use crate::friction::Scam;

/// What a choice says about who is behind a payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// The customer decided it.
    Own,
    /// It goes to the customer's own wallet.
    OwnWallet,
    /// It goes to somebody else.
    OfOther,
    /// The customer paid this address before.
    PaidBefore,
    /// Nobody else is with the customer or on the screen.
    Alone,
    /// Somebody told the customer what to send, or where.
    ThirdPerson,
    /// It leaves it open.
    Open,
}

/// An answer that can be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Choice {
    /// Stable name, kept as evidence.
    pub id: &'static str,
    /// What is shown.
    pub text: &'static str,
    /// What it says. Not sent to the customer.
    #[serde(skip)]
    pub meaning: Meaning,
}

/// A question.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Question {
    /// Stable name, kept as evidence.
    pub id: &'static str,
    /// What is shown.
    pub text: &'static str,
    /// Its answers, in the order in which they are shown.
    pub choices: &'static [Choice],
}

const fn choice(id: &'static str, text: &'static str, meaning: Meaning) -> Choice {
    Choice { id, text, meaning }
}

const OPEN: Choice = choice("open", "I would rather not say", Meaning::Open);

const RECEIVER: Question = Question {
    id: "receiver",
    text: "Whose address is this?",
    choices: &[
        choice("own_wallet", "My own wallet or another account of mine", Meaning::OwnWallet),
        choice("known", "Somebody I have met in person", Meaning::OfOther),
        choice("online", "Somebody I know from the internet or the phone", Meaning::ThirdPerson),
        choice("company", "A company or a service", Meaning::OfOther),
        OPEN,
    ],
};

const SOURCE: Question = Question {
    id: "source",
    text: "Where did you get the address from?",
    choices: &[
        choice("own_app", "From my own wallet or device", Meaning::Own),
        choice("before", "I have paid it before", Meaning::PaidBefore),
        choice("message", "It was sent to me or read to me", Meaning::ThirdPerson),
        choice("site", "From a website or an app that I found myself", Meaning::Own),
        OPEN,
    ],
};

const CONTACT: Question = Question {
    id: "contact",
    text: "Has anybody been in touch with you about this payment today?",
    choices: &[
        choice("nobody", "No, nobody", Meaning::Alone),
        choice("office", "Yes, an office, a bank or a support team", Meaning::ThirdPerson),
        choice("friend", "Yes, somebody in my family or a friend", Meaning::Own),
        choice("other", "Yes, somebody else", Meaning::ThirdPerson),
        OPEN,
    ],
};

const PURPOSE_SAFETY: Question = Question {
    id: "purpose",
    text: "What is this payment for?",
    choices: &[
        choice("savings", "To keep my coins in my own wallet", Meaning::OwnWallet),
        choice("purchase", "To pay for something", Meaning::OfOther),
        choice(
            "protect",
            "To bring my money to a safe place that I was told of",
            Meaning::ThirdPerson,
        ),
        choice("clear", "To clear up a problem with an account or an office", Meaning::ThirdPerson),
        OPEN,
    ],
};

const RETURN: Question = Question {
    id: "return",
    text: "What do you expect to get for it, and how do you know of it?",
    choices: &[
        choice("nothing", "Nothing, I only move my coins", Meaning::OwnWallet),
        choice(
            "research",
            "A return, from something that I looked for and read about",
            Meaning::OfOther,
        ),
        choice("tip", "A return, from something that a person showed me", Meaning::ThirdPerson),
        choice("group", "A return, from a group or a course that I joined", Meaning::ThirdPerson),
        OPEN,
    ],
};

const TAKEN_OUT: Question = Question {
    id: "taken_out",
    text: "Have you taken money out of it before?",
    choices: &[
        choice("never_in", "I have not put any in yet", Meaning::Own),
        choice("yes", "Yes, as much as I wanted", Meaning::Own),
        choice("fee", "I have to pay something first to take it out", Meaning::ThirdPerson),
        choice("not_possible", "I tried, and it did not work", Meaning::ThirdPerson),
        OPEN,
    ],
};

const MET: Question = Question {
    id: "met",
    text: "How do you know the person who gets this?",
    choices: &[
        choice("self", "It is for me", Meaning::OwnWallet),
        choice("in_person", "We have met in person", Meaning::OfOther),
        choice("online", "We write or talk, and have not met", Meaning::ThirdPerson),
        choice("work", "From work or business", Meaning::OfOther),
        OPEN,
    ],
};

const NEED: Question = Question {
    id: "need",
    text: "What will it be used for?",
    choices: &[
        choice("mine", "It stays mine", Meaning::OwnWallet),
        choice("gift", "A gift that was my idea", Meaning::OfOther),
        choice("asked", "Something that I was asked to pay for", Meaning::ThirdPerson),
        choice("together", "A plan that the other person suggested", Meaning::ThirdPerson),
        OPEN,
    ],
};

const OFFER: Question = Question {
    id: "offer",
    text: "Does something come back after this payment?",
    choices: &[
        choice("no", "No, I only move my coins", Meaning::OwnWallet),
        choice("goods", "Yes, something that I bought", Meaning::OfOther),
        choice("more", "Yes, more coins than I send", Meaning::ThirdPerson),
        choice("token", "Yes, a token or a prize", Meaning::ThirdPerson),
        OPEN,
    ],
};

const FOUND: Question = Question {
    id: "found",
    text: "How did you come to the page that shows this address?",
    choices: &[
        choice("typed", "I typed its name or used my bookmark", Meaning::Own),
        choice("own_app", "It is in my own wallet", Meaning::OwnWallet),
        choice("link", "By a link in a message, an advertisement or a video", Meaning::ThirdPerson),
        choice("search", "By a search", Meaning::Open),
        OPEN,
    ],
};

const SCREEN: Question = Question {
    id: "screen",
    text: "Who can see or use your screen at the moment?",
    choices: &[
        choice("only_me", "Only me", Meaning::Alone),
        choice(
            "helper",
            "Somebody who helps me over the phone or the internet",
            Meaning::ThirdPerson,
        ),
        choice("beside", "Somebody who is beside me", Meaning::Own),
        choice("program", "A program that I was asked to install", Meaning::ThirdPerson),
        OPEN,
    ],
};

const WORK: Question = Question {
    id: "work",
    text: "Is this payment part of work, a task or help that you were offered?",
    choices: &[
        choice("no", "No", Meaning::Own),
        choice("employer", "Yes, of my employer, whom I have met", Meaning::Own),
        choice("task", "Yes, I pass on money or pay to get tasks", Meaning::ThirdPerson),
        choice("recover", "Yes, to get back money that I lost", Meaning::ThirdPerson),
        OPEN,
    ],
};

const ORIGIN: Question = Question {
    id: "origin",
    text: "Where does the money come from?",
    choices: &[
        choice("mine", "It is mine", Meaning::Own),
        choice("trade", "From my trades", Meaning::Own),
        choice("received", "Somebody sent it to me to send on", Meaning::ThirdPerson),
        choice("loan", "From a loan that I was advised to take", Meaning::ThirdPerson),
        OPEN,
    ],
};

/// The three questions for a kind of scam.
pub const fn questions(scam: Scam) -> [Question; 3] {
    match scam {
        Scam::Impersonation => [PURPOSE_SAFETY, CONTACT, SOURCE],
        Scam::Investment => [RETURN, TAKEN_OUT, SOURCE],
        Scam::Romance => [MET, NEED, SOURCE],
        Scam::Giveaway => [OFFER, FOUND, RECEIVER],
        Scam::RemoteAccess => [SCREEN, CONTACT, RECEIVER],
        Scam::Job => [WORK, ORIGIN, RECEIVER],
    }
}
