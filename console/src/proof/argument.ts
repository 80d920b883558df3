/**
 * The argument that committed rows satisfy a system
 * ([ethSTARK](https://eprint.iacr.org/2021/582)): rows are committed, then challenges of the
 * fractions drawn and fraction columns committed; then everything that must be zero is joined under
 * a challenge, and the prover commits to the quotient of that by what vanishes on all rows. The
 * equation is checked here at one point that the prover could not foresee.
 */
import { ascii, joined } from "./bytes";
import { ProofError, fieldError } from "./error";
import * as ext from "./extension";
import { type Ext } from "./extension";
import { inverse, mul, pow, twoAdicGenerator } from "./field";
import { verifyClaims } from "./fri";
import type { Proof } from "./proofFile";
import type { Challenges, On, System } from "./system";
import { Transcript } from "./transcript";

/** What every transcript begins with. */
const LABEL = ascii("ringfence reserves v1 ");
/** Parts of the quotient; after them comes a column that is all random. */
export const QUOTIENT_PARTS = 5;
/**
 * Rows of random values at the end of each column: more than the values of it that a proof depends
 * on, which are two for each question and two points of the extension, 178.
 */
export const BLINDING_ROWS = 192;

function checkLength(field: string, values: readonly Ext[], wanted: number): void {
  if (values.length !== wanted) {
    throw fieldError(field, `${values.length} values, the circuit has ${wanted}`);
  }
}

/** Refuses a proof whose values are not as many as the system's columns. */
function checkLengths(system: System, proof: Proof): void {
  const fractions = (system.fractionColumns + 1) * ext.DIMENSION;
  for (const values of proof.rowsAt) checkLength("rows_at", values, system.width);
  for (const values of proof.fractionsAt) checkLength("fractions_at", values, fractions);
  checkLength("quotient_at", proof.quotientAt, (QUOTIENT_PARTS + 1) * ext.DIMENSION);
}

/** Elements of the extension whose five coefficients were committed in a column each. */
function recombined(values: readonly Ext[]): Ext[] {
  const x: Ext = [0, 1, 0, 0, 0];
  return Array.from({ length: values.length / ext.DIMENSION }, (_, place) =>
    ext.horner(values.slice(ext.DIMENSION * place, ext.DIMENSION * (place + 1)), x),
  );
}

/**
 * What each kind of rows weighs at a point: the polynomial of least degree that is one on them and
 * zero on all others. That of a single row ω^i is (z^n - 1)·ω^i / (n·(z - ω^i)).
 */
function selectors(system: System, point: Ext, vanishing: Ext): Record<On, Ext> {
  const count = 2 ** system.logRows;
  const active = count - system.blindingRows;
  const generator = twoAdicGenerator(system.logRows);
  const wanted = [0, system.markedRow];
  for (let row = active - 1; row < count; row += 1) wanted.push(row);
  const at = wanted.map((row) => pow(generator, row));
  const over = ext.inverses(at.map((x) => ext.sub(point, ext.constant(x))));
  const ofRow = at.map((x, place) =>
    ext.mul(ext.scale(vanishing, mul(x, inverse(count))), over[place] as Ext),
  );
  const [first, marked, last, ...blinding] = ofRow as [Ext, Ext, Ext, ...Ext[]];
  const isActive = blinding.reduce(ext.sub, ext.ONE);
  return { active: isActive, transition: ext.sub(isActive, last), first, marked, last };
}

/** Checks a proof of a system, in the round whose header has this digest. */
export function verify(header: Uint8Array, system: System, proof: Proof): void {
  checkLengths(system, proof);
  system.check();
  const transcript = new Transcript(joined(LABEL, header, system.description));
  for (const element of system.statement) transcript.observe(element);

  const [rows, fractions, quotient] = proof.commitments;
  transcript.observeRoot(rows);
  const challenges: Challenges = {
    range: transcript.sampleExt(),
    asset: transcript.sampleExt(),
    limb: transcript.sampleExt(),
    node: transcript.sampleExt(),
    part: transcript.sampleExt(),
  };
  transcript.observeRoot(fractions);
  const weight = transcript.sampleExt();
  transcript.observeRoot(quotient);
  const point = transcript.sampleExt();
  const next = ext.scale(point, twoAdicGenerator(system.logRows));

  const both = ([here, after]: readonly [readonly Ext[], readonly Ext[]]) => [
    { point, values: here },
    { point: next, values: after },
  ];
  verifyClaims(
    transcript,
    system.logRows,
    [
      { what: "rows", commitment: rows, points: both(proof.rowsAt) },
      { what: "fractions", commitment: fractions, points: both(proof.fractionsAt) },
      { what: "quotient", commitment: quotient, points: [{ point, values: proof.quotientAt }] },
    ],
    proof.opening,
  );

  const zeros = system.zeros(
    {
      row: proof.rowsAt[0],
      next: proof.rowsAt[1],
      fractions: recombined(proof.fractionsAt[0]),
      fractionsNext: recombined(proof.fractionsAt[1]),
    },
    challenges,
    system.total(challenges),
  );
  const vanishing = ext.sub(ext.powOfTwo(point, system.logRows), ext.ONE);
  // The point is one of the extension: that it is a row's has the chance of 2^-130.
  if (ext.isZero(vanishing)) throw new ProofError("proof.circuit", "the point is that of a row");
  const weights = selectors(system, point, vanishing);
  const joinedZeros = ext.horner(
    zeros.map(({ on, value }) => ext.mul(weights[on], value)),
    weight,
  );
  // Part after part of the quotient stands as many powers higher as there are active rows.
  const step = ext.pow(point, 2 ** system.logRows - system.blindingRows);
  const parts = recombined(proof.quotientAt).slice(0, QUOTIENT_PARTS);
  if (!ext.equals(joinedZeros, ext.mul(ext.horner(parts, step), vanishing))) {
    throw new ProofError(
      "proof.circuit",
      "the committed rows do not satisfy the circuit: what is said is not proved",
    );
  }
}
