import { dacDigest, dacSigner, encodeCertificate } from '../../chain/dac.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { type Address, addressBytes, keccak256 } from '../../ethereum/address.ts';
import { compareBytes } from '../../crypto/bytes.ts';
import { isOrdinary } from '../../node/supervise.ts';
import type { Clock, Log } from '../../system/ports.ts';

/** A member, as others reach it. Its word counts only with its signature, or as far as a hash binds it. */
export interface DacPeer {
  readonly account: Address;
  /** @throws OperationError where it cannot be reached or refuses */
  readonly keep: (payload: Uint8Array, expiry: bigint) => Promise<Uint8Array>;
  /** @throws OperationError where it cannot be reached */
  readonly payload: (hash: Uint8Array) => Promise<Uint8Array | undefined>;
}

/** How a committee is asked. */
export interface DacSettings {
  readonly l2ChainId: bigint;
  /** Signatures that make a certificate: k of KeyRegistry. */
  readonly required: number;
  /** Milliseconds until one does without the committee. */
  readonly timeoutMs: number;
  /** Seconds for which payloads are kept: more than the inbox asks for by the time that a batch may take. */
  readonly retention: bigint;
}

/** What a client works with. */
export interface DacClientDeps {
  readonly peers: readonly DacPeer[];
  readonly clock: Clock;
  readonly log: Log;
}

/** The committee, as batcher and driver see it. */
export class DacClient {
  readonly #settings: DacSettings;
  readonly #deps: DacClientDeps;
  /** In the order of their accounts, as the registry has them. */
  readonly #peers: readonly DacPeer[];

  constructor(settings: DacSettings, deps: DacClientDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#peers = [...deps.peers].sort((a, b) =>
      compareBytes(addressBytes(a.account), addressBytes(b.account)),
    );
  }

  /** certificate ‖ expiry, as soon as enough members have signed; `undefined` where they do not in time. */
  readonly certify = (payload: Uint8Array): Promise<Uint8Array | undefined> => {
    const { l2ChainId, required, timeoutMs, retention } = this.#settings;
    const { clock } = this.#deps;
    const expiry = BigInt(Math.trunc(clock.nowMs() / 1_000)) + retention;
    const kept = { l2ChainId, payloadHash: keccak256(payload), payloadSize: payload.length, expiry };
    const digest = dacDigest(kept);
    const signatures = new Map<number, Uint8Array>();
    return new Promise((resolve, reject) => {
      const cancel = clock.after(timeoutMs, () => resolve(undefined));
      const end = (certificate: Uint8Array | undefined): void => {
        cancel();
        resolve(certificate);
      };
      let open = this.#peers.length;
      const answered = (i: number, signature: Uint8Array | undefined): void => {
        if (signature !== undefined && signatures.size < required) signatures.set(i, signature);
        open -= 1;
        if (signatures.size === required) end(encodeCertificate(this.#peers.length, signatures, expiry));
        // Those who are left could not make it enough.
        else if (signatures.size + open < required) end(undefined);
      };
      if (open < required) end(undefined);
      for (const [i, peer] of this.#peers.entries())
        this.#signatureOf(peer, payload, { digest, expiry }).then(
          (signature) => answered(i, signature),
          reject,
        );
    });
  };

  /** A payload that L1 names by its hash, from whichever member serves it. */
  readonly fetch = async (hash: Uint8Array): Promise<Uint8Array | undefined> => {
    for (const peer of this.#peers) {
      const payload = await this.#tried(peer, () => peer.payload(hash));
      if (payload !== undefined && equalBytes(keccak256(payload), hash)) return payload;
      if (payload !== undefined) this.#deps.log.warn('a member serves other bytes', { member: peer.account });
    }
    return undefined;
  };

  async #signatureOf(
    peer: DacPeer,
    payload: Uint8Array,
    { digest, expiry }: { readonly digest: Uint8Array; readonly expiry: bigint },
  ): Promise<Uint8Array | undefined> {
    const signature = await this.#tried(peer, () => peer.keep(payload, expiry));
    if (signature === undefined || dacSigner(digest, signature) === peer.account) return signature;
    this.#deps.log.warn('a member signs with another key', { member: peer.account });
    return undefined;
  }

  async #tried<T>(peer: DacPeer, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#deps.log.warn('a member does not serve', { member: peer.account, reason: error.code });
      return undefined;
    }
  }
}
