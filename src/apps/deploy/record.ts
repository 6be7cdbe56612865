import { equalBytes } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { anyObjectIn, readJsonFile } from '../../crypto/json-file.ts';
import { type Address, parseAddress } from '../../ethereum/address.ts';
import { planDeployment } from '../../ethereum/deployment-plan.ts';
import type { DeploymentL1 } from '../../system/l1-client-deploy.ts';
import { readUserFile } from '../user-file.ts';
import { type DeploymentStart, startFromJson } from './settings.ts';

/** What a deployment has left: how it began, and where everything is. */
export interface DeploymentRecord {
  readonly start: DeploymentStart;
  /**
   * The address of a contract. @throws InputError file-damaged when there is none of that name, or when this
   * build, which made the deployment, has it elsewhere
   */
  readonly at: (name: string) => Address;
}

/** Reads the record of a deployment. @throws InputError file-unreadable | file-damaged | file-truncated */
export function readRecord(path: string): DeploymentRecord {
  const record = readJsonFile(readUserFile(path), path);
  const start = startFromJson(record.get('start'), path);
  const addresses = anyObjectIn(record, 'addresses', path);
  const places = placesOf(start);
  return {
    start,
    at: (name) => {
      const found = addresses.get(name);
      const planned = places.get(name);
      if (typeof found === 'string') {
        const place = parseAddress(found, `${path}: ${name}`);
        if (planned === undefined || planned === place) return place;
        throw new InputError('file-damaged', path, `${path} has ${name} at ${place}; it is at ${planned}`);
      }
      throw new InputError('file-damaged', path, `${path} has no address of ${name}`);
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
