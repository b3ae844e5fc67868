/** Kinds of values that say where the store is and what this node is called there. */
import { z } from 'zod';
import { parsed, text, type Problem, type ValueKind } from './value-kind.ts';

/** `sqlite:`, the store in `data_dir`, or the URL of a PostgreSQL database. */
export const storeUrlKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: '"sqlite:" (the database in data_dir) or "postgres://user:password@host:5432/database"',
  schema: parsed(text, (value) => {
    if (value === 'sqlite:') return value;
    return /^postgres(?:ql)?:/.test(value) ? postgresUrl(value) : { problem: 'is not a store' };
  }),
};

/** What is wrong with the URL of a store, in words after what names it; `undefined`: nothing. */
export function storeUrlProblem(url: string): string | undefined {
  return storeUrlKind.schema.safeParse(url).error?.issues[0]?.message;
}

/** Never repeats what is written: it may hold a password. */
function postgresUrl(written: string): string | Problem {
  // A socket's folder is a parameter: the host may be missing after the user.
  const whole = written.replace('@/', '@localhost/');
  if (!URL.canParse(whole))
    return {
      problem:
        'is not a URL: write other characters of a password than letters and digits as %40 and the like',
    };
  const url = new URL(whole);
  if (!written.startsWith(`${url.protocol}//`)) return { problem: 'lacks the // after postgres:' };
  if (url.pathname.length < 2) return { problem: 'names no database: add it after the host, as /postern' };
  if (url.hash !== '') return { problem: 'carries a fragment: write a # of the password as %23' };
  return written;
}

/** True and false as words too: that is how an environment says them. */
export const preparedStatementsKind: ValueKind<'auto' | boolean> = {
  writtenAs: 'text',
  accepted: '"auto", true or false',
  schema: parsed(z.union([z.boolean(), z.string()], 'is neither "auto" nor true or false'), (value) => {
    if (value === 'auto' || typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    return { problem: 'is neither "auto" nor true or false' };
  }),
};

const NODE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

export function isNodeName(name: string): boolean {
  return NODE_NAME.test(name);
}

/** A name that fits in a table, a label and a command line. */
export const nodeNameKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'a name of up to 64 letters, digits, dots, hyphens and underscores such as "relay-1"',
  schema: parsed(text, (value) => (isNodeName(value) ? value : { problem: 'is not the name of a node' })),
};
