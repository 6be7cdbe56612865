/** What a new folder of a node of L2 states; the rest has defaults. */
export interface NewL2 {
  readonly l1: readonly string[];
  readonly confirmations: string;
  readonly listen: string;
  readonly leader: string;
  /** Of web pages that may ask; left out: none. */
  readonly origins?: readonly string[] | undefined;
  /** Of a node that builds: the file of its key, and folders of signing nodes. */
  readonly sequencer?:
    | {
        readonly keyFile: string;
        readonly cluster: readonly string[];
        readonly da: string;
        readonly maxAge: string;
      }
    | undefined;
  /** Of a node that follows: the RPC of the sequencer. */
  readonly follow?: string | undefined;
}

/** The text of a commented `l2.yaml`. */
export function sampleL2Config(options: NewL2): string {
  const { l1, confirmations, listen, leader, origins = [], sequencer, follow } = options;
  return [
    '# A node of L2. Paths are relative to this folder; rollup.json says which chain it is.',
    'version: 1',
    'files: { rollup: rollup.json, genesis: genesis.json }',
    '',
    '# Endpoints of L1, asked in this order; L2 refers to L1 blocks that have so many others on top.',
    `l1: { rpc: ${JSON.stringify(l1)}, confirmations: ${confirmations}, poll: 500ms }`,
    '',
    '# JSON-RPC over HTTP and WebSocket. Web pages may ask only if their origin is listed.',
    `rpc: { listen: ${listen}, origins: ${JSON.stringify(origins)} }`,
    '',
    '# Who builds blocks.',
    `leader: "${leader}"`,
    '',
    ...(follow === undefined
      ? []
      : ['# Blocks before they are on L1.', `follow: { rpc: ${JSON.stringify(follow)} }`]),
    ...(sequencer === undefined ? [] : sequencerLines(sequencer)),
    '',
    'log: { level: info, format: console }',
    '',
  ].join('\n');
}

function sequencerLines({
  keyFile,
  cluster,
  da,
  maxAge,
}: NonNullable<NewL2['sequencer']>): readonly string[] {
  return [
    'sequencer:',
    '  # 64 hex digits or the keystore of a wallet, readable by you alone.',
    `  key_file: ${JSON.stringify(keyFile)}`,
    '  # An empty block is built when nothing has happened for so long.',
    '  idle: 2s',
    '  # Where payloads go: auto (the cheaper), calldata, blobs or committee; and how old a block may get.',
    `  batches: { da: ${da}, max_age: ${maxAge} }`,
    '  # Data folders of signing nodes on this machine; the first that answers is asked.',
    `  cluster: ${JSON.stringify(cluster)}`,
    '  # Wei per gas.',
    '  fees: { cap: "100000000000", blob_cap: "200000000000", bump_after: 3 }',
  ];
}
