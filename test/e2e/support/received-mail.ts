/** Looking at a message as its receiver does: fields, body, and the verdict of an independent DKIM verifier. */
import { dkimVerify } from 'mailauth';
import type { ZoneTable } from '../../support/dns-zone.ts';

export interface Verdict {
  readonly domain: string;
  readonly algorithm: string;
  /** `pass`, or what is wrong. */
  readonly result: string;
}

/** Unfolded values of all fields named `name` (lower case), in order. */
export function fields(message: Buffer, name: string): string[] {
  const text = message.toString('utf8');
  const header = text.slice(0, headerLength(text));
  return header
    .split(/\r\n(?![ \t])/)
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) =>
      line
        .slice(name.length + 1)
        .replace(/\r\n(?=[ \t])/g, '')
        .trim(),
    );
}

/** The only such field; `undefined` when there is none or more than one. */
export function field(message: Buffer, name: string): string | undefined {
  const found = fields(message, name);
  return found.length === 1 ? found[0] : undefined;
}

/** The octets behind the empty line. */
export function body(message: Buffer): Buffer {
  return message.subarray(message.indexOf('\r\n\r\n') + 4);
}

/** What mailauth says about each signature, topmost first, with the keys that the zone publishes. */
export async function verdicts(message: Buffer, zone: ZoneTable): Promise<Verdict[]> {
  const { results } = await dkimVerify(message, {
    resolver: (name, type) => {
      const answer = zone.ask(name, type as 'TXT');
      if (answer.kind !== 'records') {
        return Promise.reject(Object.assign(new Error(answer.kind), { code: 'ENOTFOUND' }));
      }
      return Promise.resolve(
        answer.records.flatMap(({ data }) => (typeof data === 'string' ? [[data]] : [])),
      );
    },
  });
  return results.map((result) => ({
    domain: result.signingDomain ?? '',
    algorithm: result.algo ?? '',
    result: result.status.comment
      ? `${result.status.result}: ${result.status.comment}`
      : result.status.result,
  }));
}

function headerLength(text: string): number {
  const end = text.indexOf('\r\n\r\n');
  return end === -1 ? text.length : end;
}
