/**
 * Every purpose for which this project hashes. One purpose is used for one thing, so that no hash of one step
 * can stand for another's. On the wire each is prefixed with `conclave/v1/`.
 */
export const tags = {
  test: 'test',
  // Sessions, envelopes, transcripts
  r0Pok: 'r0/pok',
  rng: 'rng',
  drbg: 'drbg',
  pid: 'pid',
  key: 'key',
  epoch: 'epoch',
  ccCom: 'cc/com',
  spec: 'spec',
  sid: 'sid',
  sidSign: 'sid/sign',
  env: 'env',
  body: 'body',
  view: 'view',
  root: 'root',
  pt: 'pt',
  dleq: 'dleq',
  zero: 'zero',
  abort: 'abort',
  evidence: 'evidence',
  // Key generation
  dkgPok: 'dkg/pok',
  dkgCom: 'dkg/com',
  dkgOk: 'dkg/ok',
  dkgPop: 'dkg/pop',
  dkgCert: 'dkg/cert',
  cc: 'cc',
  // Resharing
  rsF: 'rs/F',
  rsCert: 'rs/cert',
  rsPop: 'rs/pop',
  rsCommit: 'rs/commit',
  rsErasure: 'rs/erasure',
  // Oblivious transfer and multiplication
  pair: 'pair',
  otDelta: 'ot/delta',
  otT: 'ot/t',
  otK: 'ot/k',
  otY: 'ot/y',
  mrH: 'mr/h',
  mrK: 'mr/k',
  otePrg: 'ote/prg',
  oteX: 'ote/x',
  oteDig: 'ote/dig',
  oteChi: 'ote/chi',
  oteCrh: 'ote/crh',
  rvoleGadget: 'rvole/gadget',
  rvoleA: 'rvole/a',
  rvoleTheta: 'rvole/theta',
  rvoleMu: 'rvole/mu',
  // Presigning and signing
  psComR: 'ps/comR',
  psOk: 'ps/ok',
  presig: 'presig',
  signTuple0: 'sign/tuple0',
  signTuple: 'sign/tuple',
  signRerand: 'sign/rerand',
  signBeacon: 'sign/beacon',
  signOut: 'sign/out',
  quorum: 'quorum',
  // Beyond the protocols: example, ceremony files, node files, links, policy
  coinFlipCommit: 'example/coin-flip',
  definition: 'definition',
  definitionSignature: 'definition/signature',
  attempt: 'definition/attempt',
  lockCore: 'lock-core',
  lock: 'lock',
  keygenTest: 'keygen-test',
  reshareTest: 'reshare-test',
  fingerprint: 'fingerprint',
  policy: 'policy',
  paramsHash: 'params',
  requestId: 'request',
  content: 'content',
  guardChain: 'guard/chain',
  logChain: 'log/chain',
  linkHandshake: 'link/handshake',
  receipt: 'receipt',
  merkleLeaf: 'merkle/leaf',
  merkleNode: 'merkle/node',
  transcriptChain: 'transcript/chain',
  // Node files and names
  committee: 'committee',
  invitation: 'invitation',
  fileChecksum: 'file/checksum',
  fileHash: 'file/hash',
  walEnvelope: 'wal/envelope',
  walRecord: 'wal/record',
  recipient: 'recipient',
  guardFile: 'guard/file',
  // The signature log
  logId: 'log/id',
  logEntry: 'log/entry',
  logHead: 'log/head',
  logWitness: 'log/witness',
  logProof: 'log/proof',
  // Blame
  blameCase: 'blame/case',
  demand: 'demand',
  // The sequencer
  sealBook: 'seal-book',
} as const;

/** A purpose of the list above. */
export type Tag = (typeof tags)[keyof typeof tags];

/** Purposes whose digests a contract makes too, or could: keccak of these words begins them. [Tags.sol] */
export const contractTags = {
  batch: 'conclave/v1/batch',
  batchBlockV0: 'conclave/v1/batch/block-v0',
  keyPop: 'conclave/v1/key-pop',
  firstKey: 'conclave/v1/first-key',
  l1Origin: 'conclave/v1/l1-origin',
  randao: 'conclave/v1/randao',
  l1Message: 'conclave/v1/l1-msg',
  l2Message: 'conclave/v1/l2-msg',
  output: 'conclave/v1/output',
  outputProposal: 'conclave/v1/output-proposal',
  dac: 'conclave/v1/dac',
  block: 'conclave/v1/block',
  stubProof: 'conclave/v1/stub-proof',
} as const;

/** A purpose of the list above. */
export type ContractTag = (typeof contractTags)[keyof typeof contractTags];

/** Purposes for which identities sign; the signed bytes begin with `conclave/v1/sig/<purpose>`. */
export const signingPurposes = {
  env: 'env',
  dkg: 'dkg',
  rs: 'rs',
  erasure: 'erasure',
  definition: 'definition',
  lock: 'lock',
  link: 'link',
  receipt: 'receipt',
  request: 'request',
  guard: 'guard',
  logHead: 'log-head',
  logWitness: 'log-witness',
  logProof: 'log-proof',
  demand: 'demand',
} as const;

/** A purpose of the list above. */
export type SigningPurpose = (typeof signingPurposes)[keyof typeof signingPurposes];
