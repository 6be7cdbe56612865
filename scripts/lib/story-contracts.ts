import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { toHex } from '../../src/crypto/bytes.ts';
import { OperationError } from '../../src/crypto/errors.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { type Address, parseAddress } from '../../src/ethereum/address.ts';
import { accountOfKey } from '../../src/ethereum/deployment-tx.ts';
import type { Anvil } from '../../src/system/anvil.ts';
import { fund } from '../../src/system/dev-l1.ts';
import { conclave } from './children.ts';
import type { LeaderKey, StoryRollup } from './story-rollup.ts';

/** Validators of member set 0. They certify the account of the key and nothing else yet. */
const VALIDATORS = 4;
const POWER = 20_000;
/** L1 blocks from the newest one to the first in which the account of the key acts. */
const AHEAD_BLOCKS = 8n;
const TEN_ETHER = 10n ** 19n;

interface Plan {
  readonly treasury: Address;
  /** METIS wei that the L2 begins with. */
  readonly allocation: bigint;
  /** 0x and 64 hex digits; any, where no L2 runs. */
  readonly root: string;
}

/** What a cluster has to be told of the contracts. */
export interface Places {
  readonly inbox: Address;
  readonly registry: Address;
}

/** The contracts of the demo: deployed and registered at by the commands that operators type. */
export class StoryContracts {
  readonly #folder: string;
  readonly #l1: Anvil;
  readonly #l2ChainId: bigint;
  readonly #validators: { readonly account: Address; readonly file: string }[] = [];

  constructor(folder: string, l1: Anvil, l2ChainId: bigint) {
    this.#folder = folder;
    this.#l1 = l1;
    this.#l2ChainId = l2ChainId;
  }

  /** Every contract of L1, with a funded account of its own that has no power afterwards. */
  readonly deploy = async (say: (text: string) => void, rollup?: StoryRollup): Promise<Places> => {
    const payer = this.#makeKey('deployer');
    for (let i = 1; i <= VALIDATORS; i++) this.#validators.push(this.#makeKey(`validator-${i}`));
    this.#validators.sort((a, b) => (a.account.toLowerCase() < b.account.toLowerCase() ? -1 : 1));
    await fund(this.#l1, payer.account, TEN_ETHER);
    const config = join(this.#folder, 'deployment.yaml');
    const root = `0x${'00'.repeat(31)}01`;
    const plan = { treasury: payer.account, allocation: rollup?.allocation ?? 0n, root };
    writeFileSync(config, this.#deploymentFile(plan), { flag: 'wx' });
    if (rollup !== undefined) {
      // Where contracts will be does not depend on the root of the genesis, which names them.
      const genesisRoot = await rollup.writeGenesis(config, payer.account);
      writeFileSync(config, this.#deploymentFile({ ...plan, root: genesisRoot }));
    }
    const made = await conclave(
      [
        ...['--config', config, 'contracts', 'deploy', '--profile', 'test'],
        ...['--rpc', this.#l1.url, '--key-file', payer.file, '--out', this.#record],
      ],
      (line) => {
        if (line['type'] === 'step') say(String(line['step']));
      },
    );
    await rollup?.writeRollup(this.#record);
    return { inbox: placeIn(made, 'BatchInbox'), registry: placeIn(made, 'KeyRegistry') };
  };

  /**
   * Makes the account of a key the one that sends batches and blobs: the cluster proves that it can sign,
   * three of four validators certify it.
   */
  readonly register = async (account: string, nodes: readonly string[]): Promise<void> => {
    const activation = (await this.#head()) + AHEAD_BLOCKS;
    for (const [i, purpose] of (['batch', 'blob'] as const).entries()) {
      const dataDir = nodes[i % nodes.length] ?? '';
      const proven = await conclave([
        ...['--data-dir', dataDir, 'sign', 'update-key', '--purpose', purpose],
        ...['--activation', String(activation)],
      ]);
      await this.#name(
        [...['--purpose', purpose, '--account', account], '--activation', String(activation)],
        {
          purpose,
          proof: String(proven['proof']),
        },
      );
    }
    const missing = activation - (await this.#head());
    if (missing > 0n) await this.#l1.rpc('anvil_mine', [`0x${missing.toString(16)}`]);
  };

  async #name(
    about: readonly string[],
    { purpose, proof }: { readonly purpose: string; readonly proof: string },
  ): Promise<void> {
    const place = ['--out', this.#record, '--rpc', this.#l1.url, ...about];
    const words = await Promise.all(
      this.#validators.slice(1).map(async ({ file }, i) => {
        const word = join(this.#folder, `${purpose}-word-${i + 1}.json`);
        await conclave(['contracts', 'certify-key', ...place, '--key-file', file, '--save', word]);
        return word;
      }),
    );
    await conclave([
      ...['contracts', 'first-key', ...place, '--key-file', join(this.#secrets, 'deployer.key')],
      ...['--proof', proof, ...words.flatMap((word) => ['--signature', word])],
    ]);
  }

  get #record(): string {
    return join(this.#folder, 'deployment.json');
  }

  get #secrets(): string {
    return join(this.#folder, 'secrets');
  }

  async #head(): Promise<bigint> {
    return BigInt(String(await this.#l1.rpc('eth_blockNumber')));
  }

  /** A key of its own for somebody, in a file that only its owner reads. */
  readonly makeKey = (name: string): LeaderKey => this.#makeKey(name);

  #makeKey(name: string): { readonly account: Address; readonly file: string } {
    const key = crypto.getRandomValues(new Uint8Array(32));
    mkdirSync(this.#secrets, { recursive: true, mode: 0o700 });
    const file = join(this.#secrets, `${name}.key`);
    writeFileSync(file, `${toHex(key)}\n`, { mode: 0o600, flag: 'wx' });
    return { account: accountOfKey(new Secret(name, key)), file };
  }

  #deploymentFile({ treasury, allocation, root }: Plan): string {
    return [
      'version: 1',
      `l2_chain_id: "${this.#l2ChainId}"`,
      `treasury: "${treasury}"`,
      `genesis_root: "${root}"`,
      `genesis_allocation: "${allocation}"`,
      '# No validators run, who could certify batches.',
      'auth_mode: sender',
      'members:',
      ...this.#validators.map(({ account }) => `  - { signer: "${account}", power: "${POWER}" }`),
      '',
    ].join('\n');
  }
}

function placeIn(made: Readonly<Record<string, unknown>>, name: string): Address {
  const places: unknown = made['addresses'];
  const place: unknown =
    typeof places === 'object' && places !== null ? new Map(Object.entries(places)).get(name) : undefined;
  if (typeof place === 'string') return parseAddress(place, name);
  throw new OperationError('child-failed', 'fatal', `the deployment has no ${name}`);
}
