import { RpcError, rpcCodes } from './rpc-error.ts';

/** An object of JSON; fields are read by `fieldOf` only, which finds none that every object has. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object and no list. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field of its own; `undefined` where there is none. */
export const fieldOf = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON that these bytes are, nested no deeper than `most`. @throws RpcError parse, invalidRequest */
export function readJson(bytes: Uint8Array, most: number): unknown {
  try {
    const text = utf8.decode(bytes);
    if (depthOf(text) > most)
      throw new RpcError(rpcCodes.invalidRequest, `invalid request: nested deeper than ${most}`);
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw error instanceof RpcError ? error : new RpcError(rpcCodes.parse, 'parse error');
  }
}

/** How deep lists and objects stand within one another; of text that is no JSON some number. */
function depthOf(text: string): number {
  let [depth, deepest, isInText] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isInText) {
      if (code === BACKSLASH) i += 1;
      else if (code === QUOTE) isInText = false;
    } else if (code === QUOTE) isInText = true;
    else if (code === BRACKET || code === BRACE) deepest = Math.max(deepest, (depth += 1));
    else if (code === BRACKET + 2 || code === BRACE + 2) depth -= 1;
  }
  return deepest;
}
const [QUOTE, BACKSLASH, BRACKET, BRACE] = [0x22, 0x5c, 0x5b, 0x7b] as const;
