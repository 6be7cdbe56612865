/** A file of bytes, in the script itself. */
declare module '*.bin' {
  /** As text. [RFC 4648, 4] */
  export const base64: string;
}
