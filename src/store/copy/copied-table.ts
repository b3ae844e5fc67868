/**
 * A table of a copy to another engine, in the form that both engines have: its columns, and the key that gives rows one order.
 * A role's tables stand beside its statements in store/sql; an engine that stores something in another form converts it in
 * its own folder `copies/`.
 */

export interface CopiedTable {
  readonly name: string;
  /** The first columns are the key. */
  readonly columns: readonly string[];
  readonly keyLength: number;
  /** Rows read and written at a time. */
  readonly page: number;
  /** An operator fills it: it is empty in a store that may be copied into. */
  readonly filledByUse: boolean;
}

const PAGE = 1_000;

/** Columns are separated by white space. */
export function copiedTable(
  name: string,
  key: string,
  rest = '',
  { page = PAGE, filledByUse = false }: Partial<CopiedTable> = {},
): CopiedTable {
  const columns = `${key} ${rest}`.trim().split(/\s+/);
  return { name, columns, keyLength: key.split(' ').length, page, filledByUse };
}
