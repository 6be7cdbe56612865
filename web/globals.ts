import type { EngineHere, KzgHere } from './shared/messages.ts';

// What the scripts of this page leave for one another, and what some browsers have and type declarations do
// not: looked up by name, and never believed unseen.

type Callable = (...values: readonly unknown[]) => unknown;

const valueOf = (name: string): unknown => Reflect.get(globalThis, name);
const isCallable = (value: unknown): value is Callable => typeof value === 'function';
const hasMethod = (value: unknown, name: string): boolean =>
  typeof value === 'object' && value !== null && isCallable(Reflect.get(value, name));

const isEngine = (value: unknown): value is EngineHere => hasMethod(value, 'answer');
const isKzg = (value: unknown): value is KzgHere => hasMethod(value, 'versionedHashes');
const isTrustedTypes = (value: unknown): value is TrustedTypesHere => hasMethod(value, 'createPolicy');

/** What is used of Trusted Types. The address that a policy makes is an object which stands for a text. */
export interface TrustedTypesHere {
  readonly createPolicy: (
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ) => { readonly createScriptURL: (url: string) => string };
}

/** Trusted Types, in a browser that has them. */
export function trustedTypes(): TrustedTypesHere | undefined {
  const value = valueOf('trustedTypes');
  return isTrustedTypes(value) ? value : undefined;
}

/** The audit in this very window, once its script has run here. */
export function engineHere(): EngineHere | undefined {
  const value = valueOf('conclaveEngine');
  return isEngine(value) ? value : undefined;
}

/** The commitments of blobs, once their script has run here. */
export function kzgHere(): KzgHere | undefined {
  const value = valueOf('conclaveKzg');
  return isKzg(value) ? value : undefined;
}

/** How a worker loads another script; a window has no such function. */
export function workerImport(): Callable | undefined {
  const value = valueOf('importScripts');
  return isCallable(value) ? value : undefined;
}

/** Leaves a value for the other scripts. */
export const leave = (name: 'conclaveEngine' | 'conclaveKzg', value: object): void =>
  void Reflect.set(globalThis, name, value);
