import { ed25519 as curve } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ascii, bigintToBytes, concat, fromHex, toHex } from '../../src/crypto/bytes.ts';
import { p, q } from '../../src/crypto/secp256k1.ts';
import { purePrimitives } from '../../src/crypto/primitives-pure.ts';
import { implementations } from '../vectors/implementations.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();
const scalar = (value: bigint): Uint8Array => bigintToBytes(value, 32);
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);
const compressed = (point: Uint8Array): Uint8Array => {
  const out = point.slice(0, 33);
  out[0] = 2 + ((point[64] ?? 0) & 1);
  return out;
};
const negated = (point: Uint8Array): Uint8Array => {
  const y = p - BigInt(`0x${toHex(point.subarray(33))}`);
  return concat(point.subarray(0, 33), bigintToBytes(y, 32));
};
const uniformScalar = fc.bigInt({ min: 1n, max: q - 1n }).map(scalar);

// SEC 2, 2.4.1, and twice that point.
const G = bytes(
  '0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798' +
    '483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8',
);
const twoG = bytes(
  '04c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5' +
    '1ae168fea63dc339a3c58419466ceaeef7f632653266d0e1236431a950cfe52a',
);
const yOfG = G.subarray(33);
const xOfG = G.subarray(1, 33);

/** What looks like a point and is none. */
const badPoints: readonly (readonly [what: string, sec1: Uint8Array])[] = [
  ['x = p', concat(Uint8Array.of(2), bigintToBytes(p, 32))],
  ['x = p + x(G), as far as it fits', concat(Uint8Array.of(2), new Uint8Array(32).fill(255))],
  ['x off the curve', concat(Uint8Array.of(2), scalar(5n))],
  ['y off the curve', concat(G.subarray(0, 64), Uint8Array.of((G[64] ?? 0) ^ 2))],
  ['y of the other sign with 32 zero bytes', concat(Uint8Array.of(4), xOfG, new Uint8Array(32))],
  ['the identity as one byte', Uint8Array.of(0)],
  ['the identity as 33 bytes', new Uint8Array(33)],
  ['the identity as 65 bytes', new Uint8Array(65)],
  ['prefix 05', concat(Uint8Array.of(5), xOfG)],
  ['prefix 04 on 33 bytes', concat(Uint8Array.of(4), xOfG)],
  ['prefix 02 on 65 bytes', concat(Uint8Array.of(2), xOfG, yOfG)],
  ['hybrid prefix 06', concat(Uint8Array.of(6), xOfG, yOfG)],
  ['hybrid prefix 07', concat(Uint8Array.of(7), xOfG, yOfG)],
  ['no prefix', concat(xOfG, yOfG)],
  ['one byte too many', concat(Uint8Array.of(2), xOfG, Uint8Array.of(0))],
  ['one byte too few', concat(Uint8Array.of(2), xOfG.subarray(1))],
  ['nothing', new Uint8Array()],
];

// RFC 8439, 2.8.2.
const aead = {
  key: Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i),
  nonce: bytes('070000004041424344454647'),
  aad: bytes('50515253c0c1c2c3c4c5c6c7'),
  plaintext: ascii(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, " +
      'sunscreen would be it.',
  ),
  sealed: bytes(
    'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b' +
      '1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc' +
      '3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691',
  ),
};

// RFC 8032, 7.1, tests 1 to 3.
const ed25519 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555' +
      'fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0' +
      '85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18' +
      'ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

// FIPS 180-4, examples of one and two blocks, and the empty message.
const sha256 = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
] as const;

// The empty message and "abc", as everybody knows them from Ethereum.
const keccak256 = [
  ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
  ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
] as const;

// EIP-155, example: the digest that is signed, r ‖ s, and the account 0x9d8a62f6….
const signed = {
  digest: bytes('daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53'),
  signature: bytes(
    '28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276' +
      '67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83',
  ),
  secret: new Uint8Array(32).fill(0x46),
};

test('the native primitives load on the platforms for which the package brings a binary', () => {
  const brought = ['linux-x64', 'darwin-arm64', 'win32-x64'].includes(`${process.platform}-${process.arch}`);
  expect(implementations.map(({ name }) => name)).toEqual(brought ? ['pure', 'native'] : ['pure']);
});

describe.each(implementations)('the group of secp256k1 by $name', (implementation) => {
  const { parsePoint, baseMultiply, multiply, multiplyPublic, addPoints, recover } = implementation;

  test('1, 2 and q − 1 times the base point are what the standard says, by all three multiplications', () => {
    for (const [k, point] of [
      [1n, G],
      [2n, twoG],
      [q - 1n, negated(G)],
    ] as const) {
      expect(toHex(baseMultiply(scalar(k)))).toBe(toHex(point));
      expect(toHex(multiply(G, scalar(k)))).toBe(toHex(point));
      expect(toHex(multiplyPublic(G, scalar(k)))).toBe(toHex(point));
    }
  });

  test('all scalars give what the pure implementation gives', () => {
    fc.assert(
      fc.property(uniformScalar, uniformScalar, (a, b) => {
        const point = baseMultiply(a);
        expect(toHex(point)).toBe(toHex(purePrimitives.baseMultiply(a)));
        const product = toHex(purePrimitives.multiply(point, b));
        expect(toHex(multiply(point, b))).toBe(product);
        expect(toHex(multiplyPublic(point, b))).toBe(product);
      }),
      { numRuns: 12 },
    );
  });

  test('scalars outside 1 … q − 1 are refused by all three multiplications', () => {
    for (const bad of [0n, q, q + 1n, 2n ** 256n - 1n]) {
      expect(() => baseMultiply(scalar(bad))).toThrow();
      expect(() => multiply(G, scalar(bad))).toThrow();
    }
    for (const bad of [q, q + 1n, 2n ** 256n - 1n]) expect(() => multiplyPublic(G, scalar(bad))).toThrow();
  });

  test('sums are those of the group, of one, two equal and many points', () => {
    expect(toHex(addPoints([G]) ?? new Uint8Array())).toBe(toHex(G));
    expect(toHex(addPoints([G, G]) ?? new Uint8Array())).toBe(toHex(twoG));
    const many = [1n, 2n, 3n, 4n].map((k) => baseMultiply(scalar(k)));
    expect(toHex(addPoints(many) ?? new Uint8Array())).toBe(toHex(baseMultiply(scalar(10n))));
    expect(toHex(addPoints([G, negated(G), twoG]) ?? new Uint8Array())).toBe(toHex(twoG));
  });

  test('a sum that is the identity is undefined, and nothing else is', () => {
    expect(addPoints([G, negated(G)])).toBeUndefined();
    expect(addPoints([G, G, negated(twoG)])).toBeUndefined();
    expect(() => addPoints([G, G.subarray(0, 64)])).toThrow();
    const offCurve = G.slice();
    offCurve[64] = (offCurve[64] ?? 0) ^ 1;
    expect(() => addPoints([G, offCurve])).toThrow();
  });

  test('both forms of a point are read, and written uncompressed', () => {
    for (const k of [1n, 2n, 3n, q - 1n]) {
      const point = baseMultiply(scalar(k));
      expect(parsePoint(compressed(point))).toEqual(point);
      expect(parsePoint(point)).toEqual(point);
    }
  });

  test.each(badPoints)('no point: %s', (_, sec1) => {
    expect(parsePoint(sec1)).toBeUndefined();
  });

  test('the key of a signature is recovered: the example of EIP-155', () => {
    const { digest, signature, secret } = signed;
    const key = recover(digest, signature, 0);
    expect(key).toEqual(baseMultiply(secret));
    expect(Object.getPrototypeOf(key)).toBe(Uint8Array.prototype);
    expect(recover(digest, signature, 1)).not.toEqual(key);
  });

  test('recovery agrees with the pure one on random signatures, small s or large, and any digest', () => {
    fc.assert(
      fc.property(
        uniformScalar,
        uniformScalar,
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (a, s, m) => {
          // Half of all x stand for no point: both kinds are met.
          for (const r of [baseMultiply(a).subarray(1, 33), a])
            for (const parity of [0, 1] as const)
              for (const digest of [m, new Uint8Array(32).fill(255), new Uint8Array(32)]) {
                const key = recover(digest, concat(r, s), parity);
                expect(key).toEqual(purePrimitives.recover(digest, concat(r, s), parity));
              }
        },
      ),
      { numRuns: 4 },
    );
  });

  test('no key is recovered from numbers out of range, from no point, or from a sum that is zero', () => {
    const { digest, signature } = signed;
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
    for (const bad of [0n, q, q + 1n, 2n ** 256n - 1n]) {
      expect(recover(digest, concat(scalar(bad), s), 0)).toBeUndefined();
      expect(recover(digest, concat(r, scalar(bad)), 0)).toBeUndefined();
    }
    expect(recover(digest, concat(scalar(5n), s), 0)).toBeUndefined();
    // s · R = digest · G for R = G and s = digest.
    expect(recover(scalar(9n), concat(xOfG, scalar(9n)), 0)).toBeUndefined();
    expect(recover(scalar(9n), concat(xOfG, scalar(9n)), 1)).toBeDefined();
  });

  test('results are plain bytes of their own, and arguments stay as they were', () => {
    const [point, k] = [G.slice(), scalar(7n)];
    const results = [
      parsePoint(point),
      baseMultiply(k),
      multiply(point, k),
      multiplyPublic(point, k),
      addPoints([point, twoG]),
    ];
    for (const result of results) {
      expect(Object.getPrototypeOf(result)).toBe(Uint8Array.prototype);
      expect(result).toHaveLength(65);
      result?.fill(0);
    }
    expect(point).toEqual(G);
    expect(k).toEqual(scalar(7n));
  });

  test('a view into longer bytes is read as what it is', () => {
    const around = concat(counting(3), G, scalar(2n), counting(5));
    const [point, k] = [around.subarray(3, 68), around.subarray(68, 100)];
    expect(parsePoint(point)).toEqual(G);
    expect(multiply(point, k)).toEqual(twoG);
    expect(multiplyPublic(point, k)).toEqual(twoG);
    expect(baseMultiply(k)).toEqual(twoG);
  });
});

describe.each(implementations)('hash and ciphers by $name', (implementation) => {
  const { aeadOpen, aeadSeal, aes128Ctr } = implementation;

  test.each(sha256)('SHA-256 of "%s"', (message, digest) => {
    expect(toHex(implementation.sha256(ascii(message)))).toBe(digest);
  });

  test('SHA-256 agrees on every length up to three blocks', () => {
    for (let length = 0; length < 200; length++)
      expect(implementation.sha256(counting(length))).toEqual(purePrimitives.sha256(counting(length)));
  });

  test.each(keccak256)('Keccak-256 of "%s"', (message, digest) => {
    expect(toHex(implementation.keccak256(ascii(message)))).toBe(digest);
  });

  test('Keccak-256 agrees on every length up to three blocks, and on long ones', () => {
    for (let length = 0; length < 410; length++)
      expect(implementation.keccak256(counting(length))).toEqual(purePrimitives.keccak256(counting(length)));
    for (const length of [98_304, 131_072, 200_000])
      expect(implementation.keccak256(counting(length))).toEqual(purePrimitives.keccak256(counting(length)));
  });

  // The first three counter blocks of test cases 1 and 2 of the specification of GCM: H, the tag's mask, and
  // the ciphertext of zeros.
  test('AES-128-CTR under the zero key from the zero block', () => {
    const stream =
      '66e94bd4ef8a2c3b884cfa59ca342b2e' +
      '58e2fccefa7e3061367f1d57a4e7455a' +
      '0388dace60b6a392f328c2b971b2fe78';
    expect(toHex(aes128Ctr(new Uint8Array(16), 48))).toBe(stream);
    for (const length of [0, 1, 15, 16, 17, 33])
      expect(toHex(aes128Ctr(new Uint8Array(16), length))).toBe(stream.slice(0, 2 * length));
  });

  test('a keystream longer than any buffer continues as the pure one does', () => {
    const long = aes128Ctr(counting(16), 70_001);
    expect(long).toHaveLength(70_001);
    const pure = purePrimitives.aes128Ctr(counting(16), 70_001);
    expect(implementation.sha256(long)).toEqual(purePrimitives.sha256(pure));
  });

  test('ChaCha20-Poly1305 seals and opens the example of RFC 8439', () => {
    const { key, nonce, aad, plaintext, sealed } = aead;
    expect(toHex(aeadSeal(key, nonce, aad, plaintext))).toBe(toHex(sealed));
    expect(aeadOpen(key, nonce, aad, sealed)).toEqual(plaintext);
  });

  test('nothing opens when a bit of the message, the data, the nonce or the key is another', () => {
    const { key, nonce, aad, sealed } = aead;
    const flipped = (from: Uint8Array, at: number): Uint8Array =>
      from.map((byte, i) => (i === at ? byte ^ 1 : byte));
    for (let at = 0; at < sealed.length; at++)
      expect(aeadOpen(key, nonce, aad, flipped(sealed, at))).toBeUndefined();
    expect(aeadOpen(flipped(key, 31), nonce, aad, sealed)).toBeUndefined();
    expect(aeadOpen(key, flipped(nonce, 0), aad, sealed)).toBeUndefined();
    expect(aeadOpen(key, nonce, flipped(aad, 11), sealed)).toBeUndefined();
    expect(aeadOpen(key, nonce, new Uint8Array(), sealed)).toBeUndefined();
  });

  test('what is shorter than a tag does not open', () => {
    for (const length of [0, 1, 15, 16])
      expect(aeadOpen(aead.key, aead.nonce, aead.aad, new Uint8Array(length))).toBeUndefined();
  });

  test('an empty message has a tag', () => {
    const sealed = aeadSeal(aead.key, aead.nonce, new Uint8Array(), new Uint8Array());
    expect(sealed).toEqual(purePrimitives.aeadSeal(aead.key, aead.nonce, new Uint8Array(), new Uint8Array()));
    expect(aeadOpen(aead.key, aead.nonce, new Uint8Array(), sealed)).toEqual(new Uint8Array());
  });

  test('results are plain bytes, whose slices are copies', () => {
    const { key, nonce, aad, plaintext, sealed } = aead;
    for (const result of [
      implementation.sha256(aad),
      implementation.keccak256(aad),
      aes128Ctr(counting(16), 20),
      aeadSeal(key, nonce, aad, plaintext),
      aeadOpen(key, nonce, aad, sealed),
      implementation.ed25519Sign(key, aad),
    ])
      expect(Object.getPrototypeOf(result)).toBe(Uint8Array.prototype);
  });
});

describe.each(implementations)('Ed25519 by $name', ({ ed25519Sign, ed25519Verify }) => {
  test.each(ed25519)('signs and verifies as RFC 8032, 7.1 does: $publicKey', (item) => {
    const [message, publicKey] = [bytes(item.message), bytes(item.publicKey)];
    const signature = ed25519Sign(bytes(item.seed), message);
    expect(toHex(signature)).toBe(item.signature);
    expect(ed25519Verify(publicKey, message, signature)).toBe(true);
    expect(ed25519Verify(publicKey, concat(message, Uint8Array.of(0)), signature)).toBe(false);
    const changed = signature.slice();
    changed[0] = (changed[0] ?? 0) ^ 1;
    expect(ed25519Verify(publicKey, message, changed)).toBe(false);
  });
});

describe.each(implementations)('Ed25519 by $name under a key with a part of order 2', ({ ed25519Verify }) => {
  // −1 on y, x = 0: the point of order 2. Added to a public key, it changes R only where the hash is odd.
  const { Point } = curve;
  const [a, r] = [0x1234567n, 0x89abcdefn];
  const two = Point.fromBytes(
    Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 0xec : i === 31 ? 0x7f : 0xff)),
  );
  const publicKey = Point.BASE.multiply(a).add(two).toBytes();
  const R = Point.BASE.multiply(r).toBytes();
  const order = Point.Fn.ORDER;
  const little = (value: Uint8Array): bigint => BigInt(`0x${toHex(value.toReversed())}`);
  const made = Array.from({ length: 16 }, (_, i) => {
    const message = Uint8Array.of(i);
    const k = little(sha512(concat(R, publicKey, message))) % order;
    const S = bigintToBytes((r + k * a) % order, 32).toReversed();
    return { message, signature: concat(R, S), isOdd: (k & 1n) === 1n };
  });

  test('accepts exactly what the equation without the cofactor does: evidence means the same to all', () => {
    expect(new Set(made.map(({ isOdd }) => isOdd)).size).toBe(2);
    for (const { message, signature, isOdd } of made) {
      expect(ed25519Verify(publicKey, message, signature)).toBe(!isOdd);
      // Positive control: a verifier with the cofactor accepts them all.
      expect(curve.verify(signature, message, publicKey)).toBe(true);
    }
  });
});
