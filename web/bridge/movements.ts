import { concat, to0x } from '../../src/crypto/bytes.ts';
import { InputError } from '../../src/crypto/errors.ts';
import { l2MessageLeaf } from '../../src/chain/output.ts';
import { type Address, addressBytes } from '../../src/ethereum/address.ts';
import type { L2Message } from '../../src/ethereum/bridge-calls.ts';
import {
  bridgeTopics,
  depositsInitiated,
  forcedQueued,
  messagesPassed,
} from '../../src/ethereum/bridge-events.ts';
import { readSignedTx } from '../../src/ethereum/l2-tx.ts';
import { predeploys } from '../../src/ethereum/l2-genesis.ts';
import type { LogFilter, PlacedLog, RollupFacts } from './answers.ts';

/** What of one's own went over the bridge, as the logs of both ends tell it. Amounts in wei. */
export type Movement =
  | {
      readonly kind: 'deposit';
      readonly l1Block: bigint;
      readonly hash: string;
      readonly to: Address;
      readonly amount: bigint;
    }
  | {
      readonly kind: 'withdrawal';
      readonly l2Block: bigint;
      readonly hash: string;
      readonly message: L2Message;
      /** 32 bytes. */
      readonly leaf: Uint8Array;
    }
  | {
      readonly kind: 'forced';
      readonly l1Block: bigint;
      readonly hash: string;
      /** Of the transaction on L2. */
      readonly l2Hash: string;
      readonly to: Address | undefined;
      readonly amount: bigint;
    };

const topicOf = (account: Address): Uint8Array => concat(new Uint8Array(12), addressBytes(account));

/** The logs that tell of METIS which an account deposited. */
export const depositLogs = ({ bridge }: RollupFacts, token: Address, account: Address): LogFilter => ({
  address: bridge,
  topics: [bridgeTopics.deposited, topicOf(token), null, topicOf(account)],
});

/** The logs that tell of METIS which an account let leave. */
export const withdrawalLogs = (account: Address): LogFilter => ({
  address: predeploys.MessagePasser,
  topics: [bridgeTopics.messagePassed, null, null, topicOf(account)],
});

/** The logs that tell of transactions which anybody forced: they do not name their sender. */
export const forcedLogs = ({ forcedInbox }: RollupFacts): LogFilter => ({
  address: forcedInbox,
  topics: [bridgeTopics.forced],
});

/** Deposits by these logs. */
export const depositsOf = (logs: readonly PlacedLog[]): readonly Movement[] =>
  logs.flatMap((log) =>
    depositsInitiated([log]).map(({ to, amount }) => ({
      ...{ kind: 'deposit' as const, l1Block: log.block, hash: log.hash, to, amount },
    })),
  );

/** Withdrawals by these logs. */
export const withdrawalsOf = (logs: readonly PlacedLog[]): readonly Movement[] =>
  logs.flatMap((log) =>
    messagesPassed([log]).map((message) => ({
      ...{ kind: 'withdrawal' as const, l2Block: log.block, hash: log.hash, message },
      leaf: l2MessageLeaf(message),
    })),
  );

/** The forced transactions of an account by these logs; bytes that are no transaction are nobody's. */
export const forcedOf = (logs: readonly PlacedLog[], account: Address): readonly Movement[] =>
  logs.flatMap((log) =>
    forcedQueued([log]).flatMap((raw) => {
      const tx = signedBy(raw, account);
      return tx === undefined
        ? []
        : [
            {
              ...{ kind: 'forced' as const, l1Block: log.block, hash: log.hash },
              ...{ l2Hash: to0x(tx.hash), to: tx.to, amount: tx.value },
            },
          ];
    }),
  );

function signedBy(raw: Uint8Array, account: Address): ReturnType<typeof readSignedTx> | undefined {
  try {
    const tx = readSignedTx(raw);
    return tx.sender === account ? tx : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
