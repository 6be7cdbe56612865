import { WebSocket } from 'ws';

import type { Outbound } from './outbound.ts';

/** A WebSocket on which texts go both ways. */
export interface RpcSocket {
  /**
   * Sends a text, and says whether the socket is still open. A peer that takes too little of what was sent is
   * cut off.
   */
  readonly send: (text: string) => boolean;
  /** What to do with a frame; how many are given at a time is limited. The function does not throw. */
  readonly onFrame: (handler: (frame: Uint8Array) => Promise<void>) => void;
  /** Is told once, with the number that RFC 6455 has for the reason. */
  readonly onClose: (handler: (code: number) => void) => void;
  readonly close: (code: number, reason: string) => void;
}

/** What of the limits of a server one socket has to keep. */
export interface SocketLimits {
  readonly idleMs: number;
  readonly framesInFlight: number;
  readonly outboundBytes: number;
}

/** RFC 6455, 7.4.1; the last is of the registry of IANA. */
const UNSUPPORTED_DATA = 1003;
const TRY_AGAIN_LATER = 1013;
/** What a peer that does not answer a close has left, in milliseconds. */
const CLOSING_MS = 1_000;

/** One WebSocket of a server. */
export function socketOver(ws: WebSocket, limits: SocketLimits, outbound: Outbound): RpcSocket {
  let inFlight = 0;
  let onFrame: (frame: Uint8Array) => Promise<void> = () => Promise.resolve();
  const close = (code: number, reason: string): void => {
    if (ws.readyState === WebSocket.OPEN) ws.close(code, reason);
    setTimeout(() => ws.terminate(), CLOSING_MS).unref();
  };
  const isSlow = (more: number): boolean => ws.bufferedAmount + more > limits.outboundBytes;
  const stopPings = watchPulse(ws, limits.idleMs);
  ws.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) return close(UNSUPPORTED_DATA, 'text only');
    inFlight += 1;
    // What has arrived already is still delivered; the rest waits with the peer.
    if (inFlight >= limits.framesInFlight) ws.pause();
    void onFrame(new Uint8Array(data)).finally(() => {
      inFlight -= 1;
      if (ws.isPaused && inFlight < limits.framesInFlight) ws.resume();
    });
  });
  ws.on('ping', (data: Buffer) => {
    if (isSlow(data.length)) close(TRY_AGAIN_LATER, 'too slow');
    else ws.pong(data);
  });
  // Broken frames: `close` follows.
  ws.on('error', () => ws.terminate());
  ws.on('close', stopPings);
  return {
    send: (text) => {
      if (ws.readyState !== WebSocket.OPEN) return false;
      const length = Buffer.byteLength(text);
      if (isSlow(length)) {
        close(TRY_AGAIN_LATER, 'too slow');
        return false;
      }
      const taken = outbound.enter(length, () => ws.terminate());
      ws.send(text, taken);
      return true;
    },
    onFrame: (handler) => void (onFrame = handler),
    onClose: (handler) => void ws.once('close', handler),
    close,
  };
}

/** Pings a peer, and ends a connection over which nothing came back until the next ping. */
function watchPulse(ws: WebSocket, idleMs: number): () => void {
  let isAlive = true;
  const alive = (): void => void (isAlive = true);
  for (const event of ['pong', 'message', 'ping']) ws.on(event, alive);
  const timer = setInterval(() => {
    if (!isAlive && !ws.isPaused) return ws.terminate();
    isAlive = false;
    ws.ping();
  }, idleMs / 2);
  timer.unref();
  return () => clearInterval(timer);
}
