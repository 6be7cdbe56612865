import { equalBytes } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { anyObjectIn, hexIn, objectsIn, readJsonFile } from '../../crypto/json-file.ts';
import { type Address, parseAddress } from '../../ethereum/address.ts';
import { planDeployment } from '../../ethereum/deployment-plan.ts';
import type { DeploymentL1 } from '../../system/l1-client-deploy.ts';
import { readUserFile } from '../user-file.ts';
import { type DeploymentStart, startFromJson } from './settings.ts';

/** More steps than any deployment has. */
const MAX_STEPS = 1_000;

/** What a deployment has left: how it began, and where everything is. */
export interface DeploymentRecord {
  readonly start: DeploymentStart;
  /**
   * The address of a contract. @throws InputError file-damaged when there is none of that name
   */
  readonly at: (name: string) => Address;
  /** The hash of its first transaction, 32 bytes. @throws InputError file-damaged when it has none */
  readonly firstHash: () => Uint8Array;
}

/**
 * Reads the record of a deployment. @throws InputError file-unreadable | file-truncated | bad-account |
 * file-damaged, also when it has anything where this build, which made the deployment, has not put it
 */
export function readRecord(path: string): DeploymentRecord {
  const record = readJsonFile(readUserFile(path), path);
  const start = startFromJson(record.get('start'), path);
  const stated = anyObjectIn(record, 'addresses', path);
  const places = placesOf(start);
  const found = new Map<string, Address>();
  for (const [name, text] of stated) {
    if (typeof text !== 'string') continue;
    const place = parseAddress(text, `${path}: ${name}`);
    const planned = places.get(name);
    if (planned !== undefined && planned !== place)
      throw new InputError('file-damaged', path, `${path} has ${name} at ${place}; it is at ${planned}`);
    found.set(name, place);
  }
  return {
    start,
    at: (name) => {
      const place = found.get(name);
      if (place !== undefined) return place;
      throw new InputError('file-damaged', path, `${path} has no address of ${name}`);
    },
    firstHash: () => {
      const [first] = objectsIn(record, 'transactions', MAX_STEPS, path);
      return hexIn(first ?? new Map<string, unknown>(), 'hash', `${path}: transactions[0]`, 32);
    },
  };
}

/** Where this build has put everything; nothing is known of what another one made. */
function placesOf({ settings, plan }: DeploymentStart): ReadonlyMap<string, Address> {
  const { hash, code } = planDeployment(settings);
  return new Map(equalBytes(hash, plan) ? code.map(({ name, at }) => [name, at]) : []);
}

/** Refuses another chain than that of a record. @throws OperationError wrong-chain */
export async function checkChain(
  { chainId, genesis }: Pick<DeploymentStart, 'chainId' | 'genesis'>,
  l1: Pick<DeploymentL1, 'chainId' | 'genesis'>,
): Promise<void> {
  if ((await l1.chainId()) === chainId && equalBytes(await l1.genesis(), genesis)) return;
  throw new OperationError('wrong-chain', 'fatal', 'this is not the chain on which the deployment began');
}
