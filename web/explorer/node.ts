import { Malformed, type Decoder } from './decode.ts';

/** A call of JSON-RPC, and how its answer is read. */
export interface Call<T> {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly read: Decoder<T>;
}

/** Why there is no answer, in words for the reader of the page. */
export class NoAnswer extends Error {}

/** What the node itself answered in place of a result. */
export class Refused extends Error {
  readonly code: number;
  /** What came with it, of whatever form: of a call that reverted what it returned. */
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A node of L2. */
export interface L2Node {
  readonly ask: <T>(call: Call<T>) => Promise<T>;
  /** Several calls in one request; all of them, or an error. */
  readonly askAll: <T>(calls: readonly Call<T>[]) => Promise<readonly T[]>;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 32 * 1_048_576;

/**
 * Asks over HTTP; `advice` says what somebody can do whose node is there and does not answer pages.
 * @throws NoAnswer, Refused, Malformed
 */
export function nodeAt(url: string, advice: string): L2Node {
  const askAll = async <T>(calls: readonly Call<T>[]): Promise<readonly T[]> => {
    if (calls.length === 0) return [];
    const body = calls.map(({ method, params }, id) => ({ jsonrpc: '2.0', id, method, params }));
    const answer = await post({ url, advice }, JSON.stringify(body));
    if (!Array.isArray(answer)) throw new Malformed('the answer is not a list');
    const byId = new Map(answer.map((one: unknown) => [fieldsOf(one).get('id'), one]));
    return calls.map((call, id) => resultOf(call, byId.get(id)));
  };
  const ask = async <T>(call: Call<T>): Promise<T> => {
    const { method, params } = call;
    return resultOf(
      call,
      await post({ url, advice }, JSON.stringify({ jsonrpc: '2.0', id: 0, method, params })),
    );
  };
  return { ask, askAll };
}

const fieldsOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);

function resultOf<T>({ method, read }: Call<T>, answer: unknown): T {
  const fields = fieldsOf(answer);
  const error = fields.get('error');
  if (error !== undefined) {
    throw refusalOf(error);
  }
  return read(fields.get('result'), method);
}

/** What JSON-RPC, or a wallet, says in place of a result. */
export function refusalOf(error: unknown): Refused {
  // The message of an Error is a field that cannot be listed.
  const field = (name: string): unknown =>
    typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  const [code, message] = [field('code'), field('message')];
  const said = typeof message === 'string' ? message.slice(0, 300) : 'no reason';
  return new Refused(typeof code === 'number' ? code : 0, said, field('data'));
}

interface Place {
  readonly url: string;
  readonly advice: string;
}

async function post({ url, advice }: Place, body: string): Promise<unknown> {
  let response: Response;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const headers = { 'content-type': 'application/json' };
  try {
    response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      signal,
      credentials: 'omit',
      redirect: 'error',
    });
  } catch {
    throw new NoAnswer(await whyNot({ url, advice }));
  }
  if (!response.ok) throw new NoAnswer(`The node at ${url} answers with HTTP status ${response.status}.`);
  try {
    return JSON.parse(await textOf(response)) as unknown;
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new Malformed('the answer is no JSON');
  }
}

/** The body, as long as it is not longer than anything that is asked for here. */
async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let [text, length] = ['', 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.length;
    if (length > MAX_BYTES) {
      await reader.cancel();
      throw new Malformed('the answer is too long');
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** A browser does not tell a page why; but a request without questions reaches a node that is there. */
async function whyNot({ url, advice }: Place): Promise<string> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    await fetch(url, { mode: 'no-cors', credentials: 'omit', signal });
  } catch {
    return `No node answers at ${url}.`;
  }
  return `The node at ${url} is there, but does not answer this page. ${advice}`;
}
