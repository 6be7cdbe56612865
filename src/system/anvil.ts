import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { OperationError } from '../crypto/errors.ts';
import { findBinary } from './find-binary.ts';
import { jsonRpc } from './json-rpc.ts';

/** Milliseconds until a start that says nothing has failed. */
const START_TIMEOUT_MS = 30_000;
/** Milliseconds between the signal to stop and the last resort. */
const STOP_TIMEOUT_MS = 5_000;
/** Characters of its output that are kept for an error message. */
const KEPT_OUTPUT = 2_000;

/** What may be chosen of a development L1. */
export interface AnvilOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly chainId?: bigint;
  /** Seconds between blocks; absent: a block for every transaction. */
  readonly blockTimeSeconds?: number;
  /** More flags of anvil. */
  readonly flags?: readonly string[];
  /** Where the program is; absent: `findBinary('anvil')`. */
  readonly binary?: string;
}

/** A running development L1. */
export interface Anvil {
  readonly url: string;
  readonly port: number;
  /** One JSON-RPC call. @throws OperationError l1-unreachable | l1-rejected */
  readonly rpc: (method: string, params?: readonly unknown[]) => Promise<unknown>;
  /** Ends it and waits until it is gone. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts anvil on loopback with the rules of Osaka. It dies with this process.
 * @throws OperationError binary-missing | port-in-use | child-failed
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const binary = options.binary ?? findBinary('anvil');
  if (binary === undefined)
    throw new OperationError('binary-missing', 'fatal', 'anvil was found in no package, and not on the PATH');
  // Inherited output would be held open by a child that outlives us; so it is piped, and read.
  const child = spawn(binary, flagsOf(options), { stdio: ['ignore', 'pipe', 'pipe'] });
  const lastResort = (): void => void child.kill('SIGKILL');
  process.once('exit', lastResort);
  try {
    const port = await listeningPort(child);
    const url = `http://127.0.0.1:${port}`;
    const stop = async (): Promise<void> => {
      process.removeListener('exit', lastResort);
      await end(child);
    };
    return { url, port, rpc: jsonRpc(url), stop };
  } catch (error) {
    process.removeListener('exit', lastResort);
    await end(child);
    throw error;
  }
}

function flagsOf({ port = 0, chainId, blockTimeSeconds, flags = [] }: AnvilOptions): string[] {
  const chain = chainId === undefined ? [] : ['--chain-id', String(chainId)];
  const time = blockTimeSeconds === undefined ? [] : ['--block-time', String(blockTimeSeconds)];
  // The hardfork is named because the newest one changes with the version of anvil.
  return ['--host', '127.0.0.1', '--port', String(port), '--hardfork', 'osaka', ...chain, ...time, ...flags];
}

/** Waits until anvil says where it listens. */
function listeningPort(child: ChildProcess): Promise<number> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (code: 'binary-missing' | 'port-in-use' | 'child-failed', why: string): void => {
      clearTimeout(timer);
      reject(new OperationError(code, 'fatal', `anvil ${why}`));
    };
    const timer = setTimeout(
      () => fail('child-failed', `said nothing for ${START_TIMEOUT_MS} ms`),
      START_TIMEOUT_MS,
    );
    const hear = (chunk: unknown): void => {
      output = `${output}${String(chunk)}`.slice(-KEPT_OUTPUT);
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => fail('binary-missing', `does not start: ${error.message}`));
    // Not `exit`: its last words may still be in the pipe then.
    child.once('close', (code) => {
      if (/address already in use|os error 98/i.test(output)) fail('port-in-use', 'found its port in use');
      else fail('child-failed', `ended with code ${String(code)}: ${output.trim()}`);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
