/** How the page hears of new blocks. */
export type Way = 'connecting' | 'subscription' | 'polling';

/** What hears of them. */
export interface Listener {
  /** There may be something new. At most once in `PAUSE_MS`. */
  readonly news: () => Promise<void>;
  readonly way: (way: Way) => void;
}

/** Least time between two looks, and time between them where nothing is told. */
const PAUSE_MS = 400;
const POLL_MS = 1_000;
/** Until a subscription that broke off is tried again. */
const RETRY_MS = 10_000;
/** Stages of transactions come without a block: with a subscription too, the page looks this often. */
const QUIET_MS = 1_000;

/** Follows a node for as long as the page is open: by subscription where there is one, else by polling. */
export function follow(url: string, { news, way }: Listener): () => void {
  let [isBusy, isWanted] = [false, false];
  let due: ReturnType<typeof setTimeout> | undefined;
  let interval = POLL_MS;
  const look = (): void => {
    clearTimeout(due);
    if (isBusy) {
      isWanted = true;
      return;
    }
    [isBusy, isWanted] = [true, false];
    void news().finally(() => {
      isBusy = false;
      due = setTimeout(look, isWanted ? PAUSE_MS : interval);
    });
  };
  const hear = (): void => {
    isWanted = true;
    if (isBusy) return;
    clearTimeout(due);
    due = setTimeout(look, PAUSE_MS);
  };
  const tell = (isSubscribed: boolean): void => {
    interval = isSubscribed ? QUIET_MS : POLL_MS;
    way(isSubscribed ? 'subscription' : 'polling');
  };
  way('connecting');
  subscribe(url, hear, tell);
  look();
  return look;
}

/** newHeads over WebSocket. What it says is not believed, only that it says something. */
function subscribe(url: string, hear: () => void, tell: (isSubscribed: boolean) => void): void {
  const socket = new WebSocket(url.replace(/^http/, 'ws'));
  socket.addEventListener('open', () => {
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'eth_subscribe', params: ['newHeads'] }));
  });
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== 'string' || data.length > 65_536) return void socket.close();
    // An answer to the subscription, or a head: an error is neither.
    if (data.includes('"error"')) return void socket.close();
    tell(true);
    hear();
  });
  socket.addEventListener('close', () => {
    tell(false);
    setTimeout(() => subscribe(url, hear, tell), RETRY_MS);
  });
}
