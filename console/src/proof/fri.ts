/**
 * That claimed values are those of committed polynomials of low degree:
 * [FRI](https://eccc.weizmann.ac.il/report/2017/134/) over the quotients of
 * [DEEP-FRI](https://eprint.iacr.org/2019/336).
 *
 * For a column p with value v at the point z, (v - p(x)) / (z - x) is a polynomial exactly if v is
 * p(z). All such quotients are joined under a challenge; that the joined function is near a
 * polynomial is shown by folding it, eight values to one, until a constant is left, and by asking
 * at 84 random places whether each step was folded from the one before.
 */
import { openingError } from "./error";
import * as ext from "./extension";
import { type Ext } from "./extension";
import { GENERATOR, halve, inverse, mul, pow, twoAdicGenerator } from "./field";
import { checkRows } from "./merkle";
import { STEP, describe } from "./protocol";
import type { Commitment, Opening } from "./proofFile";
import type { Transcript } from "./transcript";

/** Committed points for each row, as a power of two. */
export const LOG_BLOWUP = 2;
/** Questions. */
export const QUERIES = 84;
/** Values are halved three times in a step. */
export const LOG_ARITY = 3;
/** Bits of work before openings are joined, and before questions are drawn. */
export const BATCH_WORK_BITS = 16;
export const QUERY_WORK_BITS = 20;

/** What a commitment's columns are claimed to be at points. */
export interface Claim {
  what: string;
  commitment: Commitment;
  points: readonly { point: Ext; values: readonly Ext[] }[];
}

/** The lowest `bits` bits of a place in opposite order: rows of a commitment stand that way. */
function reversed(place: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit += 1) result = (result << 1) | ((place >>> bit) & 1);
  return result;
}

/** The number of halvings of each step: as many as may be, until the constant's domain is left. */
function schedule(logPoints: number): number[] {
  const steps: number[] = [];
  for (let left = logPoints - LOG_BLOWUP; left > 0; left -= LOG_ARITY) {
    steps.push(Math.min(left, LOG_ARITY));
  }
  return steps;
}

/** Takes the claims into the transcript and draws the challenge that joins them. */
function joinClaims(transcript: Transcript, claims: readonly Claim[], witness: number): Ext {
  const values = claims.flatMap((claim) => claim.points.map((point) => point.values));
  const steps = [
    ...values.map((list) => STEP.values("claimed_evaluations", list.length)),
    STEP.work("batch_pow", BATCH_WORK_BITS),
    STEP.challenge("alpha"),
    STEP.begin("low_degree_test"),
    STEP.end("low_degree_test"),
  ];
  const counts = claims.flatMap((claim) => [1, claim.points.length]);
  describe(transcript, "p3-fri-pcs", steps, [claims.length, ...counts]);
  for (const value of values.flat()) transcript.observeExt(value);
  if (!transcript.isWorked(BATCH_WORK_BITS, witness)) {
    throw openingError("the work before claims are joined was not done");
  }
  return transcript.sampleExt();
}

/** Takes the folded commitments into the transcript; draws their challenges and the questions. */
function drawQuestions(transcript: Transcript, logPoints: number, opening: Opening) {
  const folds = schedule(logPoints);
  if (
    opening.foldCommitments.length !== folds.length ||
    opening.folds.length !== folds.length ||
    opening.foldWitnesses.length !== folds.length ||
    opening.finalPolynomial.length !== 1
  ) {
    throw openingError("it has another number of folding steps");
  }
  // No work is asked for between the steps, so there is one spelling of having done it.
  if (opening.foldWitnesses.some((witness) => witness !== 0)) {
    throw openingError("a witness of no work is not zero");
  }
  const steps = [
    ...folds.flatMap(() => [
      STEP.commitment("commit_phase_commitment"),
      STEP.challenge("fold_challenge"),
    ]),
    STEP.values("final_poly", 1),
    STEP.work("query_pow", QUERY_WORK_BITS),
    STEP.places("query_indices", logPoints, QUERIES),
  ];
  describe(transcript, "p3-fri", steps, [LOG_BLOWUP, LOG_ARITY, ...folds]);
  const challenges = opening.foldCommitments.map((commitment) => {
    transcript.observeRoot(commitment);
    return transcript.sampleExt();
  });
  const constant = opening.finalPolynomial[0] ?? ext.ZERO;
  transcript.observeExt(constant);
  if (!transcript.isWorked(QUERY_WORK_BITS, opening.queryWitness)) {
    throw openingError("the work before questions are drawn was not done");
  }
  const places = Array.from({ length: QUERIES }, () => transcript.sampleBits(logPoints));
  return { folds, challenges, constant, places };
}

/** The joined quotients at each place, from opened rows. */
function joinedQuotients(
  claims: readonly Claim[],
  rowsOf: readonly (readonly (readonly number[])[])[],
  alpha: Ext,
  logPoints: number,
  places: readonly number[],
): Ext[] {
  const widest = Math.max(...claims.map((claim) => claim.points[0]?.values.length ?? 0));
  const weights = ext.powers(alpha, widest);
  const generator = twoAdicGenerator(logPoints);
  const xs = places.map((place) => mul(GENERATOR, pow(generator, reversed(place, logPoints))));
  const sums = places.map(() => ext.ZERO);
  // Columns are numbered on through all points of all claims; the number is the power of alpha.
  let offset = ext.ONE;
  claims.forEach((claim, at) => {
    const rowSums = places.map((_, question) => {
      const sum = [0, 0, 0, 0, 0];
      (rowsOf[at]?.[question] ?? []).forEach((value, column) => {
        const weight = weights[column] as Ext;
        for (let part = 0; part < ext.DIMENSION; part += 1) {
          // Below 2^31 times the width of a row: exact in doubles.
          sum[part] = (sum[part] as number) + mul(weight[part] as number, value);
        }
      });
      return ext.reduced(sum);
    });
    for (const { point, values } of claim.points) {
      const claimed = ext.horner(values, alpha);
      const distances = xs.map((x) => ext.sub(point, ext.constant(x)));
      if (distances.some(ext.isZero)) throw openingError("a question is asked at a claimed point");
      ext.inverses(distances).forEach((over, question) => {
        const difference = ext.sub(claimed, rowSums[question] as Ext);
        const quotient = ext.mul(ext.mul(difference, over), offset);
        sums[question] = ext.add(sums[question] as Ext, quotient);
      });
      offset = ext.mul(offset, ext.pow(alpha, values.length));
    }
  });
  return sums;
}

/**
 * Folds values to one. They are a function at the points x·η^i, which is split into its even part
 * e(x²) and its odd part x·o(x²), halving after halving; the result is e + β·o.
 *
 * `first` is the place of the first value among 2^`logPoints`, and neighbours are x and -x.
 */
function fold(values: readonly Ext[], challenge: Ext, first: number, logPoints: number): Ext {
  let folded = values;
  let beta = challenge;
  for (let log = logPoints, begin = first; folded.length > 1; log -= 1, begin >>>= 1) {
    const turn = inverse(twoAdicGenerator(log));
    folded = Array.from({ length: folded.length / 2 }, (_, pair) => {
      const [a, b] = [folded[2 * pair] as Ext, folded[2 * pair + 1] as Ext];
      const overX = pow(turn, reversed(begin + 2 * pair, log));
      const even = ext.scale(ext.add(a, b), halve(1));
      const odd = ext.scale(ext.sub(a, b), halve(overX));
      return ext.add(even, ext.mul(beta, odd));
    });
    beta = ext.mul(beta, beta);
  }
  return folded[0] as Ext;
}

/** Checks claims about commitments to columns of 2^`logRows` rows. */
export function verifyClaims(
  transcript: Transcript,
  logRows: number,
  claims: readonly Claim[],
  opening: Opening,
): void {
  const logPoints = logRows + LOG_BLOWUP;
  const alpha = joinClaims(transcript, claims, opening.batchWitness);
  const { folds, challenges, constant, places } = drawQuestions(transcript, logPoints, opening);

  if (opening.inputs.length !== claims.length) {
    throw openingError("there is not one opening for each commitment");
  }
  const rowsOf = claims.map((claim, at) => {
    const rows = (opening.inputs[at]?.rows ?? []).map((matrices) => {
      if (matrices.length !== 1) throw openingError(`${claim.what}: one row is wanted at a place`);
      return matrices[0] ?? [];
    });
    const width = claim.points[0]?.values.length ?? 0;
    const proof = opening.inputs[at]?.proof ?? { salts: [], siblings: [] };
    checkRows(claim.what, claim.commitment, logPoints, width, places, rows, proof);
    return rows;
  });

  let values = joinedQuotients(claims, rowsOf, alpha, logPoints, places);
  let at = places;
  let log = logPoints;
  folds.forEach((halvings, step) => {
    const { siblings, proof } = opening.folds[step] as Opening["folds"][number];
    const arity = 2 ** halvings;
    if (siblings.length !== QUERIES || siblings.some((beside) => beside.length !== arity - 1)) {
      throw openingError(`folding step ${step}: it has another number of values`);
    }
    const rows = values.map((value, question) =>
      (siblings[question] ?? []).toSpliced((at[question] as number) % arity, 0, value),
    );
    const groups = at.map((place) => Math.floor(place / arity));
    checkRows(
      `folding step ${step}`,
      opening.foldCommitments[step] as Commitment,
      log - halvings,
      arity * ext.DIMENSION,
      groups,
      rows.map((row) => row.flat()),
      proof,
    );
    const challenge = challenges[step] as Ext;
    values = rows.map((row, question) =>
      fold(row, challenge, (groups[question] as number) * arity, log),
    );
    at = groups;
    log -= halvings;
  });
  if (values.some((value) => !ext.equals(value, constant))) {
    throw openingError("what is left after folding is not the constant");
  }
}
