// libmime ships no types; only what message/encoded-words.ts uses is declared.
declare module 'libmime' {
  interface Libmime {
    /** Decodes the encoded words of RFC 2047 in `text`; adjacent words of one charset are joined first. */
    decodeWords(text: string): string;
  }
  const libmime: Libmime;
  export = libmime;
}
