/** Reed-Solomon codes over GF(2^8) with the polynomial 0x11d, as ISO/IEC 18004 has them. */

function multiply(x: number, y: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((y >>> bit) & 1) * x;
  }
  return product;
}

/** Coefficients of the product of (x - 2^i), from the highest below the leading one. */
function generator(degree: number): Uint8Array {
  const result = new Uint8Array(degree);
  result[degree - 1] = 1;
  let root = 1;
  for (let step = 0; step < degree; step += 1) {
    for (let at = 0; at < degree; at += 1) {
      result[at] = multiply(result[at] ?? 0, root) ^ (result[at + 1] ?? 0);
    }
    root = multiply(root, 2);
  }
  return result;
}

/** The remainder of data: so many codewords that correct errors. */
export function correction(data: Uint8Array, degree: number): Uint8Array {
  const divisor = generator(degree);
  const result = new Uint8Array(degree);
  for (const byte of data) {
    const factor = byte ^ (result[0] ?? 0);
    result.copyWithin(0, 1);
    result[degree - 1] = 0;
    for (let at = 0; at < degree; at += 1) {
      result[at] = (result[at] ?? 0) ^ multiply(divisor[at] ?? 0, factor);
    }
  }
  return result;
}
