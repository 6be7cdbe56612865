import { Malformed } from './decode.ts';
import { NoAnswer, Refused } from './node.ts';

/** Why a page cannot show what it was asked for, for its reader. */
export function problemOf(error: unknown): string {
  if (error instanceof NoAnswer) return error.message;
  if (error instanceof Malformed) return `The node answered what no node of L2 answers: ${error.message}.`;
  if (!(error instanceof Refused)) return `This page has failed: ${String(error)}`;
  if (error.code === -32601) return `This is no node of an L2 of Conclave: ${error.message}`;
  return `The node refuses: ${error.message}`;
}
