//! From a table of balances to a job: users become customers with ids of the round, are put in the
//! order of their keys, and are shared out among shards.
//!
//! Ids are as good as random, so a few hundred files by the first bits of the key take equal parts, and
//! each is sorted in memory: memory grows with a part, not with the table.

use anyhow::{Context, Result, bail, ensure};
use proof::header::{Asset, Chain, Header};
use proof::key::Key;
use proof::leaf::{Layout, Shape, Width};
use proof::margin::{Held, Margin, Rules};
use proof::systems::{Systems, hex};
use reserves::plan::{Filler, end, size};
use reserves::secret::{self, Drawn, Secret};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::input::{Balances, Source};
use super::job::{self, Customer, Job, Plan};
use super::{ReservesError, files};

/// Files that customers are parted into, by the first bits of their keys.
const PARTS: usize = 256;
const PART_SHIFT: u32 = 90 - PARTS.trailing_zeros();
/// Longest record: an account and a thousand assets.
const RECORD_LEN_MAX: usize = 1 << 16;

/// What a round is about, as it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) exchange: String,
    pub(crate) round: String,
    pub(crate) snapshot_at: u64,
    pub(crate) currency: String,
    pub(crate) chains: Vec<Chain>,
    /// Assets of the round; those of the source when empty.
    pub(crate) assets: Vec<Asset>,
    /// Those that can be pledged and borrowed.
    pub(crate) margin: Vec<Margin>,
    pub(crate) layout: Option<Layout>,
    pub(crate) log_rows: Option<u8>,
    pub(crate) previous: Option<String>,
    /// File of the accounts' secret; drawn for the job when there is none.
    pub(crate) accounts: Option<PathBuf>,
}

/// What the balances are, seen once.
#[derive(Clone, Copy, Default)]
struct Seen {
    customers: u64,
    balances: u64,
    sparse_blocks: [u64; 2],
    positions: u64,
    largest: u128,
}

/// What the name of a column with pledged balances ends with.
const PLEDGED: &str = ".pledged";
/// What the name of a column with debts ends with.
const DEBT: &str = ".debt";

/// What a column of the source holds.
#[derive(Clone, Copy)]
enum Column {
    /// Balances of the asset with this number, pledged ones among them.
    Balance(u16),
    /// What is pledged in the asset at this place of the margin.
    Pledged(u16),
    /// What customers owe in it.
    Debt(u16),
}

/// Names of the columns that a round's table may have.
pub(crate) fn column_names(assets: &[Asset], margin: &[Margin]) -> Vec<String> {
    let balances = assets.iter().map(|asset| asset.symbol.clone());
    let of_margin = |ending: &str| -> Vec<String> {
        margin.iter().map(|margin| format!("{}{ending}", margin.asset)).collect()
    };
    balances.chain(of_margin(PLEDGED)).chain(of_margin(DEBT)).collect()
}

/// The columns of a source, by their place in it.
struct Table<'a> {
    file: String,
    names: Vec<String>,
    columns: Vec<Column>,
    /// Numbers of the assets of the margin.
    numbers: Vec<u16>,
    margin: &'a [Margin],
}

impl<'a> Table<'a> {
    fn new(source: &Source, assets: &[Asset], margin: &'a [Margin]) -> Result<Self> {
        let number = |symbol: &str| {
            let place = assets.iter().position(|asset| asset.symbol == symbol);
            place.map(|place| place as u16)
        };
        let place = |symbol: Option<&str>| {
            let place = margin.iter().position(|margin| Some(&*margin.asset) == symbol);
            place.map(|place| place as u16)
        };
        let column = |name: &String| {
            let balance = number(name).map(Column::Balance);
            let pledged = || place(name.strip_suffix(PLEDGED)).map(Column::Pledged);
            let debt = || place(name.strip_suffix(DEBT)).map(Column::Debt);
            balance.or_else(pledged).or_else(debt).ok_or_else(|| {
                let is_margin = name.ends_with(PLEDGED) || name.ends_with(DEBT);
                let (what, table) = if is_margin {
                    ("column", "of tiers (--margin)")
                } else {
                    ("asset", "of assets")
                };
                let problem = format!(
                    "the {what} {name} is not in the table {table}: add a row for it there"
                );
                ReservesError::Columns { file: source.name().to_owned(), problem }
            })
        };
        let numbers = margin.iter().map(|margin| {
            number(&margin.asset).with_context(|| {
                format!("--margin: {} is not in the table of assets", margin.asset)
            })
        });
        Ok(Self {
            file: source.name().to_owned(),
            columns: source.assets().iter().map(column).collect::<Result<_, _>>()?,
            names: source.assets().to_vec(),
            numbers: numbers.collect::<Result<_>>()?,
            margin,
        })
    }

    /// A customer from what is not zero: what is pledged is taken off from balances.
    fn customer(&self, balances: Balances) -> Result<Customer> {
        let Balances { account, entries, row } = balances;
        let mut free = Vec::with_capacity(entries.len());
        let mut margin: Vec<Held> = Vec::new();
        let mut of_margin = |place: u16| -> usize {
            let found = margin.iter().position(|held| held.place == place);
            found.unwrap_or_else(|| {
                margin.push(Held { place, ..Held::default() });
                margin.len() - 1
            })
        };
        let mut owed = Vec::new();
        for entry in &entries {
            match self.columns[usize::from(entry.asset)] {
                Column::Balance(number) => free.push((number, entry.amount)),
                Column::Pledged(place) => owed.push((of_margin(place), entry, false)),
                Column::Debt(place) => owed.push((of_margin(place), entry, true)),
            }
        }
        for (held, entry, is_debt) in owed {
            let held = &mut margin[held];
            if is_debt {
                held.debt = entry.amount;
                continue;
            }
            let number = self.numbers[usize::from(held.place)];
            let balance = free.iter_mut().find(|(asset, _)| *asset == number);
            let amount = balance.as_ref().map_or(0, |(_, amount)| *amount);
            let Some(left) = amount.checked_sub(entry.amount) else {
                let asset = &self.margin[usize::from(held.place)].asset;
                let problem = format!(
                    "{} are pledged of a balance of {amount}: the column {asset} is the whole balance, pledged and free",
                    entry.amount
                );
                let column = self.names[usize::from(entry.asset)].clone();
                bail!(ReservesError::Cell { file: self.file.clone(), row, column, problem });
            };
            held.pledged = entry.amount;
            balance.into_iter().for_each(|(_, amount)| *amount = left);
        }
        free.retain(|(_, amount)| *amount > 0);
        free.sort_unstable();
        margin.sort_unstable_by_key(|held| held.place);
        Ok(Customer { account, entries: free, margin, row })
    }
}

struct Parts {
    dir: PathBuf,
    files: Vec<Option<BufWriter<File>>>,
}

impl Parts {
    fn path(&self, part: usize) -> PathBuf {
        self.dir.join(format!("part-{part:03}"))
    }

    fn add(&mut self, key: u128, customer: &Customer) -> Result<()> {
        let part = (key >> PART_SHIFT) as usize;
        let path = self.path(part);
        let file = match &mut self.files[part] {
            Some(file) => file,
            none => {
                let file = File::create(&path).with_context(|| path.display().to_string())?;
                none.insert(BufWriter::with_capacity(1 << 15, file))
            }
        };
        let bytes = postcard::to_stdvec(customer)?;
        ensure!(bytes.len() <= RECORD_LEN_MAX, "row {}: it is too long", customer.row);
        let written = file
            .write_all(&(bytes.len() as u32).to_be_bytes())
            .and_then(|()| file.write_all(&bytes));
        written.with_context(|| path.display().to_string())
    }

    /// The customers of a part, and takes its file away.
    fn take(&mut self, part: usize) -> Result<Vec<Customer>> {
        let path = self.path(part);
        let shown = || path.display().to_string();
        let Some(file) = self.files[part].take() else { return Ok(Vec::new()) };
        file.into_inner().map_err(|error| error.into_error()).with_context(shown)?;
        let mut reader = BufReader::new(File::open(&path).with_context(shown)?);
        let mut customers = Vec::new();
        let mut len = [0; 4];
        loop {
            match reader.read(&mut len[..1]).with_context(shown)? {
                0 => break,
                _ => reader.read_exact(&mut len[1..]).with_context(shown)?,
            }
            let len = u32::from_be_bytes(len) as usize;
            ensure!(len <= RECORD_LEN_MAX, "{}: it was changed by somebody", path.display());
            let mut bytes = vec![0; len];
            reader.read_exact(&mut bytes).with_context(shown)?;
            customers.push(postcard::from_bytes(&bytes).with_context(shown)?);
        }
        fs::remove_file(&path).with_context(shown)?;
        Ok(customers)
    }
}

/// Cheaper in rows, the dense layout when both are.
fn layout_of(seen: &Seen, assets: usize, width: Width) -> Result<Layout> {
    let dense = Shape::new(Layout::Dense, width, assets)?;
    let sparse_blocks = seen.sparse_blocks[usize::from(width == Width::Bits96)];
    let is_dense = dense.blocks(assets) as u64 * seen.customers <= sparse_blocks;
    Ok(if is_dense { Layout::Dense } else { Layout::Sparse })
}

/// Shares customers out; gives the plan.
struct Sharing<'a> {
    dir: &'a Path,
    file: &'a str,
    rules: &'a Rules,
    filler: Filler,
    rng: rand::rngs::StdRng,
    shard: Vec<Customer>,
    last: Option<Key>,
    plan: Plan,
}

impl Sharing<'_> {
    fn finish(&mut self, next: Option<Key>) -> Result<()> {
        let number = self.plan.shards.len() as u32;
        let until = end(self.last.unwrap_or(Key::FIRST), next, &mut self.rng)?;
        let customers = std::mem::take(&mut self.shard);
        self.plan.shards.push((until.to_string(), customers.len() as u32));
        let path = Job::customers_path(self.dir, number);
        files::write_private(&path, &postcard::to_stdvec(&customers)?)
    }

    /// How many positions a customer has, all of them covered.
    fn positions(&self, customer: &Customer) -> Result<usize> {
        let refused = |problem: String| {
            let (file, row) = (self.file.to_owned(), customer.row);
            ReservesError::Row { file, row, problem }
        };
        let positions = self.rules.positions(&customer.margin);
        let positions = positions.map_err(|error| refused(error.to_string()))?;
        self.rules.cover(&positions).ok_or_else(|| {
            let problem = "the debts of this user are worth more than what is pledged counts: such a loss is the exchange's own, book it to an account of its own before the snapshot";
            refused(problem.to_owned())
        })?;
        Ok(positions.len())
    }

    fn add(&mut self, key: Key, customer: Customer) -> Result<()> {
        let positions = self.positions(&customer)?;
        if self.filler.take(customer.entries.len(), positions, &mut self.rng)? {
            self.finish(Some(key))?;
        }
        self.last = Some(key);
        self.shard.push(customer);
        Ok(())
    }
}

/// Makes a job of balances. A folder that is not complete is not left behind.
///
/// # Errors
/// What is wrong with the source, or with the folder.
pub(crate) fn snapshot(mut source: Source, request: Request, dir: &Path) -> Result<()> {
    ensure!(
        !dir.exists(),
        "{}: the folder is there already: go on with `ringfence reserves prove --job`, or take another",
        dir.display()
    );
    let part = dir.with_extension(format!("part-{}", std::process::id()));
    let made = make(&mut source, request, &part).and_then(|mut plan| {
        plan.input = hex(&source.digest());
        let path = Job::plan_path(&part);
        files::write(&path, &serde_json::to_vec(&plan)?)?;
        fs::rename(&part, dir).with_context(|| dir.display().to_string())
    });
    if made.is_err() {
        let _ = fs::remove_dir_all(&part);
    }
    made
}

fn make(source: &mut Source, request: Request, dir: &Path) -> Result<Plan> {
    files::private_folder(dir)?;
    job::make_folders(dir)?;
    let mut assets = request.assets;
    if assets.is_empty() {
        assets = source.assets().iter().map(|symbol| super::tables::unlisted(symbol)).collect();
    }
    let margin = request.margin;
    let table = Table::new(source, &assets, &margin)?;
    let accounts = match &request.accounts {
        Some(path) => {
            let secret = job::read_secret(path)?;
            let text = zeroize::Zeroizing::new(hex(&*secret));
            files::write_private(&Job::accounts_path(dir), text.as_bytes())?;
            secret
        }
        None => job::draw_secret(&Job::accounts_path(dir))?,
    };
    let round_secret = job::draw_secret(&Job::round_path(dir))?;
    let shapes =
        [Width::Bits64, Width::Bits96].map(|width| Shape::new(Layout::Sparse, width, assets.len()));
    let [narrow, wide] = shapes;
    let shapes = [narrow?, wide?];
    let of_width = |width: Width| -> Result<(Shape, Rules)> {
        let shape = match (request.layout, margin.len()) {
            (Some(layout), 0) => Shape::new(layout, width, assets.len())?,
            (None, 0) => Shape::new(Layout::Sparse, width, assets.len())?,
            (_, count) => Shape::margin(width, assets.len(), count)?,
        };
        let rules = Rules::new(shape, &assets, &margin);
        Ok((shape, rules.context("the table of tiers (--margin)")?))
    };
    // Tiers are the same in both widths, where the narrow one has them.
    let (_, tiers) = of_width(Width::Bits96)?;

    let mut parts = Parts { dir: dir.to_owned(), files: (0..PARTS).map(|_| None).collect() };
    let mut seen = Seen::default();
    while let Some(balances) = source.next()? {
        let secret = secret::of_account(&accounts, &balances.account);
        let id = proof::id::UserId::derive(&request.round, &balances.account, &secret);
        seen.customers += 1;
        seen.balances += balances.entries.len() as u64;
        let largest = balances.entries.iter().map(|entry| entry.amount).max().unwrap_or(0);
        seen.largest = seen.largest.max(largest);
        let customer = table.customer(balances)?;
        for (blocks, shape) in seen.sparse_blocks.iter_mut().zip(shapes) {
            *blocks += shape.blocks(customer.entries.len()) as u64;
        }
        // What is wrong of them is told once they are judged.
        seen.positions += tiers.positions(&customer.margin).map_or(0, |p| p.len()) as u64;
        parts.add(id.key(), &customer)?;
    }
    if seen.customers == 0 {
        bail!(ReservesError::Row {
            file: source.name().to_owned(),
            row: 1,
            problem: "there is no user: nothing can be proved of nobody".to_owned(),
        });
    }

    let largest = tiers.all().iter().filter(|rule| !rule.is_debt).map(|rule| rule.limit).max();
    let largest = seen.largest.max(largest.unwrap_or(0));
    let width = if largest >> 64 == 0 { Width::Bits64 } else { Width::Bits96 };
    let (mut shape, rules) = of_width(width)?;
    if request.layout.is_none() && margin.is_empty() {
        shape = Shape::new(layout_of(&seen, assets.len(), width)?, width, assets.len())?;
    }
    let blocks = match shape.layout {
        Layout::Dense => shape.blocks(assets.len()) as u64 * seen.customers,
        Layout::Sparse | Layout::Margin => {
            seen.sparse_blocks[usize::from(width == Width::Bits96)] + seen.positions
        }
    };
    let circuit = size(shape, &rules, request.log_rows, seen.customers, blocks)?;
    let (slots, log_rows) = (circuit.slots, circuit.log_rows);
    let mut rng = secret::generator(&round_secret, Drawn::Plan, 0);
    let file = source.name().to_owned();
    let mut sharing = Sharing {
        dir,
        file: &file,
        rules: &rules,
        filler: Filler::new(circuit, &mut rng),
        rng,
        shard: Vec::new(),
        last: None,
        plan: Plan {
            input: String::new(),
            customers: seen.customers,
            balances: seen.balances,
            shards: Vec::new(),
        },
    };
    share(source, &request.round, &accounts, &mut parts, &mut sharing)?;
    let plan = sharing.plan;
    let mut header = Header {
        version: proof::header::VERSION,
        constraints: hex(&[0; 32]),
        exchange: request.exchange,
        round: request.round,
        snapshot_at: request.snapshot_at,
        chains: request.chains,
        currency: request.currency,
        assets,
        margin,
        layout: shape.layout,
        width,
        shards: plan.shards.len() as u32,
        slots,
        log_rows,
        previous: request.previous,
    };
    header.constraints = hex(&Systems::of(&header)?.digest());
    header.check()?;
    files::write(&Job::header_path(dir), &header.encode())?;
    Ok(plan)
}

/// Part by part, each in the order of its keys.
fn share(
    source: &Source,
    round: &str,
    accounts: &Secret,
    parts: &mut Parts,
    sharing: &mut Sharing<'_>,
) -> Result<()> {
    for part in 0..PARTS {
        let key = |customer: &Customer| {
            let secret = secret::of_account(accounts, &customer.account);
            proof::id::UserId::derive(round, &customer.account, &secret).key()
        };
        let mut customers: Vec<(u128, Customer)> =
            parts.take(part)?.into_iter().map(|customer| (key(&customer), customer)).collect();
        customers.sort_unstable_by_key(|(key, customer)| (*key, customer.row));
        if let Some(pair) = customers.windows(2).find(|pair| pair[0].1.account == pair[1].1.account)
        {
            bail!(ReservesError::Twice {
                file: source.name().to_owned(),
                first: pair[0].1.row,
                second: pair[1].1.row,
                user: pair[0].1.account.clone(),
                remedy: source.once(),
            });
        }
        for (key, customer) in customers {
            let key = Key::new(key).context("a key has 90 bits")?;
            sharing.add(key, customer)?;
        }
    }
    sharing.finish(None)
}
