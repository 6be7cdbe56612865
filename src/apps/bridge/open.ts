import { OperationError } from '../../crypto/errors.ts';
import type { Secret } from '../../crypto/secret.ts';
import { systemClock } from '../../system/clock.ts';
import { type BridgeChain, connectBridgeChain } from '../../system/l1-client-chain.ts';
import { type DeploymentRecord, checkChain, readRecord } from '../deploy/record.ts';
import { readKeyFile } from '../deploy/key-file.ts';
import { type Account, accountOn } from './account.ts';
import { shownUrl } from '../../system/shown-url.ts';

/** The L1 of a deployment. @throws OperationError l1-unreachable | wrong-chain */
export async function l1Of({ start }: DeploymentRecord, url: string): Promise<BridgeChain> {
  const l1 = await connectBridgeChain(url, { clock: systemClock });
  await checkChain(start, l1);
  return l1;
}

/** The L2 of a deployment. @throws OperationError l1-unreachable | wrong-chain */
export async function l2Of({ start }: DeploymentRecord, url: string): Promise<BridgeChain> {
  const l2 = await connectBridgeChain(url, { clock: systemClock });
  const [found, { l2ChainId }] = [await l2.chainId(), start.settings];
  if (found === l2ChainId) return l2;
  const message = `${shownUrl(url)} serves chain ${found}, not the L2 ${l2ChainId}`;
  throw new OperationError('wrong-chain', 'fatal', message);
}

/** What every command that pays is told. */
interface KeyFlags {
  readonly record: string;
  readonly keyFile: string;
  readonly keyPasswordFile?: string;
}

/** What a command works with; the key is gone when it ends. */
export interface Tools {
  readonly record: DeploymentRecord;
  /** The account of the key on a chain. */
  readonly on: (chain: BridgeChain) => Account;
}

/** Runs a command that pays. @throws as `readRecord` and `readKeyFile` */
export async function withTools<T>(flags: KeyFlags, use: (tools: Tools) => Promise<T>): Promise<T> {
  const record = readRecord(flags.record);
  const key: Secret = await readKeyFile(flags.keyFile, 'key of an account', flags.keyPasswordFile);
  try {
    return await use({ record, on: (chain) => accountOn(chain, key) });
  } finally {
    key.wipe();
  }
}
