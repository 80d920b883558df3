//! Reasons for people: the evidence behind what a rule saw.

use intel::Claim;
use model::{Address, Evidence, Network, Reason, Transfer, Verdict};
use onchain::account_model::{AccountModel, Contribution};
use onchain::book::AddressId;
use onchain::exposure::{AssetId, Exposure, Step};
use onchain::skynet::{Observation, Party, SkyNet};
use onchain::state::AddressState;
use onchain::table::ColdStoreError;
use policy::{Facts, Pack};

use crate::facts::FactIds;

/// Most claims, paths and inputs that one reason shows.
const CLAIMS_SHOWN: usize = 5;
const PATHS_SHOWN: usize = 3;
const INPUTS_SHOWN: usize = 4;
/// Most assets in which the exposure of a screened address is shown.
const ASSETS_SHOWN: usize = 4;

fn show_claim(claim: &Claim<'_>) -> String {
    let (entry, list) = (claim.entry, claim.snapshot);
    let dated = if list.dated.is_empty() { "undated" } else { &list.dated };
    format!(
        "{}: {} (confidence {}), \"{}\", list of {dated}, snapshot {}",
        list.source, entry.category, entry.confidence, entry.label, list.id
    )
}

fn show_step(step: &Step, network: Network, net: &SkyNet) -> String {
    let name = |id: u32| chain::format_address(network, &net.book().address(AddressId(id)).1);
    let amount = if step.asset == AssetId(0) {
        format!("{} coins", step.amount.to_decimal_string(network.native_decimals()))
    } else {
        format!("{} base units of a token", step.amount)
    };
    let prefix = if matches!(network, Network::Evm(_)) { "0x" } else { "" };
    format!(
        "{} → {}: {amount}, {}, transaction {prefix}{}",
        name(step.from),
        name(step.to),
        show_time(step.time_s),
        step.tx
    )
}

/// `2024-05-21 04:05:35 UTC` (civil-from-days, Hinnant 2013).
pub fn show_time(time_s: u64) -> String {
    let days = (time_s / 86_400) as i64 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let second = time_s % 86_400;
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

fn party_evidence(
    (role, address): (&str, &Address),
    party: &Party,
    asset: AssetId,
    network: Network,
    net: &SkyNet,
    evidence: &mut Vec<Evidence>,
) {
    let text = chain::format_address(network, address);
    for claim in net.directory().claims(network.family(), address).take(CLAIMS_SHOWN) {
        evidence.push(Evidence::new("list", format!("{role} {text}: {}", show_claim(&claim))));
    }
    if party.standing.is_contradicted() {
        let detail =
            format!("{role} {text}: the lists contradict each other; the heavier claim counts");
        evidence.push(Evidence::new("contradiction", detail));
    }
    for exposure in party.received.iter().take(PATHS_SHOWN) {
        let share = exposure.total() * 100.0;
        let detail = format!(
            "{role} {text}: {share:.1} % of its funds from {} ({:.1} % direct, {} {} at least)",
            exposure.category,
            exposure.direct * 100.0,
            exposure.hops,
            if exposure.hops == 1 { "hop" } else { "hops" }
        );
        evidence.push(Evidence::new("exposure", detail));
        for step in net.exposures().path(party.id, asset, exposure.category) {
            evidence.push(Evidence::new("hop", show_step(&step, network, net)));
        }
    }
    for exposure in party.sent.iter().take(PATHS_SHOWN) {
        let share = exposure.total() * 100.0;
        let detail =
            format!("{role} {text}: {share:.1} % of its payments to {}", exposure.category);
        evidence.push(Evidence::new("exposure", detail));
        for step in net.exposures().path_out(party.id, asset, exposure.category) {
            evidence.push(Evidence::new("hop", show_step(&step, network, net)));
        }
    }
}

/// Adds what can be checked to every reason of a verdict: list entries, paths hop by hop, patterns,
/// and the model's inputs.
pub(crate) fn add_evidence(
    verdict: Verdict,
    transfer: &Transfer,
    observation: &Observation,
    net: &SkyNet,
    model: Option<&AccountModel>,
    raw: [Option<f64>; 2],
) -> Verdict {
    let mut evidence = Vec::new();
    let network = transfer.network;
    let prefix = if matches!(network, Network::Evm(_)) { "0x" } else { "" };
    let detail = format!(
        "{network} block {} transaction {prefix}{} at {}",
        transfer.position.block,
        transfer.tx,
        show_time(transfer.time_s)
    );
    evidence.push(Evidence::new("transfer", detail));
    let parties =
        [("payer", &transfer.from, &observation.from), ("receiver", &transfer.to, &observation.to)];
    for (role, address, party) in parties {
        if let (Some(address), Some(party)) = (address, party) {
            party_evidence((role, address), party, observation.asset, network, net, &mut evidence);
        }
    }
    for pattern in observation.patterns.iter() {
        evidence
            .push(Evidence::new("pattern", format!("{}: {}", pattern.code(), pattern.sentence())));
    }
    for (role, (raw, row)) in ["payer", "receiver"].iter().zip(raw.iter().zip(&observation.rows)) {
        if let (Some(model), Some(raw), Some(row)) = (model, raw, row)
            && model.is_flagged(*raw)
        {
            for part in model.reasons(row, INPUTS_SHOWN) {
                let direction = if part.weight > 0.0 { "for" } else { "against" };
                let value = if part.value.is_nan() {
                    "not known yet".to_owned()
                } else {
                    format!("{:.3}", part.value)
                };
                let detail = format!(
                    "{role}: {}: {value}, speaks {direction} an illicit account ({:+.2})",
                    part.meaning, part.weight
                );
                evidence.push(Evidence::new("model", detail));
            }
        }
    }
    let with_evidence = verdict.reasons().iter().map(|reason| {
        let mut reason = reason.clone();
        reason.evidence.extend(evidence.iter().cloned());
        Verdict::because(verdict.level(), reason)
    });
    with_evidence.collect()
}

/// Takes exposures into those known, the larger share of each category. True when there was one.
fn keep_largest(known: &mut Vec<Exposure>, found: impl Iterator<Item = Exposure>) -> bool {
    let mut is_any = false;
    for exposure in found {
        is_any = true;
        match known.iter_mut().find(|known| known.category == exposure.category) {
            Some(known) if known.total() >= exposure.total() => {}
            Some(known) => *known = exposure,
            None => known.push(exposure),
        }
    }
    is_any
}

/// What is known of an address, and what rules say of it as the payer of a transfer to us.
#[derive(Clone, Debug)]
pub struct Screened {
    /// What rules say.
    pub verdict: Verdict,
    /// What is known. Of every category of exposure the asset with the largest share speaks.
    pub party: Party,
    /// Its state; `None` for an address that was never seen.
    pub state: Option<AddressState>,
    /// Calibrated score of the account model.
    pub score: Option<f64>,
    /// What moved the score, heaviest first.
    pub contributions: Vec<Contribution>,
    /// The asset in which its exposure was looked up first: that of the largest share.
    pub exposed: Vec<AssetId>,
}

/// Screens an address without learning from it or recording it.
pub(crate) fn of_address(
    net: &mut SkyNet,
    pack: &Pack,
    model: Option<&AccountModel>,
    ids: &FactIds,
    blank: &Facts,
    network: Network,
    address: &Address,
) -> Result<Screened, ColdStoreError> {
    let family = network.family();
    let standing = net.directory().standing(family, address);
    let found = net.book().find(family, address);
    let mut party = Party {
        id: found.unwrap_or(AddressId(u32::MAX)),
        standing,
        cluster: model::CategorySet::EMPTY,
        is_new: found.is_none(),
        is_contract: false,
        events: 0,
        age_s: 0,
        idle_s: 0,
        balance: 0.0,
        hour: onchain::state::Window::default(),
        day: onchain::state::Window::default(),
        received: Vec::new(),
        sent: Vec::new(),
    };
    let mut raw = None;
    let mut exposed: Vec<AssetId> = Vec::new();
    let mut state_now = None;
    let mut contributions = Vec::new();
    if let Some(id) = found {
        if network.is_utxo() {
            party.cluster = model::CategorySet::from_bits(net.clusters().categories(id));
        }
        let state = *net.table().get_mut(id)?;
        state_now = Some(state);
        party.is_contract = state.is_contract();
        party.events = state.events();
        party.balance = state.balance();
        party.age_s = state.last_s() - state.first_s();
        (party.hour, party.day) =
            (state.window(0, state.last_s()), state.window(1, state.last_s()));
        // Of every category the asset with the largest share speaks.
        for asset in (0..net.asset_count()).map(AssetId) {
            let received = net.exposures().incoming(id, asset);
            let is_exposed = keep_largest(&mut party.received, received)
                | keep_largest(&mut party.sent, net.exposures().outgoing(id, asset));
            if is_exposed {
                exposed.push(asset);
            }
        }
        if let (Some(model), model::Family::Evm, false) =
            (model, family, standing.categories.is_service())
        {
            let row = net.current_row(id)?;
            raw = Some(model.raw(&row));
            contributions = model.reasons(&row, crate::CONTRIBUTIONS_SHOWN);
        }
    }
    let mut facts = blank.clone();
    ids.fill_payer(&mut facts, &party, model, raw);
    let fired = pack.evaluate(&facts);
    let verdict = pack.verdict(&facts, &fired);
    let mut evidence = Vec::new();
    if let Some(id) = found {
        if exposed.is_empty() {
            exposed.push(AssetId(0));
        }
        for asset in exposed.iter().copied().take(ASSETS_SHOWN) {
            let party = Party {
                received: net.exposures().incoming(id, asset).collect(),
                sent: net.exposures().outgoing(id, asset).collect(),
                ..party.clone()
            };
            party_evidence(("address", address), &party, asset, network, net, &mut evidence);
        }
    } else {
        let text = chain::format_address(network, address);
        for claim in net.directory().claims(family, address).take(CLAIMS_SHOWN) {
            evidence.push(Evidence::new("list", format!("address {text}: {}", show_claim(&claim))));
        }
    }
    let level = verdict.level();
    let verdict = verdict.reasons().iter().map(|reason| {
        let mut reason: Reason = reason.clone();
        reason.evidence.extend(evidence.iter().cloned());
        Verdict::because(level, reason)
    });
    Ok(Screened {
        verdict: verdict.collect(),
        party,
        state: state_now,
        score: raw.and_then(|raw| model.map(|model| model.probability(raw))),
        contributions,
        exposed,
    })
}
