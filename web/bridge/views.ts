import { to0x } from '../../src/crypto/bytes.ts';
import { button, definitions, hash, html, section } from '../view/dom.ts';
import { grouped, metis, shortHash } from '../explorer/words.ts';
import type { FoundWallet } from './discovery.ts';
import type { Step } from './flows.ts';
import type { Overview, Placed } from './load.ts';
import type { Movement } from './movements.ts';
import type { WalletChain } from './wallet.ts';

/** What a reader can do with a wallet that is not connected. */
export const chooseWallet = (
  wallets: readonly FoundWallet[],
  connect: (wallet: FoundWallet) => void,
): HTMLElement =>
  wallets.length === 0
    ? html(
        'p',
        { id: 'no-wallet' },
        'This browser has no wallet that a page can ask. Install one, and load this page again; ',
        'or use the commands: conclave bridge.',
      )
    : html(
        'p',
        { class: 'buttons' },
        ...wallets.map((one) =>
          button(`Connect ${one.name}`, () => connect(one), { class: 'primary', 'data-act': one.name }),
        ),
      );

/** An account, and what it has on both ends. */
export const accountView = (account: string, overview: Overview | undefined): HTMLElement =>
  html(
    'div',
    {},
    html('p', {}, hash(account)),
    overview === undefined
      ? html('p', { class: 'note' }, 'Reading both chains…')
      : html(
          'dl',
          { class: 'balances' },
          ...(
            [
              ['METIS on L1', metis(overview.balances.l1)],
              ['Ether on L1, for fees', metis(overview.balances.l1Fees).replace(' METIS', ' ETH')],
              ['METIS on L2', metis(overview.balances.l2)],
            ] as const
          ).map(([name, value]) =>
            html('div', {}, html('dt', {}, name), html('dd', { 'data-balance': name }, value)),
          ),
        ),
  );

/** What is being signed. */
export interface Reviewed {
  readonly title: string;
  readonly step: Step;
  /** Counted from 1. */
  readonly number: number;
  readonly chain: WalletChain;
  /** What goes on, in words; where it is asked for, the wallet has it. */
  readonly busy: string | undefined;
  readonly problem: string | undefined;
}

/** A call before it is signed, whole. */
export function reviewView(
  { title, step, number, chain, busy, problem }: Reviewed,
  acts: { readonly sign: () => void; readonly close: () => void },
): HTMLElement {
  const { call } = step;
  const bytes = to0x(call.data);
  const shown = section(
    title,
    'h2',
    html('p', {}, html('strong', {}, `Signature ${number}: ${step.title}`)),
    definitions([
      ...step.facts,
      ['Chain', `${chain.name}, chain ${chain.id}`],
      [step.fees === undefined ? 'Contract' : 'Goes to', hash(call.to)],
      ['Pays with it', metis(call.value).replace('METIS', step.on === 'l1' ? 'ETH' : 'METIS')],
    ]),
    html(
      'details',
      { open: true },
      html('summary', {}, `Calldata, ${grouped(call.data.length)} bytes`),
      html('pre', { class: 'hash' }, bytes),
    ),
    problem === undefined ? undefined : html('p', { class: 'problem-text', role: 'alert' }, problem),
    busy === undefined ? undefined : html('p', { role: 'status' }, busy),
    html(
      'p',
      { class: 'buttons' },
      button('Sign in the wallet', acts.sign, {
        class: 'primary',
        disabled: busy !== undefined,
        'data-act': 'sign',
      }),
      button('Close', acts.close, { 'data-act': 'close' }),
    ),
  );
  shown.className = 'card review';
  return shown;
}

/** All that is on the way, and then what is done. */
export function movementsView(
  { movements, leftOut, readTo }: Overview,
  acts: { readonly finish: (movement: Movement, output: bigint) => void; readonly lookBack: () => void },
): HTMLElement {
  const isDone = ({ state }: Placed): boolean => state.tone === 'sure';
  const sorted = [...movements.filter((one) => !isDone(one)), ...movements.filter(isDone)];
  const read =
    readTo === undefined
      ? 'All blocks of both chains were read.'
      : `Read back to the L1 block ${readTo.l1} and the L2 block ${readTo.l2}.`;
  const shown = section(
    'Your movements',
    'h2',
    movements.length === 0 && html('p', { class: 'note' }, 'There are none in what was read.'),
    movements.length > 0 &&
      html('ul', { class: 'movements' }, ...sorted.map((one) => movementView(one, acts.finish))),
    leftOut > 0 && html('p', { class: 'note' }, `${leftOut} older ones are not listed.`),
    html('p', { class: 'note' }, read),
    readTo !== undefined &&
      html('p', { class: 'buttons' }, button('Look further back', acts.lookBack, { 'data-act': 'back' })),
  );
  shown.className = 'card';
  return shown;
}

const kinds: Readonly<Record<Movement['kind'], string>> = {
  deposit: 'Deposit',
  withdrawal: 'Withdrawal',
  forced: 'Forced transaction',
};

function movementView(
  { movement, state, output }: Placed,
  finish: (movement: Movement, output: bigint) => void,
): HTMLElement {
  const isReady = state.tone === 'ready' && output !== undefined;
  return html(
    'li',
    { class: `movement ${state.tone}`, 'data-kind': movement.kind, 'data-state': state.word },
    html(
      'span',
      {},
      html('strong', {}, `${kinds[movement.kind]} of ${metis(amountOf(movement))}`),
      placeOf(movement),
    ),
    html('span', { class: `badge ${state.tone}` }, state.word),
    html('span', { class: 'detail' }, state.detail),
    isReady &&
      button('Finish on L1', () => finish(movement, output), {
        class: 'primary act',
        'data-act': `finish ${movement.hash}`,
      }),
  );
}

const amountOf = (movement: Movement): bigint =>
  movement.kind === 'withdrawal' ? movement.message.amount : movement.amount;

function placeOf(movement: Movement): HTMLElement {
  if (movement.kind === 'deposit')
    return html('span', { class: 'note' }, ` L1 block ${movement.l1Block}, ${shortHash(movement.hash)}`);
  const l2 = movement.kind === 'forced' ? movement.l2Hash : movement.hash;
  const block = movement.kind === 'forced' ? `L1 block ${movement.l1Block}` : `L2 block ${movement.l2Block}`;
  const to = html('a', { href: `./#/tx/${l2}`, class: 'link hash', translate: 'no' }, shortHash(l2));
  return html('span', { class: 'note' }, ` ${block}, `, to);
}
