/** A row of a shard, by what its columns hold. */
import * as ext from "./extension";
import { type Ext, add, constant, scale, sub } from "./extension";
import { KEY_LIMBS } from "./numbers";
import { LIMB_BITS } from "./shape";
import { CARRIES, type Circuit } from "./shardCircuit";
import { plus } from "./system";

/** One more than the greatest limb. */
export const LIMB = 2 ** LIMB_BITS;

const { ONE, ZERO } = ext;

/** The columns of a row by what they hold. */
export class View {
  constructor(
    private readonly circuit: Circuit,
    readonly cells: readonly Ext[],
  ) {}

  at(column: number): Ext {
    return this.cells[column] as Ext;
  }

  private get columns() {
    return this.circuit.columns;
  }

  /** Nothing without margin products. */
  private ofMargin(column: "position" | "rule" | "left" | "ofPositions"): Ext {
    const { margin } = this.columns;
    return margin ? this.at(margin[column]) : ZERO;
  }

  get first() {
    return this.at(this.columns.first);
  }
  /** A block of further entries. */
  get entries() {
    return this.at(this.columns.further);
  }
  get position() {
    return this.ofMargin("position");
  }
  get rule() {
    return this.ofMargin("rule");
  }
  /** Positions of the leaf that are left. */
  get positionsLeft() {
    return this.ofMargin("left");
  }
  get ofPositions() {
    return this.ofMargin("ofPositions");
  }
  /** Goes on with a leaf. */
  get further() {
    return add(this.entries, this.position);
  }
  get leaf() {
    return add(this.first, this.further);
  }
  get node() {
    return this.at(this.columns.node);
  }
  get salt() {
    return this.at(this.columns.salt);
  }
  get sum() {
    return this.at(this.columns.sum);
  }
  get index() {
    return this.at(this.columns.index);
  }
  get height() {
    return this.at(this.columns.height);
  }
  get left() {
    return this.at(this.columns.left);
  }
  get base() {
    return this.at(this.columns.base);
  }
  get table() {
    return this.at(this.columns.table);
  }
  get uses() {
    return this.at(this.columns.uses);
  }

  key(limb: number): Ext {
    return this.at(this.columns.key + limb);
  }

  /** All limbs, whatever they are of. */
  limb(place: number): Ext {
    return this.at(this.columns.limbs + place);
  }

  limbsOf(entry: number): readonly Ext[] {
    const { limbs } = this.circuit.shape;
    const begin = this.columns.limbs + entry * limbs;
    return this.cells.slice(begin, begin + limbs);
  }

  /** Bits of an amount above its limbs, from digits of base 4. */
  topOf(entry: number): Ext {
    const digits = this.circuit.shape.topBits / 2;
    const begin = this.columns.digits + entry * digits;
    return ext.horner(this.cells.slice(begin, begin + digits), constant(4));
  }

  /** The number of an entry's asset. */
  assetOf(entry: number): Ext {
    return this.circuit.shape.namesAssets
      ? this.at(this.columns.assets + entry)
      : plus(this.base, entry);
  }

  /** In a first block: a limb of the leaf's key, after those of its entries. */
  keyLimb(limb: number): Ext {
    const { shape } = this.circuit;
    return this.limb(shape.entriesFirst * shape.limbs + limb);
  }

  carry(limb: number): Ext {
    return this.at(this.columns.digits + this.columns.digitCount - CARRIES + limb);
  }

  /**
   * In a first block: how much a limb of the key is above that of the leaf before. A difference is
   * held, less one, with the carries of adding it.
   */
  moreThanBefore(limb: number): Ext {
    const held = this.keyLimb(KEY_LIMBS + limb);
    const carriedIn = limb === 0 ? ONE : this.carry(limb - 1);
    const carriedOut = limb === CARRIES ? ZERO : scale(this.carry(limb), LIMB);
    return sub(add(held, carriedIn), carriedOut);
  }
}
