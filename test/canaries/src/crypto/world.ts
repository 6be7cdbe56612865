/** The world on a pure floor: each name does not exist there. */
export const world: readonly unknown[] = [process, Buffer, fetch, console, performance, crypto, TextEncoder];
