/** What a new configuration states; the rest has defaults. */
export interface NewConfig {
  readonly network: string;
  readonly l1ChainId: bigint;
  readonly l2ChainId: bigint;
  readonly listen: string;
  readonly advertise: string;
  readonly nickname?: string | undefined;
  readonly monitoring?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly l1: readonly string[];
  /** The contract of a policy that allows batches in calldata and in blobs; without it nothing is signed. */
  readonly inbox?: string | undefined;
  /** Where the verifier of this node will answer; with it, batches of blocks are signed instead of files. */
  readonly verifier?: string | undefined;
  /** The KeyRegistry on L1 to which the account of a key may be proven, for batches in either place. */
  readonly registry?: string | undefined;
  /** Presignatures made ahead. */
  readonly presign?: number | undefined;
}

/** The text of a commented `conclave.yaml`. */
export function sampleConfig(config: NewConfig): string {
  const { network, l1ChainId, l2ChainId, listen, advertise } = config;
  return [
    '# Configuration of one Conclave node. "conclave config check" says what is wrong with it, and',
    '# "conclave config show --origin" what holds. Paths are relative to this folder.',
    'version: 1',
    `network: { name: ${network}, l1_chain_id: "${l1ChainId}", l2_chain_id: "${l2ChainId}" }`,
    'paths: { keys: keys, ceremonies: ceremonies, data: data }',
    ...optional(
      config.nickname,
      (name) => `node: { nickname: ${name} }`,
      '# node: { nickname: quiet-maple }',
    ),
    '',
    '# Links to the other nodes: where this one listens, and where the others reach it.',
    'p2p:',
    `  listen: ${listen}`,
    `  advertise: ${advertise}`,
    '',
    '# A file that only you can read, for a node that starts without you.',
    ...optional(
      config.passwordFile,
      (file) => `keystore: { password_file: ${JSON.stringify(file)} }`,
      '# keystore: { password_file: secrets/password }',
    ),
    '',
    '# /livez, /readyz and /v1/status, on loopback.',
    ...optional(
      config.monitoring,
      (place) => `monitoring: { listen: ${place} }`,
      '# monitoring: { listen: 127.0.0.1:9001 }',
    ),
    '',
    ...policyLines(config),
    '',
    `presign: { target: ${config.presign ?? 64}, low_water: ${Math.min(16, config.presign ?? 64)}, ttl: 1h }`,
    ...(config.l1.length === 0
      ? ['# l1: { rpc: ["http://127.0.0.1:8545"], confirmations: 2 }']
      : [`l1: { rpc: ${JSON.stringify(config.l1)}, confirmations: 2 }`]),
    '',
    '# New shares for the same members, when those that there are have become so old. A proposal waits for',
    '# its operator; with "consent: yes" this node agrees to a refresh that is due, and to nothing else.',
    '# refresh: { every: 30d, consent: no }',
    '',
    '# What this node takes part in stands in its signature log; the others countersign its heads.',
    '# signature_log: { head_entries: 64, head_every: 1m }',
    '',
    'log: { level: info, format: console }',
    '',
  ].join('\n');
}

const optional = (
  value: string | undefined,
  line: (value: string) => string,
  otherwise: string,
): readonly string[] => [value === undefined ? otherwise : line(value)];

/** What no rule allows is refused. */
function policyLines(config: NewConfig): readonly string[] {
  const rules = [...batchLines(config), ...keyLines(config)];
  return [
    '# What this node signs. All nodes of a ceremony need the same policy.',
    'policy:',
    '  default: deny',
    ...(rules.length === 0 ? ['  rules: []'] : ['  rules:', ...rules]),
  ];
}

/** One rule for each place of a payload. */
function batchLines({ inbox, verifier, l1ChainId, l2ChainId }: NewConfig): readonly string[] {
  if (inbox === undefined) return [];
  const rule = (id: string, da: string, ...more: readonly string[]): readonly string[] => [
    `    - id: ${id}`,
    `      kind: ${verifier === undefined ? 'submit-batch' : 'submit-blocks'}`,
    ...(verifier === undefined ? [] : [`      verifier: ${verifier}`]),
    '      purpose: batch',
    `      da: ${da}`,
    `      chain_id: "${l1ChainId}"`,
    `      l2_chain_id: "${l2ChainId}"`,
    `      to: ["${inbox}"]`,
    '      value_max: "0"',
    '      gas_max: "5000000"',
    '      fee_cap: "400000000000"',
    ...more.map((line) => `      ${line}`),
  ];
  return [
    ...rule('batch-calldata', 'calldata', 'data_max_bytes: "120000"'),
    ...rule(
      'batch-blobs',
      'blobs',
      'data_max_bytes: "1000"',
      'blobs_max: "3"',
      'blob_fee_cap: "200000000000"',
    ),
    // A committee keeps payloads of blocks only; its certificate stands in their place.
    ...(verifier === undefined ? [] : rule('batch-committee', 'committee', 'data_max_bytes: "20000"')),
  ];
}

/** Proofs that the account of the key can sign, to one registry. */
function keyLines({ registry, l1ChainId }: NewConfig): readonly string[] {
  if (registry === undefined) return [];
  return [
    '    - id: key-proof',
    '      kind: update-key',
    '      purpose: batch',
    `      chain_id: "${l1ChainId}"`,
    `      registry: "${registry}"`,
    '      purposes: [batch, blob]',
    '      max_ahead_blocks: "100800"',
  ];
}
