/**
 * The contract's reads are asynchronous, SQLite's are not: the engine implements them as plain functions of an open
 * connection, and this layer converts them. A read that throws rejects.
 */

type Read = (...args: never[]) => unknown;

/** The reads of a role in this engine: values instead of promises. */
export type Direct<Role> = {
  readonly [Verb in keyof Role]: Role[Verb] extends (...args: infer Args) => Promise<infer Value>
    ? (...args: Args) => Value
    : never;
};

/** The role in the form of the contract. */
export function reads<Role>(direct: Direct<Role>): Role {
  const verbs = Object.entries<Read>(direct as Record<string, Read>).map(([verb, read]) => [
    verb,
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
    async (...args: never[]) => read(...args),
  ]);
  return Object.fromEntries(verbs) as Role;
}
