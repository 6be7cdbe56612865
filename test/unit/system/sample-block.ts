import { type L2Block, type L2Header, blockHash, encodeExtra } from '../../../src/chain/block.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';

const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

/** A block with a value of its own in every field; its hash is right, its roots are not. */
export function sampleBlock({ parentHash = word(1), ...more }: Partial<L2Header> = {}): L2Block {
  const header: L2Header = {
    ...{ parentHash, number: 9n, timestamp: 1_800_000_009n },
    coinbase: parseAddress('0x4c32000000000000000000000000000000000004'),
    ...{ gasLimit: 30_000_000n, gasUsed: 21_000n, baseFeePerGas: 7n },
    extraData: encodeExtra({ epoch: 1n, view: 2n, orderedUpTo: 3n, origin: 4n }),
    ...{ prevRandao: word(2), parentBeaconBlockRoot: word(3), stateRoot: word(4) },
    ...{ transactionsRoot: word(5), receiptsRoot: word(6), withdrawalsRoot: word(7) },
    logsBloom: new Uint8Array(256).fill(8),
    ...more,
  };
  const address = parseAddress(`0x${'aB'.repeat(20).toLowerCase()}`);
  return {
    ...{ hash: blockHash(header), header, transactions: [Uint8Array.of(2, 0xc0)] },
    withdrawals: [{ index: 17n, address, gwei: 255n }],
  };
}
