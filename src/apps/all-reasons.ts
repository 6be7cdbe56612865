import { reasons as audit } from '../audit/reasons.ts';
import { reasons as chainLog } from '../chain/log/reasons.ts';
import { reasons as chain } from '../chain/reasons.ts';
import type { Reason, ReasonTable } from '../crypto/errors.ts';
import { reasons as crypto } from '../crypto/reasons.ts';
import { reasons as ethereum } from '../ethereum/reasons.ts';
import { reasons as backup } from '../node/backup/reasons.ts';
import { reasons as blame } from '../node/blame/reasons.ts';
import { reasons as ceremony } from '../node/ceremony/reasons.ts';
import { reasons as cluster } from '../node/cluster/reasons.ts';
import { reasons as nodeLog } from '../node/log/reasons.ts';
import { reasons as policy } from '../node/policy/reasons.ts';
import { reasons as node } from '../node/reasons.ts';
import { reasons as sessions } from '../node/sessions/reasons.ts';
import { reasons as kernel } from '../protocols/kernel/reasons.ts';
import { reasons as keygen } from '../protocols/keygen/reasons.ts';
import { reasons as presign } from '../protocols/presign/reasons.ts';
import { reasons as protocols } from '../protocols/reasons.ts';
import { reasons as reshare } from '../protocols/reshare/reasons.ts';
import { reasons as sign } from '../protocols/sign/reasons.ts';
import { reasons as batcher } from '../services/batcher/reasons.ts';
import { reasons as dac } from '../services/dac/reasons.ts';
import { reasons as follower } from '../services/follower/reasons.ts';
import { reasons as engine } from '../services/engine/reasons.ts';
import { reasons as submitter } from '../services/l1/reasons.ts';
import { reasons as driver } from '../services/driver/reasons.ts';
import { reasons as mempool } from '../services/mempool/reasons.ts';
import { reasons as verifier } from '../services/verifier/reasons.ts';
import { reasons as system } from '../system/reasons.ts';
import { reasons as apps } from './reasons.ts';

/** Every table of failure codes that a command may meet. */
export const reasonTables: readonly ReasonTable[] = [
  ...[apps, system, node, nodeLog, backup, blame, policy, cluster, ceremony, sessions, kernel],
  ...[mempool, driver, follower, batcher, submitter, dac, engine, verifier],
  ...[crypto, ethereum, chain, chainLog, protocols, keygen, presign, sign, reshare, audit],
];

/** What a code means and what to do about it; `undefined` for a code that nobody has declared. */
export function reasonOf(code: string): Reason | undefined {
  for (const table of reasonTables) if (Object.hasOwn(table, code)) return table[code];
  return undefined;
}
