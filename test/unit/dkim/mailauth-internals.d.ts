// mailauth's own body hash, for comparison; it ships no types for it.
declare module 'mailauth/lib/dkim/body/relaxed.js' {
  export class RelaxedHash {
    constructor(algorithm: string);
    update(chunk: Uint8Array): void;
    digest(encoding: 'hex'): string;
  }
}
