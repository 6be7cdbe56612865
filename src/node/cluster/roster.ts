import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import type { RosterEntry } from './handshake.ts';
import type { Peer } from './peer.ts';

/** Most members that one mesh has links to: two whole committees, while one follows the other. */
const MAX_ROSTER = 128;

/** Who belongs to a mesh at this moment, and who did before. Decides nothing about links. */
export class Roster {
  readonly #peerOf: (entry: RosterEntry) => Peer;
  #own: RosterEntry;
  /** By index, ascending. */
  #peers: ReadonlyMap<PartyIndex, Peer> = new Map();
  readonly #dismissed = new Set<PartyIndex>();

  constructor(own: RosterEntry, peerOf: (entry: RosterEntry) => Peer) {
    this.#own = own;
    this.#peerOf = peerOf;
  }

  /** The others, ascending. */
  get peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** All members, this node first. */
  entries(): readonly RosterEntry[] {
    return [this.#own, ...this.peers.map(({ entry }) => entry)];
  }

  /** Another member. */
  at(index: PartyIndex): Peer | undefined {
    return this.#peers.get(index);
  }

  /** Whether a peer is still the one with its index: what was begun for a former one goes no further. */
  holds(peer: Peer): boolean {
    return this.#peers.get(peer.entry.index) === peer;
  }

  /** Whether the index belonged to a member, and to none now. */
  isDismissed(index: PartyIndex): boolean {
    return this.#dismissed.has(index);
  }

  /**
   * Adds a member, or takes over what is new about one. Returns the peer that is to be dialled at an address
   * that nobody has tried yet, if there is one. An index that another identity holds is a bug: that one would
   * get what is meant for the other.
   */
  admit(entry: RosterEntry): Peer | undefined {
    const { index, identityPublicKey, address } = entry;
    const isSame = (other: RosterEntry): boolean => equalBytes(other.identityPublicKey, identityPublicKey);
    for (const other of this.entries())
      assert(
        (other.index === index) === isSame(other),
        `party ${index} has two seats, or one of two members`,
      );
    if (index === this.#own.index) {
      this.#own = entry;
      return undefined;
    }
    const known = this.#peers.get(index);
    if (known !== undefined) {
      const isElsewhere = address !== known.entry.address;
      known.move(entry);
      return isElsewhere ? known : undefined;
    }
    assert(this.#peers.size + 2 <= MAX_ROSTER, `more than ${MAX_ROSTER} members`);
    const added = this.#peerOf(entry);
    const all = [...this.peers, added].sort((a, b) => a.entry.index - b.entry.index);
    this.#peers = new Map(all.map((peer) => [peer.entry.index, peer]));
    this.#dismissed.delete(index);
    return added;
  }

  /** Removes a member, and returns it if it was one. */
  dismiss(index: PartyIndex): Peer | undefined {
    assert(index !== this.#own.index, 'a node is in its own roster');
    const peer = this.#peers.get(index);
    if (peer === undefined) return undefined;
    this.#peers = new Map([...this.#peers].filter(([one]) => one !== index));
    this.#dismissed.add(index);
    return peer;
  }
}
