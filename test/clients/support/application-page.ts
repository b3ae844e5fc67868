/**
 * A page of docs/applications: its blocks that name a file, and what its table says of the program's error messages. The
 * tests run exactly what stands there. Only what differs from reader to reader is put in: ports, login, recipient, and the
 * domain where a test wants one that nobody has verified.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../../docs/applications');

/** What stands in the pages for what each reader has. */
export const SHOWN = {
  host: 'mail.example.org',
  username: 'app-tkk6k7',
  domain: 'example.org',
  recipient: 'you@example.com',
} as const;

export interface Reader {
  readonly port: number;
  readonly tlsPort: number;
  readonly username: string;
  readonly password: string;
  readonly recipient: string;
  /** In place of `example.org`; the host's name stays. */
  readonly domain?: string;
}

export interface Block {
  /** The words after the language: a file, with its path where the program wants it there. */
  readonly file: string;
  readonly language: string;
  readonly content: string;
}

/** A row of the table of messages. */
export interface Complaint {
  readonly message: string;
  /** `535`, `550` and so on; empty where the relay is not the author. */
  readonly code: string;
  readonly remedy: string;
}

export class ApplicationPage {
  readonly name: string;
  readonly text: string;

  constructor(name: string) {
    this.name = name;
    this.text = readFileSync(path.join(FOLDER, `${name}.md`), 'utf8');
  }

  /** The blocks that name a file, in order. */
  get blocks(): readonly Block[] {
    return blocksOf(this.text);
  }

  /** The first block with that language, whether it names a file or not. */
  example(language: string): string {
    const found = new RegExp(`^\`\`\`${language}\\b.*\\n([^]*?)^\`\`\`$`, 'm').exec(this.text);
    if (found?.[1] === undefined) throw new Error(`${this.name}.md has no block in ${language}`);
    return found[1];
  }

  /** What the program says, by the table "its message / our reply / remedy". */
  get complaints(): readonly Complaint[] {
    return [...this.text.matchAll(/^\| `([^`]+)`[^|]*\| (?:`?(\d{3})|)[^|]*\|([^\n]*)\|$/gm)].map(
      ([, message = '', code = '', remedy = '']) => ({ message, code, remedy }),
    );
  }

  /** The message by which a reader of the page recognises the reply `code`. */
  messageFor(code: string): string {
    const found = this.complaints.find((one) => one.code === code);
    if (found === undefined) throw new Error(`${this.name}.md does not say what ${code} looks like`);
    return found.message;
  }

  /** The message for a certificate that is not trusted; `undefined`: the page has none. */
  get messageForCertificate(): string | undefined {
    return this.complaints.find(({ remedy }) => remedy.includes('#the-certificate-is-not-trusted'))?.message;
  }
}

/** The blocks of a page that name a file, in order. */
export function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(/^```(\w+) (\S+)\n([^]*?)^```$/gm)].map(
    ([, language = '', file = '', content = '']) => ({ language, file, content }),
  );
}

/** All pages by name, without the index. */
export function applicationPages(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .map((name) => name.slice(0, -3));
}

/** `text` of a page as the reader would type it. */
export function asTyped(text: string, reader: Reader): string {
  const ports: Readonly<Record<string, string>> = {
    587: String(reader.port),
    465: String(reader.tlsPort),
  };
  return (
    text
      .replace(/\b(?:587|465)\b/g, (port) => ports[port] ?? port)
      .replaceAll(SHOWN.username, reader.username)
      // Not in EMAIL_HOST_PASSWORD.
      .replaceAll(/\bPASSWORD\b/g, reader.password)
      .replaceAll(SHOWN.recipient, reader.recipient)
      .replaceAll(/(?<!mail\.)example\.org/g, reader.domain ?? SHOWN.domain)
  );
}
