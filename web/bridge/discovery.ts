import type { Provider } from './wallet.ts';

/** A wallet that is there, by the name that it gives itself. */
export interface FoundWallet {
  readonly name: string;
  readonly provider: Provider;
}

const isProvider = (value: unknown): value is Provider =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'request') === 'function';

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** Most wallets that are shown. */
const MAX_WALLETS = 8;

/**
 * Tells of the wallets that announce themselves, and of the one that is only there. Their icons are not
 * shown: the page loads no pictures but its own. [EIP-6963, EIP-1193]
 */
export function discover(tell: (wallets: readonly FoundWallet[]) => void): void {
  const found = new Map<unknown, FoundWallet>();
  const lone: unknown = Reflect.get(window, 'ethereum');
  const all = (): readonly FoundWallet[] => {
    if (found.size > 0 || !isProvider(lone)) return [...found.values()];
    return [{ name: 'the wallet of this browser', provider: lone }];
  };
  window.addEventListener('eip6963:announceProvider', (event) => {
    const detail = field(event, 'detail');
    const [provider, info] = [field(detail, 'provider'), field(detail, 'info')];
    const [name, id] = [field(info, 'name'), field(info, 'uuid')];
    if (!isProvider(provider) || typeof name !== 'string' || found.size >= MAX_WALLETS) return;
    found.set(id, { name: name.slice(0, 40), provider });
    tell(all());
  });
  window.dispatchEvent(new Event('eip6963:requestProvider'));
  tell(all());
}
