import { z } from 'zod';

import { InputError } from '../crypto/errors.ts';
import type { LineHandler } from '../system/folder-lease.ts';
import type { Log } from '../system/ports.ts';
import type { AdminLine } from './admin-protocol.ts';
import { failureOf } from './failure.ts';

/** Who asks: hears what happens on the way, and may leave before the answer. */
export interface Asker {
  readonly tell: (event: unknown) => void;
  readonly gone: AbortSignal;
}

/**
 * One question a connection to the admin socket: progress lines, then a result or an error. Who can open the
 * socket is the user of the process; nobody else is served. [product, 4.1]
 */
export function lineHandler(
  log: Pick<Log, 'error'>,
  answer: (question: unknown, asker: Asker) => Promise<unknown>,
): LineHandler {
  return async (line, say, gone) => {
    const write = (said: AdminLine): string => JSON.stringify(said);
    try {
      const tell = (event: unknown): void => say(write({ type: 'progress', event }));
      return write({ type: 'result', result: await answer(readJson(line), { tell, gone }) });
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'bug') log.error('admin request failed', { reason: failure.message });
      return write(failure);
    }
  };
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new InputError('admin-protocol', 'request', 'the request is not JSON', { cause });
  }
}

/**
 * Refuses what is asked of another kind of process; what nobody asks is left to the schema. `here` says who
 * is asked. @throws InputError usage
 */
export function refuseStrange(question: unknown, here: 'signing node' | 'sequencer'): void {
  const verb = z.object({ verb: z.string() }).safeParse(question).data?.verb ?? '';
  if (verb === '') return;
  const wanted = verb.startsWith('sequencer-') ? 'sequencer' : 'signing node';
  if (wanted === here) return;
  const message = `a ${here} runs here, and this is asked of a ${wanted}: name the folder of one`;
  throw new InputError('usage', '--data-dir', message);
}

/** A part of a question, as its schema wants it. @throws InputError admin-protocol, naming what is wrong */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = [what, ...(issue?.path ?? []).map(String)].join('.');
  throw new InputError('admin-protocol', path, `${path} ${issue?.message ?? 'is not allowed'}`);
}
