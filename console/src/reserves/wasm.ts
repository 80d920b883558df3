/**
 * The verifier in Rust (`crates/proof`) as WebAssembly. It imports nothing: named parts go in as one
 * run of bytes (`crates/proof/src/parts.rs`), JSON comes out.
 */
import type { Refusal } from "./refusals";

export type Parts = Readonly<Record<string, Uint8Array>>;
export type Answer = { ok: true; shards: number } | ({ ok: false } & Refusal);

/** Numbers are 32 bits, little-endian: the count of parts, then each name and part by its length. */
export function joinParts(parts: Parts): Uint8Array {
  const encoder = new TextEncoder();
  const fields = Object.entries(parts).flatMap(([name, bytes]) => [encoder.encode(name), bytes]);
  const whole = new Uint8Array(4 + fields.reduce((sum, field) => sum + 4 + field.length, 0));
  const view = new DataView(whole.buffer);
  view.setUint32(0, fields.length / 2, true);
  let at = 4;
  for (const field of fields) {
    view.setUint32(at, field.length, true);
    whole.set(field, at + 4);
    at += 4 + field.length;
  }
  return whole;
}

/** A number as a part. */
export function numberPart(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

interface Exports {
  memory: WebAssembly.Memory;
  alloc(length: number): number;
  call(at: number, length: number): number;
  free(at: number, length: number): void;
}

function readAnswer(text: string): Answer {
  const answer = JSON.parse(text) as Partial<Refusal> & { ok?: unknown; shards?: unknown };
  if (answer.ok === true) {
    const { shards } = answer;
    // Of a module that says none, no shard would be checked, and all would seem to be.
    if (typeof shards !== "number") throw new TypeError("the verifier is of another version");
    return { ok: true, shards };
  }
  const { file, code, error } = answer;
  return { ok: false, file: String(file), code: String(code), error: String(error) };
}

export class WasmVerifier {
  private constructor(private readonly exports: Exports) {}

  /** Throws where WebAssembly is switched off, by the browser or by the page's policy. */
  static async compile(bytes: BufferSource): Promise<WasmVerifier> {
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return new WasmVerifier(instance.exports as unknown as Exports);
  }

  verify(parts: Parts): Answer {
    const { memory, alloc, call, free } = this.exports;
    const input = joinParts(parts);
    const at = alloc(input.length);
    if (at === 0) throw new RangeError("the files are larger than what is read");
    // Memory moves when it grows: views are made anew after each call.
    new Uint8Array(memory.buffer, at, input.length).set(input);
    const result = call(at, input.length);
    // The receipt was among it.
    new Uint8Array(memory.buffer, at, input.length).fill(0);
    free(at, input.length);
    const length = new DataView(memory.buffer).getUint32(result, true);
    const text = new TextDecoder().decode(new Uint8Array(memory.buffer, result + 4, length));
    free(result, 4 + length);
    return readAnswer(text);
  }
}
