/** The bounce corpus beside the repository: real reports, and what an independent reader expects of each. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Or where BOUNCE_CORPUS says. */
const FOLDER =
  process.env['BOUNCE_CORPUS'] ?? path.resolve(import.meta.dirname, '../../../shared/bounce-corpus');

export const corpusExists = existsSync(path.join(FOLDER, 'expected.json'));

export interface Expected {
  /** Empty for complaints and automatic replies; x.0.9xx are stand-ins, of which only the class counts. */
  readonly status: string;
  readonly reply: string;
  readonly reason: string;
  readonly hard: boolean;
}

/** Each report's name with the results expected of it, in order. */
export function readExpected(): readonly (readonly [name: string, results: readonly Expected[]])[] {
  const text = readFileSync(path.join(FOLDER, 'expected.json'), 'utf8');
  return Object.entries(JSON.parse(text) as Record<string, readonly Expected[]>);
}

export function readMessage(name: string): Uint8Array {
  return readFileSync(path.join(FOLDER, 'messages', `${name}.eml`));
}

export function readReadme(): string {
  return readFileSync(path.join(FOLDER, 'README.md'), 'utf8');
}
