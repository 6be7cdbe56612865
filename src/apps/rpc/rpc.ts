import type { Clock, Executor, FreshRandom, Log, TxPool } from '../../system/ports.ts';
import { type RpcServer, type RpcServerOptions, serveRpc } from '../../system/network-rpc.ts';
import type { RpcSocket } from '../../system/network-rpc-socket.ts';
import { accessMethods } from './access-methods.ts';
import type { Backend } from './backend.ts';
import { blockMethods } from './block-methods.ts';
import { bridgeMethods } from './bridge-methods.ts';
import { callMethods } from './call-methods.ts';
import { conclaveMethods } from './conclave-methods.ts';
import { type Dispatch, createDispatch } from './dispatch.ts';
import { feeMethods } from './fee-methods.ts';
import { Filters } from './filters.ts';
import { HeadFeed } from './head-feed.ts';
import { type RpcLimits, rpcLimits } from './limits.ts';
import { logMethods } from './log-methods.ts';
import type { Methods } from './method.ts';
import { nodeMethods } from './node-methods.ts';
import { PendingFeed } from './pending-feed.ts';
import { proofMethods } from './proof-methods.ts';
import type { RpcChain } from './rpc-chain.ts';
import { stateMethods } from './state-methods.ts';
import { subscribeMethods } from './subscribe-methods.ts';
import { Subscriptions } from './subscriptions.ts';
import { txMethods } from './tx-methods.ts';

/** What the methods are told. */
export interface RpcOptions {
  /** What `web3_clientVersion` says. */
  readonly version: string;
  /** The least tip that the pool takes, wei per gas. */
  readonly minTip: bigint;
  readonly limits?: Partial<RpcLimits>;
}

/** What the methods work with. */
export interface RpcDeps {
  readonly chain: RpcChain;
  readonly executor: Executor;
  /** Left out on a node that takes no transactions. */
  readonly pool?: TxPool | undefined;
  readonly clock: Clock;
  readonly rng: FreshRandom;
  readonly log: Log;
}

/** All methods, without a server around them. */
export interface Rpc {
  readonly methods: Methods;
  /** Answers a body over HTTP. */
  readonly answer: Dispatch;
  /** Serves a WebSocket. */
  readonly accept: (socket: RpcSocket) => void;
  /** Ends filters and subscriptions. */
  readonly close: () => void;
}

/** Puts the methods together. */
export function createRpc(options: RpcOptions, deps: RpcDeps): Rpc {
  const limits: RpcLimits = { ...rpcLimits, ...options.limits };
  const { version, minTip } = options;
  const backend: Backend = { ...deps, pool: deps.pool, limits, version, minTip };
  const heads = new HeadFeed(deps);
  const pending = new PendingFeed(deps);
  const filters = new Filters({ heads, pending, limits, clock: deps.clock, rng: deps.rng });
  const subscriptions = new Subscriptions({ heads, pending, limits, chain: deps.chain, rng: deps.rng });
  const methods: Methods = {
    ...nodeMethods(backend),
    ...blockMethods(backend),
    ...stateMethods(backend),
    ...txMethods(backend, pending),
    ...callMethods(backend),
    ...accessMethods(backend),
    ...proofMethods(backend),
    ...feeMethods(backend),
    ...logMethods(backend, filters),
    ...subscribeMethods(backend),
    ...conclaveMethods(backend),
    ...bridgeMethods(backend),
  };
  const answer = createDispatch(methods, { clock: deps.clock, log: deps.log, limits });
  return {
    methods,
    answer,
    accept: (socket) => {
      const open = subscriptions.open(socket.send);
      socket.onClose(open.close);
      socket.onFrame(async (frame) => {
        const { session, release } = open.frame();
        const text = await answer(frame, session);
        if (text !== undefined) socket.send(text);
        release();
      });
    },
    close: () => {
      filters.close();
      heads.close();
      pending.close();
    },
  };
}

/** Where the methods are served. */
export type RpcPlace = Omit<RpcServerOptions, 'answer' | 'accept'>;

/** Serves all methods over HTTP and WebSocket. @throws as `serveRpc` */
export async function startRpc(place: RpcPlace, options: RpcOptions, deps: RpcDeps): Promise<RpcServer> {
  const rpc = createRpc(options, deps);
  const server = await serveRpc({ ...place, answer: (body) => rpc.answer(body), accept: rpc.accept });
  return {
    address: server.address,
    close: async () => {
      rpc.close();
      await server.close();
    },
  };
}
