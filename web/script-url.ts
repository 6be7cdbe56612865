import { trustedTypes } from './globals.ts';

/** Scripts of this page beside the first one: nothing else is ever started, whatever data says. */
type ScriptName = 'audit.js' | 'kzg.js';

const isKnown = (name: string): boolean => name === 'audit.js' || name === 'kzg.js';

/** The address of one of them, as browsers with Trusted Types ask for it. */
export function scriptUrl(name: ScriptName): string {
  const createScriptURL = (url: string): string => {
    if (!isKnown(url)) throw new RangeError('this is no script of the page');
    return url;
  };
  return trustedTypes()?.createPolicy('conclave', { createScriptURL }).createScriptURL(name) ?? name;
}
