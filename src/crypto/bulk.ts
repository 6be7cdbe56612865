/**
 * The inner loops of oblivious transfer and multiplication, of which a shell may supply a faster version.
 * Scalars are 32 bytes big-endian and stand one after another; a row is four of them. Nothing here branches
 * on a value in the fast version; one compliance suite runs on all. Lengths are checked by the callers.
 */
export interface Bulk {
  readonly name: string;
  /**
   * SHA-256(prefix ‖ u32(firstColumn + c) ‖ u8(w) ‖ (column c ⊕ shift)) for every column of 16 bytes and
   * w = 0 … 3: one row a column. Prefix and shift have 16 bytes. [protocol, 7.3]
   */
  readonly columnHashes: (columns: Uint8Array, options: ColumnHashOptions) => Uint8Array;
  /**
   * x_n − y_n + z_{n mod 4} mod q, for x and y of any 256 bits and a row z of scalars. [protocol, 7.4 step
   * 2]
   */
  readonly maskedDifferences: (x: Uint8Array, y: Uint8Array, z: Uint8Array) => Uint8Array;
  /** x_n + bit·y_n mod q, with one byte, 0 or 1, a row; x of any 256 bits. [protocol, 7.4 step 7] */
  readonly selectedSums: (x: Uint8Array, bits: Uint8Array, y: Uint8Array) => Uint8Array;
  /**
   * x_{j,2+z} + θ_{0,z}·x_{j,0} + θ_{1,z}·x_{j,1} − bit_j·η_z mod q for every row j and z = 0, 1: two
   * scalars a row. x of any 256 bits; θ is the row θ_{0,0}, θ_{1,0}, θ_{0,1}, θ_{1,1}. [protocol, 7.4 steps
   * 5 and 8]
   */
  readonly checkSums: (x: Uint8Array, options: CheckSumOptions) => Uint8Array;
  /**
   * Σ_j g_j·x_{j,0} and Σ_j g_j·x_{j,1} mod q, for at most 416 rows x of any 256 bits. [7.4 steps 6 and 9]
   */
  readonly weightedSums: (x: Uint8Array, weights: Uint8Array) => Uint8Array;
  /**
   * For every two field elements u, below p, the point map_to_curve(u_0) + map_to_curve(u_1) of secp256k1, 65
   * bytes. [RFC 9380, 3, 6.6.3 and 8.7]
   */
  readonly mapToCurve: (elements: Uint8Array) => Uint8Array;
}

/** What a column is hashed with. */
export interface ColumnHashOptions {
  readonly prefix: Uint8Array;
  readonly firstColumn: number;
  readonly shift: Uint8Array;
}

/** The challenge, Bob's bits (one byte a row), and Alice's answer of two scalars. */
export interface CheckSumOptions {
  readonly theta: Uint8Array;
  readonly bits: Uint8Array;
  readonly eta: Uint8Array;
}
